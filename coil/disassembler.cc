#include "coil/disassembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "coil/assembler.h"
#include "formats/coil/instruction_text.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

/// Where PROC, ARCH, ABI and STRUCT stood in the source, which the order of the symbols shows.
enum class Directives : std::uint8_t { kAtTop, kBeforeSection, kInSection };

class Disassembler {
 public:
  Disassembler(const coil::ObjectFile& object, std::string_view file,
               const DisassembleOptions& options, Directives directives)
      : object_(object), file_(file), options_(options), place_(directives) {}

  Result<std::string> text();

 private:
  void head();
  void externals(std::uint32_t up_to);
  void section_line(std::size_t index);
  std::size_t directives(const std::vector<coil::Instruction>& list);
  Result<void> directives_at_top();
  Result<void> code(std::size_t index);
  void data(std::size_t index);
  void raw(std::size_t index);
  void labels(std::size_t section, std::uint64_t offset, std::optional<std::uint32_t> except);
  const coil::DebugInfo* debug_info() const;
  std::string comment(const coil::Section& section, std::uint64_t offset, std::uint64_t size);
  void line(std::string text, const std::string& comment);
  bool is_file_directive(const coil::Instruction& instruction) const;
  void relocated(const coil::Relocation& relocation, Bytes field);
  void bytes(Bytes bytes);

  const coil::ObjectFile& object_;
  std::string_view file_;
  const DisassembleOptions& options_;
  Directives place_;
  coil::Triple target_;
  std::string out_;
  std::vector<coil::Instruction> directives_;  ///< that a further section begins with by itself
  std::set<std::uint32_t> externals_;
  std::set<std::uint32_t> global_by_sym_;  ///< whose SYM says it
};

/// TYPE_PARAM0=GLOB
bool is_global(const coil::Operand& operand) {
  return operand.kind == coil::OperandKind::kParameter &&
         operand.id == coil::value_of(coil::visibilities(), "GLOB");
}

bool Disassembler::is_file_directive(const coil::Instruction& instruction) const {
  switch (instruction.opcode) {
    case op::kProc:
    case op::kArch:
    case op::kMode:
    case op::kVersion:
    case op::kAbi:
    case op::kStruct:
    case op::kUnion:
    case op::kEnum:
    case op::kTypedef:
    case op::kArray:
      return true;
    default:
      return false;
  }
}

void Disassembler::line(std::string text, const std::string& comment) {
  // A SWITCH and an ABI block have several lines; what is said of them stands on the first.
  const std::size_t end = std::min(text.find('\n'), text.size());
  if (!comment.empty())
    text.insert(end, fmt::format("{:>{}}; {}", "", end < 40 ? 40 - end : 1, comment));
  out_ += text + "\n";
}

/// That of the object, else what was split off it.
const coil::DebugInfo* Disassembler::debug_info() const {
  if (object_.debug) return &*object_.debug;
  const coil::DebugFile* const apart = options_.debug;
  return apart != nullptr && apart->belongs_to(object_) ? &apart->debug : nullptr;
}

std::string Disassembler::comment(const coil::Section& section, std::uint64_t offset,
                                  std::uint64_t size) {
  std::string out;
  auto add = [&out](std::string_view part) {
    if (!out.empty()) out += "  ";
    out += part;
  };
  if (options_.addresses) add(fmt::format("{:08x}", offset));
  if (options_.raw) {
    std::string hex;
    for (const std::uint8_t byte : section.bytes.subspan(offset, size))
      hex += fmt::format("{:02x}", byte);
    add(hex);
  }
  const coil::DebugInfo* const debug = debug_info();
  if (options_.comments && debug != nullptr) {
    const auto at = static_cast<std::uint32_t>(section.file_offset + offset);
    if (const coil::DebugLine* found = debug->line_at(at);
        found != nullptr && found->offset == at) {
      const coil::DebugSource* source = debug->source(found->source);
      add(fmt::format("{}:{}", source == nullptr ? "?" : debug->string(source->name), found->line));
    }
  }
  return out;
}

void Disassembler::head() {
  out_ += fmt::format(
      "; {}, {}\n", coil::row_of(object_.kind).description,
      object_.order == coil::ByteOrder::kBig ? "big-endian: casm --endian big" : "little-endian");
  if (!options_.symbols) return;
  for (std::size_t i = 0; i < object_.symbols.size(); ++i) {
    const coil::Symbol& one = object_.symbols[i];
    out_ += fmt::format("; {:>5} {:08x} {:>5} {:<24} {}\n", i, one.value,
                        one.section == coil::kNoSection ? "-" : fmt::format("{}", one.section),
                        coil::names_of_bits(coil::symbol_attributes(), one.attributes),
                        quote(as_bytes(one.name)));
  }
}

/// Externals take their place in the table where they are declared: in front of what comes next.
void Disassembler::externals(std::uint32_t up_to) {
  for (std::uint32_t i = 0; i < up_to && i < object_.symbols.size(); ++i) {
    const coil::Symbol& one = object_.symbols[i];
    if (one.external() && one.has(attribute::kGlobal) && externals_.insert(i).second)
      out_ += fmt::format("EXTERN {}\n", one.name);
  }
}

void Disassembler::section_line(std::size_t index) {
  const coil::Section& one = object_.sections[index];
  if (one.name < object_.symbols.size()) externals(one.name);
  std::string text =
      fmt::format("\nSECTION {}, 0x{:02x}", object_.section_name(one), one.attributes);
  if (one.processor != target_.device) text += fmt::format(", TARGET={}", one.processor);
  constexpr std::uint32_t kUsualAlignment = 16;
  if (one.alignment != kUsualAlignment) text += fmt::format(", ALIGN={}", one.alignment);
  if (one.address != 0) text += fmt::format(", ADDRESS=0x{:x}", one.address);
  out_ += text + "\n";
}

void Disassembler::labels(std::size_t section, std::uint64_t offset,
                          std::optional<std::uint32_t> except) {
  for (std::uint32_t i = 0; i < object_.symbols.size(); ++i) {
    const coil::Symbol& one = object_.symbols[i];
    if (one.section != section || one.value != offset || i == except) continue;
    if (object_.sections[section].name == i) continue;
    externals(i);
    out_ += fmt::format("{}:\n", one.name);
  }
}

/// Writes the directives that a section begins with; how many they are.
std::size_t Disassembler::directives(const std::vector<coil::Instruction>& list) {
  std::size_t count = 0;
  for (; count < list.size() && is_file_directive(list[count]); ++count) {
    coil::follow_target(list[count], target_);
    directives_.push_back(list[count]);
    line(coil::instruction_text(list[count], object_, target_), {});
  }
  return count;
}

Result<void> Disassembler::code(std::size_t index) {
  const coil::Section& section = object_.sections[index];
  CMOS_TRY(const std::vector<coil::Instruction> list,
           coil::decode_all(section.bytes, object_.order, section.file_offset, file_));
  std::map<std::uint64_t, std::vector<std::uint32_t>> at;
  for (std::uint32_t i = 0; i < object_.symbols.size(); ++i) {
    if (object_.symbols[i].section == index && section.name != i)
      at[object_.symbols[i].value].push_back(i);
  }
  std::size_t first = 0;
  if (place_ == Directives::kBeforeSection && directives_.empty()) first = directives(list);
  section_line(index);
  // What the assembler repeats at the start of each section is not written again.
  std::size_t repeated = 0;
  while (first == 0 && repeated < directives_.size() && repeated < list.size() &&
         list[repeated].same_as(directives_[repeated]))
    ++repeated;
  if (repeated == directives_.size()) first = std::max(first, repeated);
  for (std::size_t i = first; i < list.size(); ++i) {
    const coil::Instruction& one = list[i];
    const bool is_sym = one.opcode == op::kSym;
    if (is_sym && std::any_of(one.operands.begin(), one.operands.end(), is_global))
      global_by_sym_.insert(one.operands[0].id);
    if (const auto here = at.find(one.offset); here != at.end()) {
      for (const std::uint32_t symbol : here->second) {
        if (is_sym && one.operands[0].id == symbol) continue;
        externals(symbol);
        line(object_.symbols[symbol].name + ":", {});
      }
    }
    if (is_file_directive(one)) directives_.push_back(one);
    coil::follow_target(one, target_);
    line((is_sym || is_file_directive(one) ? "" : "    ") +
             coil::instruction_text(one, object_, target_),
         comment(section, one.offset, one.size));
  }
  if (const auto end = at.find(section.size); end != at.end()) {
    for (const std::uint32_t symbol : end->second) line(object_.symbols[symbol].name + ":", {});
  }
  return {};
}

void Disassembler::bytes(Bytes bytes) {
  constexpr std::size_t kPerLine = 16;
  for (std::size_t at = 0; at < bytes.size(); at += kPerLine) {
    std::string text = "    DATA TYPE_UNT8";
    for (const std::uint8_t byte : bytes.subspan(at, std::min(kPerLine, bytes.size() - at)))
      text += fmt::format(", 0x{:02x}", byte);
    out_ += text + "\n";
  }
}

/// A field that holds a symbol's address, with what is added to it.
void Disassembler::relocated(const coil::Relocation& relocation, Bytes field) {
  std::uint64_t addend = 0;
  const bool big = object_.order == coil::ByteOrder::kBig;
  for (std::size_t i = 0; i < field.size(); ++i)
    addend = addend << 8 | field[big ? i : field.size() - 1 - i];
  const unsigned unused = 64 - 8u * static_cast<unsigned>(field.size());
  const std::int64_t value = static_cast<std::int64_t>(addend << unused) >> unused;
  constexpr std::string_view kTypes[] = {"", "UNT8", "UNT16", "", "UNT32", "", "", "", "PTR"};
  std::string text = fmt::format("    DATA TYPE_{}, {}", kTypes[field.size()],
                                 relocation.symbol < object_.symbols.size()
                                     ? object_.symbols[relocation.symbol].name
                                     : fmt::format("@{}", relocation.symbol));
  if (value != 0)
    text += fmt::format(" {} {}", value < 0 ? '-' : '+',
                        value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                  : static_cast<std::uint64_t>(value));
  out_ += text + "\n";
}

void Disassembler::data(std::size_t index) {
  const coil::Section& section = object_.sections[index];
  section_line(index);
  std::set<std::uint64_t> stops = {section.size};
  for (const coil::Symbol& one : object_.symbols) {
    if (one.section == index && one.value <= section.size) stops.insert(one.value);
  }
  std::map<std::uint64_t, const coil::Relocation*> fields;
  for (const coil::Relocation& one : object_.relocations) {
    const bool size = one.size == 1 || one.size == 2 || one.size == 4 || one.size == 8;
    if (one.section != index || !size || std::uint64_t{one.offset} + one.size > section.size)
      continue;
    fields[one.offset] = &one;
    stops.insert(one.offset);
    stops.insert(std::uint64_t{one.offset} + one.size);
  }
  std::uint64_t at = 0;
  for (const std::uint64_t stop : stops) {
    if (stop > at) {
      const auto field = fields.find(at);
      if (section.uninitialised())
        out_ += fmt::format("    DATA TYPE_ARRAY=TYPE_UNT8[{}]\n", stop - at);
      else if (field != fields.end() && stop - at == field->second->size)
        relocated(*field->second, section.bytes.subspan(at, stop - at));
      else
        bytes(section.bytes.subspan(at, stop - at));
    }
    at = stop;
    labels(index, at, std::nullopt);
  }
}

Result<void> Disassembler::directives_at_top() {
  for (std::size_t i = 0; i < object_.sections.size(); ++i) {
    if (!object_.holds_coil(i)) continue;
    const coil::Section& one = object_.sections[i];
    CMOS_TRY(const std::vector<coil::Instruction> list,
             coil::decode_all(one.bytes, object_.order, one.file_offset, file_));
    directives(list);
    return {};
  }
  // Without code nothing is left of them but their names.
  for (const coil::Symbol& one : object_.symbols) {
    if (one.attributes == (attribute::kLocal | attribute::kAbsolute) &&
        one.section == coil::kNoSection)
      out_ += fmt::format("ENUM {}\n", one.name);
  }
  return {};
}

/// Native code and CBC inside a .coilo are bytes to COIL.
void Disassembler::raw(std::size_t index) {
  const coil::Section& section = object_.sections[index];
  section_line(index);
  constexpr std::size_t kPerLine = 16;
  for (std::size_t at = 0; at < section.bytes.size(); at += kPerLine) {
    std::string text = fmt::format("; {:08x} ", at);
    for (const std::uint8_t byte :
         section.bytes.subspan(at, std::min(kPerLine, section.bytes.size() - at)))
      text += fmt::format(" {:02x}", byte);
    out_ += text + "\n";
  }
}

Result<std::string> Disassembler::text() {
  head();
  if (place_ == Directives::kAtTop) CMOS_TRY_VOID(directives_at_top());
  for (std::size_t i = 0; i < object_.sections.size(); ++i) {
    if (object_.holds_coil(i)) {
      CMOS_TRY_VOID(code(i));
    } else if (object_.sections[i].executable()) {
      raw(i);
    } else {
      data(i);
    }
  }
  externals(static_cast<std::uint32_t>(object_.symbols.size()));
  for (const coil::Symbol& one : object_.symbols) {
    const auto index = static_cast<std::uint32_t>(&one - object_.symbols.data());
    if (!global_by_sym_.contains(index) && one.has(attribute::kGlobal) && !one.external())
      out_ += fmt::format("GLOBAL {}\n", one.name);
  }
  return std::move(out_);
}

bool reproduces(const std::string& text, const coil::ObjectFile& object, Bytes bytes) {
  Options options;
  options.order = object.order;
  options.warnings = false;
  const Output again = assemble("again.casm", text, options);
  return std::equal(again.coil.begin(), again.coil.end(), bytes.begin(), bytes.end());
}

Result<Disassembly> disassemble_object(Bytes bytes, std::string_view file,
                                       const DisassembleOptions& options) {
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(bytes, file));
  Disassembly out;
  using enum Directives;
  for (const Directives place : {kBeforeSection, kAtTop, kInSection}) {
    CMOS_TRY(out.text, Disassembler(read.file, file, options, place).text());
    out.reproduces = reproduces(out.text, read.file, bytes);
    if (out.reproduces) break;
  }
  return out;
}

Result<Disassembly> disassemble_cbc(Bytes bytes, std::string_view file,
                                    const DisassembleOptions& options) {
  CMOS_TRY(const coil::CbcRead read, coil::read_cbc(bytes, file));
  Disassembly out;
  out.text = "; CBC bytecode\n";
  auto function = [&](std::string_view name, Bytes code, std::uint32_t base) -> Result<void> {
    out.text += fmt::format("\n; function {}, {} bytes\n", name, code.size());
    for (std::uint64_t at = 0; at < code.size();) {
      const coil::CbcDecoded one = coil::decode_cbc(code, at, read.file.order, base);
      if (one.fault != coil::DecodeFault::kNone) return fail(Error(one.error).in_file(file));
      out.text += fmt::format(";   {:04x}  {}\n", at, coil::cbc_text(one.instruction, read.file));
      at += one.instruction.size;
    }
    return {};
  };
  static_cast<void>(options);
  for (const coil::CbcFunction& one : read.file.functions) {
    CMOS_TRY_VOID(function(read.file.name_of(one), one.code, one.code_offset));
  }
  if (read.file.functions.empty())
    CMOS_TRY_VOID(function("(anonymous)", read.file.anonymous_code, read.file.anonymous_offset));
  return out;
}

}  // namespace

Result<Disassembly> disassemble(Bytes bytes, std::string_view file,
                                const DisassembleOptions& options) {
  if (coil::looks_like_cbc(bytes)) return disassemble_cbc(bytes, file, options);
  if (coil::looks_like_coil(bytes) || coil::looks_like_coilo(bytes))
    return disassemble_object(bytes, file, options);
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .offset = 0,
                    .field = "magic",
                    .found = quote(bytes.first(std::min<std::size_t>(bytes.size(), 4))),
                    .expected = "a .coil, .coilo or .cbc file"});
}

}  // namespace cmos::casm
