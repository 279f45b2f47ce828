#include "loader/module/relocate.h"

#include <fmt/format.h>

#include "base/checked.h"

namespace cmos::loader {
namespace {

using mod::ValueType;

/// Whether a byte can hold it, be it meant with or without a sign.
bool fits_byte(std::int64_t value) {
  return value >= -128 && value <= 255;
}

class Patch {
 public:
  Patch(const mod::Segment& segment, std::uint32_t address, std::span<std::uint8_t> bytes)
      : segment_(segment), address_(address), bytes_(bytes) {}

  Result<void> apply(const mod::Item& item, std::uint32_t target) {
    const unsigned size = mod::width(item.type, segment_.family());
    const std::span<std::uint8_t> field = bytes_.subspan(item.offset, size);
    const std::uint64_t raw = load(field, segment_.order());
    std::uint64_t value = target + raw;
    if (item.type == ValueType::kByte) {
      const std::int64_t plain = std::int64_t{target} + static_cast<std::int64_t>(raw);
      const std::int64_t signed_sum = std::int64_t{target} + sign_extend(raw, 1);
      if (!fits_byte(plain) && !fits_byte(signed_sum)) return range(item, signed_sum, -128, 255);
    } else if (item.type == ValueType::kDisplacement) {
      const std::int64_t place = std::int64_t{address_} + item.offset + size;
      const std::int64_t distance = std::int64_t{target} + sign_extend(raw, size) - place;
      const std::int64_t most = (std::int64_t{1} << (8 * size - 1)) - 1;
      if (distance > most || distance < -most - 1) return range(item, distance, -most - 1, most);
      value = static_cast<std::uint64_t>(distance);
    }
    store(field, value, segment_.order());
    return {};
  }

 private:
  Result<void> range(const mod::Item& item, std::int64_t value, std::int64_t least,
                     std::int64_t most) const {
    return fail(
        Error{.code = ErrorCode::kMalformed,
              .field = fmt::format("{}+0x{:x} {}", segment_.label(), item.offset, name(item.type)),
              .found = fmt::format("{}", value),
              .expected = fmt::format("{} to {}", least, most)});
  }

  const mod::Segment& segment_;
  std::uint32_t address_;
  std::span<std::uint8_t> bytes_;
};

}  // namespace

Result<void> relocate(const mod::Segment& segment, const OrdinalTable& ordinals,
                      std::uint32_t address, std::span<std::uint8_t> bytes) {
  Patch patch(segment, address, bytes);
  for (const mod::Relocations& entry : segment.relocations) {
    if (entry.items.empty()) continue;
    const auto target = ordinals.find(entry.ordinal);
    if (target == ordinals.end())
      return fail(
          Error{.code = ErrorCode::kMalformed,
                .field = fmt::format("{}+0x{:x}", segment.label(), entry.items.front().offset),
                .found = fmt::format("ordinal {}, which no loaded segment defines", entry.ordinal),
                .expected = "one that is defined for this CPU"});
    for (const mod::Item& one : entry.items) CMOS_TRY_VOID(patch.apply(one, target->second));
  }
  return {};
}

}  // namespace cmos::loader
