#include "tests/formats/cpo/build.h"

namespace cmos::cpo::test {
namespace {

std::string number(std::uint64_t value, unsigned size) {
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string u8(int value) {
  return std::string(1, static_cast<char>(value));
}
std::string counted_as(const std::string& text, std::optional<std::uint32_t> length) {
  return u32(length.value_or(static_cast<std::uint32_t>(text.size()))) + text;
}
template <class T>
std::string joined(const std::vector<T>& parts) {
  std::string out;
  for (const T& part : parts) out += part.text();
  return out;
}
std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

}  // namespace

std::string u16(std::uint32_t value) {
  return number(value, 2);
}
std::string u32(std::uint64_t value) {
  return number(value, 4);
}
std::string u64(std::uint64_t value) {
  return number(value, 8);
}
std::string counted(std::string_view text) {
  return u32(text.size()) + std::string(text);
}

std::string DraftRecord::text() const {
  return u8(kind) + u8(type) + u16(alignment) + counted_as(name, name_length) + u32(size) +
         counted_as(bytes, stored_length);
}

std::string DraftSymbol::text() const {
  return counted_as(name, name_length) + u8(type) + u8(section) + u32(offset) + u32(size) +
         counted_as(location, location_length);
}

std::string DraftRelocation::text() const {
  return u8(section) + u8(type) + u16(reserved) + u32(offset) + u32(symbol) + u64(addend);
}

std::string Draft::bytes() const {
  const std::string data = joined(records) + data_tail;
  const std::uint64_t end = 32 + code.size() + data.size() + gap.size();
  std::string out = magic + u8(version) + arch + u8(flags) + u16(reserved) + u32(header_size) +
                    u32(code_size.value_or(static_cast<std::uint32_t>(code.size()))) +
                    u32(data_size.value_or(static_cast<std::uint32_t>(data.size()))) +
                    u32(symbol_table.value_or(static_cast<std::uint32_t>(end))) + u32(tail);
  out += code + data + gap;
  out += u32(symbol_count.value_or(static_cast<std::uint32_t>(symbols.size()))) + joined(symbols);
  if ((flags & 1) != 0)
    out += u32(relocation_count.value_or(static_cast<std::uint32_t>(relocations.size()))) +
           joined(relocations);
  if ((flags & 2) != 0) out += optional_sections;
  return out + trailing;
}

std::string unit(int kind, int flags, int log2, int area, std::uint32_t place, std::uint32_t size,
                 std::string_view name, std::uint32_t entry_size, std::uint32_t group,
                 std::uint32_t link_order) {
  return u8(kind) + u8(flags) + u8(log2) + u8(area) + u32(place) + u32(size) + u32(entry_size) +
         u32(group) + u32(link_order) + counted(name);
}

std::string link_symbol(int flags, int kind, int visibility, int place, std::uint32_t in_unit,
                        std::uint32_t size, std::uint32_t alignment, std::uint64_t value) {
  return u8(flags) + u8(kind) + u8(visibility) + u8(place) + u32(in_unit) + u32(size) +
         u32(alignment) + u64(value);
}

std::string side_relocation(std::uint32_t in_unit, std::uint32_t offset, std::uint32_t type,
                            std::uint32_t symbol) {
  return u32(in_unit) + u32(offset) + u32(type) + u32(symbol) + u64(0);
}

DraftLink::DraftLink() {
  units = {unit(0, 0, 4, 0, 0, 16, ".text", 0, 0), unit(1, 0, 2, 1, 0, 8, ".rodata"),
           unit(2, 1, 2, 1, 1, 4, ".data"),
           unit(8, 0, 0, 2, 0, 4, ".debug_line", 0, UINT32_MAX, 0)};
  symbols = {link_symbol(1, 2, 2, 0, 0), link_symbol(0, 1, 0, 0, 1),
             link_symbol(1, 0, 0, 1, UINT32_MAX)};
  relocations = {side_relocation(3, 0, 3, 0)};
}

std::string DraftLink::bytes() const {
  return u32(version) + u32(unit_count.value_or(static_cast<std::uint32_t>(units.size()))) +
         joined(units) + u32(groups.size()) + joined(groups) +
         u32(symbol_count.value_or(static_cast<std::uint32_t>(symbols.size()))) + joined(symbols) +
         u32(relocations.size()) + joined(relocations) + tail;
}

std::string DraftLink::optional_sections() const {
  return u32(2) + counted(kLinkName) + counted(bytes()) + counted("note") + counted("kept");
}

std::string outcome(const std::string& bytes, const ReadOptions& options) {
  const auto result = read(as_bytes(bytes), "t.cpo", options);
  return result ? "read" : result.error().text();
}

std::string rules_of(const std::string& bytes, const ReadOptions& options) {
  std::string out;
  for (const Finding& finding : validate(as_bytes(bytes), "t.cpo", options)) {
    if (!out.empty()) out += ", ";
    out += std::string(name(finding.severity)) + " " + std::string(finding.rule);
  }
  return out;
}

}  // namespace cmos::cpo::test
