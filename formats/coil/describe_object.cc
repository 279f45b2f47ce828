#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "formats/coil/describe.h"
#include "formats/coil/describe_parts.h"
#include "formats/coil/instruction.h"
#include "formats/coil/instruction_text.h"

namespace cmos::coil {
namespace {

/// The ARCH of cpe 1.1 that native code is for; empty when there is none.
std::string_view arch_code(const Triple& target) {
  if (target == Triple{1, 1, 3}) return "8664";
  if (target == Triple{1, 1, 2}) return "__86";
  if (target == Triple{1, 2, 1}) return "_ARM";
  if (target == Triple{1, 2, 2}) return "AR64";
  return {};
}

/// PROC, ARCH and MODE stand in front of a section's instructions.
Triple target_of(const ObjectFile& file, const Section& section) {
  Triple target{section.processor, 0, 0};
  for (std::uint64_t at = 0; at < section.bytes.size();) {
    const Decoded one = decode(section.bytes, at, file.order, 0);
    if (one.fault != DecodeFault::kNone) break;
    const bool declares = opcode_row(one.instruction.opcode)->kind == OpcodeKind::kDeclaration;
    if (!declares || one.instruction.opcode == opcode::kSym) break;
    follow_target(one.instruction, target);
    at += one.instruction.size;
  }
  return target;
}

/// A SWITCH's and an ABI block's lines as one.
std::string one_line(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] == ' ') ++end;
    text.replace(at, end - at, " ");
  }
  return text;
}

class Builder {
 public:
  Builder(const ObjectFile& file, formats::Description& out) : file_(file), out_(out) {}

  void build(Bytes bytes) {
    out_.format = format_name(file_.kind, file_.order);
    for (std::size_t i = 0; i < file_.sections.size(); ++i) section(i);
    for (std::uint32_t i = 0; i < file_.symbols.size(); ++i) symbol(i);
    for (const Relocation& one : file_.relocations) relocation(one);
    for (formats::Section& one : out_.sections)
      std::stable_sort(one.relocations.begin(), one.relocations.end(),
                       [](const auto& a, const auto& b) { return a.offset < b.offset; });
    if (file_.output.target) target_ = *file_.output.target;
    out_.arch = file_.kind == FileKind::kOutput ? arch_code(target_) : std::string_view();
    out_.architecture =
        target_ == Triple{} ? std::string("COIL") : fmt::format("COIL for {}", name_of(target_));
    out_.private_groups.push_back(header_group(bytes, file_.kind));
    if (file_.kind == FileKind::kOutput) metadata();
    if (file_.debug) out_.private_groups.push_back(debug_group(*file_.debug));
  }

 private:
  void section(std::size_t index) {
    const Section& in = file_.sections[index];
    formats::Section out;
    out.name = file_.section_name(in);
    out.address = in.address;
    out.size = in.size;
    out.bytes = in.bytes;
    out.file_offset = in.bytes.empty() ? 0 : in.file_offset;
    if (std::has_single_bit(in.alignment))
      out.log2_alignment = static_cast<unsigned>(std::countr_zero(in.alignment));
    out.has_contents = !in.uninitialised();
    out.debugging = file_.holds_dwarf(index);
    out.allocated = !out.debugging;
    out.readonly = !in.has(section_attribute::kWrite);
    out.code = in.executable();
    if (file_.holds_coil(index)) {
      const Triple target = target_of(file_, in);
      if (target_ == Triple{}) target_ = target;
      out.code_text = [this_file = &file_, &in, target](std::uint64_t offset) {
        return text(*this_file, in, target, offset);
      };
    }
    out_.sections.push_back(std::move(out));
  }

  static std::optional<formats::CodeText> text(const ObjectFile& file, const Section& section,
                                               const Triple& target, std::uint64_t offset) {
    const Decoded one = decode(section.bytes, offset, file.order, 0);
    if (one.fault != DecodeFault::kNone) return std::nullopt;
    const std::string whole = one_line(instruction_text(one.instruction, file, target));
    const std::size_t space = std::min(whole.find(' '), whole.size());
    return formats::CodeText{.size = one.instruction.size,
                             .mnemonic = whole.substr(0, space),
                             .operands = whole.substr(std::min(space + 1, whole.size())),
                             .target = {}};
  }

  void symbol(std::uint32_t index) {
    const Symbol& in = file_.symbols[index];
    formats::Symbol out = described(in);
    if (out.place == object::Place::kUndefined && in.section < file_.sections.size()) {
      out.place = object::Place::kSection;
      out.section = in.section;
      out.value += file_.sections[in.section].address;
      const bool names_section = file_.sections[in.section].name == index;
      if (names_section) out.kind = object::SymbolKind::kSection;
    }
    out_.symbols.push_back(out);
  }

  void relocation(const Relocation& in) {
    if (in.section >= out_.sections.size()) return;
    formats::Relocation out;
    out.offset = in.offset;
    out.type = name_of(relocation_types(), static_cast<std::uint32_t>(in.type)).value_or("unknown");
    out.size = in.size;
    if (in.symbol < file_.symbols.size()) out.symbol = in.symbol;
    out_.sections[in.section].relocations.push_back(out);
  }

  static std::string indices(const std::vector<std::uint16_t>& list) {
    return list.empty() ? std::string("none") : fmt::format("{}", fmt::join(list, ", "));
  }

  void metadata() {
    const OutputMetadata& in = file_.output;
    formats::PrivateGroup out{"COILO metadata", {}};
    out.fields = {
        {"target", in.target ? name_of(*in.target) : std::string("none")},
        {"entry", !in.entry                          ? std::string("none")
                  : *in.entry < file_.symbols.size() ? file_.symbols[*in.entry].name
                                                     : fmt::format("symbol {}", *in.entry)},
        {"CBC sections", indices(in.cbc_sections)},
        {"COIL sections", indices(in.coil_sections)},
        {"ABI", in.abi.empty() ? std::string("none") : in.abi}};
    out_.private_groups.push_back(std::move(out));
  }

  const ObjectFile& file_;
  formats::Description& out_;
  Triple target_;
};

}  // namespace

Result<formats::Description> describe_object(Bytes bytes, std::string_view file) {
  auto parsed = std::make_shared<ObjectRead>();
  CMOS_TRY(*parsed, read_object_file(bytes, file));
  formats::Description out;
  out.file = file;
  Builder(parsed->file, out).build(bytes);
  out.holder = std::move(parsed);
  return out;
}

}  // namespace cmos::coil
