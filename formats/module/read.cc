// The structure of a module file, part by part; lint.cc has what parts say of each other.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/module/parse.h"
#include "formats/module/rules.h"

namespace cmos::mod {
namespace {

constexpr std::uint16_t kPrefix = 6;  // length, type, flags

class Parser {
 public:
  Parser(Bytes bytes, Findings& findings) : bytes_(bytes), findings_(findings) {}

  bool header() {
    const std::size_t known = std::size(kMagic) - 1;
    if (bytes_.size() < known || !std::equal(kMagic, kMagic + known, bytes_.begin())) {
      findings_.add(rules::kBadMagic, 0, "magic",
                    bytes_.empty() ? std::string("an empty file")
                                   : quote(bytes_.first(std::min(bytes_.size(), known))),
                    quote(Bytes(kMagic, known)));
      return false;
    }
    if (bytes_.size() > known && bytes_[known] != kMagic[known]) {
      findings_.add(rules::kNewerVersion, Error{.code = ErrorCode::kUnsupported,
                                                .offset = known,
                                                .field = "version",
                                                .found = fmt::format("{}", bytes_[known]),
                                                .expected = fmt::format("{}", kMagic[known])});
      return false;
    }
    if (bytes_.size() < kHeaderSize) {
      findings_.add(rules::kHeaderTruncated, bytes_.size(), "header",
                    fmt::format("the end of the file after {} bytes", bytes_.size()),
                    fmt::format("{} bytes", kHeaderSize));
      return false;
    }
    length_ = word(6);
    if (const auto flags = load<std::uint32_t>(&bytes_[8]); flags != 0)
      findings_.add(rules::kHeaderFlags, 8, "flags", fmt::format("0x{:x}", flags), "0");
    for (std::size_t i = 0; i < kMemoryFields.size(); ++i)
      module_.memory.*kMemoryFields[i].value = word(12 + 2 * i);
    if (length_ >= kHeaderSize && length_ <= bytes_.size()) return true;
    findings_.add(rules::kBadHeaderLength, 6, "hlen", fmt::format("{}", length_),
                  fmt::format("{} to {}, the size of the file", kHeaderSize, bytes_.size()));
    return false;
  }

  bool options() {
    for (at_ = kHeaderSize; at_ < length_;) {
      const std::uint8_t id = bytes_[at_];
      if (id == option::kPad) {
        module_.options.push_back({});
        ++at_;
        continue;
      }
      const std::uint64_t left = length_ - at_;
      if (left < 2 || bytes_[at_ + 1] > left - 2) {
        findings_.add(
            rules::kOptionTruncated, at_, fmt::format("option {} length", id),
            left < 2 ? std::string("the end of the header") : fmt::format("{}", bytes_[at_ + 1]),
            fmt::format("at most {}, what is left of the header",
                        left < 2 ? std::uint64_t{0} : left - 2));
        return false;
      }
      const Option one{id, bytes_.subspan(at_ + 2, bytes_[at_ + 1])};
      check(one);
      module_.options.push_back(one);
      at_ += 2 + one.data.size();
    }
    return true;
  }

  bool sections() {
    for (at_ = length_; at_ < bytes_.size();) {
      const std::uint64_t left = bytes_.size() - at_;
      if (left < kPrefix) {
        findings_.add(rules::kSectionTruncated, at_, "section",
                      fmt::format("the last {} bytes of the file", left),
                      "length, type and flags of a section, or the end of the file");
        return false;
      }
      const std::uint16_t type = word(at_ + 2);
      if (!(is_segment(type) ? segment(type) : table(type))) return false;
    }
    return true;
  }

  Module take() { return std::move(module_); }

 private:
  std::uint16_t word(std::uint64_t at) const { return load<std::uint16_t>(&bytes_[at]); }

  void check(const Option& one) {
    const std::uint64_t data = at_ + 2;
    if (one.id == option::kCpu) {
      const bool whole = one.data.size() >= 2;
      if (!whole || first_invalid_utf8(one.data.subspan(2)))
        findings_.add(rules::kBadCpuOption, data, "extended cpuid", quote(one.data, 64),
                      "family, stepping and the model's name in UTF-8");
    } else if (one.id == option::kPlatform) {
      if (one.data.empty() || first_invalid_utf8(one.data))
        findings_.add(rules::kBadPlatform, data, "platform", quote(one.data, 64),
                      "a name in UTF-8");
    } else {
      findings_.add(rules::kUnknownOption, at_, "option id", fmt::format("{}", one.id),
                    "1 (extended cpuid) or 2 (platform)");
    }
  }

  /// Whether a part of `size` bytes from `at` on lies in the file.
  bool inside(std::uint64_t at, std::uint64_t size, std::uint64_t stated_at, const Rule& rule,
              std::string_view field) {
    if (size <= bytes_.size() - at) return true;
    findings_.add(rule, stated_at, field, fmt::format("{}", size),
                  fmt::format("at most {}, what is left of the file", bytes_.size() - at));
    return false;
  }

  // ---- tables ---------------------------------------------------------------------------------

  bool table(std::uint16_t type) {
    const std::uint16_t length = word(at_);
    if (length < kPrefix) {
      findings_.add(rules::kSectionLength, at_, "length", fmt::format("{}", length),
                    "at least 6, its own first words");
      return false;
    }
    if (!inside(at_, length, at_, rules::kSectionTruncated, "length")) return false;
    const std::uint16_t flags = word(at_ + 4);
    const bool required = (flags & flag::kRequired) != 0;
    switch (static_cast<SectionType>(type)) {
      case SectionType::kImport:
        table_flags("import table flags", flags);
        in_order("import table", module_.has_imports, Stage::kStart);
        module_.has_imports = true;
        module_.imports_required = required;
        stage_ = std::max(stage_, Stage::kImports);
        if (!entries("import table", length, kPrefix, &Parser::import)) return false;
        break;
      case SectionType::kExport:
        table_flags("export table flags", flags);
        in_order("export table", module_.has_exports, Stage::kImports);
        module_.has_exports = true;
        module_.exports_required = required;
        stage_ = std::max(stage_, Stage::kExports);
        if (!entries("export table", length, kPrefix, &Parser::exported)) return false;
        break;
      case SectionType::kRelocations:
        findings_.add(rules::kSectionOrder, at_ + 2, "type", "a relocation table",
                      "one only behind the payload of a segment that says so");
        break;
      default:
        unknown(type, required, bytes_.subspan(at_, length));
        break;
    }
    at_ += length;
    return true;
  }

  void table_flags(std::string_view field, std::uint16_t flags) {
    if ((flags & ~flag::kOfTables) != 0)
      findings_.add(rules::kSectionFlags, at_ + 4, field, fmt::format("0x{:x}", flags), "0 or 1");
  }

  enum class Stage : std::uint8_t { kStart, kImports, kExports, kSegments };

  void in_order(std::string_view what, bool again, Stage latest) {
    if (again)
      findings_.add(rules::kSectionOrder, at_ + 2, "type", fmt::format("a second {}", what), "one");
    else if (stage_ > latest)
      findings_.add(rules::kSectionOrder, at_ + 2, "type",
                    fmt::format("the {} behind {}", what,
                                stage_ == Stage::kSegments ? "a segment" : "the export table"),
                    "imports, exports, segments");
  }

  void unknown(std::uint16_t type, bool required, Bytes whole) {
    Error where{.code = required ? ErrorCode::kUnsupported : ErrorCode::kMalformed,
                .offset = at_ + 2,
                .field = "type",
                .found = fmt::format("0x{:04x}{}", type, required ? ", required" : ""),
                .expected = "a type that is known"};
    findings_.add(required ? rules::kUnknownRequired : rules::kUnknownSection, std::move(where));
    module_.unknown.push_back({type, whole});
  }

  using Entry = bool (Parser::*)(ByteReader&);

  /// `skip` bytes from the table's start on are a count, and so many entries fill the rest.
  bool entries(std::string_view what, std::uint16_t length, std::uint16_t skip, Entry entry) {
    ByteReader reader(bytes_.subspan(at_, length).subspan(skip), at_ + skip);
    const std::uint16_t count = reader.u16("entries");
    for (std::uint16_t i = 0; i < count && reader.ok(); ++i) {
      if (!(this->*entry)(reader)) break;
    }
    if (!reader.ok()) {
      Error where = reader.error();
      where.field = fmt::format("{} {}", what, where.field);
      findings_.add(rules::kEntryTruncated, std::move(where));
      return false;
    }
    if (reader.at_end()) return true;
    findings_.add(
        rules::kSectionLength, at_, fmt::format("{} length", what), fmt::format("{}", length),
        fmt::format("{}, the size of its {} entries", length - reader.remaining(), count));
    return true;
  }

  std::string_view entry_name(ByteReader& reader, bool may_be_empty) {
    const std::uint8_t length = reader.u8("name length");
    const std::uint64_t at = reader.offset();
    const Bytes text = reader.bytes(length, "name");
    if (!reader.ok()) return {};
    const bool nul = std::find(text.begin(), text.end(), 0) != text.end();
    if (nul || first_invalid_utf8(text) || (text.empty() && !may_be_empty))
      findings_.add(rules::kBadName, at, "name", quote(text, 64),
                    text.empty() ? "1 to 255 bytes" : "UTF-8 without NUL");
    return as_text(text);
  }

  ValueType value_type(ByteReader& reader) {
    const std::uint64_t at = reader.offset();
    const std::uint8_t type = reader.u8("type");
    if (reader.ok() && !is_export_type(type))
      findings_.add(rules::kBadValueType, at, "type", fmt::format("{}", type),
                    "1 to 6 (byte, wyde, tetra, octa, string, procedure)");
    return static_cast<ValueType>(type);
  }

  bool import(ByteReader& reader) {
    Import one;
    one.offset = reader.offset();
    one.ordinal = reader.u16("ord");
    one.type = value_type(reader);
    one.name = entry_name(reader, false);
    if (!reader.ok()) return false;
    module_.imports.push_back(one);
    return true;
  }

  bool exported(ByteReader& reader) {
    Export one;
    one.at = reader.offset();
    one.segment = reader.u16("segment");
    one.ordinal = reader.u16("ord");
    one.offset = reader.u16("offset");
    one.type = value_type(reader);
    one.name = entry_name(reader, true);
    if (!reader.ok()) return false;
    module_.exports.push_back(one);
    return true;
  }

  // ---- segments -------------------------------------------------------------------------------

  bool segment(std::uint16_t type) {
    stage_ = Stage::kSegments;
    const std::uint64_t start = at_;
    const std::uint16_t length = word(at_);
    const std::uint16_t flags = word(at_ + 4);
    if (!inside(at_, length, at_, rules::kSectionTruncated, "header-length")) return false;
    const bool known = name_of(type).has_value();
    if (known && (flags & ~flag::kOfSegments) != 0)
      findings_.add(rules::kSectionFlags, at_ + 4, "segment flags", fmt::format("0x{:04x}", flags),
                    "bits 0 to 6 only");
    Segment one;
    one.type = static_cast<SectionType>(type);
    one.at = start;
    if (!(known ? segment_header(one, length, flags) : foreign_header(one, length))) return false;
    if ((flags & flag::kPayload) != 0) {
      if (!inside(at_, one.size, at_ - 2, rules::kPayloadTruncated, "payload-length")) return false;
      one.payload_at = at_;
      one.payload = bytes_.subspan(at_, one.size);
      at_ += one.size;
    }
    one.has_relocations = (flags & flag::kRelocations) != 0;
    if (one.has_relocations && !relocations(one, known)) return false;
    if (known)
      module_.segments.push_back(std::move(one));
    else
      foreign(type, (flags & flag::kRequired) != 0, start);
    return true;
  }

  bool segment_header(Segment& one, std::uint16_t length, std::uint16_t flags) {
    ByteReader reader(bytes_.subspan(at_ + kPrefix), at_ + kPrefix);
    one.required = (flags & flag::kRequired) != 0;
    one.big_endian = (flags & flag::kBigEndian) != 0;
    one.id = reader.u16("id");
    if ((flags & flag::kOrigin) != 0) one.origin = reader.u32("origin");
    if ((flags & flag::kName) != 0) one.name = segment_name(reader);
    if ((flags & flag::kCpu) != 0) one.cpu = cpu(reader);
    one.size = reader.u16("payload-length");
    if (!reader.ok()) {
      findings_.add(rules::kSectionTruncated, reader.error());
      return false;
    }
    const std::uint64_t taken = reader.offset() - at_;
    if (taken != length) {
      findings_.add(rules::kSegmentHeader, at_, "header-length", fmt::format("{}", length),
                    fmt::format("{}, what its flags say", taken));
      return false;
    }
    if (one.id == 0) findings_.add(rules::kBadSegmentId, at_ + kPrefix, "id", "0", "1 to 65535");
    at_ = reader.offset();
    return true;
  }

  std::string_view segment_name(ByteReader& reader) {
    const std::uint64_t at = reader.offset();
    std::uint64_t size = 0;
    bool ended = false;
    while (reader.ok() && !ended) {
      const Bytes four = reader.bytes(4, "name");
      ended = std::find(four.begin(), four.end(), 0) != four.end();
      size += 4;
    }
    if (!reader.ok()) return {};
    const Bytes whole = bytes_.subspan(at, size);
    const std::string_view text = as_text(whole).substr(0, as_text(whole).find('\0'));
    const Bytes fill = whole.subspan(text.size());
    if (std::any_of(fill.begin(), fill.end(), [](std::uint8_t b) { return b != 0; }) ||
        first_invalid_utf8(as_bytes(text)))
      findings_.add(rules::kSegmentName, at, "name", quote(whole, 64),
                    "UTF-8, filled with NUL to a multiple of 4 bytes");
    return text;
  }

  CpuId cpu(ByteReader& reader) {
    const std::uint64_t at = reader.offset();
    CpuId out;
    const std::uint8_t family = reader.u8("cpuid family");
    out.stepping = reader.u8("cpuid stepping");
    if (!reader.ok()) return out;
    out.family = static_cast<Family>(family);
    if (family_row(family) == nullptr)
      findings_.add(rules::kUnknownFamily, at, "cpuid family", fmt::format("{}", family),
                    fmt::format("1 to {}", families().size()));
    return out;
  }

  /// Of a type that is not known only the end is, where the payload's length stands.
  bool foreign_header(Segment& one, std::uint16_t length) {
    if (length < kPrefix + 2) {
      findings_.add(rules::kSegmentHeader, at_, "header-length", fmt::format("{}", length),
                    "at least 8");
      return false;
    }
    at_ += length;
    one.size = word(at_ - 2);
    return true;
  }

  void foreign(std::uint16_t type, bool required, std::uint64_t start) {
    const std::uint64_t end = at_;
    at_ = start;
    unknown(type, required, bytes_.subspan(start, end - start));
    at_ = end;
  }

  bool relocations(Segment& one, bool known) {
    constexpr std::uint16_t kTablePrefix = kPrefix + 2;
    if (bytes_.size() - at_ < kTablePrefix + 2) {
      findings_.add(rules::kRelocationTable, at_, "relocation table", "the end of the file",
                    "a table of at least 10 bytes");
      return false;
    }
    const std::uint16_t length = word(at_);
    const std::uint16_t type = word(at_ + 2);
    if (type != static_cast<std::uint16_t>(SectionType::kRelocations) ||
        length < kTablePrefix + 2) {
      findings_.add(rules::kRelocationTable, at_, "relocation table",
                    fmt::format("type 0x{:04x}, length {}", type, length),
                    "type 0x0003, at least 10 bytes");
      return false;
    }
    if (!inside(at_, length, at_, rules::kSectionTruncated, "relocation table length"))
      return false;
    if (known) {
      const std::uint16_t flags = word(at_ + 4);
      table_flags("relocation table flags", flags);
      one.relocations_required = (flags & flag::kRequired) != 0;
      if (const std::uint16_t segment = word(at_ + kPrefix); segment != one.id)
        findings_.add(rules::kRelocationSegment, at_ + kPrefix, "relocation table segment",
                      fmt::format("{}", segment), fmt::format("{}, its own", one.id));
      patched_ = &one.relocations;
      if (!entries("relocation table", length, kTablePrefix, &Parser::relocation)) return false;
    }
    at_ += length;
    return true;
  }

  bool relocation(ByteReader& reader) {
    Relocations out;
    out.at = reader.offset();
    out.ordinal = reader.u16("ord");
    const std::uint16_t count = reader.u16("count");
    for (std::uint16_t i = 0; i < count && reader.ok(); ++i) {
      const std::uint64_t at = reader.offset();
      const std::uint8_t type = reader.u8("reloc type");
      const std::uint16_t offset = reader.u16("reloc offset");
      if (!reader.ok()) return false;
      if (!is_relocation_type(type)) {
        findings_.add(rules::kRelocationType, at, "reloc type", fmt::format("{}", type),
                      "1 to 4, 7 or 8 (byte, wyde, tetra, octa, pointer, displacement)");
        continue;
      }
      out.items.push_back({static_cast<ValueType>(type), offset});
    }
    if (!reader.ok()) return false;
    patched_->push_back(std::move(out));
    return true;
  }

  Bytes bytes_;
  Findings& findings_;
  Module module_;
  std::uint64_t at_ = 0;
  std::uint16_t length_ = 0;
  Stage stage_ = Stage::kStart;
  std::vector<Relocations>* patched_ = nullptr;
};

}  // namespace

const std::array<MemoryField, 10> kMemoryFields = {{{"textlen", &Memory::text},
                                                    {"overlen", &Memory::overlay},
                                                    {"zplen", &Memory::zero_page},
                                                    {"bsslen", &Memory::bss},
                                                    {"datalen", &Memory::data},
                                                    {"rodatalen", &Memory::rodata},
                                                    {"minimum stack size", &Memory::min_stack},
                                                    {"requested stack size", &Memory::stack},
                                                    {"minimum heap size", &Memory::min_heap},
                                                    {"requested heap size", &Memory::heap}}};

std::optional<Module> parse(Bytes bytes, Findings& findings) {
  Parser parser(bytes, findings);
  if (!parser.header()) return std::nullopt;
  if (parser.options()) parser.sections();
  return parser.take();
}

}  // namespace cmos::mod
