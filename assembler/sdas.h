// Z80 and 8080: sdcc's assembler as a child process. Its language is its own (the ASxxxx
// assemblers' documentation); for the 8080 instructions are Intel's (assembler/intel8080.h). What
// it makes is an object of formats/rel.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assembler/assembler.h"

namespace cmos::assembler {

/// "_Z80" and "8080".
bool is_sdas_arch(std::string_view arch);

struct SdasOutput {
  std::vector<std::uint8_t> rel;  ///< empty when there are errors
  std::string messages;           ///< FILE:LINE: error: ...
  std::size_t errors = 0;
  std::string listing;  ///< when it was asked for
};

/// Of `options` arch, include_folders, encoder (the assembler; empty: sdasz80), encoder_timeout and
/// listing have a meaning. `file` names the source in messages, and its
/// folder is looked into for what .include names. Fails with kNotFound when there is no sdasz80,
/// with kLimit when it takes too long, with kHostIo when the host refuses.
Result<SdasOutput> run_sdas(const std::string& file, std::string_view source,
                            const AssembleOptions& options);

}  // namespace cmos::assembler
