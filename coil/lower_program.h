// A whole .coil on its way to a .cbc: memory, functions, constants.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coil/cbc_code.h"
#include "coil/lower.h"
#include "coil/source_function.h"
#include "formats/coil/layout.h"

namespace cmos::casm {

/// Functions that the lowering itself brings along, for what takes several instructions.
enum class Helper : std::uint8_t {
  kPower,           ///< 2^n
  kShiftRight,      ///< without sign
  kShiftRightSign,  ///< with
  kDivide,          ///< without sign
  kModulo,
  kCopy,  ///< to, from, bytes
  kFill,  ///< to, byte, bytes
  kCompare,
  kCountOnes,
  kCountLeading,
  kSwapBytes,
  kFloor,
};

struct SourceFunction : FunctionSource {
  std::vector<CbcType> parameters;  ///< by the variables that take them
  std::optional<CbcType> result;
  std::uint16_t index = 0;  ///< in the .cbc
};

/// Where everything lies in the program's own memory.
namespace layout {
inline constexpr std::uint32_t kMemory = 0x2000'0000;
inline constexpr std::uint32_t kReady = kMemory;  ///< not 0 when memory has its contents
inline constexpr std::uint32_t kStackPointer = kMemory + 8;
inline constexpr std::uint32_t kScratch = kMemory + 16;  ///< for casts
inline constexpr std::uint32_t kResults = kMemory + 32;  ///< returned values behind the first
inline constexpr std::uint32_t kMostResults = 4;
inline constexpr std::uint32_t kSections = kMemory + 64;
inline constexpr std::uint32_t kStackBytes = 1 << 18;
}  // namespace layout

class Program {
 public:
  Program(const coil::ObjectFile& object, std::string_view file) : object_(object), file_(file) {}

  Result<std::vector<std::uint8_t>> lower(const LowerOptions& options);

  // What functions ask for.
  const coil::ObjectFile& object() const { return object_; }
  const coil::Layouts& layouts() const { return layouts_; }
  const SourceFunction* function_at(std::uint32_t symbol) const {
    return find_function(functions_, object_, symbol);
  }
  /// The index of a host function for an external symbol.
  std::uint16_t external(const std::string& name);
  std::uint16_t helper(Helper helper);
  /// Of data; nothing for code.
  std::optional<std::uint32_t> address_of(std::uint32_t symbol) const;
  void need_stack() { needs_stack_ = true; }
  void need_memory() { needs_memory_ = true; }
  Error refusal(std::size_t section, std::uint64_t offset, std::string_view what) const {
    return casm::refusal(object_, file_, section, offset, what);
  }

 private:
  Result<void> find_functions();
  void find_signature(SourceFunction& function) const;
  Result<void> lay_out();
  Result<void> relocate();
  void initialise(CbcCode& code, CbcCode::Label done) const;
  Result<std::vector<std::uint8_t>> write(const LowerOptions& options);
  std::uint16_t text(const std::string& value);
  std::string signature(const SourceFunction& function) const;
  void add_debug();

  struct Made {
    std::string name;
    std::string signature;
    std::uint16_t parameters = 0;
    std::optional<CbcCode> code;
    const SourceFunction* source = nullptr;
    CbcCode::Finished finished;
  };
  void make_helper(Helper helper, Made& out);

  const coil::ObjectFile& object_;
  std::string_view file_;
  coil::Layouts layouts_;
  std::vector<SourceFunction> functions_;
  std::vector<Made> made_;
  std::map<std::string, std::uint16_t> externals_;
  std::map<Helper, std::uint16_t> helpers_;
  std::vector<std::optional<std::uint32_t>> section_addresses_;
  std::vector<std::uint8_t> memory_;  ///< contents from layout::kSections on
  std::uint32_t memory_end_ = layout::kSections;
  bool needs_stack_ = false;
  bool needs_memory_ = false;
  coil::CbcFile cbc_;
};

/// One function's instructions. Fails with kUnsupported at the first that cannot be lowered.
Result<void> lower_function(const SourceFunction& function, Program& program, CbcCode& code);

}  // namespace cmos::casm
