// The validators of COIL's formats (docs/coil.md 8): every finding that can be established, by the
// rules of rules.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/coil/cbc.h"
#include "formats/coil/debug_file.h"
#include "formats/coil/object_file.h"
#include "formats/coil/rules.h"

namespace cmos::coil {

struct Statistics {
  std::uint64_t symbols = 0;
  std::uint64_t sections = 0;
  std::uint64_t relocations = 0;
  std::uint64_t constants = 0;
  std::uint64_t functions = 0;
  std::uint64_t instructions = 0;
  std::uint64_t code_bytes = 0;
};

struct Validation {
  std::vector<Finding> findings;
  Statistics statistics;
};

/// Validates as `kind`, whatever the bytes begin with. At the strict level warnings are errors.
Validation validate(Bytes bytes, std::string_view file, FileKind kind, Level level);

/// The checks of an object's tables, of its code, of bytecode, and of debug information.
void check_tables(const ObjectFile& file, Findings& findings);
void check_tables_strictly(const ObjectFile& file, Findings& findings);
void check_code(const ObjectFile& file, Level level, Findings& findings, Statistics& statistics);
void check_cbc(const CbcFile& file, Level level, Findings& findings, Statistics& statistics);
void check_debug(const DebugInfo& debug, Findings& findings);

/// Whether the documents name this ABI, so that no file has to define it.
bool is_built_in_abi(std::string_view name);

/// Whether a value of `from` may stand where `to` is wanted without CONVERT or CAST.
bool compatible(const Type& to, const Type& from);

}  // namespace cmos::coil
