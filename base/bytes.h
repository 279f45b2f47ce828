// Bytes and the numbers in them, in either byte order: `load` and `store` for a number at a known
// place, and bounds-checked cursors for files. Every read of a cursor names its field; the first
// error sticks, with its absolute file offset, and later reads return zero: a parser checks once
// per record instead of once per field.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cmos {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

enum class ByteOrder : std::uint8_t { kLittle, kBig };

/// The unsigned number that `bytes`, at most eight of them, hold.
constexpr std::uint64_t load(Bytes bytes, ByteOrder order = ByteOrder::kLittle) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == ByteOrder::kBig ? i : bytes.size() - 1 - i;
    value = value << 8 | bytes[at];
  }
  return value;
}

/// Writes the low bits of `value` to all of `bytes`, at most eight of them.
constexpr void store(std::span<std::uint8_t> bytes, std::uint64_t value,
                     ByteOrder order = ByteOrder::kLittle) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == ByteOrder::kLittle ? i : bytes.size() - 1 - i;
    bytes[at] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

/// The number of a known size that begins at `place`, which has at least its bytes.
template <std::unsigned_integral T>
T load(const std::uint8_t* place, ByteOrder order = ByteOrder::kLittle) {
  T value;
  std::memcpy(&value, place, sizeof value);
  if ((order == ByteOrder::kLittle) == (std::endian::native == std::endian::little)) return value;
  return static_cast<T>(load(Bytes(place, sizeof value), order));
}

template <std::unsigned_integral T>
void store(std::uint8_t* place, T value, ByteOrder order = ByteOrder::kLittle) {
  if ((order == ByteOrder::kLittle) == (std::endian::native == std::endian::little))
    std::memcpy(place, &value, sizeof value);
  else
    store(std::span(place, sizeof value), std::uint64_t{value}, order);
}

class ByteReader {
 public:
  /// `data` is borrowed and must outlive the reader; `base` is the absolute offset of data[0] in
  /// its file.
  explicit ByteReader(Bytes data, std::uint64_t base = 0, ByteOrder order = ByteOrder::kLittle)
      : data_(data), base_(base), order_(order) {}

  std::uint8_t u8(std::string_view field) { return static_cast<std::uint8_t>(number(1, field)); }
  std::uint16_t u16(std::string_view field) { return static_cast<std::uint16_t>(number(2, field)); }
  std::uint32_t u32(std::string_view field) { return static_cast<std::uint32_t>(number(4, field)); }
  std::uint64_t u64(std::string_view field) { return number(8, field); }
  std::int32_t i32(std::string_view field) { return static_cast<std::int32_t>(u32(field)); }
  std::int64_t i64(std::string_view field) { return static_cast<std::int64_t>(u64(field)); }

  /// `count` raw bytes, borrowed; empty after an error.
  Bytes bytes(std::uint64_t count, std::string_view field);
  /// `count` bytes that must be valid UTF-8, else the error names the first bad byte.
  std::string utf8(std::uint64_t count, std::string_view field);
  /// A reader over the next `count` bytes that keeps absolute offsets and the byte order; this one
  /// moves past them.
  ByteReader sub(std::uint64_t count, std::string_view field);

  /// Of the numbers that are read from here on: many formats state it in their first bytes.
  void set_order(ByteOrder order) { order_ = order; }
  ByteOrder order() const { return order_; }

  /// Absolute offset of the next byte.
  std::uint64_t offset() const { return base_ + position_; }
  std::uint64_t remaining() const { return data_.size() - position_; }
  bool at_end() const { return position_ == data_.size(); }

  bool ok() const { return !error_.has_value(); }
  /// The first error; only when !ok().
  const Error& error() const { return *error_; }
  /// Records an error unless there is one already. Offsets are absolute.
  void fail_at(std::uint64_t offset, std::string_view field, std::string found,
               std::string expected);

 private:
  std::uint64_t number(std::uint64_t size, std::string_view field);
  bool need(std::uint64_t count, std::string_view field);

  Bytes data_;
  std::uint64_t base_ = 0;
  std::uint64_t position_ = 0;
  ByteOrder order_ = ByteOrder::kLittle;
  std::optional<Error> error_;
};

class ByteWriter {
 public:
  explicit ByteWriter(ByteOrder order = ByteOrder::kLittle) : order_(order) {}

  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
  void i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
  void bytes(Bytes data) { out_.insert(out_.end(), data.begin(), data.end()); }
  void text(std::string_view data) { bytes(as_bytes(data)); }
  void zeros(std::uint64_t count) { out_.resize(out_.size() + count); }
  /// Zeros until the size, counted from `origin`, is a multiple of `alignment`.
  void pad_to(std::uint64_t alignment, std::uint64_t origin = 0) {
    while ((out_.size() - origin) % alignment != 0) out_.push_back(0);
  }
  /// Overwrites bytes at `offset`, which were written before.
  void patch_u16(std::uint64_t offset, std::uint16_t value) { patch(offset, value, 2); }
  void patch_u32(std::uint64_t offset, std::uint32_t value) { patch(offset, value, 4); }
  /// The low `size` bytes of `value`, at most eight.
  void number(std::uint64_t value, unsigned size) {
    out_.resize(out_.size() + size);
    store(std::span(out_).last(size), value, order_);
  }
  ByteOrder order() const { return order_; }
  std::uint64_t size() const { return out_.size(); }
  const std::vector<std::uint8_t>& data() const& { return out_; }
  std::vector<std::uint8_t> take() && { return std::move(out_); }

 private:
  void patch(std::uint64_t offset, std::uint64_t value, unsigned size) {
    store(std::span(out_).subspan(offset, size), value, order_);
  }

  std::vector<std::uint8_t> out_;
  ByteOrder order_;
};

}  // namespace cmos
