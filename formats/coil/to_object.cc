#include "formats/coil/to_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/coil/object_file.h"

namespace cmos::coil {
namespace {

namespace attribute = symbol_attribute;
using object::kNoIndex;
using NativeType = object::RelocationType;

class ToObject {
 public:
  ToObject(const ObjectFile& file, std::string_view name) : file_(file) { out_.file = name; }

  Result<object::Object> convert();

 private:
  Result<void> target();
  Result<void> check_native() const;
  void section(std::size_t index);
  void symbol(const Symbol& one);
  Result<void> relocation(std::size_t index);
  tl::unexpected<Error> wrong(std::string field, std::string found, std::string expected) const {
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = out_.file,
                      .field = std::move(field),
                      .found = std::move(found),
                      .expected = std::move(expected)});
  }

  const ObjectFile& file_;
  object::Object out_;
  std::vector<std::uint32_t> section_of_;
};

Result<void> ToObject::target() {
  const Triple triple = file_.output.target.value_or(Triple{});
  if (triple == Triple{1, 1, 3})
    out_.isa = object::Isa::kX86_64;
  else if (triple == Triple{1, 2, 2})
    out_.isa = object::Isa::kArm64;
  else
    return wrong("target", name_of(triple), "cpu-x86-64 or cpu-arm-64");
  if (file_.order == ByteOrder::kBig)
    return wrong("flags", "a big-endian file", "a little-endian one, as its CPU is");
  out_.arch = object::arch_of(*out_.isa);
  return {};
}

/// Whoever links a file that holds code wants code of it.
Result<void> ToObject::check_native() const {
  bool coil = false, bytecode = false, native = false;
  for (std::size_t i = 0; i < file_.sections.size(); ++i) {
    coil |= file_.holds_coil(i);
    bytecode |= file_.holds_cbc(i);
    native |= file_.sections[i].executable() && !file_.holds_coil(i) && !file_.holds_cbc(i);
  }
  if (native || (!coil && !bytecode)) return {};
  return wrong("sections", coil ? "only COIL that waits to be compiled" : "only bytecode",
               coil ? "native code: coilp makes it of this file" : "native code");
}

void ToObject::section(std::size_t index) {
  const Section& one = file_.sections[index];
  section_of_.push_back(kNoIndex);
  const bool debugging = file_.holds_dwarf(index);
  const bool native = !file_.holds_coil(index) && !file_.holds_cbc(index) &&
                      (debugging || !one.has(section_attribute::kDiscardable));
  if (!native) return;
  section_of_.back() = static_cast<std::uint32_t>(out_.sections.size());
  object::Section section;
  section.name = out_.storage.keep_text(file_.section_name(one));
  section.kind = debugging                            ? object::SectionKind::kDebug
                 : one.executable()                   ? object::SectionKind::kCode
                 : one.has(section_attribute::kWrite) ? object::SectionKind::kVar
                                                      : object::SectionKind::kConst;
  section.alignment = std::max<std::uint32_t>(1, one.alignment);
  section.size = one.size;
  section.bytes = one.bytes;
  section.file_offset = one.file_offset;
  out_.sections.push_back(section);
}

void ToObject::symbol(const Symbol& one) {
  object::Symbol out;
  out.name = out_.storage.keep_text(one.name);
  out.binding = one.has(attribute::kWeak)     ? object::Binding::kWeak
                : one.has(attribute::kGlobal) ? object::Binding::kGlobal
                                              : object::Binding::kLocal;
  if (one.section != kNoSection && section_of_[one.section] != kNoIndex) {
    out.place = object::Place::kSection;
    out.section = section_of_[one.section];
    out.value = one.value;
    out.kind = one.has(attribute::kFunction) ? object::SymbolKind::kFunction
               : one.has(attribute::kData)   ? object::SymbolKind::kObject
                                             : object::SymbolKind::kNone;
  } else if (one.external()) {
    if (out.binding == object::Binding::kLocal) out.binding = object::Binding::kGlobal;
  } else {
    out.place = object::Place::kAbsolute;
    out.value = one.section == kNoSection ? one.value : 0;
    if (one.section != kNoSection) out.binding = object::Binding::kLocal;
  }
  out_.symbols.push_back(out);
}

Result<void> ToObject::relocation(std::size_t index) {
  const Relocation& one = file_.relocations[index];
  if (section_of_[one.section] == kNoIndex) return {};
  const Symbol& meant = file_.symbols[one.symbol];
  if (meant.section != kNoSection && file_.holds_coil(meant.section))
    return wrong(fmt::format("relocation {}", index),
                 fmt::format("'{}', whose COIL waits to be compiled", meant.name),
                 "native code: coilp makes it of this file");
  object::Relocation out;
  out.section = section_of_[one.section];
  out.offset = one.offset;
  out.symbol = one.symbol;
  const auto number = static_cast<std::uint8_t>(one.type);
  if (const auto native = native_number(one.type)) {
    const auto type = static_cast<NativeType>(*native);
    if (!object::to_elf(*out_.isa, type))
      return wrong(fmt::format("relocation {}", index), fmt::format("type 0x{:02x}", number),
                   "a type that the target has");
    out.type = type;
    out_.relocations.push_back(out);
    return {};
  }
  std::int64_t stored = 0;
  const Bytes field = file_.sections[one.section].bytes.subspan(one.offset, one.size);
  for (std::size_t i = field.size(); i-- > 0;) stored = stored << 8 | field[i];
  if (one.size == 4) stored = static_cast<std::int32_t>(stored);
  const bool absolute =
      one.type == RelocationType::kAbsolute || one.type == RelocationType::kSymbolAddend;
  const bool relative =
      one.type == RelocationType::kRelative || one.type == RelocationType::kPcRelative;
  if ((!absolute && !relative) || one.size < 4)
    return wrong(fmt::format("relocation {}", index),
                 fmt::format("type {} of {} bytes", number, one.size),
                 "an address or a distance of 4 or 8 bytes");
  // An address in code of x86-64 is extended with its sign; those of programs are small.
  const NativeType word =
      *out_.isa == object::Isa::kX86_64 ? NativeType::kAbs32S : NativeType::kAbs32;
  out.type = one.size == 8 ? (absolute ? NativeType::kAbs64 : NativeType::kPc64)
                           : (absolute ? word : NativeType::kPc32);
  out.addend = stored - (one.type == RelocationType::kPcRelative ? one.size : 0);
  out_.relocations.push_back(out);
  return {};
}

Result<object::Object> ToObject::convert() {
  CMOS_TRY_VOID(target());
  CMOS_TRY_VOID(check_native());
  for (std::size_t i = 0; i < file_.sections.size(); ++i) section(i);
  for (const Symbol& one : file_.symbols) {
    if (one.section != kNoSection && one.section >= file_.sections.size())
      return wrong("symbol section", fmt::format("{}", one.section), "a section");
    symbol(one);
  }
  for (std::size_t i = 0; i < file_.relocations.size(); ++i) {
    const Relocation& one = file_.relocations[i];
    const bool fits =
        one.section < file_.sections.size() && one.symbol < file_.symbols.size() &&
        std::uint64_t{one.offset} + one.size <= file_.sections[one.section].bytes.size();
    if (!fits)
      return wrong(fmt::format("relocation {}", i), "what is not there",
                   "a field of a section, and a symbol");
    CMOS_TRY_VOID(relocation(i));
  }
  object::index_relocations(out_);
  CMOS_TRY_VOID(object::check(out_));
  return std::move(out_);
}

}  // namespace

Result<object::Object> read_native_object(Bytes bytes, std::string_view file) {
  CMOS_TRY(const ObjectRead read, read_object_file(bytes, file));
  if (read.file.kind != FileKind::kOutput)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = std::string(file),
                      .message = "a .coil is no input of a link: coilp compiles it"});
  return ToObject(read.file, file).convert();
}

}  // namespace cmos::coil
