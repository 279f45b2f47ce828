// Modules on cmos-run's command line: `cmos-run main.mod lib.mod [ARGUMENTS…]`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loader/module/program.h"
#include "runtime/process/process.h"
#include "runtime/report/report.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// What stands behind the program's file: when that is a module, first those that are modules, too;
/// the first word that is none, or "--", begins the program's arguments.
struct FurtherModules {
  std::vector<std::string> files;
  std::vector<std::vector<std::uint8_t>> bytes;
  std::vector<std::string> arguments;
};

/// Fails for a module that cannot be read or has more than `most` bytes.
Result<FurtherModules> read_further_modules(Bytes first, const std::vector<std::string>& words,
                                            std::uint64_t most);

/// Placed, linked and relocated, by what the user chose.
Result<loader::ModuleProgram> link_modules(const std::string& file, Bytes bytes,
                                           const FurtherModules& further,
                                           const ModuleArguments& choice);

/// kUsage when `choice` has what is for modules alone.
Result<void> refuse_module_options(const ModuleArguments& choice);

/// What the program asked for, got, and really used of stack and heap.
runtime::ReportBudgets budgets_of(const runtime::Process& process,
                                  const loader::ModuleBudgets& asked);
/// The same in two lines.
std::string budget_text(const runtime::ReportBudgets& budgets);

}  // namespace cmos::run
