#include "base/bytes.h"

#include <fmt/format.h>

#include "base/text.h"

namespace cmos {

void ByteReader::fail_at(std::uint64_t offset, std::string_view field, std::string found,
                         std::string expected) {
  if (error_) return;
  error_ = Error{.code = ErrorCode::kMalformed,
                 .offset = offset,
                 .field = std::string(field),
                 .found = std::move(found),
                 .expected = std::move(expected)};
}

bool ByteReader::need(std::uint64_t count, std::string_view field) {
  if (error_) return false;
  if (count <= remaining()) return true;
  fail_at(offset(), field, fmt::format("{} byte{} left", remaining(), remaining() == 1 ? "" : "s"),
          fmt::format("{} byte{}", count, count == 1 ? "" : "s"));
  return false;
}

std::uint64_t ByteReader::number(std::uint64_t size, std::string_view field) {
  if (!need(size, field)) return 0;
  const std::uint64_t value = load(data_.subspan(position_, size), order_);
  position_ += size;
  return value;
}

Bytes ByteReader::bytes(std::uint64_t count, std::string_view field) {
  if (!need(count, field)) return {};
  Bytes out = data_.subspan(position_, count);
  position_ += count;
  return out;
}

std::string ByteReader::utf8(std::uint64_t count, std::string_view field) {
  const std::uint64_t start = offset();
  const Bytes raw = bytes(count, field);
  if (!ok()) return {};
  if (const auto bad = first_invalid_utf8(raw)) {
    fail_at(start + *bad, field, fmt::format("byte 0x{:02x}", raw[*bad]), "UTF-8");
    return {};
  }
  return std::string(as_text(raw));
}

ByteReader ByteReader::sub(std::uint64_t count, std::string_view field) {
  const std::uint64_t start = offset();
  ByteReader inner(bytes(count, field), start, order_);
  inner.error_ = error_;
  return inner;
}

}  // namespace cmos
