// Modules made from modules: fat ones from those for single CPUs, and back.
#pragma once

#include <vector>

#include "base/error.h"
#include "formats/module/module.h"

namespace cmos::mod {

/// One of the inputs of merge(), with its name for errors.
struct Input {
  std::string_view file;
  const Module* module = nullptr;
};

/// One fat module of all segments, imports and exports. What one name and type stands for gets one
/// ordinal; segments get new numbers. Stack and heap are the largest that any input states. Fails
/// with kUsage when two inputs export a name for the same CPU, or there are too many ordinals.
/// Views are those of the inputs.
Result<Module> merge(const std::vector<Input>& inputs);

/// What of a module a CPU of this family may take: its own segments and those for any CPU, with
/// the imports and exports that they use.
Module only(const Module& module, Family family);

/// Without segment names, unknown sections, options that say nothing of CPU or platform, imports
/// that nothing uses, and padding.
Module strip(const Module& module);

/// Makes the header's sums those of the segments.
Result<void> update_memory(Module& module);

}  // namespace cmos::mod
