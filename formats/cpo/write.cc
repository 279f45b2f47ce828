// The canonical bytes of an object file. What may be written is decided by the reader: the output
// is read back, so a rule stands in one place only.
#include <fmt/format.h>

#include <algorithm>

#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

tl::unexpected<Error> too_large(std::string_view field, std::uint64_t size) {
  return fail(Error{.code = ErrorCode::kUsage,
                    .field = std::string(field),
                    .found = fmt::format("{} bytes", size),
                    .expected = "a size that fits 32 bits"});
}

void write_text(ByteWriter& out, std::string_view text) {
  out.u32(static_cast<std::uint32_t>(text.size()));
  out.text(text);
}

void write_record(ByteWriter& out, const Record& record) {
  out.u8(record.variable ? 1 : 0);
  out.u8(static_cast<std::uint8_t>(record.type));
  out.u16(record.alignment);
  write_text(out, record.name);
  out.u32(record.size);
  write_text(out, as_text(record.bytes));
}

void write_symbol(ByteWriter& out, const Symbol& symbol) {
  write_text(out, symbol.name);
  out.u8(static_cast<std::uint8_t>(symbol.type));
  out.u8(static_cast<std::uint8_t>(symbol.area));
  out.u32(symbol.offset);
  out.u32(symbol.size);
  write_text(out, symbol.location);
}

void write_relocation(ByteWriter& out, const Relocation& relocation) {
  out.u8(static_cast<std::uint8_t>(relocation.area));
  out.u8(relocation.type);
  out.u16(0);
  out.u32(relocation.offset);
  out.u32(relocation.symbol);
  out.i64(relocation.addend);
}

void write_optional_sections(ByteWriter& out, const File& file) {
  out.u32(static_cast<std::uint32_t>(file.optional_sections.size() + (file.link ? 1 : 0)));
  if (file.link) {
    write_text(out, kLinkName);
    const std::vector<std::uint8_t> bytes = link_bytes(*file.link);
    write_text(out, as_text(bytes));
  }
  for (const OptionalSection& section : file.optional_sections) {
    write_text(out, section.name);
    write_text(out, as_text(section.bytes));
  }
}

std::uint8_t flags_of(const File& file) {
  std::uint8_t flags = 0;
  if (file.has_relocation_table || !file.relocations.empty()) flags |= kHasRelocations;
  if (file.has_optional_table || file.link || !file.optional_sections.empty())
    flags |= kHasOptional;
  return flags;
}

/// No length may be cut to 32 bits silently.
Result<void> check_sizes(const File& file) {
  if (file.arch.size() != 4)
    return fail(Error{.code = ErrorCode::kUsage,
                      .field = "ARCH",
                      .found = fmt::format("{} bytes", file.arch.size()),
                      .expected = "4 bytes"});
  if (file.code.size() > UINT32_MAX) return too_large("CODE", file.code.size());
  for (const Record& record : file.records) {
    if (std::max(record.bytes.size(), record.name.size()) > UINT32_MAX)
      return too_large("record", record.bytes.size());
  }
  for (const OptionalSection& section : file.optional_sections) {
    if (section.bytes.size() > UINT32_MAX)
      return too_large("optional section", section.bytes.size());
  }
  return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> write(const File& file) {
  CMOS_TRY_VOID(check_sizes(file));
  ByteWriter out;
  out.text(kMagic);
  out.u8(file.version);
  out.text(file.arch);
  out.u8(flags_of(file));
  out.u16(0);
  out.u32(kHeaderSize);
  out.u32(static_cast<std::uint32_t>(file.code.size()));
  out.u32(0);
  out.u32(0);
  out.u32(0);
  out.bytes(file.code);
  const std::uint64_t data = out.size();
  for (const Record& record : file.records) write_record(out, record);
  if (out.size() > UINT32_MAX) return too_large("CODE and DATA", out.size());
  out.patch_u32(kDataSizeField, static_cast<std::uint32_t>(out.size() - data));
  out.patch_u32(kSymbolTableField, static_cast<std::uint32_t>(out.size()));
  out.u32(static_cast<std::uint32_t>(file.symbols.size()));
  for (const Symbol& symbol : file.symbols) write_symbol(out, symbol);
  if ((flags_of(file) & kHasRelocations) != 0) {
    out.u32(static_cast<std::uint32_t>(file.relocations.size()));
    for (const Relocation& relocation : file.relocations) write_relocation(out, relocation);
  }
  if ((flags_of(file) & kHasOptional) != 0) write_optional_sections(out, file);

  if (auto back = read(out.data(), ""); !back) {
    Error error = std::move(back).error();
    error.code = ErrorCode::kUsage;
    error.offset.reset();
    return fail(std::move(error));
  }
  return std::move(out).take();
}

}  // namespace cmos::cpo
