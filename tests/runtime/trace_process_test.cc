// --trace and the fault report on programs that really run: the committed samples and a tiny
// program, on every ARCH.
#include <gmock/gmock.h>

#include <regex>

#include "base/host_file.h"
#include "runtime/report/report.h"
#include "tests/runtime/schema_check.h"
#include "tests/runtime/tiny_program.h"
#include "tests/runtime/trace_fixture.h"

namespace cmos::runtime {
namespace {

using fakes::Json;
using fakes::ScratchFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Traced {
  std::string trace;
  std::unique_ptr<Process> process;
};

Traced run_traced(const std::vector<std::uint8_t>& file, std::string_view name,
                  std::string_view list, TraceFormat format = TraceFormat::kText) {
  ScratchFile out("trace");
  auto filter = TraceFilter::parse(list);
  auto output = TraceOutput::file(out.path());
  EXPECT_TRUE(filter && output);
  TraceObserver observer({.filter = *filter, .format = format, .capture = {}}, std::move(*output));
  ProcessOptions options;
  options.observers = {&observer};
  auto process = Process::load(file, name, std::move(options));
  EXPECT_TRUE(process) << name << ": " << (process ? "" : process.error().text());
  if (!process) return {};
  (*process)->run();
  EXPECT_FALSE(observer.error());
  return {out.text(), std::move(*process)};
}

std::vector<std::uint8_t> sample(std::string_view arch, std::string_view name) {
  auto bytes = read_host_file(fmt::format("{}/samples/bin/{}/{}.cpe", CMOS_SOURCE_DIR, arch, name));
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text());
  return bytes ? *bytes : std::vector<std::uint8_t>{};
}

constexpr std::string_view kArchs[] = {"8664", "__86", "_ARM", "AR64", "APPL"};

/// The trace without what is an address: the callers' offsets and numbers in hex.
std::string without_addresses(const std::string& text) {
  const std::string places = std::regex_replace(
      text, std::regex(R"((^|\n)(\[exit stub\]|[A-Za-z_]+)(\+0x[0-9a-f]+)?: )"), "$1$2: ");
  return std::regex_replace(places, std::regex("0x[0-9a-f]+"), "ADDRESS");
}

class TraceOnEveryArch : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Samples, TraceOnEveryArch,
                         ::testing::Values("hello", "hello-c", "arguments", "colours", "clock",
                                           "heap", "sieve", "ret"),
                         [](const auto& one) {
                           std::string name(one.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(TraceOnEveryArch, TheTextIsTheSameButForAddresses) {
  const std::string name(GetParam());
  const auto traced = [&name](std::string_view arch) {
    return run_traced(sample(arch, name), name + ".cpe", "all").trace;
  };
  const std::string first = traced("8664");
  EXPECT_EQ(first, traced("8664"));  // and the same bytes on every run
  EXPECT_THAT(first, HasSubstr("exit("));
  EXPECT_THAT(first, HasSubstr("+++ exited with "));
  for (const std::string_view arch : kArchs) {
    EXPECT_EQ(without_addresses(first), without_addresses(traced(arch))) << arch;
  }
}

TEST_P(TraceOnEveryArch, JsonLinesFollowTheSchema) {
  const fakes::SchemaCheck schema(fakes::load_schema("trace.schema.json"));
  const std::string name(GetParam());
  std::istringstream lines(
      run_traced(sample("8664", name), name + ".cpe", "all", TraceFormat::kJson).trace);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(schema.violations(Json::parse(line, nullptr, false)), IsEmpty()) << line;
  }
  EXPECT_GE(count, 2u);
}

class TraceTiny : public ::testing::TestWithParam<fakes::TinyProgram> {};
INSTANTIATE_TEST_SUITE_P(EveryArch, TraceTiny, ::testing::ValuesIn(fakes::kTinyPrograms),
                         [](const auto& one) { return "A" + std::string(one.param.arch); });

TEST_P(TraceTiny, AFaultFlushesTheTraceAndEndsIt) {
  const auto traced = run_traced(fakes::tiny_file(GetParam()), "tiny.cpe", "all");
  EXPECT_EQ(traced.trace, fmt::format("main+{:#x}: stdout(\"Hi\\n\", 3, null) = 3\n"
                                      "+++ faulted: illegal instruction (132) +++\n",
                                      GetParam().trap));
}

TEST_P(TraceTiny, InstructionsStandInOrderWithCalls) {
  const auto traced = run_traced(fakes::tiny_file(GetParam()), "tiny.cpe", "insn");
  const std::string trap =
      fmt::format("0x{:08x}  main+{:#x} ", 0x400000 + GetParam().trap, GetParam().trap);
  const std::size_t instruction = traced.trace.find(trap);
  const std::size_t call = traced.trace.find("stdout(");
  const std::size_t crash = traced.trace.find(fmt::format(
      "0x{:08x}  deep+{:#x} ", 0x400000 + GetParam().crash, GetParam().crash - GetParam().deep));
  ASSERT_NE(instruction, std::string::npos) << traced.trace;
  ASSERT_NE(crash, std::string::npos) << traced.trace;
  EXPECT_LT(instruction, call);
  EXPECT_LT(call, crash);
  EXPECT_THAT(traced.trace, ::testing::StartsWith("0x00400000  main "));
  EXPECT_THAT(traced.trace, HasSubstr("=0x401000"));  // the register that holds the text's address
  EXPECT_EQ(traced.process->outcome().ending, Ending::kFaulted);
}

TEST(TraceThumb, InstructionsAreDisassembledInTheirState) {
  const auto traced = run_traced(sample("_ARM", "thumb"), "thumb.cpe", "insn");
  EXPECT_EQ(traced.process->outcome().ending, Ending::kExited);
  EXPECT_THAT(traced.trace, ::testing::ContainsRegex("  movs r[0-7], #"));
  EXPECT_THAT(traced.trace, ::testing::Not(HasSubstr(".byte")));
  EXPECT_THAT(traced.trace, HasSubstr("+++ exited with "));
}

TEST(TraceReturn, AReturnFromTheEntryIsAnExitFromTheStub) {
  const auto traced = run_traced(sample("AR64", "ret"), "ret.cpe", "all");
  EXPECT_THAT(traced.trace, ::testing::StartsWith("[exit stub]+0x4: exit("));
}

TEST(ReportSamples, EveryCrashHasAReportThatFollowsTheSchema) {
  const fakes::SchemaCheck schema(fakes::load_schema("report.schema.json"));
  for (const std::string_view arch : kArchs) {
    for (const std::string_view name :
         {"crash-null-write", "crash-jump-nowhere", "crash-illegal-instruction",
          "crash-const-write", "crash-execute-data", "crash-stack-overflow", "crash-breakpoint",
          "crash-privileged"}) {
      auto process = Process::load(sample(arch, name), name, {});
      ASSERT_TRUE(process);
      (*process)->run();
      const Report report = make_report(**process);
      const Json json = Json::parse(report_json(report), nullptr, false);
      EXPECT_THAT(schema.violations(json), IsEmpty()) << arch << " " << name;
      EXPECT_EQ(json["status"], exit_status((*process)->outcome()));
      const std::string text = report_text(report);
      EXPECT_THAT(text, ::testing::StartsWith(std::string(name) + ": ")) << arch;
      // Unicorn as shipped knows only the block in which memory was touched, and the report says
      // so.
      const auto& fault = (*process)->outcome().fault;
      const bool exact = !fault || fault->pc_exact;
      EXPECT_THAT(text, HasSubstr(exact ? "\n  at " : "\n  in the block of instructions at "))
          << arch;
      EXPECT_THAT(text, HasSubstr("\n  registers\n")) << arch << text;
    }
  }
}

}  // namespace
}  // namespace cmos::runtime
