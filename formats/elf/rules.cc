#include "formats/elf/rules.h"

namespace cmos::elf::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kMalformed, "the file's structure is broken"},
    {kUnsupported, "legal ELF that the linker cannot use"},
    {kRelocationType, "a relocation type that a static link cannot resolve"},
    {kThreadLocal, "thread-local variables, which CalamOS does not have"},
    {kIndirect, "a function that is resolved at run time (IFUNC)"},
    {kProgram, "a linked program that cmos-pack cannot pack"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

}  // namespace cmos::elf::rules
