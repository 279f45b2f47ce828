#include "assembler/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "assembler/assertions.h"
#include "assembler/literal.h"
#include "assembler/parser.h"
#include "base/text.h"
#include "formats/cpo/cpo.h"

namespace cmos::assembler {
namespace {

using object::kNoIndex;
using object::SectionKind;

std::optional<std::uint32_t> number_behind(std::string_view name, std::string_view prefix,
                                           std::size_t count) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size() || value >= count)
    return std::nullopt;
  return value;
}

class Emitter {
 public:
  Emitter(const object::Object& code, const EncoderInput& input, Program& program,
          std::string_view file, Reporter& reporter)
      : code_(code), input_(input), program_(program), reporter_(reporter) {
    out_.object.file = file;
    out_.object.arch = program.target->arch;
    out_.object.isa = program.target->isa;
  }

  Result<std::optional<Emitted>> emit() {
    if (code_.isa != program_.target->isa)
      return fail(ErrorCode::kInternal, fmt::format("the encoder wrote code for {}", code_.arch));
    CMOS_TRY_VOID(sections());
    read_symbols();
    // After a mistake what the program says need not fit together.
    if (reporter_.has_errors()) return std::optional<Emitted>();
    for (std::uint32_t i = 0; i < program_.symbols.size(); ++i) {
      if (program_.symbols[i].kind == SymbolKind::kFunction && encoded_[i] == kNoIndex)
        return fail(ErrorCode::kInternal, fmt::format("the encoder lost the function {}",
                                                      quote(as_bytes(program_.symbols[i].name))));
    }
    symbols();
    code_relocations();
    data_relocations();
    debug_sections();
    optional_sections();
    check_assertions(
        program_,
        [this](const Place& place) -> std::optional<std::int64_t> {
          const auto at = offset_of(place);
          if (!at || at->section != code_section_) return std::nullopt;
          return at->offset;
        },
        reporter_);
    if (reporter_.has_errors()) return std::optional<Emitted>();
    object::index_relocations(out_.object);
    CMOS_TRY_VOID(object::check(out_.object));
    return std::optional<Emitted>(std::move(out_));
  }

 private:
  Result<void> sections() {
    for (std::uint32_t i = 0; i < code_.sections.size(); ++i) {
      const object::Section& section = code_.sections[i];
      if (!section.loaded() || section.size == 0) continue;
      if (section.kind != SectionKind::kCode || text_ != kNoIndex)
        return fail(ErrorCode::kInternal, fmt::format("the encoder made a section {} beside .text",
                                                      quote(as_bytes(section.name))));
      text_ = i;
    }
    const bool labels =
        std::any_of(program_.symbols.begin(), program_.symbols.end(),
                    [](const Symbol& one) { return one.kind == SymbolKind::kFunction; });
    if (text_ != kNoIndex || labels) {
      object::Section section;
      section.name = "CODE";
      section.kind = SectionKind::kCode;
      section.alignment = cpo::kCodeAlignment;
      if (text_ != kNoIndex) {
        section.alignment = std::max(section.alignment, code_.sections[text_].alignment);
        section.bytes = code_.sections[text_].bytes;
        section.size = code_.sections[text_].size;
      }
      code_section_ = 0;
      out_.object.sections.push_back(section);
    }
    record_section_.assign(program_.records.size(), kNoIndex);
    for (const bool variables : {false, true}) {
      for (std::size_t i = 0; i < program_.records.size(); ++i) {
        const Record& record = program_.records[i];
        const Symbol& symbol = program_.symbols[record.symbol];
        if ((symbol.kind == SymbolKind::kVar) != variables) continue;
        object::Section section;
        section.name = symbol.name;
        section.kind = variables ? SectionKind::kVar : SectionKind::kConst;
        section.alignment = record.alignment;
        section.size = static_cast<std::uint32_t>(record.size);
        section.bytes = record.bytes;
        section.data_type = record.type;
        record_section_[i] = static_cast<std::uint32_t>(out_.object.sections.size());
        out_.object.sections.push_back(section);
      }
    }
    return {};
  }

  /// What the encoder knows about our names.
  void read_symbols() {
    encoded_.assign(program_.symbols.size(), kNoIndex);
    label_offset_.assign(program_.local_labels.size(), kNoIndex);
    out_.statement_offsets.assign(program_.code.size() + 1, UINT32_MAX);
    for (std::uint32_t i = 0; i < code_.symbols.size(); ++i) {
      const object::Symbol& symbol = code_.symbols[i];
      if (const auto item = number_behind(symbol.name, "__cbt_l_", program_.code.size() + 1)) {
        out_.statement_offsets[*item] = static_cast<std::uint32_t>(symbol.value);
      } else if (const auto label =
                     number_behind(symbol.name, "__cbt_d_", program_.local_labels.size())) {
        label_offset_[*label] = static_cast<std::uint32_t>(symbol.value);
      } else if (own_symbol(symbol.name) && symbol.name.starts_with("__cbt_x_")) {
        continue;
      } else if (const auto own = number_behind(symbol.name, "__cbt_", program_.symbols.size())) {
        encoded_[*own] = i;
      } else if (symbol.place == object::Place::kUndefined && !symbol.name.empty()) {
        undeclared(symbol.name);
      }
    }
    used_.assign(program_.symbols.size(), false);
    for (const object::Relocation& one : code_.relocations) {
      if (one.symbol == kNoIndex) continue;
      if (const auto own = own_symbol(code_.symbols[one.symbol].name)) used_[*own] = true;
    }
    for (const Record& record : program_.records) {
      for (const DataAddress& address : record.addresses) {
        if (address.target_place.kind == Place::Kind::kSymbol)
          used_[address.target_place.index] = true;
      }
    }
  }

  /// The symbol of the program that the encoder knows under a name of rewrite.h.
  std::optional<std::uint32_t> own_symbol(std::string_view name) const {
    const auto own = number_behind(name, "__cbt_", program_.symbols.size());
    return own ? own : number_behind(name, "__cbt_x_", program_.symbols.size());
  }

  void undeclared(std::string_view name) {
    const auto found = std::find_if(input_.unknown.begin(), input_.unknown.end(),
                                    [&](const Unknown& one) { return one.name == name; });
    const Span where = found == input_.unknown.end() ? Span{} : found->where;
    reporter_.error(where, fmt::format("'{}' is defined nowhere and not extern{}", name,
                                       did_you_mean(program_, name)));
  }

  // ---- symbols -------------------------------------------------------------------------------

  void symbols() {
    own_index_.assign(program_.symbols.size(), kNoIndex);
    for (std::uint32_t i = 0; i < program_.symbols.size(); ++i) {
      const Symbol& symbol = program_.symbols[i];
      object::Symbol out;
      out.name = symbol.name;
      out.binding = symbol.weak     ? object::Binding::kWeak
                    : symbol.global ? object::Binding::kGlobal
                                    : object::Binding::kLocal;
      switch (symbol.kind) {
        case SymbolKind::kNone:
          continue;
        case SymbolKind::kExtern:
          if (!used_[i]) continue;
          out.binding = symbol.weak ? object::Binding::kWeak : object::Binding::kGlobal;
          out.location = symbol.location;
          break;
        case SymbolKind::kFunction: {
          const object::Symbol& encoded = code_.symbols[encoded_[i]];
          out.place = object::Place::kSection;
          out.section = code_section_;
          // Without a word more an odd place of ARM code would be Thumb code.
          const bool odd = program_.target->isa == object::Isa::kArm && encoded.value % 2 != 0;
          out.kind = odd ? object::SymbolKind::kObject : object::SymbolKind::kFunction;
          out.value = encoded.value;
          out.thumb = encoded.thumb;
          functions_.push_back(static_cast<std::uint32_t>(out_.object.symbols.size()));
          break;
        }
        case SymbolKind::kConst:
        case SymbolKind::kVar:
          out.place = object::Place::kSection;
          out.section = record_section_[symbol.record];
          out.kind = object::SymbolKind::kObject;
          out.size = program_.records[symbol.record].size;
          break;
      }
      own_index_[i] = static_cast<std::uint32_t>(out_.object.symbols.size());
      out_.object.symbols.push_back(out);
    }
    function_sizes();
  }

  /// A function reaches to the next one that begins elsewhere, or to the end.
  void function_sizes() {
    std::vector<std::uint64_t> starts;
    for (const std::uint32_t index : functions_) starts.push_back(out_.object.symbols[index].value);
    std::sort(starts.begin(), starts.end());
    for (const std::uint32_t index : functions_) {
      object::Symbol& function = out_.object.symbols[index];
      const auto next = std::upper_bound(starts.begin(), starts.end(), function.value);
      const std::uint64_t end =
          next == starts.end() ? out_.object.sections[code_section_].size : *next;
      function.size = end - function.value;
      // A Thumb function's symbol would set bit 0, which the encoder did not ask for.
      if (!function.thumb && function.kind == object::SymbolKind::kFunction)
        function_at_.emplace(function.value, index);
    }
  }

  // ---- relocations ---------------------------------------------------------------------------

  void code_relocations() {
    if (text_ == kNoIndex) return;
    for (const object::Relocation& one : code_.relocations_of(code_.sections[text_])) {
      object::Relocation out = one;
      out.section = code_section_;
      out.symbol = kNoIndex;
      if (one.symbol != kNoIndex) {
        const object::Symbol& symbol = code_.symbols[one.symbol];
        if (const auto own = own_symbol(symbol.name)) {
          out.symbol = own_index_[*own];
        } else if (symbol.place == object::Place::kSection) {
          out.addend += static_cast<std::int64_t>(symbol.value);
          place_in_code(out);
        }
      }
      out_.object.relocations.push_back(out);
    }
  }

  /// The encoder says `.text + addend` of places that stand in this file. They become the function
  /// that begins there, or the start of CODE and an addend.
  void place_in_code(object::Relocation& out) {
    const auto found = function_at_.find(out.addend);
    if (found != function_at_.end() &&
        object::info(out.type).formula == object::Formula::kAbsolute) {
      out.symbol = found->second;
      out.addend = 0;
      return;
    }
    out.symbol = code_start();
  }

  /// A nameless symbol: the first byte of CODE.
  std::uint32_t code_start() {
    if (code_start_ == kNoIndex) {
      object::Symbol start;
      start.place = object::Place::kSection;
      start.section = code_section_;
      start.kind = object::SymbolKind::kFunction;
      code_start_ = static_cast<std::uint32_t>(out_.object.symbols.size());
      out_.object.symbols.push_back(start);
    }
    return code_start_;
  }

  void data_relocations() {
    for (std::size_t i = 0; i < program_.records.size(); ++i) {
      const Record& record = program_.records[i];
      std::vector<std::uint8_t> patched;  // with what has become a number
      for (const DataAddress& address : record.addresses) {
        if (address.minus) {
          if (patched.empty()) patched = record.bytes;
          difference(address, record_section_[i], patched);
          continue;
        }
        object::Relocation out{record_section_[i], address.offset, kNoIndex,
                               program_.target->pointer, address.addend};
        if (address.target_place.kind == Place::Kind::kSymbol) {
          out.symbol = own_index_[address.target_place.index];
        } else {
          out.addend += offset_of(address.target_place)->offset;
          place_in_code(out);
        }
        out_.object.relocations.push_back(out);
      }
      if (!patched.empty())
        out_.object.sections[record_section_[i]].bytes =
            out_.object.storage.keep(std::move(patched));
    }
  }

  struct Offset {
    std::uint32_t section;
    std::int64_t offset;
  };
  /// Where a place lies in this object; nothing for an extern.
  std::optional<Offset> offset_of(const Place& place) const {
    switch (place.kind) {
      case Place::Kind::kCodeStart:
        return Offset{code_section_, 0};
      case Place::Kind::kLabel:
        return Offset{code_section_, label_offset_[place.index]};
      case Place::Kind::kSymbol: {
        const Symbol& symbol = program_.symbols[place.index];
        if (symbol.kind == SymbolKind::kFunction)
          return Offset{code_section_,
                        static_cast<std::int64_t>(code_.symbols[encoded_[place.index]].value)};
        if (symbol.record < record_section_.size())
          return Offset{record_section_[symbol.record], symbol.record_offset};
        return std::nullopt;
      }
      case Place::Kind::kNone:
      case Place::Kind::kHere:
        return std::nullopt;
    }
    return std::nullopt;
  }

  /// A number when both places lie in one section; when the one that is taken away lies in the
  /// record itself, the linker's distance from there.
  void difference(const DataAddress& address, std::uint32_t section,
                  std::vector<std::uint8_t>& bytes) {
    const auto minus = offset_of(address.minus_place);
    const auto target = offset_of(address.target_place);
    if (minus && target && minus->section == target->section) {
      store(address, bytes, Integer{target->offset} - minus->offset + address.addend);
      return;
    }
    const bool room = address.bytes == 4 || address.bytes == program_.target->pointer_bytes;
    if (!minus || minus->section != section || !room) {
      reporter_.error(address.where,
                      "a difference needs two places in the code, or two of one constant or "
                      "variable: only there is it known how far they are apart");
      return;
    }
    object::Relocation out{
        section, address.offset, kNoIndex,
        address.bytes == 8 ? object::RelocationType::kPc64 : object::RelocationType::kPc32,
        address.addend + address.offset - minus->offset};
    if (address.target_place.kind == Place::Kind::kSymbol) {
      out.symbol = own_index_[address.target_place.index];
    } else {
      out.addend += target->offset;
      out.symbol = code_start();
    }
    out_.object.relocations.push_back(out);
  }

  void store(const DataAddress& address, std::vector<std::uint8_t>& bytes, Integer number) {
    const unsigned bits = address.bytes * 8;
    const Integer one = 1;
    const Integer low = address.is_signed ? -(one << (bits - 1)) : 0;
    const Integer high = (one << (address.is_signed ? bits - 1 : bits)) - 1;
    if (number < low || number > high) {
      reporter_.error(address.where, fmt::format("the difference {} does not fit ({} to {})",
                                                 to_text(number), to_text(low), to_text(high)));
      return;
    }
    for (unsigned i = 0; i < address.bytes; ++i)
      bytes[address.offset + i] =
          static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
  }

  // ---- DWARF ---------------------------------------------------------------------------------

  /// They refer to each other and to the code, always by sections' symbols.
  void debug_sections() {
    std::map<std::uint32_t, std::uint32_t> symbol_of;  // by section of code_
    std::vector<std::pair<std::uint32_t, std::uint32_t>> copied;
    for (std::uint32_t i = 0; i < code_.sections.size(); ++i) {
      const object::Section& section = code_.sections[i];
      if (section.kind != SectionKind::kDebug || section.size == 0) continue;
      const auto index = static_cast<std::uint32_t>(out_.object.sections.size());
      out_.object.sections.push_back(section);
      object::Symbol symbol;
      symbol.place = object::Place::kSection;
      symbol.kind = object::SymbolKind::kSection;
      symbol.section = index;
      symbol_of.emplace(i, static_cast<std::uint32_t>(out_.object.symbols.size()));
      out_.object.symbols.push_back(symbol);
      copied.emplace_back(i, index);
    }
    for (const auto& [from, to] : copied) {
      for (const object::Relocation& one : code_.relocations_of(code_.sections[from])) {
        if (one.symbol == kNoIndex) continue;
        const object::Symbol& symbol = code_.symbols[one.symbol];
        object::Relocation out = one;
        out.section = to;
        out.addend += static_cast<std::int64_t>(symbol.value);
        if (symbol.section == text_) {
          out.symbol = code_start();
        } else if (const auto found = symbol_of.find(symbol.section); found != symbol_of.end()) {
          out.symbol = found->second;
        } else {
          continue;
        }
        out_.object.relocations.push_back(out);
      }
    }
  }

  void optional_sections() {
    for (const auto& [name, bytes] : program_.sections) {
      object::Section section;
      section.name = name;
      section.kind = SectionKind::kOther;
      section.bytes = bytes;
      section.size = static_cast<std::uint32_t>(bytes.size());
      out_.object.sections.push_back(section);
    }
  }

  const object::Object& code_;
  const EncoderInput& input_;
  Program& program_;
  Reporter& reporter_;
  Emitted out_;
  std::uint32_t text_ = kNoIndex;  ///< the encoder's code
  std::uint32_t code_section_ = kNoIndex;
  std::uint32_t code_start_ = kNoIndex;
  std::vector<std::uint32_t> record_section_;
  std::vector<std::uint32_t> encoded_;       ///< by symbol of the program, in code_
  std::vector<std::uint32_t> label_offset_;  ///< by local label that data refers to, in CODE
  std::vector<std::uint32_t> own_index_;     ///< by symbol of the program, in the result
  std::vector<std::uint32_t> functions_;     ///< in the result
  std::map<std::int64_t, std::uint32_t> function_at_;
  std::vector<bool> used_;
};

}  // namespace

Result<std::optional<Emitted>> emit(const object::Object& code, const EncoderInput& input,
                                    Program& program, std::string_view file, Reporter& reporter) {
  return Emitter(code, input, program, file, reporter).emit();
}

}  // namespace cmos::assembler
