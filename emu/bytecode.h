// What engines of bytecode have beside the others: their code calls the system by names instead of
// numbers, and they alone know its callers and its text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cmos::emu {

/// The number of a system call; nothing for a name that is none. Calls of one name may differ by
/// how many arguments they have.
using CallNumber =
    std::function<std::optional<std::uint64_t>(std::string_view name, std::size_t arguments)>;

class BytecodeEngine {
 public:
  struct Text {
    std::string text;
    std::uint32_t size = 0;  ///< bytes
  };

  virtual ~BytecodeEngine() = default;
  virtual void set_call_numbers(CallNumber numbers) = 0;
  /// Whether the code sees words in memory with their most significant byte first.
  virtual bool big_endian() const = 0;
  /// The instruction at an address; nothing where none is.
  virtual std::optional<Text> instruction_at(std::uint64_t address) const = 0;
  /// Addresses to which the functions go on that wait for the one that runs, innermost first.
  virtual std::vector<std::uint64_t> callers(std::size_t most) const = 0;
};

}  // namespace cmos::emu
