// --trace-symbol: who defines and who refers to a name.
#include <fmt/format.h>

#include <algorithm>

#include "linker/explain.h"
#include "linker/passes.h"
#include "linker/versions.h"

namespace cmos::linker {
namespace {

std::string_view role(const object::Symbol& symbol) {
  switch (symbol.place) {
    case object::Place::kUndefined:
      return "reference to";
    case object::Place::kCommon:
      return "common definition of";
    case object::Place::kSection:
    case object::Place::kAbsolute:
      break;
  }
  return symbol.binding == object::Binding::kWeak ? "weak definition of" : "definition of";
}

}  // namespace

void trace_symbols(Context& context) {
  const std::vector<std::string>& names = context.options.traced;
  if (names.empty()) return;
  for (const InputObject& input : context.out.objects) {
    for (const object::Symbol& one : input.object.symbols) {
      if (one.binding == object::Binding::kLocal ||
          std::find(names.begin(), names.end(), linked_name(one.name)) == names.end())
        continue;
      context.out.traces.push_back(
          fmt::format("{}: {} {}", input.object.file, role(one), readable_name(one.name)));
    }
  }
}

}  // namespace cmos::linker
