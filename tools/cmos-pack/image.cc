#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "tools/cmos-pack/pack.h"

namespace cmos::pack {
namespace {

constexpr std::string_view kLinkerScript =
    "link with the SDK's linker script: ld -static -T cmos.ld";

/// In the order in which they must follow each other.
enum class Kind : std::uint8_t { kCode, kConst, kVar };

std::string permissions(const elf::LoadSegment& segment) {
  return fmt::format("{}{}{}", segment.readable() ? 'r' : '-', segment.writable() ? 'w' : '-',
                     segment.executable() ? 'x' : '-');
}

Error refuse(std::string_view file, const elf::LoadSegment& segment, std::string_view field,
             std::string found, std::string expected) {
  return Error{.code = ErrorCode::kUnsupported,
               .file = std::string(file),
               .offset = segment.header.header_offset,
               .field = std::string(field),
               .found = std::move(found),
               .expected = std::move(expected)};
}

Result<void> check_base(const elf::Executable& program, std::string_view file) {
  const elf::LoadSegment& first = program.segments.front();
  const std::uint64_t address = first.header.address;
  if (align_down(address, cpe::kPageSize) == cpe::kLoadAddress) return {};
  return fail(refuse(
      file, first, "p_vaddr", fmt::format("0x{:x}, the program's lowest address", address),
      fmt::format("0x{:x}, where every CPE is loaded; {}", cpe::kLoadAddress, kLinkerScript)));
}

/// What a CPE stores is bounded by what the ELF file stores, so that a small file cannot ask for
/// gigabytes of padding.
Result<void> check_size(const elf::Executable& program, std::uint64_t stored,
                        std::string_view file) {
  constexpr std::uint64_t kPadding = 64u << 20;
  std::uint64_t given = 0;
  for (const elf::LoadSegment& segment : program.segments) given += segment.bytes.size();
  if (stored <= given + kPadding) return {};
  return fail(refuse(file, program.segments.back(), "p_vaddr, p_memsz",
                     fmt::format("{} bytes of image for {} bytes of content", stored, given),
                     "at most 64 MiB of gaps and, with --no-protect, zero-filled variables"));
}

Result<Kind> kind_of(const elf::LoadSegment& segment, std::string_view file) {
  if (segment.writable() && segment.executable())
    return fail(refuse(
        file, segment, "p_flags", fmt::format("{}, writable and executable", permissions(segment)),
        fmt::format("code (r-x), constants (r--) or variables (rw-); {}, or pack with --no-protect",
                    kLinkerScript)));
  if (segment.executable()) return Kind::kCode;
  return segment.writable() ? Kind::kVar : Kind::kConst;
}

class Boundaries {
 public:
  explicit Boundaries(std::string_view file) : file_(file) {}

  Result<void> add(const elf::LoadSegment& segment) {
    CMOS_TRY(const Kind kind, kind_of(segment, file_));
    if (previous_ == nullptr && kind != Kind::kCode)
      return fail(refuse(file_, segment, "p_flags", fmt::format("{} first", permissions(segment)),
                         fmt::format("code (r-x) first, without the file's headers before it; {}",
                                     kLinkerScript)));
    if (previous_ != nullptr && kind < kind_)
      return fail(refuse(file_, segment, "p_flags",
                         fmt::format("{} after {}", permissions(segment), permissions(*previous_)),
                         fmt::format("code (r-x), then constants (r--), then variables (rw-); {}",
                                     kLinkerScript)));
    if (previous_ != nullptr && kind != kind_) CMOS_TRY_VOID(start(kind, segment));
    kind_ = kind;
    previous_ = &segment;
    return {};
  }

  std::vector<cpe::Symbol> finish(std::uint64_t image_end) && {
    symbols_.push_back({std::string(cpe::kImageEnd), static_cast<std::uint32_t>(image_end)});
    return std::move(symbols_);
  }

 private:
  Result<void> start(Kind kind, const elf::LoadSegment& segment) {
    const std::uint64_t page = align_down(segment.header.address, cpe::kPageSize);
    if (page < previous_->end())
      return fail(refuse(file_, segment, "p_vaddr",
                         fmt::format("0x{:x}, {} on the page where {} ends", segment.header.address,
                                     permissions(segment), permissions(*previous_)),
                         fmt::format("a page of its own; {}", kLinkerScript)));
    const auto name = kind == Kind::kConst ? cpe::kConstStart : cpe::kVarStart;
    symbols_.push_back({std::string(name), static_cast<std::uint32_t>(page - cpe::kLoadAddress)});
    return {};
  }

  std::string_view file_;
  const elf::LoadSegment* previous_ = nullptr;
  Kind kind_ = Kind::kCode;
  std::vector<cpe::Symbol> symbols_;
};

}  // namespace

Result<Image> make_image(const elf::Executable& program, std::string_view file, bool protect) {
  CMOS_TRY_VOID(check_base(program, file));
  Image image;
  std::uint64_t stored = 0;
  for (const elf::LoadSegment& segment : program.segments) {
    if (segment.bytes.empty()) continue;
    stored = segment.header.address - cpe::kLoadAddress + segment.bytes.size();
  }
  image.memory_size = program.segments.back().end() - cpe::kLoadAddress;
  if (image.memory_size > UINT32_MAX)
    return fail(refuse(file, program.segments.back(), "p_vaddr, p_memsz",
                       fmt::format("an end at 0x{:x}", program.segments.back().end()),
                       "an image of less than 4 GiB"));
  // Nothing states the size of memory without boundary symbols: the zeros have to be in the file.
  if (!protect) stored = image.memory_size;
  CMOS_TRY_VOID(check_size(program, stored, file));
  if (protect) {
    Boundaries boundaries(file);
    for (const elf::LoadSegment& segment : program.segments) CMOS_TRY_VOID(boundaries.add(segment));
    image.boundaries = std::move(boundaries).finish(image.memory_size);
  }
  image.bytes.resize(stored);
  for (const elf::LoadSegment& segment : program.segments) {
    if (segment.bytes.empty()) continue;  // its place may lie past what is stored
    const auto at = static_cast<std::ptrdiff_t>(segment.header.address - cpe::kLoadAddress);
    std::copy(segment.bytes.begin(), segment.bytes.end(), image.bytes.begin() + at);
  }
  return image;
}

}  // namespace cmos::pack
