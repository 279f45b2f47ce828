// CPEs of small CPUs: of a linked program of Whitesmith's or ELF, or of a flat image.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "linker/program.h"
#include "tools/cmos-pack/pack.h"

namespace cmos::pack {

/// Whether bytes are such a program, and not ELF's for a large CPU.
bool is_small_program(Bytes bytes);

/// The CPE of one; kUnsupported for an object that is not linked.
Result<linker::Program> pack_small(Bytes bytes, std::string_view file, const Options& options);

/// Any bytes, which are loaded as they are; `options.arch` says for which CPU.
Result<linker::Program> pack_flat(Bytes bytes, std::string_view file, const Options& options);

}  // namespace cmos::pack
