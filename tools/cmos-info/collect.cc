#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/cpe/rules.h"
#include "tools/cmos-info/info.h"

namespace cmos::info {
namespace {

using cpe::SectionKind;

constexpr std::uint64_t kThumbBit = 1;

struct Look {
  std::string_view name;
  std::string_view permissions;
};

/// abi 1.3.
Look look(SectionKind kind) {
  switch (kind) {
    case SectionKind::kCode:
      return {"code", "r-x"};
    case SectionKind::kConst:
      return {"constants", "r--"};
    case SectionKind::kVar:
      return {"variables", "rw-"};
    case SectionKind::kWhole:
      break;
  }
  return {"image", "rwx"};
}

std::vector<FieldValue> header_values(Bytes bytes) {
  std::vector<FieldValue> out;
  for (const cpe::HeaderField& field : cpe::kHeaderFields) {
    const std::uint64_t start = std::min<std::uint64_t>(field.offset, bytes.size());
    FieldValue value{
        field,
        bytes.subspan(start, std::min<std::uint64_t>(field.size, bytes.size() - start)),
        {},
        {}};
    if (value.whole() && !value.is_text()) {
      ByteReader reader(value.raw);
      value.number = field.size == 1 ? reader.u8(field.name) : reader.u32(field.name);
    }
    out.push_back(std::move(value));
  }
  return out;
}

std::vector<Section> sections_of(const cpe::ReadResult& reading) {
  std::vector<Section> out;
  const std::uint64_t raw = reading.executable.code.size();
  for (const cpe::ImageSection& section : reading.sections) {
    const auto [name, permissions] = look(section.kind);
    const std::uint64_t end = section.offset + section.memory_size;
    out.push_back({.name = name,
                   .permissions = permissions,
                   .address = cpe::load_address(reading.executable.arch) + section.offset,
                   .size = section.memory_size,
                   .zero_filled = end - std::clamp(raw, section.offset, end)});
  }
  return out;
}

std::vector<cpe::Symbol> sorted_symbols(std::vector<cpe::Symbol> symbols) {
  std::sort(symbols.begin(), symbols.end(), [](const cpe::Symbol& a, const cpe::Symbol& b) {
    return std::tie(a.offset, a.name) < std::tie(b.offset, b.name);
  });
  return symbols;
}

bool is_boundary(const cpe::Symbol& symbol) {
  return symbol.name == cpe::kConstStart || symbol.name == cpe::kVarStart ||
         symbol.name == cpe::kImageEnd;
}

/// The first of the symbols that are nearest before `offset`; a boundary names no code.
std::string symbol_at(const Info& info, std::uint64_t offset, bool arm) {
  const std::uint64_t mask = arm ? ~kThumbBit : ~std::uint64_t{0};
  const cpe::Symbol* best = nullptr;
  for (const cpe::Symbol& symbol : info.symbols) {
    const std::uint64_t at = symbol.offset & mask;
    if (is_boundary(symbol) || at > offset) continue;
    if (best == nullptr || at > (best->offset & mask)) best = &symbol;
  }
  if (best == nullptr) return {};
  const std::uint64_t away = offset - (best->offset & mask);
  return away == 0 ? best->name : fmt::format("{}+0x{:x}", best->name, away);
}

std::optional<Entry> entry_of(const Info& info) {
  if (info.sections.empty() || info.has(cpe::rules::kEntryOutsideCode.name)) return std::nullopt;
  const cpe::ReadResult& reading = info.inspection.reading;
  const bool arm = reading.executable.arch == "_ARM";
  const bool thumb = arm && (reading.entry & kThumbBit) != 0;
  const std::uint64_t offset = reading.entry - (thumb ? 1 : 0);
  return Entry{cpe::load_address(reading.executable.arch) + offset, thumb,
               symbol_at(info, offset, arm)};
}

/// Where the mini-disk section ends: what follows it are trailing bytes.
std::uint64_t mini_disk_size(const Info& info, std::uint64_t room) {
  if (info.has(cpe::rules::kBadBackupName.name) || info.has(cpe::rules::kMiniDiskTruncated.name))
    return room;
  constexpr std::uint64_t kLockAndLength = 5;
  return std::min(room, kLockAndLength + info.inspection.reading.executable.backup_name.size());
}

std::vector<Part> parts_of(const Info& info) {
  const cpe::Layout& layout = info.inspection.reading.layout;
  const std::uint64_t size = info.file_size;
  std::vector<Part> out;
  if (size == 0) return out;
  // Starts of what was reached, in file order; each part ends where the next one starts.
  out.push_back({"header", 0, 0});
  if (layout.signature != 0) out.push_back({"signature", layout.signature, 0});
  if (layout.code_section != 0) out.push_back({"symbol table", layout.code_section, 0});
  if (layout.machine_code != 0) out.push_back({"machine code", layout.machine_code, 0});
  if (layout.mini_disk != 0 && layout.mini_disk < size) {
    out.push_back({"mini-disk", layout.mini_disk, 0});
    const std::uint64_t end = layout.mini_disk + mini_disk_size(info, size - layout.mini_disk);
    if (end < size) out.push_back({"trailing bytes", end, 0});
  }
  const bool complete = layout.mini_disk != 0;
  if (!complete && out.size() == 1 && size > cpe::kHeaderSize) {
    out.push_back({"not understood", cpe::kHeaderSize, 0});
  } else if (!complete && out.size() > 1) {
    out.back().name = out.back().name == "machine code" ? "machine code and what follows"
                                                        : "symbol table and what follows";
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i].size = (i + 1 < out.size() ? out[i + 1].offset : size) - out[i].offset;
  std::erase_if(out, [](const Part& part) { return part.size == 0; });
  return out;
}

std::string entry_meaning(const Info& info, const cpe::ReadOptions& options) {
  if (!info.entry) return info.has(cpe::rules::kEntryOutsideCode.name) ? "outside the code" : "";
  std::string out = fmt::format("0x{:08x}", info.entry->address);
  if (!info.entry->symbol.empty())
    out += fmt::format(", {}", quote(as_bytes(info.entry->symbol), 128));
  if (info.entry->thumb) out += ", in Thumb state";
  if (options.entry_base == cpe::EntryBase::kSection) out += ", counted from the start of CODE";
  return out;
}

std::string checksum_meaning(const Info& info) {
  switch (info.checksum) {
    case ChecksumState::kNone:
      return "none";
    case ChecksumState::kCorrect:
      return "correct";
    case ChecksumState::kWrong:
      return fmt::format("wrong: the file's is 0x{:08x}", info.computed_checksum);
    case ChecksumState::kUnknown:
      break;
  }
  return "";
}

std::string meaning_of(const FieldValue& value, const Info& info, const Options& options) {
  const std::string_view field = value.field.name;
  if (value.raw.empty()) return "missing";
  if (!value.whole()) return fmt::format("cut: {} of {} bytes", value.raw.size(), value.field.size);
  if (field == "magic") return as_text(value.raw) == cpe::kMagic ? "" : "no CPE";
  // Without the magic, or in a later version, the rest may be anything.
  if (info.has(cpe::rules::kBadMagic.name)) return "";
  if (field == "version") return *value.number == cpe::kVersion ? "" : "not a version known here";
  if (info.has(cpe::rules::kBadVersion.name) && *info.header[1].number > cpe::kVersion) return "";
  if (field == "ARCH") {
    const char* description = cpe::arch_description(as_text(value.raw));
    return description != nullptr ? description : "not a documented ARCH";
  }
  const bool zero = *value.number == 0;
  if (field == "mini disk size") return zero ? "no mini-disk" : "bytes";
  if (field == "entry point offset" && info.symbols_read())
    return entry_meaning(info, options.read);
  if (field == "optional metadata offset")
    return zero ? (info.signature_read() ? "not stated" : "no signature")
                : (*value.number == cpe::kHeaderSize ? "the signature follows the header" : "");
  if (field == "code section size") return zero ? "not stated" : "bytes";
  if (field == "checksum") return checksum_meaning(info);
  return "";
}

ChecksumState checksum_state(const Info& info) {
  const FieldValue& stored = info.header.back();
  if (!stored.whole() || info.has(cpe::rules::kBadMagic.name)) return ChecksumState::kUnknown;
  if (*stored.number == 0) return ChecksumState::kNone;
  return *stored.number == info.computed_checksum ? ChecksumState::kCorrect : ChecksumState::kWrong;
}

}  // namespace

bool Info::has(std::string_view rule) const {
  return std::any_of(inspection.findings.begin(), inspection.findings.end(),
                     [rule](const Finding& finding) { return finding.rule == rule; });
}

bool Info::has_errors() const {
  return std::any_of(inspection.findings.begin(), inspection.findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::kError; });
}

std::string_view name(ChecksumState state) {
  switch (state) {
    case ChecksumState::kUnknown:
      break;
    case ChecksumState::kNone:
      return "none";
    case ChecksumState::kCorrect:
      return "correct";
    case ChecksumState::kWrong:
      return "wrong";
  }
  return "unknown";
}

Info collect(Bytes bytes, std::string_view file, const Options& options) {
  Info info;
  info.file = file;
  info.file_size = bytes.size();
  info.inspection = cpe::inspect(bytes, file, options.read);
  info.header = header_values(bytes);
  info.sections = sections_of(info.inspection.reading);
  info.symbols = sorted_symbols(info.inspection.reading.executable.symbols);
  info.entry = entry_of(info);
  info.parts = parts_of(info);
  if (bytes.size() >= cpe::kHeaderSize) info.computed_checksum = cpe::checksum(bytes);
  info.checksum = checksum_state(info);
  for (FieldValue& value : info.header) value.meaning = meaning_of(value, info, options);
  return info;
}

}  // namespace cmos::info
