// What the readers of ELF's small files share: the parts of the file that its headers name.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::elf {

class FileParts : protected Refusals {
 protected:
  FileParts(Bytes bytes, std::string_view file) : Refusals(file), bytes_(bytes) {}

  /// kMalformed, of `field`, when it is not within the file.
  Result<Bytes> part(std::uint64_t offset, std::uint64_t size, std::string_view field) const {
    if (offset <= bytes_.size() && size <= bytes_.size() - offset)
      return bytes_.subspan(offset, size);
    return malformed(offset, field, fmt::format("{} bytes", size),
                     fmt::format("a part of the file's {}", bytes_.size()));
  }

  Bytes bytes_;
};

}  // namespace cmos::elf
