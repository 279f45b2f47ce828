// Cursors over bytes of either order. A COIL file says in its header which order it has (flag
// 0x08); everything behind the header's magic and flags is read and written through these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace cmos::coil {

enum class ByteOrder : std::uint8_t { kLittle, kBig };

/// ByteReader's interface with an order.
class Reader {
 public:
  Reader(Bytes data, ByteOrder order, std::uint64_t base = 0) : in_(data, base), order_(order) {}

  std::uint8_t u8(std::string_view field) { return in_.u8(field); }
  std::uint16_t u16(std::string_view field) {
    const std::uint16_t value = in_.u16(field);
    return big() ? __builtin_bswap16(value) : value;
  }
  std::uint32_t u32(std::string_view field) {
    const std::uint32_t value = in_.u32(field);
    return big() ? __builtin_bswap32(value) : value;
  }
  std::uint64_t u64(std::string_view field) {
    const std::uint64_t value = in_.u64(field);
    return big() ? __builtin_bswap64(value) : value;
  }
  Bytes bytes(std::uint64_t count, std::string_view field) { return in_.bytes(count, field); }
  std::uint64_t offset() const { return in_.offset(); }
  std::uint64_t remaining() const { return in_.remaining(); }
  bool at_end() const { return in_.at_end(); }
  bool ok() const { return in_.ok(); }
  const Error& error() const { return in_.error(); }
  void fail_at(std::uint64_t offset, std::string_view field, std::string found,
               std::string expected) {
    in_.fail_at(offset, field, std::move(found), std::move(expected));
  }
  ByteOrder order() const { return order_; }

 private:
  bool big() const { return order_ == ByteOrder::kBig; }
  ByteReader in_;
  ByteOrder order_;
};

/// ByteWriter's interface with an order.
class Writer {
 public:
  explicit Writer(ByteOrder order) : order_(order) {}

  void u8(std::uint8_t value) { out_.u8(value); }
  void u16(std::uint16_t value) { out_.u16(big() ? __builtin_bswap16(value) : value); }
  void u32(std::uint32_t value) { out_.u32(big() ? __builtin_bswap32(value) : value); }
  void u64(std::uint64_t value) { out_.u64(big() ? __builtin_bswap64(value) : value); }
  void bytes(Bytes data) { out_.bytes(data); }
  void text(std::string_view data) { out_.text(data); }
  void zeros(std::uint64_t count) { out_.zeros(count); }
  void pad_to(std::uint64_t alignment) { out_.pad_to(alignment); }
  void patch_u32(std::uint64_t offset, std::uint32_t value) {
    out_.patch_u32(offset, big() ? __builtin_bswap32(value) : value);
  }
  std::uint64_t size() const { return out_.size(); }
  const std::vector<std::uint8_t>& data() const& { return out_.data(); }
  std::vector<std::uint8_t> take() && { return std::move(out_).take(); }
  ByteOrder order() const { return order_; }

 private:
  bool big() const { return order_ == ByteOrder::kBig; }
  ByteWriter out_;
  ByteOrder order_;
};

}  // namespace cmos::coil
