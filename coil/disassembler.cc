#include "coil/disassembler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/checked.h"
#include "base/text.h"
#include "coil/assembler.h"
#include "formats/coil/instruction_text.h"

namespace cmos::casm {
namespace {

namespace op = coil::opcode;
namespace attribute = coil::symbol_attribute;

class Disassembler {
 public:
  Disassembler(const coil::ObjectFile& object, std::string_view file,
               const DisassembleOptions& options)
      : object_(object), file_(file), options_(options) {}

  Result<std::string> text();

 private:
  void head();
  Result<void> find_directives();
  void name(std::uint32_t symbol);
  void mention(const std::set<std::uint32_t>& symbols);
  void directive();
  void section_line(std::size_t index);
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
  coil::Triple target_;
  std::string out_;
  std::vector<coil::Instruction> head_;  ///< directives that the first code begins with
  std::size_t written_ = 0;              ///< how many of them are in the text
  bool has_code_ = false;
  std::uint32_t next_ = 0;                     ///< all symbols before it have their place
  std::vector<std::uint32_t> late_;            ///< externals that a line names first
  std::vector<coil::Instruction> directives_;  ///< that a further section begins with by itself
  std::set<std::uint32_t> global_by_sym_;      ///< whose SYM says it
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
      object_.order == ByteOrder::kBig ? "big-endian: casm --endian big" : "little-endian");
  if (!options_.symbols) return;
  for (std::size_t i = 0; i < object_.symbols.size(); ++i) {
    const coil::Symbol& one = object_.symbols[i];
    out_ += fmt::format("; {:>5} {:08x} {:>5} {:<24} {}\n", i, one.value,
                        one.section == coil::kNoSection ? "-" : fmt::format("{}", one.section),
                        coil::names_of_bits(coil::symbol_attributes(), one.attributes),
                        quote(as_bytes(one.name)));
  }
}

namespace {

/// The symbols that an instruction names.
std::set<std::uint32_t> symbols_of(const coil::Instruction& instruction) {
  using Part = coil::Memory::Part;
  std::set<std::uint32_t> out;
  for (const coil::Operand& one : instruction.operands) {
    const bool named = one.kind == coil::OperandKind::kSymbol ||
                       one.kind == coil::OperandKind::kTypedSymbol ||
                       one.kind == coil::OperandKind::kAbi;
    if (named) out.insert(one.id);
    if (one.memory.base == Part::kSymbol) out.insert(one.memory.base_id);
    if (one.memory.index == Part::kSymbol) out.insert(one.memory.index_id);
    for (const coil::TypeLevel& level : one.type.levels) {
      const coil::TypeRow* const row = coil::type_row(level.code);
      if (row != nullptr && row->kind == coil::TypeKind::kStruct) out.insert(level.symbol);
    }
  }
  return out;
}

}  // namespace

/// The directives that every section of code begins with. They may stand anywhere in front of the
/// first one, as the order of the symbols has it. What stands behind a label is in its place.
Result<void> Disassembler::find_directives() {
  for (std::size_t i = 0; i < object_.sections.size() && !has_code_; ++i) {
    if (!object_.holds_coil(i)) continue;
    has_code_ = true;
    const coil::Section& section = object_.sections[i];
    std::uint64_t label = section.size;
    for (std::size_t k = 0; k < object_.symbols.size(); ++k) {
      const coil::Symbol& one = object_.symbols[k];
      if (one.section == i && section.name != k) label = std::min<std::uint64_t>(label, one.value);
    }
    CMOS_TRY(std::vector<coil::Instruction> list,
             coil::decode_all(section.bytes, object_.order, section.file_offset, file_));
    for (coil::Instruction& one : list) {
      if (!is_file_directive(one) || one.offset >= label) break;
      head_.push_back(std::move(one));
    }
  }
  while (written_ < head_.size() && symbols_of(head_[written_]).empty()) directive();
  return {};
}

void Disassembler::directive() {
  const coil::Instruction& one = head_[written_++];
  mention(symbols_of(one));
  coil::follow_target(one, target_);
  directives_.push_back(one);
  line(coil::instruction_text(one, object_, target_), {});
}

/// Gives a symbol its place in the table, when it is one that nothing else does in time.
void Disassembler::name(std::uint32_t symbol) {
  const coil::Symbol& one = object_.symbols[symbol];
  if (one.external() && one.has(attribute::kGlobal)) {
    out_ += fmt::format("EXTERN {}\n", one.name);
    return;
  }
  constexpr std::uint32_t kNameOnly = attribute::kLocal | attribute::kAbsolute;
  if (one.attributes != kNameOnly || one.section != coil::kNoSection) return;
  // Without code nothing is left of types but their names.
  if (!has_code_) out_ += fmt::format("ENUM {}\n", one.name);
  for (std::size_t i = written_; i < head_.size(); ++i) {
    if (!symbols_of(head_[i]).contains(symbol)) continue;
    while (written_ <= i) directive();
    return;
  }
}

/// What the next line names. Symbols are numbered as they are first named: those in front of the
/// line's come first. EXTERN can stand before the line only as long as none of its own is new.
void Disassembler::mention(const std::set<std::uint32_t>& symbols) {
  bool own = false;
  while (!symbols.empty() && next_ <= *symbols.rbegin() && next_ < object_.symbols.size()) {
    const std::uint32_t symbol = next_++;
    const coil::Symbol& one = object_.symbols[symbol];
    const bool external = one.external() && one.has(attribute::kGlobal);
    if (!symbols.contains(symbol) || (external && !own))
      name(symbol);
    else if (external)
      late_.push_back(symbol);
    else
      own = true;
  }
}

void Disassembler::section_line(std::size_t index) {
  const coil::Section& one = object_.sections[index];
  if (one.name < object_.symbols.size()) mention({one.name});
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
    mention({i});
    out_ += fmt::format("{}:\n", one.name);
  }
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
  section_line(index);
  // What the assembler repeats at the start of each section is not written again.
  while (written_ < head_.size()) directive();
  std::size_t first = 0;
  while (first < directives_.size() && first < list.size() &&
         list[first].same_as(directives_[first]))
    ++first;
  if (first != directives_.size()) first = 0;
  for (std::size_t i = first; i < list.size(); ++i) {
    const coil::Instruction& one = list[i];
    const bool is_sym = one.opcode == op::kSym;
    if (is_sym && std::any_of(one.operands.begin(), one.operands.end(), is_global))
      global_by_sym_.insert(one.operands[0].id);
    if (const auto here = at.find(one.offset); here != at.end()) {
      for (const std::uint32_t symbol : here->second) {
        if (is_sym && one.operands[0].id == symbol) continue;
        mention({symbol});
        line(object_.symbols[symbol].name + ":", {});
      }
    }
    mention(symbols_of(one));
    if (is_file_directive(one)) directives_.push_back(one);
    coil::follow_target(one, target_);
    line((is_sym || is_file_directive(one) ? "" : "    ") +
             coil::instruction_text(one, object_, target_),
         comment(section, one.offset, one.size));
  }
  if (const auto end = at.find(section.size); end != at.end()) {
    for (const std::uint32_t symbol : end->second) {
      mention({symbol});
      line(object_.symbols[symbol].name + ":", {});
    }
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
  if (relocation.symbol < object_.symbols.size()) mention({relocation.symbol});
  const std::int64_t value =
      sign_extend(load(field, object_.order), static_cast<unsigned>(field.size()));
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
  CMOS_TRY_VOID(find_directives());
  for (std::size_t i = 0; i < object_.sections.size(); ++i) {
    if (object_.holds_coil(i)) {
      CMOS_TRY_VOID(code(i));
    } else if (object_.sections[i].executable()) {
      raw(i);
    } else {
      data(i);
    }
  }
  while (next_ < object_.symbols.size()) name(next_++);
  for (const std::uint32_t symbol : late_) name(symbol);
  for (const coil::Symbol& one : object_.symbols) {
    const auto index = static_cast<std::uint32_t>(&one - object_.symbols.data());
    if (!global_by_sym_.contains(index) && one.has(attribute::kGlobal) && !one.external())
      out_ += fmt::format("GLOBAL {}\n", one.name);
  }
  return std::move(out_);
}

/// Whether the text says all of the object but its debug information.
Result<bool> reproduces(const std::string& text, coil::ObjectFile object, Bytes bytes) {
  Options options;
  options.order = object.order;
  options.warnings = false;
  const Output again = assemble("again.casm", text, options);
  if (!object.debug)
    return std::equal(again.coil.begin(), again.coil.end(), bytes.begin(), bytes.end());
  object.debug.reset();
  CMOS_TRY(const std::vector<std::uint8_t> plain, coil::write_object_file(object));
  return again.coil == plain;
}

Result<Disassembly> disassemble_object(Bytes bytes, std::string_view file,
                                       const DisassembleOptions& options) {
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(bytes, file));
  Disassembly out;
  CMOS_TRY(out.text, Disassembler(read.file, file, options).text());
  out.debug = read.file.debug.has_value();
  CMOS_TRY(out.reproduces, reproduces(out.text, read.file, bytes));
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
      std::string raw;
      for (const std::uint8_t byte : code.subspan(at, options.raw ? one.instruction.size : 0))
        raw += fmt::format("{:02x}", byte);
      out.text += fmt::format(";   {:04x}  {}{}{}\n", at, raw, raw.empty() ? "" : "  ",
                              coil::cbc_text(one.instruction, read.file));
      at += one.instruction.size;
    }
    return {};
  };
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
