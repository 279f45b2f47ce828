// Makes libcmos from the table of system calls: one function per call, in CBT assembly, assembled
// and packed into an archive (abi 7). Part of the build, not installed.
//
//   libcmos-generate source ARCH CALL             the source of one member, on standard output
//   libcmos-generate archive ARCH OUT.a           all members, one per call
//   libcmos-generate constants cmos_abi.h OUT     the numbers of the C header as .define
#include <fmt/format.h>

#include <cstdio>
#include <regex>
#include <string>

#include "assembler/assembler.h"
#include "base/host_file.h"
#include "emu/engine.h"
#include "formats/archive/archive.h"
#include "formats/cpo/cpo.h"
#include "syscalls/table.h"

namespace cmos::libcmos {
namespace {

/// The instructions between the label and the end of a function. Nothing but the result changes on
/// x86 and ARM; ARM64's x8, which holds the number, is a scratch register there anyway. ARM's r7
/// belongs to the caller, and is the frame pointer of Thumb code.
std::string body(const emu::Isa& isa, std::uint32_t number) {
  const std::string_view number_register = isa.cpu.registers[isa.number].name;
  const std::string_view trap = isa.traps.substr(0, isa.traps.find(','));
  if (isa.arch == "8664" || isa.arch == "__86")
    return fmt::format("  mov {}, {}\n  {}\n  ret\n", number_register, number, trap);
  if (isa.arch == "_ARM")
    return fmt::format("  push {{{0}}}\n  mov {0}, #{1}\n  {2}\n  pop {{{0}}}\n  bx lr\n",
                       number_register, number, trap);
  return fmt::format("  mov {}, #{}\n  {}\n  ret\n", number_register, number, trap);
}

std::string source(const emu::Isa& isa, const syscalls::Row& row) {
  return fmt::format(
      "; {1}\n"
      ".arch {2}\n"
      "global cmos_{0}\n"
      "weak {0}\n"
      "cmos_{0}:\n"
      "{0}:\n"
      "{3}",
      row.name, row.summary, isa.arch, body(isa, row.number));
}

Result<const emu::Isa*> find_isa(std::string_view arch) {
  for (const emu::EngineRow& row : emu::EngineTable::built_in().rows()) {
    if (row.isa->arch == arch) return row.isa;
  }
  return fail(ErrorCode::kUsage, fmt::format("unknown ARCH '{}'", arch));
}

Result<std::vector<std::uint8_t>> member(const emu::Isa& isa, const syscalls::Row& row) {
  const std::string name = fmt::format("{}.asm", row.name);
  CMOS_TRY(assembler::Output out, assembler::assemble(name, source(isa, row), {}));
  if (out.cpo.empty()) return fail(ErrorCode::kInternal, out.messages);
  return std::move(out.cpo);
}

Result<void> write_archive(const std::string& arch, const std::string& path) {
  CMOS_TRY(const emu::Isa* isa, find_isa(arch));
  std::vector<std::vector<std::uint8_t>> files;
  std::vector<std::string> names;  // the index's, which the members view
  for (const syscalls::Row& row : syscalls::table()) {
    CMOS_TRY(files.emplace_back(), member(*isa, row));
    names.push_back(fmt::format("cmos_{}", row.name));
  }
  std::vector<archive::NewMember> members;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string_view name = syscalls::table()[i].name;
    members.push_back(
        {.name = fmt::format("{}.cpo", name), .bytes = files[i], .symbols = {names[i], name}});
  }
  CMOS_TRY(const std::vector<std::uint8_t> bytes, archive::write(members));
  return write_host_file(path, bytes);
}

/// `#define NAME 5` and `#define NAME (-5)`; what is no number stays C's.
Result<void> write_constants(const std::string& header, const std::string& path) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(header));
  const std::string text(as_text(bytes));
  const std::regex define(R"(^#define[ \t]+(\w+)[ \t]+\(?(-?[0-9][0-9a-fA-Fx]*)\)?[ \t]*$)",
                          std::regex::multiline);
  std::string out = "; The numbers of cmos_abi.h, for .include \"cmos_abi.asm\"\n";
  for (auto one = std::sregex_iterator(text.begin(), text.end(), define);
       one != std::sregex_iterator(); ++one)
    out += fmt::format(".define {} {}\n", (*one)[1].str(), (*one)[2].str());
  return write_host_file(path, as_bytes(out));
}

Result<void> run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "archive") return write_archive(words[1], words[2]);
  if (words.size() == 3 && words[0] == "constants") return write_constants(words[1], words[2]);
  if (words.size() == 3 && words[0] == "source") {
    CMOS_TRY(const emu::Isa* isa, find_isa(words[1]));
    const syscalls::Row* row = syscalls::find(words[2]);
    if (row == nullptr) return fail(ErrorCode::kUsage, fmt::format("no call '{}'", words[2]));
    fmt::print("{}", source(*isa, *row));
    return {};
  }
  return fail(ErrorCode::kUsage, "usage: libcmos-generate source|archive|constants …");
}

}  // namespace
}  // namespace cmos::libcmos

int main(int argc, char** argv) {
  const auto done = cmos::libcmos::run({argv + 1, argv + argc});
  if (done) return 0;
  std::fprintf(stderr, "libcmos-generate: %s\n", done.error().text().c_str());
  return done.error().code == cmos::ErrorCode::kUsage ? 2 : 1;
}
