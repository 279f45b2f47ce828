#include "linker/inputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/registry/registry.h"
#include "linker/versions.h"

namespace cmos::linker {
namespace {

/// What compilers write with -flto instead of code.
bool is_bitcode(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  return text.starts_with("BC\xc0\xde") || text.starts_with("\xde\xc0\x17\x0b");
}

/// gcc's objects have both code and bytecode (-ffat-lto-objects), or only the latter.
bool is_slim_lto(const object::Object& object) {
  const bool has_bytecode =
      std::any_of(object.sections.begin(), object.sections.end(),
                  [](const object::Section& one) { return one.name.starts_with(".gnu.lto_"); });
  return has_bytecode &&
         std::any_of(object.symbols.begin(), object.symbols.end(),
                     [](const object::Symbol& one) { return one.name == "__gnu_lto_slim"; });
}

Error refuse_lto(const std::string& name, std::string_view what, std::string_view instead) {
  return {.code = ErrorCode::kUnsupported,
          .file = name,
          .message = fmt::format("{} (-flto), which cmos-ld does not link: compile without -flto{}",
                                 what, instead)};
}

Result<object::Object> reject_slim_lto(Result<object::Object> object) {
  if (!object || !is_slim_lto(*object)) return object;
  return fail(refuse_lto(object->file, "holds LTO bytecode of gcc and no code",
                         ", or with -ffat-lto-objects"));
}

Result<object::Object> read_any_object(Bytes bytes, const std::string& name) {
  if (is_bitcode(bytes))
    return fail(refuse_lto(name, "holds LLVM bitcode", ", or use --linker lld"));
  const formats::Format* format = formats::detect(bytes);
  if (format != nullptr && format->object != nullptr)
    return reject_slim_lto(format->object(bytes, name));
  if (format != nullptr && format->members != nullptr)
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = name,
                      .field = "contents",
                      .found = "an archive inside an archive",
                      .expected = "an object (cmos-ar x takes the members out)"});
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
    out.hashes.push_back(SymbolTable::hash(linked_name(entry.symbol)));
  return out;
}

}  // namespace

std::string member_name(const ParsedArchive& archive, std::size_t member) {
  if (archive.loose) return archive.path;
  return fmt::format("{}({})", archive.path, archive.archive.members[member].name);
}

std::vector<std::string> bytecode_members(const ParsedArchive& archive) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> out;
  const auto add = [&](std::size_t member) {
    std::string name = member_name(archive, member);
    if (out.size() < kShown && std::find(out.begin(), out.end(), name) == out.end())
      out.push_back(std::move(name));
  };
  for (const formats::IndexEntry& entry : archive.archive.index) {
    if (entry.symbol == "__gnu_lto_slim") add(entry.member);
  }
  for (std::size_t i = 0; i < archive.archive.members.size(); ++i) {
    if (is_bitcode(archive.archive.members[i].bytes)) add(i);
  }
  return out;
}

Result<ParsedObject> parse_object(FileBytes file, const std::string& name) {
  ParsedObject out;
  CMOS_TRY(out.object, read_any_object(file.bytes, name));
  out.object.holder = std::move(file.holder);
  out.hashes.resize(out.object.symbols.size());
  for (std::size_t i = 0; i < out.hashes.size(); ++i) {
    const object::Symbol& symbol = out.object.symbols[i];
    if (symbol.binding != object::Binding::kLocal)
      out.hashes[i] = SymbolTable::hash(linked_name(symbol.name));
  }
  return out;
}

ParsedArchive loose_archive(ParsedObject object, const std::string& path) {
  ParsedArchive out;
  out.path = path;
  out.loose = std::make_shared<ParsedObject>(std::move(object));
  out.archive.members.emplace_back();
  out.taken.assign(1, false);
  for (const std::string_view name : object::exported_names(out.loose->object)) {
    out.archive.index.push_back({name, 0});
    out.hashes.push_back(SymbolTable::hash(linked_name(name)));
  }
  return out;
}

Result<ParsedObject> parse_member(Files& files, const ParsedArchive& archive, std::size_t member) {
  const formats::Member& one = archive.archive.members[member];
  const std::string name = member_name(archive, member);
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
    CMOS_TRY(out.content, parse_object(std::move(file), files.shown(path)));
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
