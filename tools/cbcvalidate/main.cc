// cbcvalidate: what is wrong with .cbc files.
#include "tools/common/coil_validate.h"

int main(int argc, char** argv) {
  constexpr cmos::coil::FileKind kKinds[] = {cmos::coil::FileKind::kBytecode};
  return cmos::tools::run_coil_validator("cbcvalidate", kKinds, {argv + 1, argv + argc});
}
