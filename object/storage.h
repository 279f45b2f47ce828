// Text and bytes that a parsed file needs but its input does not hold in one piece: joined names,
// converted contents. What is added stays where it is until the storage dies, also when the storage
// is moved: views into it are safe.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace cmos::object {

class Storage {
 public:
  Storage() = default;
  Storage(Storage&&) = default;
  Storage& operator=(Storage&&) = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  Bytes keep(std::vector<std::uint8_t> bytes) { return blocks_.emplace_back(std::move(bytes)); }
  std::string_view keep_text(std::string_view text) {
    return as_text(keep({text.begin(), text.end()}));
  }

 private:
  std::deque<std::vector<std::uint8_t>> blocks_;
};

}  // namespace cmos::object
