#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "formats/coil/describe.h"
#include "formats/coil/describe_parts.h"
#include "formats/coil/instruction_text.h"

namespace cmos::coil {
namespace {

/// Constants, and all code as one section; addresses are offsets in the image.
class Builder {
 public:
  Builder(const CbcFile& file, Bytes bytes, formats::Description& out)
      : file_(file), bytes_(bytes), out_(out) {}

  void build() {
    out_.format = format_name(FileKind::kBytecode, file_.order);
    out_.arch = "_CBC";
    out_.architecture = "CBC";
    out_.executable = true;
    code();
    for (const CbcFunction& one : file_.functions) function(one);
    if (const auto entry = file_.entry(); entry && !file_.functions[*entry].code.empty())
      out_.start = file_.functions[*entry].code_offset;
    if (file_.functions.empty() && !file_.anonymous_code.empty())
      out_.start = file_.anonymous_offset;
    out_.private_groups.push_back(header_group(bytes_, FileKind::kBytecode));
    constants();
    functions();
    if (!file_.source.empty() || !file_.attributes.empty()) metadata();
    if (file_.debug) out_.private_groups.push_back(debug_group(*file_.debug));
  }

 private:
  void code() {
    std::uint64_t first = UINT64_MAX;
    std::uint64_t end = 0;
    auto add = [&](std::uint64_t at, std::uint64_t size) {
      if (size == 0) return;
      first = std::min(first, at);
      end = std::max(end, at + size);
    };
    for (const CbcFunction& one : file_.functions) add(one.code_offset, one.code.size());
    if (file_.functions.empty()) add(file_.anonymous_offset, file_.anonymous_code.size());
    formats::Section out;
    out.name = "code";
    out.has_contents = out.allocated = out.readonly = out.code = true;
    if (end != 0) {
      out.address = out.file_offset = first;
      out.size = end - first;
      out.bytes = bytes_.subspan(first, out.size);
      out.code_text = [file = &file_, first](std::uint64_t offset) {
        return text(*file, first + offset);
      };
    }
    out_.sections.push_back(std::move(out));
  }

  /// The instruction at an offset of the image, in whichever function has it.
  static std::optional<formats::CodeText> text(const CbcFile& file, std::uint64_t at) {
    Bytes code = file.anonymous_code;
    std::uint64_t base = file.anonymous_offset;
    for (const CbcFunction& one : file.functions) {
      if (at < one.code_offset || at - one.code_offset >= one.code.size()) continue;
      code = one.code;
      base = one.code_offset;
    }
    if (at < base || at - base >= code.size()) return std::nullopt;
    const CbcDecoded one = decode_cbc(code, at - base, file.order, 0);
    if (one.fault != DecodeFault::kNone) return std::nullopt;
    const std::string whole = cbc_text(one.instruction, file, base);
    const std::size_t space = std::min(whole.find(' '), whole.size());
    formats::CodeText out{.size = one.instruction.size,
                          .mnemonic = whole.substr(0, space),
                          .operands = whole.substr(std::min(space + 1, whole.size())),
                          .target = {}};
    const CbcShape shape = cbc_opcode_row(one.instruction.opcode)->shape;
    if (shape == CbcShape::kBranch || shape == CbcShape::kCompare)
      out.target =
          at + one.instruction.size + static_cast<std::uint64_t>(one.instruction.distance());
    return out;
  }

  void function(const CbcFunction& in) {
    formats::Symbol out;
    out.name = file_.name_of(in);
    out.binding = object::Binding::kGlobal;
    out.kind = object::SymbolKind::kFunction;
    if (!in.code.empty()) {
      out.place = object::Place::kSection;
      out.section = 0;
      out.value = in.code_offset;
      out.size = in.code.size();
    }
    out_.symbols.push_back(out);
  }

  void constants() {
    formats::PrivateGroup out{"Constant pool", {}};
    for (std::size_t i = 0; i < file_.constants.size(); ++i) {
      const Constant& one = file_.constants[i];
      out.fields.push_back(
          {fmt::format("{}", i), one.type == ConstantType::kString
                                     ? fmt::format("string {}", quote(as_bytes(one.text), 256))
                                     : fmt::format("{} 0x{:x}", name(one.type), one.bits)});
    }
    out_.private_groups.push_back(std::move(out));
  }

  void functions() {
    formats::PrivateGroup out{"Functions", {}};
    for (const CbcFunction& one : file_.functions) {
      const std::string_view signature = file_.text(one.signature);
      out.fields.push_back(
          {std::string(file_.name_of(one)),
           fmt::format("{}{}{} parameter{}, {} local{}, {}", signature,
                       signature.empty() ? "" : ", ", one.parameters,
                       one.parameters == 1 ? "" : "s", one.locals, one.locals == 1 ? "" : "s",
                       one.code.empty()
                           ? std::string("of the host")
                           : fmt::format("{} bytes at 0x{:x}", one.code.size(), one.code_offset))});
    }
    out_.private_groups.push_back(std::move(out));
  }

  void metadata() {
    formats::PrivateGroup out{"CBC metadata", {}};
    if (!file_.source.empty()) out.fields.push_back({"source", quote(as_bytes(file_.source), 256)});
    for (const CbcAttribute& one : file_.attributes)
      out.fields.push_back(
          {std::string(file_.text(one.key)), quote(as_bytes(file_.text(one.value)), 256)});
    out_.private_groups.push_back(std::move(out));
  }

  const CbcFile& file_;
  Bytes bytes_;
  formats::Description& out_;
};

}  // namespace

Result<formats::Description> describe_cbc(Bytes bytes, std::string_view file) {
  auto parsed = std::make_shared<CbcRead>();
  CMOS_TRY(*parsed, read_cbc(bytes, file));
  formats::Description out;
  out.file = file;
  Builder(parsed->file, bytes, out).build();
  out.holder = std::move(parsed);
  return out;
}

}  // namespace cmos::coil
