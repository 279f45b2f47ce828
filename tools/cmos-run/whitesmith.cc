#include "tools/cmos-run/whitesmith.h"

#include <fmt/format.h>

#include "arch/cpu.h"
#include "linker/whitesmith/program.h"
#include "tools/cmos-run/modules.h"

namespace cmos::run {
namespace {

/// An ARCH stays what it is; a CPU's name becomes its usual one.
Result<std::string> arch_of(const std::string& name) {
  if (name.empty() || wslink::is_small(name)) return name;
  const arch::Cpu* const cpu = arch::named(name);
  if (cpu != nullptr && wslink::is_small(cpu->usual_code())) return std::string(cpu->usual_code());
  return fail(ErrorCode::kUsage,
              fmt::format("--cpu {}: one of {} is expected for a Whitesmith's program", name,
                          fmt::join(wslink::small_archs(), ", ")));
}

}  // namespace

Result<cpe::ReadResult> read_whitesmith(Bytes bytes, std::string_view file,
                                        const ModuleArguments& choice) {
  ModuleArguments others = choice;
  others.cpu.clear();
  CMOS_TRY_VOID(refuse_module_options(others));
  CMOS_TRY(const std::string arch, arch_of(choice.cpu));
  CMOS_TRY(const whitesmith::ReadResult read, whitesmith::read(bytes, file));
  if (!read.file.is_program())
    return fail(Error{.code = ErrorCode::kMalformed,
                      .file = std::string(file),
                      .field = "program",
                      .found = "a Whitesmith's object that is not linked",
                      .expected = "a program: cmos-ld --oformat=cpe makes one"});
  CMOS_TRY(const linker::Program program, wslink::make_program(read.file, file, {.arch = arch}));
  CMOS_TRY(const std::vector<std::uint8_t> cpe, cpe::write(program.executable));
  return cpe::read(cpe, file);
}

}  // namespace cmos::run
