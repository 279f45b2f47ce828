// What a person (or a program) needs to know about how a guest ended: text for the terminal, JSON
// for `--report` (docs/report.schema.json). A Report is data, collected once from a process that
// has ended; both forms print the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "emu/memory.h"
#include "runtime/process/outcome.h"
#include "runtime/report/operands.h"
#include "runtime/report/symbols.h"
#include "runtime/trace/expect_trace_compare.h"
#include "symbolize/lookup.h"

namespace cmos::runtime {

class Process;

struct ReportPlace {
  std::uint64_t address = 0;
  std::string symbol;        ///< empty when there is none
  std::uint64_t offset = 0;  ///< from the symbol
  std::string text;          ///< `main+0x1c`, `[exit stub]+0x3` or a number
  std::optional<symbolize::SourceLine> source = {};
};

struct ReportInstruction {
  ReportPlace place;
  std::vector<std::uint8_t> bytes;
  std::string text;
  bool current = false;
};

struct ReportRegister {
  std::string_view name;
  unsigned bits = 64;
  std::uint64_t value = 0;
};

/// A word of the stack, the uppermost first.
struct ReportWord {
  std::uint64_t address = 0;
  std::uint64_t value = 0;
  std::string text;  ///< the place that the value is the address of; empty when it is none
};

/// What `--expect-trace` found.
struct ReportTrace {
  enum class Result : std::uint8_t { kSame, kDifferent, kWritten, kUnchanged };  ///< by --bless
  std::string file;
  Result result = Result::kSame;
  std::optional<TraceDifference> difference;  ///< of kDifferent
};

/// What a program of modules asked for of one area, got, and used, in bytes.
struct ReportBudget {
  std::uint64_t minimum = 0;
  std::uint64_t requested = 0;
  std::uint64_t size = 0;
  std::uint64_t used = 0;  ///< the most at any time
};
struct ReportBudgets {
  ReportBudget stack, heap;
};

/// Everything about one ending.
struct Report {
  std::string program;  ///< the file, as the user named it
  std::string arch;
  Outcome outcome;
  int status = 0;  ///< of cmos-run
  unsigned address_digits = 8;

  std::string summary;  ///< one line without the program: `memory fault: write of 4 bytes at
                        ///< 0x00000010, in the null page`
  std::string touched;  ///< what lies at the fault's address; empty when none was touched
  std::optional<ReportPlace> place;                 ///< where the guest was; nothing after an exit
  std::optional<std::string> source_text;           ///< of that place's line
  std::optional<symbolize::Origin> origin;          ///< of the instruction there
  std::optional<symbolize::Origin> touched_origin;  ///< of what the fault touched
  std::vector<ReportInstruction> instructions;      ///< around `place`
  std::vector<ReportRegister> registers;
  std::string flags;
  std::vector<OperandValue> operands;  ///< of the instruction at `place`; of a fault alone
  std::vector<ReportWord> stack;       ///< from the stack pointer on
  unsigned word_bytes = 0;             ///< of `stack`
  std::vector<ReportPlace> backtrace;
  std::vector<std::string> calls;  ///< the last system calls as the trace prints them, oldest first
  std::vector<std::string> json_calls;  ///< the same, as JSON objects
  std::string abort_method;  ///< what kept it from its end: "faulted: memory fault ..."; or empty
  std::optional<ReportTrace> expected_trace;
  std::optional<ReportBudgets> budgets;  ///< of modules
};

/// `process` has ended. The calls' arguments are shown as memory holds them now. `lookup` is asked
/// only when the process did not end by itself.
Report make_report(const Process& process, symbolize::Lookup* lookup = nullptr);

/// Fills in `touched` and `summary` from `outcome`.
void describe_ending(Report& report, const emu::GuestMemory& memory, const SymbolIndex& symbols);

/// For the terminal, with a line end; empty when the guest exited by itself and its abort method
/// came to its end. Short when a limit or the user ended it.
std::string report_text(const Report& report);
std::string report_json(const Report& report);
/// The report about a file that never ran.
std::string error_report_json(std::string_view program, const Error& error, int status);

/// The report about a file whose loading a limit ended: `limit` is the option and its value.
std::string limit_report_json(std::string_view program, std::string_view limit,
                              std::string_view summary, int status);

/// The report goes to `path`: the whole of it or nothing. kHostIo on failure.
Result<void> write_report(const std::string& path, const Report& report);
Result<void> write_error_report(const std::string& path, std::string_view program,
                                const Error& error, int status);
Result<void> write_limit_report(const std::string& path, std::string_view program,
                                std::string_view limit, std::string_view summary, int status);

}  // namespace cmos::runtime
