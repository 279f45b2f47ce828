#include "formats/coil/elements.h"

#include <algorithm>

namespace cmos::coil {

std::uint64_t element_size(const Type& type) {
  for (const TypeLevel& level : type.levels) {
    const TypeRow* row = type_row(level.code);
    if (row == nullptr) return 1;
    // Elements of vectors, and of arrays of arrays, lie one behind the other.
    if (row->kind == TypeKind::kArray || row->kind == TypeKind::kVector) continue;
    return row->size == 0 ? 1 : row->size;
  }
  return 1;
}

std::vector<std::uint8_t> in_order(std::vector<std::uint8_t> data, std::uint64_t element,
                                   ByteOrder order) {
  if (order == ByteOrder::kLittle || element < 2) return data;
  for (std::size_t at = 0; at + element <= data.size(); at += element) {
    const auto begin = data.begin() + static_cast<std::ptrdiff_t>(at);
    std::reverse(begin, begin + static_cast<std::ptrdiff_t>(element));
  }
  return data;
}

}  // namespace cmos::coil
