// What the inspecting tools (cmos-objdump, cmos-nm, cmos-size …) know of one file, whatever its
// format: sections, symbols and relocations under the names that the format itself gives them. The
// linker's object model (object) is too coarse for that: it folds relocation types together
// and leaves out what a link has no use for. Every format makes one of these; nothing here prints.
//
// Ownership: names and contents are views, either into the file's bytes, which must outlive the
// description, or into `holder` and `storage`. Descriptions are moved, never copied.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "object/object.h"

namespace cmos::formats {

using object::Binding;
using object::Place;
using object::SymbolKind;
using object::Visibility;

inline constexpr std::uint32_t kNoIndex = object::kNoIndex;

struct Relocation {
  std::uint64_t offset = 0;  ///< of the field in its section
  std::string_view type;     ///< "R_X86_64_PC32", "pc32"
  std::uint32_t size = 0;    ///< bytes of the field; 0 = unknown
  std::uint32_t symbol = kNoIndex;
  std::optional<std::int64_t> addend;  ///< nothing when it stands in the field itself (SHT_REL)
};

/// One instruction as its format writes it.
struct CodeText {
  std::uint64_t size = 0;  ///< bytes, at least 1
  std::string mnemonic;
  std::string operands;
  std::optional<std::uint64_t> target;  ///< address that it branches to
};

struct Section {
  std::string_view name;
  std::uint64_t address = 0;
  std::uint64_t size = 0;         ///< bytes in memory
  Bytes bytes = {};               ///< those that the file has, at most `size`
  std::uint64_t file_offset = 0;  ///< of `bytes`
  unsigned log2_alignment = 0;
  bool has_contents = false;  ///< the file has room for it, be it empty
  bool allocated = false;     ///< part of the program's memory
  bool readonly = false;
  bool code = false;
  bool debugging = false;
  bool octets = false;    ///< DWARF counts bytes in it on every CPU
  bool excluded = false;  ///< left out of a linked program
  bool is_thread_local = false;
  bool is_group = false;
  std::optional<std::string_view> group = {};  ///< signature of its COMDAT group
  std::vector<Relocation> relocations = {};    ///< by ascending offset
  /// The instruction at an offset, of code that cannot be read without the file's own tables;
  /// nothing for bytes that are none. Empty: the file's ARCH says who disassembles it.
  std::function<std::optional<CodeText>(std::uint64_t offset)> code_text = {};

  bool loaded() const { return allocated && has_contents; }
  bool holds(std::uint64_t at) const { return at >= address && at - address < size; }
  std::uint64_t end() const { return address + size; }
};

struct Symbol {
  std::string_view name;
  std::uint64_t value = 0;  ///< an address in the section's terms, without the Thumb bit; of common
                            ///< ones the size
  std::uint64_t size = 0;
  std::uint32_t section = kNoIndex;
  std::uint64_t alignment = 0;  ///< of common ones
  std::string_view location = {};
  Binding binding = Binding::kLocal;
  Place place = Place::kUndefined;
  SymbolKind kind = SymbolKind::kNone;
  Visibility visibility = Visibility::kDefault;
  bool thumb = false;
  bool unique = false;  ///< STB_GNU_UNIQUE

  bool defined() const { return place != Place::kUndefined; }
  /// Says something about the file rather than about the program.
  bool descriptive() const { return kind == SymbolKind::kSection || kind == SymbolKind::kFile; }
};

/// Fields that only this format has: `objdump -p`.
struct PrivateField {
  std::string name;
  std::string value;
};
struct PrivateGroup {
  std::string title;
  std::vector<PrivateField> fields;
};

struct Description {
  std::string file;                    ///< as the user named it; "lib.a(member.o)" for a member
  std::string format;                  ///< "elf64-x86-64", "cpo-8664"
  std::string architecture;            ///< "i386:x86-64"
  std::string arch;                    ///< the ARCH of cpe 1.1, 4 bytes
  bool executable = false;             ///< linked, at fixed addresses
  std::optional<std::uint64_t> start;  ///< address of the first instruction, without the Thumb bit
  bool starts_in_thumb = false;
  unsigned address_digits = 8;
  bool untyped_symbols = false;  ///< the format does not say which of them are functions
  std::vector<PrivateGroup> private_groups;
  std::vector<Section> sections;
  std::vector<Symbol> symbols;
  object::Storage storage;
  std::shared_ptr<const void> holder;

  bool has_relocations() const;
  /// What is left of a name when a symbol or section has none of its own.
  std::string_view symbol_name(const Symbol& symbol) const;
  /// "*UND*", "*ABS*", "*COM*" or the section's name.
  std::string_view place_name(const Symbol& symbol) const;
};

/// What `Builder(content, description).build()` says of a file that was read. The description holds
/// the content, which its names and bytes lie in.
template <class Builder, class Content>
Result<Description> described_by(Result<Content> content, std::string_view file) {
  if (!content) return fail(std::move(content).error());
  const auto held = std::make_shared<const Content>(std::move(*content));
  Description out;
  out.file = file;
  Builder(*held, out).build();
  out.holder = held;
  return out;
}

/// "i386:x86-64": what binutils and gdb call the CPU of an ARCH; the code itself, quoted, when
/// there is none.
std::string architecture_of(std::string_view arch);

}  // namespace cmos::formats
