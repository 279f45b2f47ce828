// HEADER (cpo 2, abi 7) and the two areas behind it.
#include <fmt/format.h>

#include <bit>

#include "base/checked.h"
#include "base/text.h"
#include "formats/cpo/parse.h"

namespace cmos::cpo {
namespace {

bool check_version(std::uint8_t version, Findings& findings) {
  if (version == kVersion) return true;
  findings.add(rules::kBadVersion,
               Error{.code = version > kVersion ? ErrorCode::kUnsupported : ErrorCode::kMalformed,
                     .offset = 4,
                     .field = "version",
                     .found = fmt::format("{}", version),
                     .expected = fmt::format("{}", kVersion)});
  return version < kVersion;  // a later version may have any layout
}

void check_fixed_fields(const Header& header, Findings& findings) {
  constexpr std::uint8_t kKnown = kHasRelocations | kHasOptional;
  if ((header.flags & ~kKnown) != 0)
    findings.add(rules::kUnknownFlags, kFlagsField, "flags", fmt::format("0x{:02x}", header.flags),
                 "only bit 0 (relocations) and bit 1 (optional sections)");
  if (header.reserved != 0)
    findings.add(rules::kReservedNotZero, kReservedField, "reserved",
                 fmt::format("0x{:04x}", header.reserved), "0");
  if (header.header_size != kHeaderSize)
    findings.add(rules::kBadHeaderSize, kHeaderSizeField, "header size",
                 fmt::format("{}", header.header_size), fmt::format("{}", kHeaderSize));
  if (header.tail != 0)
    findings.add(rules::kReservedNotZero, kTailField, "padding of the header",
                 fmt::format("0x{:08x}", header.tail), "0");
}

/// Natural size of the number types; 0 for the others.
std::uint32_t number_size(DataType type) {
  switch (type) {
    case DataType::kU8:
      return 1;
    case DataType::kU16:
      return 2;
    case DataType::kU32:
    case DataType::kI32:
    case DataType::kF32:
      return 4;
    case DataType::kU64:
    case DataType::kI64:
    case DataType::kF64:
      return 8;
    case DataType::kBytes:
    case DataType::kUtf8:
      break;
  }
  return 0;
}

class Records {
 public:
  Records(Parse& parse, Bytes data, std::uint64_t base) : parse_(parse), reader_(data, base) {}

  void read() {
    while (!reader_.at_end()) {
      if (!record()) break;
    }
    place();
  }

 private:
  std::string field(std::string_view part) const {
    return fmt::format("record {} {}", parse_.result.file.records.size(), part);
  }
  void report(const Rule& rule, std::uint64_t at, std::string_view part, std::string found,
              std::string expected) {
    parse_.findings.add(rule, at, field(part), std::move(found), std::move(expected));
  }

  /// False when the next record cannot be found.
  bool record() {
    const std::uint64_t at = reader_.offset();
    Record out;
    const std::uint8_t kind = reader_.u8("kind");
    const std::uint8_t type = reader_.u8("type");
    out.alignment = reader_.u16("alignment");
    const std::uint32_t name_length = reader_.u32("name length");
    out.name = as_text(reader_.bytes(name_length, "name"));
    const std::uint64_t size_at = reader_.offset();
    out.size = reader_.u32("size");
    const std::uint32_t stored = reader_.u32("stored length");
    const std::uint64_t bytes_at = reader_.offset();
    out.bytes = reader_.bytes(stored, "bytes");
    if (!reader_.ok()) {
      Error where = reader_.error();
      where.field = field(where.field);
      where.message = "DATA does not end with a record";
      parse_.findings.add(rules::kRecordTruncated, std::move(where));
      return false;
    }
    check_kind(at, kind);
    check_type(at + 1, type);
    if (!std::has_single_bit(out.alignment))
      report(rules::kBadRecordAlignment, at + 2, "alignment", fmt::format("{}", out.alignment),
             "a power of two");
    check_name(at + 8, out.name);
    if (stored > out.size)
      report(rules::kBadStoredLength, size_at + 4, "stored length", fmt::format("{}", stored),
             fmt::format("at most {}, the size in memory", out.size));
    out.variable = kind == 1;
    out.type = static_cast<DataType>(type);
    check_contents(size_at, bytes_at, out);
    parse_.result.file.records.push_back(out);
    parse_.result.layout.record_bytes.push_back(bytes_at);
    return true;
  }

  void check_kind(std::uint64_t at, std::uint8_t kind) {
    if (kind > 1) {
      report(rules::kBadRecordKind, at, "kind", fmt::format("{}", kind),
             "0 (constant) or 1 (variable)");
    } else if (kind == 0 && after_variables_) {
      report(rules::kRecordOrder, at, "kind", "a constant after a variable", "constants first");
    }
    after_variables_ |= kind == 1;
  }

  void check_type(std::uint64_t at, std::uint8_t type) {
    if (type >= 1 && type <= static_cast<std::uint8_t>(DataType::kUtf8)) return;
    report(rules::kBadRecordType, at, "type", fmt::format("{}", type), "1 to 10");
  }

  void check_name(std::uint64_t at, std::string_view name) {
    if (name.empty())
      report(rules::kBadRecordName, at - 4, "name length", "0", "a name");
    else if (const auto bad = first_invalid_utf8(as_bytes(name)))
      report(rules::kBadRecordName, at + *bad, "name",
             fmt::format("byte 0x{:02x}", as_bytes(name)[*bad]), "UTF-8");
    else if (const std::size_t zero = name.find('\0'); zero != std::string_view::npos)
      report(rules::kBadRecordName, at + zero, "name", "byte 0x00", "a name without it");
  }

  void check_contents(std::uint64_t size_at, std::uint64_t bytes_at, const Record& record) {
    const std::uint32_t natural = number_size(record.type);
    if (natural != 0 && record.size != natural)
      report(rules::kTypeSize, size_at, "size", fmt::format("{}", record.size),
             fmt::format("{}, the size of its type", natural));
    if (record.type != DataType::kUtf8) return;
    if (const auto bad = first_invalid_utf8(record.bytes))
      report(rules::kBadText, bytes_at + *bad, "bytes",
             fmt::format("byte 0x{:02x}", record.bytes[*bad]), "UTF-8, as its type says");
  }

  void place() {
    const Image image = lay_out(parse_.result.file.records);
    if (image.size > UINT32_MAX) {
      parse_.findings.add(rules::kImageTooLarge, kDataSizeField, "DATA",
                          fmt::format("{} bytes in memory", image.size), "less than 4 GiB");
      return;
    }
    parse_.result.image_size = static_cast<std::uint32_t>(image.size);
    for (const std::uint64_t offset : image.offsets)
      parse_.result.image_offsets.push_back(static_cast<std::uint32_t>(offset));
  }

  Parse& parse_;
  ByteReader reader_;
  bool after_variables_ = false;
};

/// Whether [start, start + size) lies in the file.
bool check_size(Parse& parse, const Rule& rule, std::uint64_t field, std::string_view name,
                std::uint64_t start, std::uint64_t size) {
  if (range_inside(start, size, parse.bytes.size())) return true;
  parse.findings.add(rule, field, name, fmt::format("{}", size),
                     fmt::format("at most {}, the bytes from 0x{:x} to the end of the file",
                                 parse.bytes.size() - start, start));
  return false;
}

/// Bytes that belong to nothing can hide a wrong size.
void check_gap(Parse& parse, std::uint64_t end) {
  if (parse.header.symbol_table == end) return;
  parse.findings.add(
      rules::kGap, end, "symbol table offset",
      fmt::format("{} bytes between DATA and the symbol table", parse.header.symbol_table - end),
      "none");
}

}  // namespace

std::optional<Header> parse_header(Bytes file, Findings& findings) {
  ByteReader reader(file);
  const Bytes magic = reader.bytes(kMagic.size(), "magic");
  if (reader.ok() && as_text(magic) != kMagic) {
    findings.add(rules::kBadMagic, 0, "magic", quote(magic), quote(as_bytes(kMagic)));
    return std::nullopt;
  }
  Header header;
  header.version = reader.u8("version");
  if (reader.ok() && !check_version(header.version, findings)) return std::nullopt;
  header.arch = as_text(reader.bytes(4, "ARCH"));
  header.flags = reader.u8("flags");
  header.reserved = reader.u16("reserved");
  header.header_size = reader.u32("header size");
  header.code_size = reader.u32("code section size");
  header.data_size = reader.u32("data section size");
  header.symbol_table = reader.u32("symbol table offset");
  header.tail = reader.u32("padding of the header");
  if (!reader.ok()) {
    findings.add(rules::kHeaderTruncated, reader.error());
    return std::nullopt;
  }
  check_fixed_fields(header, findings);
  return header;
}

void check_arch(const Header& header, Findings& findings) {
  if (object::isa_of(header.arch)) return;
  findings.add(rules::kUnknownArch, kArchField, "ARCH", quote(as_bytes(header.arch)),
               fmt::format("one of {}", fmt::join(object::known_archs(), ", ")));
}

Image lay_out(const std::vector<Record>& records) {
  Image image;
  image.offsets.reserve(records.size());
  for (const Record& record : records) {
    const std::uint64_t alignment = std::has_single_bit(record.alignment) ? record.alignment : 1;
    image.size = align_up(image.size, alignment);
    image.offsets.push_back(image.size);
    image.size += record.size;
  }
  return image;
}

bool parse_areas(Parse& parse) {
  const Header& header = parse.header;
  Layout& layout = parse.result.layout;
  layout.code = kHeaderSize;
  if (!check_size(parse, rules::kBadCodeSize, kCodeSizeField, "code section size", layout.code,
                  header.code_size))
    return false;
  parse.result.file.code = parse.bytes.subspan(layout.code, header.code_size);
  layout.data = layout.code + header.code_size;
  if (!check_size(parse, rules::kBadDataSize, kDataSizeField, "data section size", layout.data,
                  header.data_size))
    return false;
  Records(parse, parse.bytes.subspan(layout.data, header.data_size), layout.data).read();
  const std::uint64_t end = layout.data + header.data_size;
  if (header.symbol_table < end || header.symbol_table > parse.bytes.size()) {
    parse.findings.add(rules::kBadSymbolTableOffset, kSymbolTableField, "symbol table offset",
                       fmt::format("0x{:x}", header.symbol_table),
                       fmt::format("0x{:x}, the end of DATA", end));
    return false;
  }
  check_gap(parse, end);
  return true;
}

}  // namespace cmos::cpo
