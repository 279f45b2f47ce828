#include "formats/elf/executable.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace cmos::elf {
namespace {

constexpr std::string_view kHowToLink =
    "link it as a static program at a fixed address: ld -static -T cmos.ld (with the compiler's "
    "-fno-pic, without -pie and -shared)";

Error about(std::string_view file, std::uint64_t offset, std::string_view field, std::string found,
            std::string expected) {
  return Error{.code = ErrorCode::kUnsupported,
               .file = std::string(file),
               .offset = offset,
               .field = std::string(field),
               .found = std::move(found),
               .expected = std::move(expected)};
}

Result<void> check_type(const File& elf, std::string_view file) {
  constexpr std::uint64_t kTypeAt = 16;
  switch (elf.type) {
    case Type::kExecutable:
      return {};
    case Type::kRelocatable:
      return fail(about(file, kTypeAt, "e_type", "ET_REL, a relocatable object",
                        "an executable; link it first: ld -T cmos.ld"));
    case Type::kShared:
      return fail(about(file, kTypeAt, "e_type", "ET_DYN, a shared or position-independent program",
                        fmt::format("ET_EXEC; {}", kHowToLink)));
  }
  return fail(ErrorCode::kInternal, "an ELF type without a name");
}

Result<void> check_static(const File& elf, std::string_view file) {
  for (const Segment& segment : elf.segments) {
    if (segment.type == PT_INTERP || (segment.type == PT_DYNAMIC && segment.memory_size != 0))
      return fail(about(file, segment.header_offset, "p_type",
                        segment.type == PT_INTERP
                            ? "PT_INTERP, a program that needs a dynamic linker"
                            : "PT_DYNAMIC, a dynamically linked program",
                        fmt::format("a static program; {}", kHowToLink)));
  }
  for (const Section& section : elf.sections) {
    const bool relocations = section.type == SHT_REL || section.type == SHT_RELA;
    if (relocations && (section.flags & SHF_ALLOC) != 0 && section.size != 0)
      return fail(about(file, section.header_offset, fmt::format("section {}", section.name),
                        fmt::format("{} bytes of relocations to be done at run time", section.size),
                        fmt::format("none, since no loader would do them; {}", kHowToLink)));
  }
  return {};
}

Error bad_segment(std::string_view file, const Segment& segment, std::string_view field,
                  std::string found, std::string expected) {
  Error error = about(file, segment.header_offset, field, std::move(found), std::move(expected));
  error.code = ErrorCode::kMalformed;
  return error;
}

Result<LoadSegment> load_segment(const Segment& segment, Bytes bytes, std::string_view file) {
  if (!range_inside(segment.offset, segment.file_size, bytes.size()))
    return fail(bad_segment(file, segment, "p_offset, p_filesz",
                            fmt::format("{} bytes at 0x{:x}", segment.file_size, segment.offset),
                            fmt::format("a range inside the file of {} bytes", bytes.size())));
  if (segment.file_size > segment.memory_size)
    return fail(bad_segment(file, segment, "p_filesz", fmt::format("{}", segment.file_size),
                            fmt::format("at most p_memsz, {}", segment.memory_size)));
  if (!checked_add(segment.address, segment.memory_size))
    return fail(
        bad_segment(file, segment, "p_vaddr, p_memsz",
                    fmt::format("{} bytes at address 0x{:x}", segment.memory_size, segment.address),
                    "a range that does not wrap around"));
  return LoadSegment{segment, bytes.subspan(segment.offset, segment.file_size)};
}

Result<void> check_overlap(const std::vector<LoadSegment>& segments, std::string_view file) {
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const LoadSegment& before = segments[i - 1];
    if (segments[i].header.address < before.end())
      return fail(
          bad_segment(file, segments[i].header, "p_vaddr",
                      fmt::format("0x{:x}, inside the segment 0x{:x}-0x{:x}",
                                  segments[i].header.address, before.header.address, before.end()),
                      "segments that do not overlap"));
  }
  return {};
}

}  // namespace

bool LoadSegment::readable() const {
  return (header.flags & PF_R) != 0;
}
bool LoadSegment::writable() const {
  return (header.flags & PF_W) != 0;
}
bool LoadSegment::executable() const {
  return (header.flags & PF_X) != 0;
}

Result<Executable> read_executable(Bytes file_bytes, std::string_view file) {
  Executable out;
  CMOS_TRY(out.file, read_file(file_bytes, file));
  CMOS_TRY_VOID(check_type(out.file, file));
  CMOS_TRY_VOID(check_static(out.file, file));
  for (const Segment& segment : out.file.segments) {
    if (segment.type == PT_TLS && segment.memory_size != 0) out.has_tls = true;
    if (segment.type != PT_LOAD || segment.memory_size == 0) continue;
    CMOS_TRY(LoadSegment load, load_segment(segment, file_bytes, file));
    out.segments.push_back(load);
  }
  std::stable_sort(out.segments.begin(), out.segments.end(),
                   [](const LoadSegment& a, const LoadSegment& b) {
                     return a.header.address < b.header.address;
                   });
  CMOS_TRY_VOID(check_overlap(out.segments, file));
  if (out.segments.empty())
    return fail(about(file, 0, "program headers", "no loadable segment",
                      "at least one PT_LOAD with memory"));
  return out;
}

}  // namespace cmos::elf
