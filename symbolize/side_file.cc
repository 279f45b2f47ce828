#include "symbolize/side_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/host_file.h"
#include "formats/elf/elf.h"

namespace cmos::symbolize {
namespace {

/// Far more than a program needs that fits into CalamOS' memory, and little for a host: a sparse
/// file costs nobody's disk anything.
constexpr std::uint64_t kMaxFile = 256u << 20;

std::string_view kind_name(debugmap::Placement::Kind kind) {
  switch (kind) {
    case debugmap::Placement::Kind::kSection:
      return "section";
    case debugmap::Placement::Kind::kMerged:
      return "merged";
    case debugmap::Placement::Kind::kCommon:
      return "common";
    case debugmap::Placement::Kind::kGot:
      return "got";
    case debugmap::Placement::Kind::kVeneer:
      return "veneer";
  }
  return "";
}

Bytes contents(const elf::Section& section, Bytes file) {
  if (section.type == SHT_NOBITS || section.type == SHT_NULL) return {};
  return file.subspan(section.offset, section.size);
}

bool is_debug(std::string_view name) {
  return name.starts_with(".debug_") || name.starts_with(".zdebug_");
}

/// What a section that the file has compressed says to be in memory; 0 for others.
std::uint64_t unpacked_size(const elf::Section& section, Bytes data, elf::Class elf_class) {
  if ((section.flags & SHF_COMPRESSED) != 0) {
    const bool wide = elf_class == elf::Class::k64;
    const std::uint64_t at = wide ? offsetof(Elf64_Chdr, ch_size) : offsetof(Elf32_Chdr, ch_size);
    const unsigned bytes = wide ? 8 : 4;
    return data.size() < at + bytes ? 0 : elf::load(data, at, bytes);
  }
  // GNU's older form: "ZLIB" and the size, the highest byte first.
  constexpr std::size_t kHead = 12;
  if (!section.name.starts_with(".zdebug_") || data.size() < kHead) return 0;
  std::uint64_t size = 0;
  for (const std::uint8_t byte : data.subspan(4, 8)) size = size << 8 | byte;
  return size;
}

/// Below the current folder without that folder, as compilers print it.
std::string near_path(std::string path) {
  std::error_code failed;
  const std::string here = std::filesystem::current_path(failed).string() + "/";
  return !failed && here.size() > 1 && path.starts_with(here) ? path.substr(here.size()) : path;
}

}  // namespace

SideFile::SideFile(std::vector<std::uint8_t> bytes, std::string name, Warn warn)
    : bytes_(std::move(bytes)),
      name_(std::move(name)),
      warn_(std::move(warn)),
      dwarf_(bytes_,
             [this](const std::string& text) { warn_(fmt::format("{}: {}", name_, text)); }) {}

Result<std::unique_ptr<SideFile>> SideFile::parse(std::vector<std::uint8_t> bytes, std::string name,
                                                  Warn warn) {
  std::unique_ptr<SideFile> file(new SideFile(std::move(bytes), std::move(name), std::move(warn)));
  CMOS_TRY_VOID(file->check());
  return file;
}

Result<void> SideFile::check() {
  CMOS_TRY(const elf::File elf, elf::read_file(bytes_, name_));
  if (elf.type != elf::Type::kExecutable) {
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = name_,
                      .offset = 16,
                      .field = "e_type",
                      .found = std::string(elf::name(elf.type)),
                      .expected = "ET_EXEC: addresses have to be final"});
  }
  for (const elf::Section& section : elf.sections) {
    has_lines_ = has_lines_ || section.name.starts_with(".debug_line") ||
                 section.name.starts_with(".zdebug_line");
    has_frames_ = has_frames_ || section.name == ".debug_frame" || section.name == ".zdebug_frame";
    if (section.name != debugmap::kOriginsSection) continue;
    const Bytes data = contents(section, bytes_);
    CMOS_TRY(digest_, debugmap::read_digest(data, section.offset, name_));
    origins_offset_ = section.offset;
    origins_size_ = data.size();
  }
  if (const auto fits = check_memory(elf); !fits) {
    warn_(fits.error().text());
    has_lines_ = has_frames_ = false;
  }
  return {};
}

/// A few bytes may stand for gigabytes.
Result<void> SideFile::check_memory(const elf::File& elf) const {
  const std::uint64_t most = dwarf_memory(bytes_.size());
  std::uint64_t sum = 0;
  for (const elf::Section& section : elf.sections) {
    if (!is_debug(section.name)) continue;
    const std::uint64_t size = unpacked_size(section, contents(section, bytes_), elf.elf_class);
    if (size > most - sum) {
      return fail(
          Error{.code = ErrorCode::kLimit,
                .file = name_,
                .offset = section.offset,
                .field = fmt::format("compressed section {}", section.name),
                .found = fmt::format("{} bytes unpacked", size),
                .expected = fmt::format("at most {} for all of a file of this size", most)});
    }
    sum += size;
  }
  return {};
}

const debugmap::Origins* SideFile::origins() {
  if (!std::exchange(origins_read_, true) && digest_) {
    auto read = debugmap::read_origins(Bytes(bytes_).subspan(origins_offset_, origins_size_),
                                       origins_offset_, name_);
    if (read) {
      origins_ = std::move(*read);
    } else {
      warn_(read.error().text());
    }
  }
  return origins_ ? &*origins_ : nullptr;
}

std::optional<SourceLine> SideFile::line(std::uint64_t address) {
  return has_lines_ ? dwarf_.line(address) : std::nullopt;
}

std::optional<UnwindRow> SideFile::unwind(std::uint64_t address) {
  return has_frames_ ? dwarf_.unwind(address) : std::nullopt;
}

std::optional<Origin> SideFile::origin(std::uint64_t address, std::uint64_t size) {
  const debugmap::Origins* all = origins();
  if (all == nullptr) return std::nullopt;
  const debugmap::Placement* placement = debugmap::find_placement(*all, address);
  if (placement == nullptr) return std::nullopt;
  Origin out{.kind = std::string(kind_name(placement->kind)),
             .file = std::string(all->name(placement->file)),
             .section = std::string(all->name(placement->section)),
             .offset = placement->offset + (address - placement->address),
             .symbol = std::string(all->name(placement->symbol)),
             .relocations = {},
             .text = debugmap::text(*all, *placement, address)};
  for (const debugmap::Relocation& one : debugmap::find_relocations(*all, address, size)) {
    out.relocations.push_back({.place = one.place,
                               .type = std::string(object::info(one.type).name),
                               .symbol = std::string(all->name(one.symbol)),
                               .addend = one.addend,
                               .text = debugmap::text(*all, one)});
  }
  return out;
}

// ---- found when it is needed --------------------------------------------------------------------

Result<std::unique_ptr<SideFile>> LazySideFile::read() const {
  CMOS_TRY(std::vector<std::uint8_t> bytes, read_host_file(options_.path, kMaxFile));
  CMOS_TRY(auto file, SideFile::parse(std::move(bytes), options_.path, options_.warn));
  const auto digest = file->digest();
  if (digest && *digest != debugmap::digest_of(*options_.program)) {
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = options_.path,
                      .message = "belongs to another version of the program and is not used"});
  }
  return file;
}

SideFile* LazySideFile::file() {
  if (std::exchange(looked_, true)) return file_.get();
  auto read = this->read();
  if (read) {
    file_ = std::move(*read);
  } else if (options_.required || read.error().code != ErrorCode::kNotFound) {
    options_.warn(read.error().text());
  }
  return file_.get();
}

std::optional<SourceLine> LazySideFile::line(std::uint64_t address) {
  SideFile* const file = this->file();
  if (file == nullptr) return std::nullopt;
  const auto known = lines_.find(address);
  if (known != lines_.end()) return known->second;
  auto line = file->line(address);
  if (line) line->file = near_path(std::move(line->file));
  return lines_.emplace(address, std::move(line)).first->second;
}

std::optional<Origin> LazySideFile::origin(std::uint64_t address, std::uint64_t size) {
  SideFile* const file = this->file();
  return file != nullptr ? file->origin(address, size) : std::nullopt;
}

std::optional<UnwindRow> LazySideFile::unwind(std::uint64_t address) {
  SideFile* const file = this->file();
  return file != nullptr ? file->unwind(address) : std::nullopt;
}

std::optional<std::string> LazySideFile::source_text(const SourceLine& line) {
  return symbolize::source_text(line, options_.sources);
}

}  // namespace cmos::symbolize
