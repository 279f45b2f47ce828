// LLVM's object as a .coilo. COIL's relocations have no addend of their own: it stands in the field
// where that is whole bytes, and else in a symbol of its own.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "coil/native_kept.h"
#include "formats/coil/object_file.h"
#include "formats/elf/object.h"

namespace cmos::casm {
namespace {

namespace attribute = coil::symbol_attribute;
using object::Place;
using object::RelocationType;
using object::SectionKind;

class CoiloMaker {
 public:
  CoiloMaker(const object::Object& object, const coil::ObjectFile& source,
             const NativeOptions& options)
      : object_(object),
        source_(source),
        options_(options),
        kept_(native::kept_parts(source, options)),
        out_(kept_.file) {}

  Result<std::vector<std::uint8_t>> make();

 private:
  void keep_bytes();
  void sections();
  void bytecode();
  void symbols();
  Result<void> relocations();
  Result<void> relocation(const object::Relocation& one);
  std::uint16_t symbol_at(const object::Relocation& one, std::int64_t addend);
  /// In the place of a symbol of this name that has none yet, or as a new one.
  std::uint16_t define(coil::Symbol symbol) {
    const auto known = kept_.names.find(symbol.name);
    if (known == kept_.names.end() || !kept_.open[known->second]) return add(std::move(symbol));
    kept_.open[known->second] = false;
    out_.symbols[known->second] = std::move(symbol);
    return known->second;
  }
  std::uint16_t add(coil::Symbol symbol) {
    out_.symbols.push_back(std::move(symbol));
    return static_cast<std::uint16_t>(out_.symbols.size() - 1);
  }

  const object::Object& object_;
  const coil::ObjectFile& source_;
  const NativeOptions& options_;
  native::KeptParts kept_;
  coil::ObjectFile out_;
  std::vector<std::uint16_t> section_of_;  ///< by the object's index; kNoSection: left out
  std::vector<std::uint16_t> symbol_of_;
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint16_t> places_;
  std::vector<std::vector<std::uint8_t>> bytes_;
};

void CoiloMaker::keep_bytes() {
  for (const coil::Section& one : out_.sections)
    bytes_.emplace_back(one.bytes.begin(), one.bytes.end());
}

void CoiloMaker::bytecode() {
  if (options_.bytecode.empty()) return;
  const auto number = static_cast<std::uint16_t>(out_.sections.size());
  coil::Symbol name;
  name.name = ".cbc";
  name.attributes = attribute::kLocal;
  name.section = number;
  coil::Section section;
  section.name = add(std::move(name));
  section.attributes = coil::section_attribute::kRead | coil::section_attribute::kInitialised;
  section.size = static_cast<std::uint32_t>(options_.bytecode.size());
  section.alignment = 16;
  out_.sections.push_back(section);
  out_.output.cbc_sections.push_back(number);
  bytes_.emplace_back(options_.bytecode.begin(), options_.bytecode.end());
}

void CoiloMaker::sections() {
  for (const object::Section& one : object_.sections) {
    section_of_.push_back(coil::kNoSection);
    const bool debugging = options_.debug && one.kind == SectionKind::kDebug;
    if ((!one.loaded() && !debugging) || one.size == 0) continue;
    section_of_.back() = static_cast<std::uint16_t>(out_.sections.size());
    coil::Section section;
    coil::Symbol name;
    name.name = one.name;
    name.attributes = attribute::kLocal;
    name.section = section_of_.back();
    name.processor = options_.target.device;
    section.name = define(std::move(name));
    namespace bits = coil::section_attribute;
    section.attributes = bits::kRead;
    if (one.kind == SectionKind::kCode) section.attributes |= bits::kExecute;
    if (debugging) section.attributes |= bits::kDiscardable;
    const bool writes = one.kind != SectionKind::kCode && one.kind != SectionKind::kConst;
    if (writes && !debugging) section.attributes |= bits::kWrite;
    const bool empty = one.bytes.empty();
    section.attributes |= empty ? bits::kUninitialised : bits::kInitialised;
    section.size = one.size;
    section.alignment = std::max<std::uint32_t>(1, one.alignment);
    section.processor = options_.target.device;
    std::vector<std::uint8_t> bytes(one.bytes.begin(), one.bytes.end());
    if (!empty) bytes.resize(one.size);
    bytes_.push_back(std::move(bytes));
    out_.sections.push_back(section);
  }
}

void CoiloMaker::symbols() {
  for (const object::Symbol& one : object_.symbols) {
    const bool mapping =
        one.kind == object::SymbolKind::kMapping || one.kind == object::SymbolKind::kFile;
    const bool placed = one.place == Place::kSection;
    const std::uint16_t section = placed ? section_of_[one.section] : coil::kNoSection;
    symbol_of_.push_back(coil::kNoName);
    if (mapping || (placed && section == coil::kNoSection) || one.place == Place::kCommon) continue;
    if (placed && one.kind == object::SymbolKind::kSection) {
      symbol_of_.back() = out_.sections[section].name;
      continue;
    }
    coil::Symbol symbol;
    symbol.name = one.name;
    symbol.value = static_cast<std::uint32_t>(one.value);
    symbol.section = section;
    symbol.processor = options_.target.device;
    symbol.attributes = one.binding == object::Binding::kLocal    ? attribute::kLocal
                        : one.binding == object::Binding::kGlobal ? attribute::kGlobal
                                                                  : attribute::kWeak;
    if (one.place == Place::kAbsolute) symbol.attributes |= attribute::kAbsolute;
    if (placed)
      symbol.attributes |=
          out_.sections[section].executable() ? attribute::kFunction : attribute::kData;
    const auto known = kept_.names.find(symbol.name);
    const bool meant = one.place == Place::kUndefined && known != kept_.names.end();
    symbol_of_.back() = meant ? known->second : define(std::move(symbol));
  }
}

/// A symbol that lies `addend` behind the relocation's; kNoName when there can be none.
std::uint16_t CoiloMaker::symbol_at(const object::Relocation& one, std::int64_t addend) {
  if (one.symbol == object::kNoIndex) return coil::kNoName;
  const object::Symbol& symbol = object_.symbols[one.symbol];
  if (addend == 0 && symbol_of_[one.symbol] != coil::kNoName) return symbol_of_[one.symbol];
  if (symbol.place != Place::kSection) return coil::kNoName;
  const std::uint16_t section = section_of_[symbol.section];
  const std::uint64_t value = symbol.value + static_cast<std::uint64_t>(addend);
  if (section == coil::kNoSection || value > out_.sections[section].size) return coil::kNoName;
  const auto known = places_.find({section, value});
  if (known != places_.end()) return known->second;
  coil::Symbol made;
  made.name = fmt::format("coil_place_{}", places_.size());
  made.attributes = attribute::kLocal |
                    (out_.sections[section].executable() ? attribute::kFunction : attribute::kData);
  made.value = static_cast<std::uint32_t>(value);
  made.section = section;
  made.processor = options_.target.device;
  return places_[{section, value}] = add(std::move(made));
}

Result<void> CoiloMaker::relocation(const object::Relocation& one) {
  const std::uint16_t section = section_of_[one.section];
  if (section == coil::kNoSection) return {};
  coil::Relocation out;
  out.offset = one.offset;
  out.section = section;
  const bool whole = one.type == RelocationType::kAbs64 || one.type == RelocationType::kAbs32 ||
                     one.type == RelocationType::kAbs32S || one.type == RelocationType::kAbs32U;
  const bool distance = one.type == RelocationType::kPc32 || one.type == RelocationType::kBranch32;
  std::int64_t addend = one.addend;
  out.size = one.type == RelocationType::kAbs64 ? 8 : 4;
  if (whole || distance) {
    out.type = whole ? coil::RelocationType::kSymbolAddend : coil::RelocationType::kPcRelative;
    const bool named = one.symbol != object::kNoIndex && symbol_of_[one.symbol] != coil::kNoName;
    std::int64_t stored = addend + (distance ? 4 : 0);
    if (!named) {
      out.symbol = symbol_at(one, stored);
      stored = 0;
    } else {
      out.symbol = symbol_of_[one.symbol];
    }
    for (unsigned i = 0; i < out.size; ++i)
      bytes_[section][one.offset + i] =
          static_cast<std::uint8_t>(static_cast<std::uint64_t>(stored) >> (8 * i));
  } else {
    out.type = coil::native_relocation(static_cast<std::uint8_t>(one.type));
    out.symbol = symbol_at(one, addend);
  }
  if (out.symbol == coil::kNoName)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .message = "LLVM refers to a place that a .coilo cannot name"});
  out_.relocations.push_back(out);
  return {};
}

Result<void> CoiloMaker::relocations() {
  for (const object::Relocation& one : object_.relocations) CMOS_TRY_VOID(relocation(one));
  return {};
}

Result<std::vector<std::uint8_t>> CoiloMaker::make() {
  keep_bytes();
  sections();
  symbols();
  CMOS_TRY_VOID(relocations());
  bytecode();
  if (out_.symbols.size() >= coil::kNoName)
    return fail(ErrorCode::kLimit, "more symbols than a .coilo can number");
  for (std::size_t i = 0; i < out_.sections.size(); ++i) {
    if (!out_.sections[i].uninitialised()) out_.sections[i].bytes = bytes_[i];
  }
  out_.output.target = options_.target;
  out_.output.abi = options_.target.architecture == 2 ? "arm64" : "x86_64_sysv";
  for (const char* const name : {"_start", "main"}) {
    for (std::size_t i = 0; i < out_.symbols.size(); ++i) {
      if (out_.symbols[i].name == name && !out_.symbols[i].external())
        out_.output.entry = static_cast<std::uint16_t>(i);
    }
  }
  if (options_.debug && source_.debug && !out_.output.coil_sections.empty())
    out_.debug = native::kept_debug(source_, kept_, out_);
  return coil::write_object_file(out_);
}

}  // namespace

Result<std::vector<std::uint8_t>> native_object(Bytes elf, Bytes coil, std::string_view file,
                                                const NativeOptions& options) {
  CMOS_TRY(const object::Object object, elf::read_object(elf, file));
  CMOS_TRY(const coil::ObjectRead read, coil::read_object_file(coil, file));
  return CoiloMaker(object, read.file, options).make();
}

}  // namespace cmos::casm
