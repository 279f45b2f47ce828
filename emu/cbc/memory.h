// The interpreter's view of a guest's memory: the region of the last access is kept, since most
// accesses go where the one before went.
#pragma once

#include <bit>
#include <cstring>

#include "emu/memory.h"

namespace cmos::emu::cbc {

class MemoryView {
 public:
  explicit MemoryView(const GuestMemory& memory, bool big) : memory_(memory), swap_(big) {}

  /// After any change of the map.
  void forget() { read_ = write_ = {}; }

  template <class Word>
  bool load(std::uint64_t address, Word& value) {
    const std::uint8_t* const at = place(address, sizeof value, kRead, read_);
    if (at == nullptr) [[unlikely]]
      return false;
    std::memcpy(&value, at, sizeof value);
    if (swap_) value = swapped(value);
    return true;
  }
  template <class Word>
  bool store(std::uint64_t address, Word value) {
    std::uint8_t* const at = place(address, sizeof value, kWrite, write_);
    if (at == nullptr) [[unlikely]]
      return false;
    if (swap_) value = swapped(value);
    std::memcpy(at, &value, sizeof value);
    return true;
  }

 private:
  struct Window {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    std::uint8_t* host = nullptr;
  };

  template <class Word>
  static Word swapped(Word value) {
    if constexpr (sizeof value == 1) return value;
    if constexpr (sizeof value == 2) return static_cast<Word>(__builtin_bswap16(value));
    if constexpr (sizeof value == 4) return static_cast<Word>(__builtin_bswap32(value));
    if constexpr (sizeof value == 8) return static_cast<Word>(__builtin_bswap64(value));
  }

  std::uint8_t* place(std::uint64_t address, std::uint64_t size, Permissions needed,
                      Window& window) {
    const std::uint64_t offset = address - window.base;
    if (offset < window.size && window.size - offset >= size) [[likely]]
      return window.host + offset;
    return look_up(address, size, needed, window);
  }
  std::uint8_t* look_up(std::uint64_t address, std::uint64_t size, Permissions needed,
                        Window& window);

  const GuestMemory& memory_;
  bool swap_;
  Window read_, write_;
};

}  // namespace cmos::emu::cbc
