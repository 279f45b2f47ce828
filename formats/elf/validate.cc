#include "formats/elf/validate.h"

#include <elf.h>
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "formats/elf/executable.h"
#include "formats/elf/object.h"
#include "formats/elf/object_sections.h"
#include "formats/elf/rules.h"

namespace cmos::elf {
namespace {

/// Lists all that read_object() would stop at one by one.
class ObjectLint {
 public:
  ObjectLint(Bytes bytes, std::string_view name, const File& file)
      : bytes_(bytes), file_(file), findings_(name), isa_(isa_of(file.machine)) {}

  std::vector<Finding> run(std::string_view name) {
    object::Object object;
    object.file = name;
    const auto map = add_sections(file_, bytes_, object);
    if (map) {
      sections(object, *map);
      symbols();
      for (std::size_t i = 0; i < file_.sections.size(); ++i) relocations(i, object, *map);
    }
    const auto read = read_object(bytes_, name);
    if (!read && !told_.contains(read.error().offset.value_or(0))) {
      const bool malformed = read.error().code == ErrorCode::kMalformed;
      findings_.add(malformed ? rules::kMalformed : rules::kUnsupported, read.error());
    }
    return std::move(findings_).take(false);
  }

 private:
  void tell(const Rule& rule, std::uint64_t offset, std::string field, std::string found,
            std::string expected) {
    told_.insert(offset);
    findings_.add(rule, Error{.code = ErrorCode::kUnsupported,
                              .offset = offset,
                              .field = std::move(field),
                              .found = std::move(found),
                              .expected = std::move(expected)});
  }

  void sections(const object::Object& object, const SectionMap& map) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      if (map[i] == object::kNoIndex) continue;
      const object::Section& section = object.sections[map[i]];
      if (!section.tls || !section.loaded()) continue;
      tell(rules::kThreadLocal, file_.sections[i].header_offset,
           fmt::format("section {} {} sh_flags", i, quote(as_bytes(section.name), 64)),
           "SHF_TLS, thread-local variables", "ordinary variables: there is one thread");
    }
  }

  void symbols() {
    for (std::size_t i = 1; i < file_.symbols.size(); ++i) {
      const Symbol& one = file_.symbols[i];
      const std::string field =
          fmt::format("symbol {} {} st_info", i, quote(as_bytes(one.name), 64));
      if (one.kind == SymbolKind::kTls && !one.defined())
        tell(rules::kThreadLocal, one.entry_offset, field, "STT_TLS, a thread-local variable",
             "an ordinary variable: there is one thread");
      if (one.kind == SymbolKind::kIndirect)
        tell(rules::kIndirect, one.entry_offset, field,
             "STT_GNU_IFUNC, resolved by calling it at run time", "an ordinary function");
    }
  }

  void relocations(std::size_t index, const object::Object& object, const SectionMap& map) {
    const Section& table = file_.sections[index];
    if (table.type != SHT_REL && table.type != SHT_RELA) return;
    if (table.info >= map.size() || map[table.info] == object::kNoIndex) return;
    if (!object.sections[map[table.info]].loaded()) return;
    const bool wide = file_.elf_class == Class::k64;
    const unsigned word = wide ? 8 : 4;
    const std::uint64_t entry = word * (table.type == SHT_RELA ? 3u : 2u);
    for (std::uint64_t at = 0; at + entry <= table.size; at += entry) {
      const std::uint64_t place = table.offset + at + word;
      const std::uint64_t info = load(bytes_, place, word);
      const auto number = static_cast<std::uint32_t>(wide ? info & 0xffff'ffff : info & 0xff);
      if (object::is_no_op(isa_, number) || object::from_elf(isa_, number)) continue;
      const std::string_view known = object::elf_name(isa_, number);
      const bool tls = object::is_thread_local_name(known);
      tell(tls ? rules::kThreadLocal : rules::kRelocationType, place,
           fmt::format("section {} {} entry {} r_info", index,
                       quote(as_bytes(file_.sections[index].name), 64), at / entry),
           known.empty() ? fmt::format("type {}", number) : fmt::format("{} ({})", known, number),
           fmt::format("a relocation that a static link for {} resolves", object::name(isa_)));
    }
  }

  Bytes bytes_;
  const File& file_;
  Findings findings_;
  object::Isa isa_;
  std::set<std::uint64_t> told_;
};

}  // namespace

std::vector<Finding> validate(Bytes bytes, std::string_view file) {
  Findings findings(file);
  const auto parsed = read_file(bytes, file);
  if (!parsed) {
    const bool malformed = parsed.error().code == ErrorCode::kMalformed;
    findings.add(malformed ? rules::kMalformed : rules::kUnsupported, parsed.error());
    return std::move(findings).take(false);
  }
  if (parsed->type == Type::kRelocatable) return ObjectLint(bytes, file, *parsed).run(file);
  const auto program = read_executable(bytes, file);
  if (!program) findings.add(rules::kProgram, program.error());
  return std::move(findings).take(false);
}

}  // namespace cmos::elf
