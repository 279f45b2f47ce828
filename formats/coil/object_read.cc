// .coil and .coilo: bytes to structs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/checked.h"
#include "formats/coil/object_file.h"
#include "formats/coil/rules.h"
#include "formats/coil/tables.h"

namespace cmos::coil {

std::string_view ObjectFile::section_name(const Section& section) const {
  return section.name < symbols.size() ? std::string_view(symbols[section.name].name)
                                       : std::string_view();
}

bool ObjectFile::holds_cbc(std::size_t section) const {
  return std::find(output.cbc_sections.begin(), output.cbc_sections.end(), section) !=
         output.cbc_sections.end();
}

bool ObjectFile::holds_coil(std::size_t section) const {
  if (!sections[section].executable() || holds_cbc(section)) return false;
  return kind == FileKind::kObject ||
         std::find(output.coil_sections.begin(), output.coil_sections.end(), section) !=
             output.coil_sections.end();
}

bool ObjectFile::holds_dwarf(std::size_t section) const {
  return sections[section].has(section_attribute::kDiscardable) &&
         section_name(sections[section]).starts_with(".debug_");
}

bool looks_like_coil(Bytes bytes) {
  const FileKindRow* row = kind_of(bytes);
  return row != nullptr && row->kind == FileKind::kObject;
}

bool looks_like_coilo(Bytes bytes) {
  const FileKindRow* row = kind_of(bytes);
  return row != nullptr && row->kind == FileKind::kOutput;
}

TableReader::TableReader(Bytes file, ByteOrder order, Findings& findings)
    : file_(file), order_(order), findings_(findings) {}

std::optional<ByteReader> TableReader::open(std::uint32_t offset, std::string_view name,
                                            std::uint32_t least_entry, std::uint32_t& count) {
  if (offset == 0) return std::nullopt;
  ByteReader in(file_.subspan(offset), offset, order_);
  count = in.u32(name);
  if (!in.ok()) {
    cut(in.error());
    return std::nullopt;
  }
  if (count > in.remaining() / least_entry) {
    findings_.add(
        rules_of::kTableSize.rule, offset, name, fmt::format("{} entries", count),
        fmt::format("at most {} in {} bytes", in.remaining() / least_entry, in.remaining()));
    return std::nullopt;
  }
  return in;
}

void TableReader::cut(const Error& error) {
  findings_.add(rules_of::kTableSize.rule, error);
}

std::vector<Symbol> TableReader::symbols(std::uint32_t offset) {
  std::vector<Symbol> out;
  std::uint32_t count = 0;
  auto in = open(offset, "symbol table", 13, count);
  for (std::uint32_t i = 0; in && i < count; ++i) {
    Symbol one;
    one.name = as_text(in->bytes(in->u16("symbol name length"), "symbol name"));
    one.attributes = in->u32("symbol attributes");
    one.value = in->u32("symbol value");
    one.section = in->u16("symbol section index");
    one.processor = in->u8("symbol processor type");
    if (!in->ok()) {
      cut(in->error());
      break;
    }
    out.push_back(std::move(one));
  }
  return out;
}

void TableReader::contents(Section& section, std::uint64_t at) {
  if (section.uninitialised() || section.size == 0) return;
  if (range_inside(section.file_offset, section.size, file_.size())) {
    section.bytes = file_.subspan(section.file_offset, section.size);
    return;
  }
  findings_.add(rules_of::kSectionData.rule, at, "section offset",
                fmt::format("{} bytes at {}", section.size, section.file_offset),
                fmt::format("a range inside the file's {} bytes", file_.size()));
}

std::vector<Section> TableReader::sections(std::uint32_t offset) {
  std::vector<Section> out;
  std::uint32_t count = 0;
  auto in = open(offset, "section table", 23, count);
  for (std::uint32_t i = 0; in && i < count; ++i) {
    Section one;
    const std::uint64_t at = in->offset();
    one.name = in->u16("section name index");
    one.attributes = in->u32("section attributes");
    one.file_offset = in->u32("section offset");
    one.size = in->u32("section size");
    one.address = in->u32("section address");
    one.alignment = in->u32("section alignment");
    one.processor = in->u8("section processor type");
    contents(one, at + 6);
    out.push_back(one);
  }
  return out;
}

std::vector<Relocation> TableReader::relocations(std::uint32_t offset) {
  std::vector<Relocation> out;
  std::uint32_t count = 0;
  auto in = open(offset, "relocation table", 10, count);
  for (std::uint32_t i = 0; in && i < count; ++i) {
    Relocation one;
    one.offset = in->u32("relocation offset");
    one.symbol = in->u16("relocation symbol index");
    one.section = in->u16("relocation section index");
    one.type = static_cast<RelocationType>(in->u8("relocation type"));
    one.size = in->u8("relocation size");
    out.push_back(one);
  }
  return out;
}

namespace {

class MetadataReader {
 public:
  MetadataReader(Bytes file, ByteOrder order, Findings& findings, ObjectFile& out)
      : file_(file), order_(order), findings_(findings), out_(out) {}

  void read(std::uint32_t offset);

 private:
  void record(MetadataTag tag, ByteReader& in, std::uint64_t at);
  void wrong(std::uint64_t at, std::string_view field, std::string found, std::string expected) {
    findings_.add(rules_of::kMetadata.rule, at, field, std::move(found), std::move(expected));
  }
  std::vector<std::uint16_t> list(ByteReader& in);
  bool first_of(MetadataTag tag, std::uint64_t at);
  void debug(ByteReader& in, std::uint64_t at);

  Bytes file_;
  ByteOrder order_;
  Findings& findings_;
  ObjectFile& out_;
  std::set<MetadataTag> seen_;
};

/// A tag that came again could make a small file be read over and over.
bool MetadataReader::first_of(MetadataTag tag, std::uint64_t at) {
  if (tag < MetadataTag::kTarget || tag > MetadataTag::kAbi) return false;
  if (seen_.insert(tag).second) return true;
  wrong(at, "metadata tag", fmt::format("{} a second time", static_cast<unsigned>(tag)),
        "each tag once");
  return false;
}

std::vector<std::uint16_t> MetadataReader::list(ByteReader& in) {
  std::vector<std::uint16_t> out;
  const std::uint16_t count = in.u16("section count");
  for (unsigned i = 0; i < count && in.ok(); ++i) out.push_back(in.u16("section index"));
  for (const std::uint16_t index : out) {
    if (index >= out_.sections.size())
      wrong(in.offset(), "section index", fmt::format("{}", index),
            fmt::format("less than {}", out_.sections.size()));
  }
  return out;
}

void MetadataReader::debug(ByteReader& in, std::uint64_t at) {
  const std::uint32_t offset = in.u32("debug offset");
  const std::uint32_t size = in.u32("debug size");
  if (!in.ok()) return;
  if (!range_inside(offset, size, file_.size()))
    return wrong(at, "debug offset", fmt::format("{} bytes at {}", size, offset),
                 fmt::format("a range inside the file's {} bytes", file_.size()));
  out_.debug = parse_debug(file_.subspan(offset, size), order_, offset, findings_);
}

void MetadataReader::record(MetadataTag tag, ByteReader& in, std::uint64_t at) {
  OutputMetadata& output = out_.output;
  switch (tag) {
    case MetadataTag::kTarget: {
      Triple triple;
      triple.device = in.u8("target device");
      triple.architecture = in.u8("target architecture");
      triple.mode = in.u8("target mode");
      output.target = triple;
      break;
    }
    case MetadataTag::kRelocations: {
      TableReader tables(file_.first(at + in.remaining()), order_, findings_);
      out_.relocations = tables.relocations(static_cast<std::uint32_t>(at));
      break;
    }
    case MetadataTag::kDebug:
      debug(in, at);
      break;
    case MetadataTag::kEntry:
      output.entry = in.u16("entry symbol");
      if (*output.entry >= out_.symbols.size())
        wrong(at, "entry symbol", fmt::format("{}", *output.entry),
              fmt::format("less than {}", out_.symbols.size()));
      break;
    case MetadataTag::kCbcSections:
      output.cbc_sections = list(in);
      break;
    case MetadataTag::kCoilSections:
      output.coil_sections = list(in);
      break;
    case MetadataTag::kAbi:
      output.abi = as_text(in.bytes(in.remaining(), "ABI name"));
      break;
  }
  if (!in.ok()) findings_.add(rules_of::kMetadata.rule, in.error());
}

void MetadataReader::read(std::uint32_t offset) {
  std::uint32_t count = 0;
  TableReader tables(file_, order_, findings_);
  auto in = tables.open(offset, "metadata", 8, count);
  for (std::uint32_t i = 0; in && i < count; ++i) {
    const auto tag = static_cast<MetadataTag>(in->u16("metadata tag"));
    in->u16("metadata flags");
    const std::uint32_t size = in->u32("metadata size");
    const std::uint64_t at = in->offset();
    const Bytes bytes = in->bytes(size, "metadata record");
    if (!in->ok()) {
      findings_.add(rules_of::kMetadata.rule, in->error());
      return;
    }
    if (!first_of(tag, at - 8)) continue;
    ByteReader record_in(bytes, at, order_);
    record(tag, record_in, at);
  }
}

void check_content_flags(const ObjectFile& file, std::uint8_t flags, Findings& findings) {
  if (file.kind == FileKind::kObject) return;
  const bool says = (flags & flag::kHasCbc) != 0;
  if (says != !file.output.cbc_sections.empty())
    findings.add(rules_of::kContentFlags.rule, 7, "flags", fmt::format("0x{:02x}", flags),
                 says ? "a section with CBC" : "0x02 set, for a section holds CBC");
}

void check_debug_flag(const ObjectFile& file, std::uint8_t flags, Findings& findings) {
  const bool says = (flags & flag::kDebug) != 0;
  if (says != file.debug.has_value())
    findings.add(rules_of::kDebugFlag.rule, 7, "flags", fmt::format("0x{:02x}", flags),
                 says ? "debug information" : "0x04 set, for there is debug information");
}

}  // namespace

std::optional<ObjectFile> parse_object(Bytes bytes, Findings& findings) {
  const FileKind kind = looks_like_coilo(bytes) ? FileKind::kOutput : FileKind::kObject;
  const auto header = parse_header(bytes, kind, findings);
  if (!header) return std::nullopt;
  ObjectFile out;
  out.kind = kind;
  out.version = header->version;
  out.order = header->order();
  TableReader tables(bytes, out.order, findings);
  out.symbols = tables.symbols(header->offsets[0]);
  out.sections = tables.sections(header->offsets[1]);
  if (kind == FileKind::kOutput) {
    MetadataReader(bytes, out.order, findings, out).read(header->offsets[2]);
  } else {
    out.relocations = tables.relocations(header->offsets[2]);
    if (const std::uint32_t at = header->offsets[3]; at != 0)
      out.debug = parse_debug(bytes.subspan(at), out.order, at, findings);
  }
  check_debug_flag(out, header->flags, findings);
  check_content_flags(out, header->flags, findings);
  return out;
}

Result<ObjectRead> read_object_file(Bytes bytes, std::string_view file) {
  Findings findings(file);
  auto parsed = parse_object(bytes, findings);
  ObjectRead out;
  CMOS_TRY(out.warnings, readable(std::move(findings)));
  out.file = std::move(*parsed);
  return out;
}

Result<std::vector<Finding>> readable(Findings findings) {
  std::vector<Finding> list = std::move(findings).take(false);
  for (Finding& one : list) {
    const bool tolerated = one.rule == rules_of::kTrailingBytes.rule.name;
    if (one.severity == Severity::kError && !tolerated) return fail(std::move(one.where));
    one.severity = Severity::kWarning;
  }
  return list;
}

}  // namespace cmos::coil
