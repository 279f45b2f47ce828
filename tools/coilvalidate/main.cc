// coilvalidate: what is wrong with .coil, .coilo and .coild files.
#include "tools/common/coil_validate.h"

int main(int argc, char** argv) {
  using cmos::coil::FileKind;
  constexpr FileKind kKinds[] = {FileKind::kObject, FileKind::kOutput, FileKind::kDebug,
                                 FileKind::kBytecode};
  return cmos::tools::run_coil_validator("coilvalidate", kKinds, {argv + 1, argv + argc});
}
