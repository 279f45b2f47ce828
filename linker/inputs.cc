#include "linker/inputs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "formats/registry/registry.h"

namespace cmos::linker {
namespace {

Result<object::Object> read_any_object(Bytes bytes, const std::string& name) {
  const formats::Format* format = formats::detect(bytes);
  if (format != nullptr && format->object != nullptr) return format->object(bytes, name);
  Error error = formats::unrecognized(bytes, name);
  error.field = "magic";
  error.expected =
      fmt::format("a {} object, or an archive of them (linker scripts are not supported)",
                  formats::object_titles());
  return fail(std::move(error));
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

Result<ParsedArchive> parse_archive(Files& files, const formats::Format& format, FileBytes file,
                                    const std::string& path) {
  ParsedArchive out;
  out.path = path;
  out.file = std::move(file);
  CMOS_TRY(out.archive, format.members(out.file.bytes, path));
  CMOS_TRY_VOID(make_index(files, out));
  out.taken.assign(out.archive.members.size(), false);
  out.hashes.reserve(out.archive.index.size());
  for (const formats::IndexEntry& entry : out.archive.index)
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
  const formats::Member& one = archive.archive.members[member];
  const std::string name = fmt::format("{}({})", archive.path, one.name);
  if (!archive.archive.thin) return parse_object({one.bytes, archive.file.holder}, name);
  CMOS_TRY(FileBytes file, files.open(formats::thin_member_path(archive.path, one.name)));
  return parse_object(std::move(file), name);
}

Result<ParsedInput> parse_input(Files& files, const std::string& path) {
  ParsedInput out;
  out.path = path;
  out.identity = files.identity(path);
  CMOS_TRY(FileBytes file, files.open(path));
  const formats::Format* format = formats::detect(file.bytes);
  if (format != nullptr && format->members != nullptr) {
    CMOS_TRY(out.content, parse_archive(files, *format, std::move(file), path));
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

}  // namespace cmos::linker
