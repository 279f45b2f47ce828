// cmos-objdump's output for one image, as text close to what binutils print, and as JSON
// (docs/objdump.schema.json).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "disasm/disasm.h"
#include "inspect/format.h"
#include "inspect/text.h"

namespace cmos::inspect {

struct ObjdumpOptions {
  bool file_header = false;
  bool private_headers = false;
  bool section_headers = false;
  bool symbols = false;
  bool relocations = false;
  bool contents = false;
  bool disassemble = false;
  bool disassemble_all = false;                  ///< sections without code, too
  std::vector<std::string> disassemble_symbols;  ///< only these; empty = all
  std::vector<std::string> sections;             ///< only these; empty = all
  std::optional<std::uint64_t> start_address;
  std::optional<std::uint64_t> stop_address;
  bool demangle = false;
  bool special_symbols = false;  ///< mapping symbols, too
  bool show_zeroes = false;      ///< do not shorten runs of zeros in a disassembly
  bool no_raw_instructions = false;
  bool no_addresses = false;
  std::string arch = {};  ///< ARCH code of the code, instead of what the file says
  disasm::Syntax syntax = disasm::Syntax::kIntel;

  bool wants(const Section& section) const;
  /// Whose code the file's is taken for.
  std::string_view arch_of(const Description& image) const {
    return arch.empty() ? std::string_view(image.arch) : std::string_view(arch);
  }
  bool wants_code() const { return disassemble || disassemble_all || !disassemble_symbols.empty(); }
};

/// Fails with kUnsupported for code of an ARCH that nothing here disassembles; all else was printed
/// before.
Result<void> print_objdump(const Description& image, const ObjdumpOptions& options, Text& out);
Result<nlohmann::ordered_json> objdump_json(const Description& image,
                                            const ObjdumpOptions& options);

/// Of `names` those that the image has no such section, or no such symbol with code, for.
std::vector<std::string> missing_sections(const Description& image, const ObjdumpOptions& options);
std::vector<std::string> missing_symbols(const Description& image, const ObjdumpOptions& options);

/// "CONTENTS, ALLOC, LOAD, READONLY, CODE".
std::vector<std::string_view> section_flags(const Section& section);
struct FileFlags {
  std::uint32_t bits = 0;
  std::vector<std::string_view> names;
};
FileFlags file_flags(const Description& image);

/// "puts-0x4".
std::string relocation_value(const Description& image, const Relocation& one, bool demangle,
                             unsigned addend_digits);

}  // namespace cmos::inspect
