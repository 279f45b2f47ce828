#include "formats/elf/unpack.h"

#include <fmt/format.h>
#include <zlib.h>

namespace cmos::elf {
namespace {

/// zlib never makes more of a byte (RFC 1951: 258 bytes of two bits).
constexpr std::uint64_t kMostOfOneByte = 1032;

tl::unexpected<Error> damaged(const object::Section& section, std::string found) {
  return fail(Error{.code = ErrorCode::kMalformed,
                    .offset = section.file_offset,
                    .found = std::move(found),
                    .expected = fmt::format("a zlib stream of {} bytes", section.size)});
}

/// GNU's linker joins the streams of several files into one section, so that one may follow
/// another.
Result<std::vector<std::uint8_t>> inflate_all(const object::Section& section) {
  std::vector<std::uint8_t> out(section.size);
  z_stream stream{};
  stream.next_in = const_cast<Bytef*>(section.bytes.data());
  stream.avail_in = static_cast<uInt>(section.bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  if (inflateInit(&stream) != Z_OK) return fail(ErrorCode::kLimit, "out of memory");
  int status = inflate(&stream, Z_FINISH);
  while (status == Z_STREAM_END && stream.avail_in > 0 && stream.avail_out > 0) {
    if (inflateReset(&stream) != Z_OK) break;
    status = inflate(&stream, Z_FINISH);
  }
  const std::uint64_t missing = stream.avail_out;
  inflateEnd(&stream);
  if (status != Z_STREAM_END || missing != 0)
    return damaged(section, missing == out.size() ? "something else" : "a damaged one");
  return out;
}

}  // namespace

Result<std::vector<std::uint8_t>> unpack(const object::Section& section) {
  switch (section.packing) {
    case object::Packing::kNone:
      return std::vector<std::uint8_t>(section.bytes.begin(), section.bytes.end());
    case object::Packing::kZlib:
      if (section.size > kMostOfOneByte * section.bytes.size() + kMostOfOneByte)
        return damaged(section,
                       fmt::format("{} bytes, which cannot hold so many", section.bytes.size()));
      return inflate_all(section);
    case object::Packing::kZstd:
    case object::Packing::kUnknown:
      break;
  }
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .offset = section.file_offset,
                    .found = section.packing == object::Packing::kZstd
                                 ? "Zstandard compression"
                                 : "an unknown method of compression",
                    .expected = "zlib (-gz=zlib) or none"});
}

}  // namespace cmos::elf
