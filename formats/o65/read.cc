#include <fmt/format.h>

#include "formats/o65/o65.h"

namespace cmos::o65 {
namespace {

constexpr std::array<std::uint8_t, 5> kMagic{0x01, 0x00, 'o', '6', '5'};
constexpr std::uint16_t k65816 = 0x8000;
constexpr std::uint16_t kPageWise = 0x4000;
constexpr std::uint16_t kWide = 0x2000;
constexpr std::uint16_t kChained = 0x0400;

constexpr std::uint8_t kSegmentBits = 0x07;
constexpr std::uint8_t kFurther = 255;        ///< a distance that goes on in the next byte
constexpr std::uint32_t kFurtherBytes = 254;  ///< what such a byte counts
constexpr std::size_t kText = 0, kData = 1;

class Parser : Refusals {
 public:
  Parser(Bytes bytes, std::string_view name) : Refusals(name), reader_(bytes) {}

  Result<File> parse() {
    CMOS_TRY_VOID(header());
    for (const std::size_t one : {kText, kData}) {
      const Bytes bytes = reader_.bytes(out_.areas[one].size, one == kText ? "text" : "data");
      out_.areas[one].bytes.assign(bytes.begin(), bytes.end());
    }
    const std::uint32_t names = size("number of undefined names");
    for (std::uint32_t i = 0; i < names && reader_.ok(); ++i) out_.undefined.push_back(name());
    for (const std::size_t one : {kText, kData}) CMOS_TRY_VOID(relocations(out_.areas[one]));
    CMOS_TRY_VOID(exports());
    CMOS_TRY_VOID(whole());
    if (!reader_.at_end())
      return malformed(reader_.offset(), "end of the object",
                       fmt::format("{} more bytes", reader_.remaining()), "none");
    return std::move(out_);
  }

 private:
  Result<void> whole() const {
    if (reader_.ok()) return {};
    return fail(Error(reader_.error()).in_file(refused_file()));
  }

  std::uint32_t size(std::string_view field) {
    return wide_ ? reader_.u32(field) : reader_.u16(field);
  }

  std::string name() {
    std::string out;
    while (const std::uint8_t one = reader_.u8("name")) out += static_cast<char>(one);
    return out;
  }

  Result<void> header() {
    reader_.bytes(kMagic.size(), "magic");
    if (const std::uint8_t version = reader_.u8("version"); version != 0)
      return unsupported(kMagic.size(), "version", fmt::format("{}", version), "0");
    const std::uint16_t mode = reader_.u16("mode");
    if ((mode & (k65816 | kChained)) != 0)
      return unsupported(kMagic.size() + 1, "mode", fmt::format("0x{:04x}", mode),
                         "one object for a 6502");
    wide_ = (mode & kWide) != 0;
    page_wise_ = (mode & kPageWise) != 0;
    for (Area& one : out_.areas) {
      one.base = size("base of a segment");
      one.size = size("size of a segment");
    }
    size("size of the stack");
    // Options count themselves; a length of 0 ends them.
    while (const std::uint8_t length = reader_.u8("option length")) {
      if (length < 2)
        return malformed(reader_.offset() - 1, "option length", fmt::format("{}", length),
                         "at least 2");
      reader_.bytes(length - 1U, "option");
    }
    return whole();
  }

  Result<void> relocations(Area& area) {
    std::uint64_t offset = 0;  // one more than the last field's, as distances begin before the base
    while (const std::uint8_t distance = reader_.u8("relocation distance")) {
      if (distance == kFurther) {
        offset += kFurtherBytes;
        continue;
      }
      offset += distance;
      const std::uint64_t at = reader_.offset();
      const std::uint8_t kind = reader_.u8("relocation type");
      CMOS_TRY(Relocation one, relocation(kind, at));
      one.offset = static_cast<std::uint32_t>(offset - 1);
      const std::uint32_t width = one.part == Relocation::Part::kWord ? 2 : 1;
      if (offset - 1 + width > area.bytes.size())
        return malformed(at, "relocated field", fmt::format("{} bytes at {}", width, offset - 1),
                         fmt::format("a place in {} bytes", area.bytes.size()));
      area.relocations.push_back(one);
    }
    return whole();
  }

  Result<Relocation> relocation(std::uint8_t kind, std::uint64_t at) {
    Relocation out;
    CMOS_TRY_VOID(whole());
    const std::uint8_t part = kind & ~kSegmentBits;
    if (part != 0x20 && part != 0x40 && part != 0x80)
      return unsupported(at, "relocation type", fmt::format("0x{:02x}", kind),
                         "a word, its low or its high byte");
    out.part = static_cast<Relocation::Part>(part);
    CMOS_TRY(out.segment, segment(kind & kSegmentBits, at));
    if (out.segment == Segment::kUndefined) {
      out.index = size("index of an undefined name");
      if (reader_.ok() && out.index >= out_.undefined.size())
        return malformed(at, "index of an undefined name", fmt::format("{}", out.index),
                         fmt::format("less than {}", out_.undefined.size()));
    }
    if (out.part == Relocation::Part::kHigh && !page_wise_) reader_.u8("low byte");
    return out;
  }

  Result<Segment> segment(std::uint8_t number, std::uint64_t at) {
    if (number <= static_cast<std::uint8_t>(Segment::kZero)) return static_cast<Segment>(number);
    return malformed(at, "segment", fmt::format("{}", number), "0 to 5");
  }

  Result<void> exports() {
    const std::uint32_t count = size("number of exports");
    for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
      Export one;
      one.name = name();
      const std::uint64_t at = reader_.offset();
      const std::uint8_t number = reader_.u8("segment");
      one.value = size("value");
      CMOS_TRY(one.segment, segment(number, at));
      if (one.segment == Segment::kUndefined && reader_.ok())
        return malformed(at, "segment", "0", "1 to 5");
      out_.exports.push_back(std::move(one));
    }
    return {};
  }

  ByteReader reader_;
  bool wide_ = false;
  bool page_wise_ = false;
  File out_;
};

}  // namespace

bool looks_like_o65(Bytes bytes) {
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

Result<File> read(Bytes bytes, std::string_view file) {
  return Parser(bytes, file).parse();
}

}  // namespace cmos::o65
