#include "assembler/directives.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/near.h"

namespace cmos::assembler {
namespace {

constexpr Dialect kOwnWay = Dialect::kOwn;
constexpr Dialect kNasm = Dialect::kNasm;
constexpr std::array<Directive, 39> kDirectives{{
    {".align", Operands::kAlign, 1},
    {".balign", Operands::kAlign, 1},
    {"align", Operands::kAlign, 1},
    {".zero", Operands::kCount, 1},
    {".skip", Operands::kCount, 1},
    {".space", Operands::kCount, 1},
    {".byte", Operands::kValues, 1},
    {".short", Operands::kValues, 2},
    {".hword", Operands::kValues, 2},
    {".2byte", Operands::kValues, 2},
    {".long", Operands::kValues, 4},
    {".int", Operands::kValues, 4},
    {".4byte", Operands::kValues, 4},
    {".quad", Operands::kValues, 8},
    {".8byte", Operands::kValues, 8},
    {".xword", Operands::kValues, 8, kOwnWay, false, true},
    {".float", Operands::kReals, 4},
    {".single", Operands::kReals, 4},
    {".double", Operands::kReals, 8},
    {".ascii", Operands::kString, 0},
    {".asciz", Operands::kString, 1},
    {".string", Operands::kString, 1},
    {"db", Operands::kValues, 1, kNasm},
    {"dw", Operands::kValues, 2, kNasm},
    {"dd", Operands::kValues, 4, kNasm},
    {"dq", Operands::kValues, 8, kNasm},
    {"resb", Operands::kCount, 1, kNasm},
    {"resw", Operands::kCount, 2, kNasm},
    {"resd", Operands::kCount, 4, kNasm},
    {"resq", Operands::kCount, 8, kNasm},
    {".inst", Operands::kOpcode, 4, kOwnWay, false, true},
    {".inst.n", Operands::kOpcode, 2, kOwnWay, true, true},
    {".inst.w", Operands::kOpcode, 4, kOwnWay, true, true},
    {"times", Operands::kTimes, 0},
    {".ltorg", Operands::kNone, 0, kOwnWay, false, true},
    {".arch_extension", Operands::kWord, 0, kOwnWay, false, true},
    {".arm", Operands::kNone, 0, kOwnWay, true, true},
    {".thumb", Operands::kNone, 0, kOwnWay, true, true},
    {".fpu", Operands::kWord, 0, kOwnWay, true, true},
}};

/// Directives that the reader and the parser know, for "did you mean".
constexpr std::string_view kOwn[] = {
    ".const", ".var",     ".extern",  ".global", ".weak",   ".arch", ".define", ".include",
    ".if",    ".ifdef",   ".ifndef",  ".ifarch", ".elif",   ".else", ".endif",  ".macro",
    ".endm",  ".rept",    ".endr",    ".irp",    ".struct", ".ends", ".set",    ".assert",
    ".error", ".warning", ".section", ".ifb",    ".ifnb",   ".ifc"};

struct Advice {
  std::string_view name;
  std::string_view text;
};
constexpr std::string_view kNoSections =
    "there are no sections: code is what stands in the source, data is .const and .var";
constexpr std::array<Advice, 20> kAdvice{{
    {".section", kNoSections},
    {".text", kNoSections},
    {".data", kNoSections},
    {".rodata", kNoSections},
    {".bss", kNoSections},
    {".pushsection", kNoSections},
    {".popsection", kNoSections},
    {".incbin", "write .const NAME bytes from \"FILE\""},
    {".word", "its size depends on the ARCH: write .short (2 bytes) or .long (4 bytes)"},
    {".string", "write .asciz (with a zero byte) or .ascii"},
    {".p2align", "write .align N, N in bytes"},
    {".balign", "write .align N, N in bytes"},
    {".abort", "the function that CalamOS calls at the end of the program is __cmos_abort"},
    {".type", "every label that does not begin with '.' is a function"},
    {".size", "a function ends where the next one begins"},
    {".intel_syntax", "Intel syntax is the only one"},
    {".att_syntax", "Intel syntax is the only one"},
    {".syntax", "unified syntax is the only one"},
}};

bool is_for(const Directive& row, const Target& target) {
  if (row.arm_only) return target.isa == object::Isa::kArm;
  return !row.not_x86 || !target.is_x86();
}

}  // namespace

std::string_view needs(Operands operands) {
  constexpr std::array<std::string_view, 9> kTexts{
      "nothing", "a value", "a number",        "a string", "a count", "a power of two, in bytes",
      "a name",  "a value", "a count and data"};
  return kTexts[static_cast<std::size_t>(operands)];
}

const Directive* find_directive(const Target& target, std::string_view name) {
  // Most statements are instructions, which are asked about, too.
  if (name.empty() || std::string_view(".adrt").find(name[0]) == std::string_view::npos)
    return nullptr;
  const auto found =
      std::find_if(kDirectives.begin(), kDirectives.end(),
                   [&](const Directive& row) { return row.name == name && is_for(row, target); });
  return found == kDirectives.end() ? nullptr : &*found;
}

std::string unknown_directive(const Target& target, std::string_view name) {
  for (const Advice& one : kAdvice) {
    if (one.name == name) return fmt::format("'{}' does not exist here: {}", name, one.text);
  }
  std::vector<std::string> candidates(std::begin(kOwn), std::end(kOwn));
  for (const Directive& row : kDirectives) {
    if (row.name == name) return fmt::format("'{}' does not exist on {}", name, target.arch);
    if (is_for(row, target)) candidates.emplace_back(row.name);
  }
  const auto near = nearest(name, candidates);
  return fmt::format("unknown directive '{}'{}", name,
                     near ? fmt::format("; did you mean '{}'?", *near) : "");
}

}  // namespace cmos::assembler
