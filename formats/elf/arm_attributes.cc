#include "formats/elf/arm_attributes.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace cmos::elf {
namespace {

using object::FloatArguments;

enum Tag : std::uint64_t {
  kFile = 1,
  kCpuRawName = 4,
  kCpuName = 5,
  kFpNumberModel = 23,
  kVfpArguments = 28,
  kCompatibility = 32,
};

/// A cursor that stops at the end of the bytes; what is beyond it is 0.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  bool done() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (done()) return 0;
    const std::uint8_t out = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return out;
  }
  std::uint64_t uleb() {
    std::uint64_t out = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t one = byte();
      if (shift < 64) out |= std::uint64_t{one & 0x7fu} << shift;
      if ((one & 0x80) == 0) return out;
    }
  }
  void skip_text() {
    while (!done() && byte() != 0) {
    }
  }
  /// What a length, which counts itself and `before` bytes more, says to follow.
  Reader part(std::size_t before) {
    if (bytes_.size() < 4) return take(bytes_.size());
    const std::uint64_t size = load(bytes_.first(4));
    const std::uint64_t counted = before + 4;
    bytes_ = bytes_.subspan(4);
    return take(size < counted ? bytes_.size() : size - counted);
  }
  std::string_view rest() const { return as_text(bytes_); }

 private:
  Reader take(std::uint64_t size) {
    const auto here = static_cast<std::size_t>(size < bytes_.size() ? size : bytes_.size());
    const Reader out(bytes_.first(here));
    bytes_ = bytes_.subspan(here);
    return out;
  }

  Bytes bytes_;
};

struct Values {
  std::uint64_t number_model = 0;
  std::uint64_t vfp_arguments = 0;
};

void read_values(Reader in, Values& out) {
  while (!in.done()) {
    const std::uint64_t tag = in.uleb();
    // Tags up to 32 have types of their own; above, odd ones are texts.
    const bool text =
        tag == kCpuRawName || tag == kCpuName || (tag > kCompatibility && tag % 2 == 1);
    if (text) {
      in.skip_text();
      continue;
    }
    const std::uint64_t value = in.uleb();
    if (tag == kCompatibility) in.skip_text();
    if (tag == kFpNumberModel) out.number_model = value;
    if (tag == kVfpArguments) out.vfp_arguments = value;
  }
}

}  // namespace

FloatArguments float_arguments(Bytes attributes) {
  Reader in(attributes);
  if (in.byte() != 'A') return FloatArguments::kAny;
  Values values;
  while (!in.done()) {
    Reader vendor = in.part(0);
    const bool ours = vendor.rest().starts_with(std::string_view("aeabi\0", 6));
    vendor.skip_text();
    while (ours && !vendor.done()) {
      const std::uint8_t scope = vendor.byte();
      const Reader values_of = vendor.part(1);
      if (scope == kFile) read_values(values_of, values);
    }
  }
  constexpr std::uint64_t kVfp = 1;
  constexpr std::uint64_t kEither = 3;
  // An object without floating point fits any other.
  if (values.number_model == 0 || values.vfp_arguments == kEither) return FloatArguments::kAny;
  return values.vfp_arguments == kVfp ? FloatArguments::kVfp : FloatArguments::kCore;
}

}  // namespace cmos::elf
