// .target files (docs/coil.md 6): what a device has. Text, line by line; `#` and `;` begin
// comments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/coil/codes.h"

namespace cmos::coil {

/// GP, FP, PRED, SPEC, SEG or a name of the file's own; a register's id is its position.
struct RegisterFile {
  std::string name;
  std::vector<std::string> registers;

  std::optional<std::size_t> id_of(std::string_view name) const;
};

struct AbiDefinition {
  std::string name;  ///< empty: the device's default
  std::vector<std::string> parameters;
  std::vector<std::string> results;
  std::vector<std::string> caller_saved;
  std::vector<std::string> callee_saved;
  std::uint16_t stack_alignment = 0;
  std::uint16_t red_zone = 0;
  std::uint16_t shadow = 0;
  std::uint8_t argument_style = 0;  ///< 0 left to right, 1 right to left
};

struct TargetLimit {
  std::string name;
  std::uint64_t value = 0;
};

struct Device {
  Triple triple;
  std::uint32_t capabilities = 0;
  std::uint32_t memory_model = 0;
  std::uint32_t isa = 0;
  std::vector<std::string> features;
  std::vector<RegisterFile> register_files;
  std::vector<AbiDefinition> abis;
  std::vector<TargetLimit> limits;

  const RegisterFile* registers(std::string_view file) const;
  const AbiDefinition* abi(std::string_view name) const;
};

struct FeatureSet {
  std::string name;
  std::vector<std::string> inherits;
  std::vector<std::string> features;
};

/// One line `from -> to` of an EMULATE or INSTR_MAP.
struct TargetMapping {
  std::string from;
  std::string to;
};
struct TargetMap {
  std::string name;  ///< a feature, or a mnemonic
  Triple triple;
  std::vector<TargetMapping> mappings;
};

struct TargetFile {
  std::vector<Device> devices;
  std::vector<FeatureSet> feature_sets;
  std::vector<TargetMap> emulations;
  std::vector<TargetMap> instruction_maps;
};

/// Fails with kMalformed at the first line that is wrong; `message` says which line it is.
Result<TargetFile> parse_target(std::string_view text, std::string_view file);

/// "R8-R15", "XMM0-15" or "RAX" as single names; nothing when it is no range.
std::optional<std::vector<std::string>> expand_registers(std::string_view range);

}  // namespace cmos::coil
