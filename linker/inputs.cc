#include "linker/inputs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "formats/cpo/cpo.h"
#include "formats/elf/object.h"

namespace cmos::linker {
namespace {

constexpr std::size_t kShownBytes = 8;

Result<object::Object> read_any_object(Bytes bytes, const std::string& name) {
  if (elf::looks_like_elf(bytes)) return elf::read_object(bytes, name);
  if (cpo::looks_like_cpo(bytes)) return cpo::read_object(bytes, name);
  return fail(
      Error{.code = ErrorCode::kUnsupported,
            .file = name,
            .offset = 0,
            .field = "magic",
            .found = bytes.empty() ? "an empty file"
                                   : quote(bytes.first(std::min(bytes.size(), kShownBytes))),
            .expected =
                "an ELF or CPO object, or an archive of them (linker scripts are not supported)"});
}

/// Archives without an index are as good as others; it only takes reading them.
Result<void> make_index(Files& files, ParsedArchive& archive) {
  if (archive.archive.has_index) return {};
  for (std::size_t i = 0; i < archive.archive.members.size(); ++i) {
    auto member = parse_member(files, archive, i);
    if (!member) return fail(std::move(member).error());
    // The names are views into the archive's bytes, or into a thin member's, which may go: keep
    // those of the archive alone.
    if (archive.archive.thin)
      return fail(Error{.code = ErrorCode::kUnsupported,
                        .file = archive.path,
                        .field = "symbol index",
                        .found = "none",
                        .expected = "an index in a thin archive (ranlib makes one)"});
    for (const std::string_view name : object::exported_names(member->object))
      archive.archive.index.push_back({name, static_cast<std::uint32_t>(i)});
  }
  return {};
}

Result<ParsedArchive> parse_archive(Files& files, FileBytes file, const std::string& path) {
  ParsedArchive out;
  out.path = path;
  out.file = std::move(file);
  CMOS_TRY(out.archive, archive::read(out.file.bytes, path, archive::Thin::kAllow));
  CMOS_TRY_VOID(make_index(files, out));
  out.taken.assign(out.archive.members.size(), false);
  out.hashes.reserve(out.archive.index.size());
  for (const archive::IndexEntry& entry : out.archive.index)
    out.hashes.push_back(SymbolTable::hash(entry.symbol));
  return out;
}

}  // namespace

Result<ParsedObject> parse_object(FileBytes file, const std::string& name) {
  ParsedObject out;
  CMOS_TRY(out.object, read_any_object(file.bytes, name));
  out.object.holder = std::move(file.holder);
  out.hashes.resize(out.object.symbols.size());
  for (std::size_t i = 0; i < out.hashes.size(); ++i) {
    const object::Symbol& symbol = out.object.symbols[i];
    if (symbol.binding != object::Binding::kLocal) out.hashes[i] = SymbolTable::hash(symbol.name);
  }
  return out;
}

Result<ParsedObject> parse_member(Files& files, const ParsedArchive& archive, std::size_t member) {
  const archive::Member& one = archive.archive.members[member];
  const std::string name = fmt::format("{}({})", archive.path, one.name);
  if (!archive.archive.thin) return parse_object({one.bytes, archive.file.holder}, name);
  CMOS_TRY(FileBytes file, files.open(join_path(folder_of(archive.path), one.name)));
  return parse_object(std::move(file), name);
}

Result<ParsedInput> parse_input(Files& files, const std::string& path) {
  ParsedInput out;
  out.path = path;
  out.identity = files.identity(path);
  CMOS_TRY(FileBytes file, files.open(path));
  if (archive::looks_like_archive(file.bytes)) {
    CMOS_TRY(out.content, parse_archive(files, std::move(file), path));
  } else {
    CMOS_TRY(out.content, parse_object(std::move(file), path));
  }
  return out;
}

Result<std::string> find_library(const Files& files, const std::vector<std::string>& folders,
                                 const std::string& name, const std::string& arch) {
  const std::string wanted = name.starts_with(':') ? name.substr(1) : fmt::format("lib{}.a", name);
  for (const std::string& folder : folders) {
    std::string path = join_path(folder, wanted);
    if (files.exists(path)) return path;
    path = join_path(join_path(folder, arch), wanted);
    if (!arch.empty() && files.exists(path)) return path;
  }
  return fail(
      Error{.code = ErrorCode::kNotFound,
            .message = fmt::format(
                "-l{}: no {} in {}", name, wanted,
                folders.empty() ? "any folder: none is named by -L"
                                : fmt::format("the folders of -L: {}", fmt::join(folders, ", ")))});
}

std::string arch_of(Files& files, const ParsedInput& input) {
  if (const auto* object = std::get_if<ParsedObject>(&input.content)) return object->object.arch;
  const auto* archive = std::get_if<ParsedArchive>(&input.content);
  if (archive == nullptr) return {};
  for (std::size_t i = 0; i < archive->archive.members.size(); ++i) {
    if (const auto member = parse_member(files, *archive, i)) return member->object.arch;
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  return path.substr(0, slash == 0 ? 1 : slash);
}

std::string join_path(const std::string& folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) return std::string(name);
  return folder.ends_with('/') ? folder + std::string(name) : fmt::format("{}/{}", folder, name);
}

}  // namespace cmos::linker
