// The lines of --expect-trace on programs that really run.
#include "runtime/trace/expect_trace.h"

#include <gmock/gmock.h>

#include "base/host_file.h"
#include "tests/runtime/tiny_program.h"

namespace cmos::runtime {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::vector<std::uint8_t>& file) {
  std::vector<std::string> out;
  ExpectTraceObserver observer([&out](std::string_view line) { out.emplace_back(line); });
  ProcessOptions options;
  options.observers = {&observer};
  auto process = Process::load(file, "app.cpe", std::move(options));
  EXPECT_TRUE(process) << (process ? "" : process.error().text());
  if (process) (*process)->run();
  return out;
}

std::vector<std::uint8_t> sample(std::string_view arch, std::string_view name) {
  auto bytes = read_host_file(fmt::format("{}/samples/bin/{}/{}.cpe", CMOS_SOURCE_DIR, arch, name));
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text());
  return bytes ? *bytes : std::vector<std::uint8_t>{};
}

/// A program for x86-64 with `code` at `at`, page-aligned constants behind it, and symbols.
std::vector<std::uint8_t> program(std::string_view code, std::uint32_t at,
                                  std::vector<cpe::Symbol> symbols, std::uint8_t last = 0) {
  cpe::Executable out;
  out.arch = "8664";
  out.code.resize(at, 0x90);
  for (std::size_t i = 0; i + 1 < code.size(); i += 2) {
    out.code.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(code.substr(i, 2)), nullptr, 16)));
  }
  out.code.resize(0x2000);
  out.code[0x1000 + 199] = last;
  out.symbols = std::move(symbols);
  out.symbols.push_back({std::string(cpe::kConstStart), 0x1000});
  out.symbols.push_back({std::string(cpe::kImageEnd), 0x2000});
  auto bytes = cpe::write(out);
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text());
  return bytes ? *bytes : std::vector<std::uint8_t>{};
}

class ExpectTraceTiny : public ::testing::TestWithParam<fakes::TinyProgram> {};
INSTANTIATE_TEST_SUITE_P(EveryArch, ExpectTraceTiny, ::testing::ValuesIn(fakes::kTinyPrograms),
                         [](const auto& one) { return "A" + std::string(one.param.arch); });

TEST_P(ExpectTraceTiny, AFaultIsPartOfIt) {
  EXPECT_THAT(
      lines_of(fakes::tiny_file(GetParam())),
      ElementsAre(fmt::format("main+{:#x}: stdout(\"Hi\\n\", 3, null) = 3", GetParam().trap),
                  "+++ faulted: illegal instruction (132) in deep +++"));
}

TEST(ExpectTrace, AnotherPlaceGivesTheSameLines) {
  // Calls number 0x99 with its own address, a constant's, and one on the stack; then exits with 7.
  const std::string code =
      "e800000000"      // call +5
      "59"              // pop rcx
      "31d2"            // xor edx, edx
      "4889e7"          // mov rdi, rsp
      "b899000000cd80"  // mov eax, 0x99; int 0x80
      "b907000000"      // mov ecx, 7
      "31c0cd80";       // xor eax, eax; int 0x80
  const std::vector<std::string> first = lines_of(program(code, 0, {{"_start", 0}}));
  EXPECT_THAT(
      first, ElementsAre("_start+0x10: syscall_0x99(_start+0x5, 0x0, <stack>) = -2 CPE_ERROR_NOSYS",
                         "_start+0x19: exit(7) = ?", "+++ exited with 7 +++"));
  EXPECT_EQ(first, lines_of(program("eb3e" + std::string(124, '0') + code, 0,
                                    {{"before", 0}, {"_start", 0x40}, {"after", 0x60}})));
}

TEST(ExpectTrace, TheChoiceAmongNamesOfOnePlaceDoesNotDependOnTheOrderInTheFile) {
  const std::string code =
      "31c9"
      "31c0cd80";
  const auto first = lines_of(program(code, 0, {{"b", 0}, {"a", 0}, {"_edata", 0}}));
  EXPECT_EQ(first, lines_of(program(code, 0, {{"_edata", 0}, {"a", 0}, {"b", 0}})));
  EXPECT_EQ(first.front(), "a+0x4: exit(0) = ?");
}

TEST(ExpectTrace, WhatNoSymbolNamesIsToldByItsRegion) {
  // stdout(address in the constants, 0xffffffff): fails, so that the pointer itself is shown.
  const std::string code =
      "b910104000"
      "baffffffff"
      "31ff"
      "b801000000cd80"
      "31c9"
      "31c0cd80";
  EXPECT_EQ(lines_of(program(code, 0, {{"_start", 0}})).front(),
            "_start+0x11: stdout(<const>, 4294967295, null) = -3 CPE_ERROR_FAULT");
}

TEST(ExpectTrace, TheHeapIsRelativeToItsStart) {
  const auto lines = lines_of(sample("8664", "heap"));
  EXPECT_THAT(lines, Contains(HasSubstr(": grow(0) = <heap>")));
  EXPECT_THAT(lines, Contains(HasSubstr(": grow(65536) = <heap+0x10000>")));
}

TEST(ExpectTrace, WhatDiffersFromRunToRunIsLeftOut) {
  const auto lines = lines_of(sample("8664", "clock"));
  EXPECT_THAT(lines, Contains(HasSubstr(": clock(monotonic, <time>) = 0")));
  EXPECT_THAT(lines, Contains(HasSubstr(": random(<random>, 16) = 16")));
  EXPECT_EQ(lines, lines_of(sample("8664", "clock")));
}

TEST(ExpectTrace, LongBuffersAreComparedWhole) {
  // stdout(0x401000, 200): all zeros, but for one byte at the end.
  const std::string code =
      "b900104000"
      "bac8000000"
      "31ff"
      "b801000000cd80"
      "31c9"
      "31c0cd80";
  const std::string first = lines_of(program(code, 0, {{"_start", 0}})).front();
  EXPECT_THAT(first, HasSubstr("\"...{crc32 "));
  EXPECT_THAT(first, HasSubstr("}, 200, null) = 200"));
  EXPECT_NE(first, lines_of(program(code, 0, {{"_start", 0}}, 1)).front());
}

}  // namespace
}  // namespace cmos::runtime
