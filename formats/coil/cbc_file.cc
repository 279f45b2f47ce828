// .cbc files: bytes <-> structs.
#include <fmt/format.h>

#include "base/checked.h"
#include "base/text.h"
#include "formats/coil/cbc.h"
#include "formats/coil/rules.h"
#include "formats/coil/tables.h"

namespace cmos::coil {
namespace {

constexpr std::uint32_t kFunctionSize = 16;

class CbcReader {
 public:
  CbcReader(Bytes image, const Header& header, Findings& findings, std::uint64_t base)
      : image_(image), header_(header), findings_(findings), base_(base) {}

  CbcFile read();

 private:
  ByteReader at(std::uint64_t offset) {
    return ByteReader(image_.subspan(offset), base_ + offset, header_.order());
  }
  void cut(const Rule& rule, const ByteReader& in) {
    if (!in.ok()) findings_.add(rule, in.error());
  }
  std::uint32_t count(ByteReader& in, std::string_view name, std::uint64_t least_entry);
  void constants(std::uint32_t offset);
  Constant constant(ConstantType type, ByteReader& in);
  void code(std::uint32_t offset);
  void function(ByteReader& in, std::uint64_t code_start);
  void metadata(std::uint32_t offset);
  void metadata_parts(std::uint64_t field, const std::uint32_t (&parts)[3]);
  void attributes(std::uint32_t offset);
  std::uint64_t code_end() const;

  Bytes image_;
  const Header& header_;
  Findings& findings_;
  std::uint64_t base_;
  CbcFile out_;
};

std::uint32_t CbcReader::count(ByteReader& in, std::string_view name, std::uint64_t least_entry) {
  const std::uint64_t offset = in.offset();
  const std::uint32_t value = in.u32(name);
  if (!in.ok()) {
    findings_.add(rules_of::kTableSize.rule, in.error());
    return 0;
  }
  if (value <= in.remaining() / least_entry) return value;
  findings_.add(
      rules_of::kTableSize.rule, offset, name, fmt::format("{} entries", value),
      fmt::format("at most {} in {} bytes", in.remaining() / least_entry, in.remaining()));
  return 0;
}

Constant CbcReader::constant(ConstantType type, ByteReader& in) {
  Constant out{.type = type, .bits = 0, .text = {}};
  switch (type) {
    case ConstantType::kI32:
    case ConstantType::kF32:
    case ConstantType::kFunction:
      out.bits = in.u32("constant");
      break;
    case ConstantType::kI64:
    case ConstantType::kF64:
      out.bits = in.u64("constant");
      break;
    case ConstantType::kType: {
      const std::uint8_t main = in.u8("type constant");
      out.bits = static_cast<std::uint64_t>(main << 8 | in.u8("type constant"));
      break;
    }
    case ConstantType::kString: {
      const std::uint64_t size =
          out_.extended_pool ? in.u32("string length") : in.u16("string length");
      const std::uint64_t start = in.offset();
      const Bytes raw = in.bytes(size, "string constant");
      if (const auto bad = first_invalid_utf8(raw))
        in.fail_at(start + *bad, "string constant", fmt::format("byte 0x{:02x}", raw[*bad]),
                   "UTF-8");
      out.text = as_text(raw);
      break;
    }
  }
  return out;
}

void CbcReader::constants(std::uint32_t offset) {
  if (offset == 0) return;
  ByteReader in = at(offset);
  const std::uint32_t number = count(in, "constant pool", 1);
  const std::uint64_t types_at = in.offset();
  const Bytes types = in.bytes(number, "constant types");
  for (std::uint32_t i = 0; i < number; ++i) {
    if (types[i] < 1 || types[i] > 7)
      return findings_.add(rules_of::kCbcConstant.rule, types_at + i, "constant type",
                           fmt::format("{}", types[i]), "1 to 7");
    Constant one = constant(static_cast<ConstantType>(types[i]), in);
    if (!in.ok()) return cut(rules_of::kCbcConstant.rule, in);
    out_.constants.push_back(std::move(one));
  }
}

/// Code ends where the next part of the file begins.
std::uint64_t CbcReader::code_end() const {
  std::uint64_t end = image_.size();
  for (const std::uint32_t other : {header_.offsets[0], header_.offsets[2]}) {
    if (other > header_.offsets[1] && other < end) end = other;
  }
  return end;
}

void CbcReader::function(ByteReader& in, std::uint64_t code_start) {
  const std::uint64_t at = in.offset();
  CbcFunction out;
  out.name = in.u16("function name");
  out.signature = in.u16("function signature");
  out.code_offset = in.u32("function code offset");
  out.parameters = in.u16("function parameters");
  out.locals = in.u16("function locals");
  const std::uint32_t size = in.u32("function code size");
  if (size != 0) {
    const bool fits =
        out.code_offset >= code_start && range_inside(out.code_offset, size, image_.size());
    if (fits)
      out.code = image_.subspan(out.code_offset, size);
    else
      findings_.add(rules_of::kCbcFunctionRange.rule, at + 4, "function code offset",
                    fmt::format("{} bytes at {}", size, out.code_offset),
                    fmt::format("a range from {} to {}", code_start, image_.size()));
  }
  out_.functions.push_back(out);
}

void CbcReader::code(std::uint32_t offset) {
  if (offset == 0) return;
  ByteReader in = at(offset);
  const std::uint32_t number = count(in, "function table", kFunctionSize);
  if (!in.ok()) return;
  const std::uint64_t start = std::uint64_t{offset} + 4 + std::uint64_t{number} * kFunctionSize;
  for (std::uint32_t i = 0; i < number; ++i) function(in, start);
  if (number != 0 || start > code_end()) return;
  out_.anonymous_code = image_.subspan(start, code_end() - start);
  out_.anonymous_offset = static_cast<std::uint32_t>(start);
}

void CbcReader::attributes(std::uint32_t offset) {
  ByteReader in = at(offset);
  const std::uint32_t number = count(in, "attributes", 4);
  for (std::uint32_t i = 0; i < number; ++i) {
    CbcAttribute one;
    one.key = in.u16("attribute key");
    one.value = in.u16("attribute value");
    out_.attributes.push_back(one);
  }
}

void CbcReader::metadata_parts(std::uint64_t field, const std::uint32_t (&parts)[3]) {
  constexpr std::string_view kNames[] = {"source_offset", "debug_offset", "attr_offset"};
  for (std::size_t i = 0; i < 3; ++i) {
    if (parts[i] == 0) continue;
    if (parts[i] >= image_.size()) {
      findings_.add(rules_of::kMetadata.rule, base_ + field + 4 * i, kNames[i],
                    fmt::format("{}", parts[i]), fmt::format("less than {}", image_.size()));
      continue;
    }
    if (i == 1) {
      out_.debug =
          parse_debug(image_.subspan(parts[1]), header_.order(), base_ + parts[1], findings_);
      continue;
    }
    if (i == 2) {
      attributes(parts[2]);
      continue;
    }
    ByteReader in = at(parts[0]);
    out_.source = as_text(in.bytes(in.u16("source name length"), "source name"));
    cut(rules_of::kMetadata.rule, in);
  }
}

void CbcReader::metadata(std::uint32_t offset) {
  const bool says = (header_.flags & flag::kMetadata) != 0;
  if (says != (offset != 0))
    findings_.add(rules_of::kContentFlags.rule, base_ + 7, "flags",
                  fmt::format("0x{:02x}", header_.flags),
                  says ? "metadata" : "0x04 set, for there is metadata");
  if (offset != 0) {
    ByteReader in = at(offset);
    std::uint32_t parts[3] = {};
    for (std::uint32_t& one : parts) one = in.u32("metadata");
    cut(rules_of::kMetadata.rule, in);
    if (in.ok()) metadata_parts(offset, parts);
  }
  const bool debug = (header_.flags & flag::kCbcDebug) != 0;
  if (debug != out_.debug.has_value())
    findings_.add(rules_of::kDebugFlag.rule, base_ + 7, "flags",
                  fmt::format("0x{:02x}", header_.flags),
                  debug ? "debug information" : "0x01 set, for there is debug information");
}

CbcFile CbcReader::read() {
  out_.version = header_.version;
  out_.order = header_.order();
  out_.extended_pool = (header_.flags & flag::kExtendedPool) != 0;
  constants(header_.offsets[0]);
  code(header_.offsets[1]);
  metadata(header_.offsets[2]);
  return std::move(out_);
}

// ---- writing ------------------------------------------------------------------------------------

Result<void> put_constant(const Constant& one, bool extended, ByteWriter& out) {
  switch (one.type) {
    case ConstantType::kI64:
    case ConstantType::kF64:
      out.u64(one.bits);
      return {};
    case ConstantType::kType:
      out.u8(static_cast<std::uint8_t>(one.bits >> 8));
      out.u8(static_cast<std::uint8_t>(one.bits));
      return {};
    case ConstantType::kString:
      if (!extended && one.text.size() > UINT16_MAX)
        return fail(ErrorCode::kLimit,
                    fmt::format("a string constant of {} bytes: at most {} without the extended "
                                "constant pool",
                                one.text.size(), UINT16_MAX));
      if (extended)
        out.u32(static_cast<std::uint32_t>(one.text.size()));
      else
        out.u16(static_cast<std::uint16_t>(one.text.size()));
      out.text(one.text);
      return {};
    default:
      out.u32(static_cast<std::uint32_t>(one.bits));
      return {};
  }
}

Result<void> put_constants(const CbcFile& file, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(file.constants.size()));
  for (const Constant& one : file.constants) out.u8(static_cast<std::uint8_t>(one.type));
  for (const Constant& one : file.constants) {
    CMOS_TRY_VOID(put_constant(one, file.extended_pool, out));
  }
  return {};
}

std::uint64_t pool_size(const CbcFile& file) {
  std::uint64_t size = 4 + file.constants.size();
  for (const Constant& one : file.constants) {
    switch (one.type) {
      case ConstantType::kI64:
      case ConstantType::kF64:
        size += 8;
        break;
      case ConstantType::kType:
        size += 2;
        break;
      case ConstantType::kString:
        size += (file.extended_pool ? 4 : 2) + one.text.size();
        break;
      default:
        size += 4;
    }
  }
  return size;
}

void put_functions(const CbcFile& file, ByteWriter& out) {
  const std::vector<std::uint32_t> offsets = cbc_code_offsets(file);
  out.u32(static_cast<std::uint32_t>(file.functions.size()));
  for (std::size_t i = 0; i < file.functions.size(); ++i) {
    const CbcFunction& one = file.functions[i];
    out.u16(one.name);
    out.u16(one.signature);
    out.u32(offsets[i]);
    out.u16(one.parameters);
    out.u16(one.locals);
    out.u32(static_cast<std::uint32_t>(one.code.size()));
  }
  for (const CbcFunction& one : file.functions) out.bytes(one.code);
  if (file.functions.empty()) out.bytes(file.anonymous_code);
}

bool has_metadata(const CbcFile& file) {
  return !file.source.empty() || !file.attributes.empty() || file.debug.has_value();
}

void put_metadata(const CbcFile& file, ByteWriter& out) {
  const std::uint64_t fields = out.size();
  out.zeros(12);
  if (!file.source.empty()) {
    out.patch_u32(fields, static_cast<std::uint32_t>(out.size()));
    out.u16(static_cast<std::uint16_t>(file.source.size()));
    out.text(file.source);
  }
  if (!file.attributes.empty()) {
    out.patch_u32(fields + 8, static_cast<std::uint32_t>(out.size()));
    out.u32(static_cast<std::uint32_t>(file.attributes.size()));
    for (const CbcAttribute& one : file.attributes) {
      out.u16(one.key);
      out.u16(one.value);
    }
  }
  if (file.debug) {
    out.patch_u32(fields + 4, static_cast<std::uint32_t>(out.size()));
    write_debug(*file.debug, out);
  }
}

}  // namespace

std::string_view name(ConstantType type) {
  constexpr std::string_view kNames[] = {"i32", "i64", "f32", "f64", "string", "type", "function"};
  return kNames[static_cast<std::size_t>(type) - 1];
}

std::string_view CbcFile::text(std::uint16_t constant) const {
  if (constant >= constants.size() || constants[constant].type != ConstantType::kString) return {};
  return constants[constant].text;
}

std::optional<std::size_t> CbcFile::entry() const {
  for (const std::string_view wanted : {"main", "_start"}) {
    for (std::size_t i = 0; i < functions.size(); ++i) {
      if (name_of(functions[i]) == wanted) return i;
    }
  }
  if (functions.empty()) return std::nullopt;
  return 0;
}

bool looks_like_cbc(Bytes bytes) {
  const FileKindRow* row = kind_of(bytes);
  return row != nullptr && row->kind == FileKind::kBytecode;
}

std::optional<CbcFile> parse_cbc(Bytes bytes, Findings& findings, std::uint64_t base) {
  const auto header = parse_header(bytes, FileKind::kBytecode, findings);
  if (!header) return std::nullopt;
  return CbcReader(bytes, *header, findings, base).read();
}

Result<CbcRead> read_cbc(Bytes bytes, std::string_view file) {
  Findings findings(file);
  auto parsed = parse_cbc(bytes, findings);
  CbcRead out;
  CMOS_TRY(out.warnings, readable(std::move(findings)));
  out.file = std::move(*parsed);
  return out;
}

std::vector<std::uint32_t> cbc_code_offsets(const CbcFile& file) {
  std::uint64_t at = row_of(FileKind::kBytecode).header_size() + pool_size(file) + 4 +
                     file.functions.size() * kFunctionSize;
  std::vector<std::uint32_t> out;
  for (const CbcFunction& one : file.functions) {
    out.push_back(one.code.empty() ? 0 : static_cast<std::uint32_t>(at));
    at += one.code.size();
  }
  return out;
}

Result<std::vector<std::uint8_t>> write_cbc(const CbcFile& file) {
  ByteWriter out(file.order);
  std::uint8_t flags = file.extended_pool ? flag::kExtendedPool : 0;
  if (has_metadata(file)) flags |= flag::kMetadata;
  if (file.debug) flags |= flag::kCbcDebug;
  put_header(FileKind::kBytecode, file.version, flags, out);
  patch_offset(0, out.size(), out);
  CMOS_TRY_VOID(put_constants(file, out));
  patch_offset(1, out.size(), out);
  put_functions(file, out);
  if (has_metadata(file)) {
    patch_offset(2, out.size(), out);
    put_metadata(file, out);
  }
  if (out.size() > UINT32_MAX)
    return fail(ErrorCode::kLimit, fmt::format("a file of {} bytes: at most {} fit the format",
                                               out.size(), UINT32_MAX));
  patch_file_size(FileKind::kBytecode, out);
  return std::move(out).take();
}

}  // namespace cmos::coil
