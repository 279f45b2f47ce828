// The linker on objects that are well-formed and odd: one to three are built as the input's bytes
// say, written as CPO files, and linked. Every kind of section, symbol, relocation and option can
// meet every other, relocations without a symbol among them.
#include <algorithm>
#include <array>
#include <string>

#include "formats/archive/archive.h"
#include "formats/cpo/cpo.h"
#include "fuzz/linked_checks.h"

namespace {

using namespace cmos;
using namespace std::string_view_literals;

constexpr std::array kArchs{"8664"sv, "__86"sv, "_ARM"sv, "AR64"sv, "APPL"sv};
constexpr std::array kNames{"_start"sv,      "a"sv,
                            "b"sv,           "c"sv,
                            "__start_own"sv, "_end"sv,
                            "main"sv,        "__stop_own"sv,
                            "$t"sv,          "__cmos_abort"sv,
                            "__bss_start"sv, "_GLOBAL_OFFSET_TABLE_"sv,
                            "$a"sv,          "$d"sv,
                            "x\x1b"sv,       "__init_array_start"sv};
constexpr std::array kSections{
    ".text"sv,         ".text.a"sv,     ".rodata"sv,       ".rodata.str1.1"sv,
    ".data"sv,         ".bss"sv,        "own"sv,           ".init_array"sv,
    ".init_array.5"sv, ".debug_info"sv, ".debug_ranges"sv, ".note"sv,
    ".ctors"sv,        ".ARM.exidx"sv,  ".got"sv,          ".fini_array.1"sv};
constexpr std::array<std::int64_t, 16> kAddends{
    0,   1,    -1,     2,       4,          -4,        -8,        8,
    127, -128, 0xffff, 1 << 20, -(1 << 27), INT32_MAX, INT64_MIN, INT64_MAX};
constexpr std::array<std::uint32_t, 8> kSizes{0, 1, 2, 4, 8, 16, 32, 256};

/// The input, byte by byte; zeros behind its end.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  std::uint8_t byte() { return left_ == 0 ? 0 : (--left_, *data_++); }
  bool often() { return byte() % 8 != 0; }
  bool seldom() { return byte() % 8 == 1; }
  std::uint32_t below(std::size_t count) { return byte() % static_cast<std::uint32_t>(count); }
  template <class T, std::size_t N>
  T of(const std::array<T, N>& all) {
    return all[below(N)];
  }
  bool done() const { return left_ == 0; }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

class Maker {
 public:
  Maker(Choices& choices, std::string_view arch, bool spoiled)
      : choices_(choices), spoiled_(spoiled) {
    out_.arch = arch;
    out_.isa = object::isa_of(arch);
  }

  /// Nothing when a CPO cannot say it.
  std::optional<std::vector<std::uint8_t>> make() {
    for (std::uint32_t i = choices_.below(3); i > 0; --i)
      out_.groups.push_back({choices_.of(kNames)});
    for (std::uint32_t i = 1 + choices_.below(5); i > 0; --i) add_section();
    for (std::uint32_t i = choices_.below(8); i > 0; --i) add_symbol();
    for (std::uint32_t i = choices_.below(8); i > 0; --i) add_relocation();
    std::stable_sort(out_.relocations.begin(), out_.relocations.end(),
                     [](const auto& a, const auto& b) { return a.section < b.section; });
    object::index_relocations(out_);
    if (spoiled_) spoil();
    const auto file = cpo::from_object(out_);
    if (!file) return std::nullopt;
    auto bytes = cpo::write(*file);
    return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
  }

 private:
  void add_section() {
    object::Section one;
    one.name = choices_.of(kSections);
    one.kind = static_cast<object::SectionKind>(choices_.below(10));
    one.alignment = 1u << choices_.below(6);
    if (choices_.seldom()) one.alignment = 1u << choices_.below(32);
    one.size = choices_.of(kSizes);
    if (choices_.seldom()) one.size = UINT32_MAX >> choices_.below(32);
    if (choices_.often() && one.size <= 256) {
      std::string text(one.size, static_cast<char>(choices_.byte()));
      if (!text.empty()) text[choices_.below(text.size())] = static_cast<char>(choices_.byte());
      one.bytes = as_bytes(out_.storage.keep_text(text));
    }
    if (!out_.groups.empty() && choices_.seldom()) one.group = choices_.below(out_.groups.size());
    if (!out_.sections.empty() && choices_.seldom())
      one.link_order = choices_.below(out_.sections.size());
    one.retain = choices_.seldom();
    if (choices_.byte() % 4 == 1) {
      one.merge = true;
      one.strings = choices_.byte() % 2 != 0;
      one.entry_size = choices_.of(kSizes);
    }
    one.tls = choices_.byte() == 1;
    out_.sections.push_back(one);
  }

  void add_symbol() {
    object::Symbol one;
    one.name = choices_.of(kNames);
    one.place = static_cast<object::Place>(choices_.below(4));
    one.binding = static_cast<object::Binding>(choices_.below(3));
    one.kind = static_cast<object::SymbolKind>(choices_.below(choices_.seldom() ? 8 : 4));
    one.visibility = static_cast<object::Visibility>(choices_.below(4));
    one.thumb = choices_.seldom();
    one.size = choices_.of(kSizes);
    if (one.place == object::Place::kSection) {
      one.section = choices_.below(out_.sections.size());
      const std::uint32_t size = out_.sections[one.section].size;
      one.value = choices_.often() ? choices_.byte() % (std::uint64_t{size} + 1) : size;
    } else if (one.place == object::Place::kAbsolute) {
      one.value = static_cast<std::uint64_t>(choices_.of(kAddends));
    } else if (one.place == object::Place::kCommon) {
      one.alignment = 1u << choices_.below(8);
    } else if (choices_.seldom()) {
      one.location = choices_.often() ? "b" : "lib.a";
    }
    out_.symbols.push_back(one);
  }

  void add_relocation() {
    object::Relocation one;
    const auto table = object::relocation_table();
    one.type = table[choices_.below(table.size())].type;
    // Mostly one that the ISA has.
    for (std::size_t tries = table.size(); tries > 0 && out_.isa; --tries) {
      if (object::info(one.type).valid_for(*out_.isa)) break;
      one.type = table[(static_cast<std::size_t>(one.type) + tries) % table.size()].type;
    }
    one.section = choices_.below(out_.sections.size());
    const auto size = static_cast<std::uint32_t>(out_.sections[one.section].bytes.size());
    const std::uint32_t field = object::info(one.type).size;
    if (size < field) return;
    one.offset = choices_.byte() % (size - field + 1);
    if (choices_.often() && !out_.symbols.empty()) one.symbol = choices_.below(out_.symbols.size());
    one.addend = choices_.of(kAddends);
    out_.relocations.push_back(one);
  }

  /// One breach of what every reader guarantees: it is refused.
  void spoil() {
    object::Section& section = out_.sections[choices_.below(out_.sections.size())];
    const std::uint32_t kind = choices_.below(14);
    if (kind == 0) section.alignment = 3;
    if (kind == 1) section.size = static_cast<std::uint32_t>(section.bytes.size() / 2);
    if (kind == 2) section.group = 99;
    if (kind == 3) section.link_order = 99;
    if (kind == 4) out_.arch = "8664?";
    if (kind == 5) out_.isa.reset();
    if (!out_.symbols.empty()) {
      object::Symbol& symbol = out_.symbols[choices_.below(out_.symbols.size())];
      if (kind == 6) symbol.section = symbol.section == object::kNoIndex ? 0 : object::kNoIndex;
      if (kind == 7 && symbol.section != object::kNoIndex) symbol.section = 99;
      if (kind == 8) symbol.value = UINT64_MAX;
      if (kind == 9) symbol.alignment = symbol.alignment == 0 ? 1 : 0;
    }
    if (out_.relocations.empty()) return;
    object::Relocation& relocation = out_.relocations[choices_.below(out_.relocations.size())];
    if (kind == 10) relocation.type = static_cast<object::RelocationType>(255);
    if (kind == 11) relocation.symbol = 99;
    if (kind == 12) relocation.section = choices_.often() ? 99 : 0;
    if (kind == 13) relocation.offset = UINT32_MAX;
  }

  Choices& choices_;
  const bool spoiled_;
  object::Object out_;
};

/// Operands and operators as --defsym takes them, in any order.
constexpr std::array kTokens{
    "1"sv, "0x10"sv,   "4K"sv,   "_start"sv, "a"sv,        "("sv,         ")"sv,  "+"sv,  "-"sv,
    "*"sv, "/"sv,      "%"sv,    "<<"sv,     ">>"sv,       "<="sv,        ">="sv, "=="sv, "!="sv,
    "&"sv, "|"sv,      "^"sv,    "&&"sv,     "||"sv,       "?"sv,         ":"sv,  "~"sv,  "!"sv,
    ","sv, "ALIGN("sv, "MIN("sv, "MAX("sv,   "DEFINED("sv, "ABSOLUTE("sv, "<"sv,  ">"sv,  "017"sv};

std::string expression_of(Choices& choices) {
  std::string out;
  for (std::uint32_t i = 1 + choices.below(9); i > 0; --i) {
    out += choices.of(kTokens);
    if (choices.seldom()) out += ' ';
  }
  return out;
}

void add_rare_options(Choices& choices, linker::Options& out) {
  const auto name = [&] { return std::string(choices.of(kNames)); };
  if (choices.seldom()) out.traced.push_back(name());
  if (choices.seldom()) out.wrapped.push_back(name());
  if (choices.seldom()) out.required.push_back(name());
  if (choices.seldom()) out.may_be_undefined.push_back(name());
  out.verbose = choices.seldom();
  out.start_stop_gc = choices.seldom();
  out.allow_mismatch = choices.seldom();
  out.on_undefined = static_cast<linker::Undefined>(choices.below(3));
  for (std::uint32_t i = choices.below(3); i > 0; --i) {
    if (auto expression = linker::Expression::parse(expression_of(choices)))
      out.definitions.push_back({.name = name(), .expression = std::move(*expression)});
  }
}

linker::Options options_of(Choices& choices, std::size_t objects) {
  using Kind = linker::Input::Kind;
  linker::Options out;
  if (choices.seldom())
    out.inputs.push_back({choices.often() ? Kind::kWholeOn : Kind::kGroupStart});
  for (std::size_t i = 0; i < objects; ++i)
    out.inputs.push_back({Kind::kFile, std::string(1, static_cast<char>('a' + i))});
  if (choices.often()) out.inputs.push_back({Kind::kFile, "lib.a"});
  out.collect_garbage = choices.byte() % 2 != 0;
  out.merge = choices.often();
  out.multiple_definitions = choices.byte() % 2 != 0;
  if (choices.seldom()) out.entry = choices.of(kNames);
  if (choices.seldom()) out.undefined.emplace_back(choices.of(kNames));
  if (choices.seldom()) out.keep.push_back(std::string(choices.of(kSections)) + "*");
  if (choices.seldom()) {
    const bool number = choices.byte() % 2 != 0;
    out.definitions.push_back({.name = std::string(choices.of(kNames)),
                               .base = number ? "" : std::string(choices.of(kNames)),
                               .offset = choices.of(kAddends)});
  }
  if (choices.seldom()) out.arch = choices.of(kArchs);
  if (choices.byte() % 4 == 1) add_rare_options(choices, out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  const std::uint8_t kind = choices.byte();
  const std::string_view arch = kArchs[kind % kArchs.size()];
  const bool spoiled = kind >= 240;
  const std::size_t count = 1 + choices.below(3);
  linker::MemoryFiles files;
  std::vector<archive::NewMember> members;
  for (std::size_t i = 0; i < count + 1; ++i) {
    auto bytes = Maker(choices, arch, spoiled).make();
    if (!bytes) return 0;
    if (i < count) {
      files.add(std::string(1, static_cast<char>('a' + i)), *bytes);
      continue;
    }
    const auto object = cpo::read_object(*bytes, "member");
    if (!object) return 0;
    members.push_back({.name = "m", .bytes = *bytes, .symbols = object::exported_names(*object)});
    if (const auto lib = archive::write(members, true)) files.add("lib.a", *lib);
  }
  fuzz::check_link(options_of(choices, count), files);
  return 0;
}
