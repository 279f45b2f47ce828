#include "tools/cmos-run/modules.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/host_file.h"

namespace cmos::run {
namespace {

bool is_module(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  std::array<char, 64> begin{};
  std::ifstream in(file, std::ios::binary);
  in.read(begin.data(), begin.size());
  const auto size = static_cast<std::size_t>(in.gcount());
  return mod::looks_like_module(as_bytes(std::string_view(begin.data(), size)));
}

/// A stack grows downwards over zeros: the lowest byte that is none was reached.
std::uint64_t used_stack(const runtime::Process& process) {
  const loader::Placement& where = process.placement();
  std::vector<std::uint8_t> bytes(where.stack_top - where.stack_base);
  if (!process.memory().peek(where.stack_base, bytes)) return 0;
  const auto used = std::find_if(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; });
  return static_cast<std::uint64_t>(bytes.end() - used);
}

std::string line(std::string_view what, const runtime::ReportBudget& one) {
  return fmt::format("{}: {} bytes, {} used (the modules need {} and ask for {})\n", what, one.size,
                     one.used, one.minimum, one.requested);
}

}  // namespace

Result<FurtherModules> read_further_modules(Bytes first, const std::vector<std::string>& words,
                                            std::uint64_t most) {
  FurtherModules out;
  if (!mod::looks_like_module(first)) {
    out.arguments = words;
    return out;
  }
  auto word = words.begin();
  for (; word != words.end() && *word != "--" && is_module(*word); ++word) {
    CMOS_TRY(auto bytes, read_host_file(*word, most));
    out.files.push_back(*word);
    out.bytes.push_back(std::move(bytes));
  }
  if (word != words.end() && *word == "--") ++word;
  out.arguments.assign(word, words.end());
  return out;
}

Result<loader::ModuleProgram> link_modules(const std::string& file, Bytes bytes,
                                           const FurtherModules& further,
                                           const ModuleArguments& choice) {
  std::vector<loader::ModuleBytes> files{{file, bytes}};
  for (std::size_t i = 0; i < further.files.size(); ++i)
    files.push_back({further.files[i], further.bytes[i]});
  const auto can_run = [](std::string_view arch) {
    return emu::EngineTable::built_in().find(arch).has_value();
  };
  return loader::read_modules(files, {.cpu = choice.cpu,
                                      .stack_size = choice.stack_size,
                                      .heap_size = choice.heap_size,
                                      .base = choice.base,
                                      .can_run = can_run});
}

Result<void> refuse_module_options(const ModuleArguments& choice) {
  const std::string_view given = !choice.cpu.empty() ? "--cpu"
                                 : choice.heap_size  ? "--heap-size"
                                 : choice.base       ? "--base"
                                 : choice.map        ? "--map"
                                                     : "";
  if (given.empty()) return {};
  return fail(ErrorCode::kUsage, fmt::format("{} is for modules; this is none", given));
}

runtime::ReportBudgets budgets_of(const runtime::Process& process,
                                  const loader::ModuleBudgets& asked) {
  const loader::Placement& where = process.placement();
  return {.stack = {.minimum = asked.stack_least,
                    .requested = asked.stack_wanted,
                    .size = where.stack_top - where.stack_base,
                    .used = used_stack(process)},
          .heap = {.minimum = asked.heap_least,
                   .requested = asked.heap_wanted,
                   .size = where.heap_limit - where.heap_base,
                   .used = process.kernel().peak_heap()}};
}

std::string budget_text(const runtime::ReportBudgets& budgets) {
  return line("stack", budgets.stack) + line("heap", budgets.heap);
}

}  // namespace cmos::run
