// Which modules take part, and the table of names.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/whitesmith/archive.h"
#include "linker/whitesmith/context.h"

namespace cmos::wslink {
namespace {

/// An archive whose members may still be taken.
struct Library {
  std::string file;
  linker::FileBytes bytes;
  whitesmith::Archive archive;
  struct Entry {
    std::optional<whitesmith::File> file;  ///< read, and not taken yet
    bool tried = false;
  };
  std::vector<Entry> entries;
};

class Selector {
 public:
  explicit Selector(Context& context) : context_(context) {}

  void run() {
    for (const std::string& name : context_.options.undefined) mention(name);
    for (const Definition& one : context_.options.definitions) {
      mention(one.name);
      context_.find(one.name)->state = Name::State::kLinker;
    }
    for (const std::string& file : context_.options.files) {
      input(file);
      if (stop_) return;
    }
    if (context_.options.rules == Rules::kModern) repeat();
    if (!context_.config && !context_.failed())
      context_.errors.push_back(
          {.code = ErrorCode::kUsage, .message = "no objects to link: there are only archives"});
  }

 private:
  void mention(const std::string& name) {
    context_.enter(context_.linked.storage.keep_text(name), kNoIndex);
  }

  void input(const std::string& file) {
    auto bytes = context_.files.open(file);
    if (!bytes) {
      context_.errors.push_back(std::move(bytes).error());
      return;
    }
    if (whitesmith::looks_like_object(bytes->bytes)) {
      auto read = whitesmith::read(bytes->bytes, file);
      if (!read) {
        context_.errors.push_back(std::move(read).error());
        return;
      }
      if (same_config(read->file.config, file, "object"))
        take(file, std::move(read->file), bytes->holder);
      return;
    }
    auto archive = whitesmith::read_archive(bytes->bytes, file);
    if (!archive) {
      Error error = std::move(archive).error();
      if (!whitesmith::looks_like_archive(bytes->bytes))
        error.expected = "0x99, an object, or 0xff75, 0xff65 or 0xff6d, an archive";
      context_.errors.push_back(std::move(error));
      return;
    }
    Library library{file, std::move(*bytes), std::move(*archive), {}};
    library.entries.resize(library.archive.members.size());
    if (context_.options.rules == Rules::kOriginal) {
      scan(library);
      return;
    }
    while (scan(library) && !stop_) {
    }
    libraries_.push_back(std::move(library));
  }

  /// Archives may need each other, in any order.
  void repeat() {
    for (bool more = true; more && !stop_;) {
      more = false;
      for (Library& one : libraries_) more |= scan(one);
    }
  }

  /// Front to back once; whether a member was taken.
  bool scan(Library& library) {
    bool taken = false;
    for (std::size_t i = 0; i < library.entries.size(); ++i) {
      Library::Entry& entry = library.entries[i];
      if (!entry.tried && !read_member(library, i)) return taken;
      if (!entry.file || !wanted(*entry.file)) continue;
      if (context_.options.rules == Rules::kModern &&
          !same_config(entry.file->config, member_name(library, i), "member")) {
        stop_ = true;
        return taken;
      }
      take(member_name(library, i), std::move(*entry.file), library.bytes.holder);
      entry.file.reset();
      taken = true;
    }
    return taken;
  }

  static std::string member_name(const Library& library, std::size_t index) {
    return fmt::format("{}({})", library.file, library.archive.members[index].name);
  }

  /// False when nothing more can be linked.
  bool read_member(Library& library, std::size_t index) {
    const whitesmith::Member& member = library.archive.members[index];
    Library::Entry& entry = library.entries[index];
    entry.tried = true;
    const bool modern = context_.options.rules == Rules::kModern;
    if (member.name == whitesmith::kIndexMember) return true;
    if (modern && !whitesmith::looks_like_object(member.bytes)) return true;
    auto read = whitesmith::read(member.bytes, member_name(library, index));
    if (!read) {
      Error error = std::move(read).error();
      error.message = fmt::format("offset {:#x} of the archive", member.offset);
      context_.errors.push_back(std::move(error));
      stop_ = true;
      return false;
    }
    // The original linker looks at all members, also at those that nobody needs.
    if (!modern && !same_config(read->file.config, member_name(library, index), "member")) {
      stop_ = true;
      return false;
    }
    entry.file = std::move(read->file);
    return true;
  }

  /// The original linker takes one config byte only, without bit 7.
  bool same_config(whitesmith::Config config, const std::string& file, std::string_view what) {
    if (!config.has_relocations()) {
      context_.add_error(
          file, "config byte", fmt::format("0x{:02x}, no relocations", config.byte),
          fmt::format("an {} with relocations", what == "member" ? "archive member" : "object"));
      return false;
    }
    if (!context_.config) {
      context_.config = config;
      return true;
    }
    whitesmith::Config& first = *context_.config;
    const bool original = context_.options.rules == Rules::kOriginal;
    const bool fits = original ? config == first
                               : config.wide() == first.wide() && config.order() == first.order();
    if (!fits) {
      context_.add_error(file, "config byte", fmt::format("0x{:02x}", config.byte),
                         fmt::format("0x{:02x}, {}", first.byte,
                                     original ? "that of the first object"
                                              : "or another one of its word size and byte order"));
      return false;
    }
    // Longer names, and the stricter alignment.
    const unsigned names = std::max(first.byte & 7U, config.byte & 7U);
    const unsigned rest = std::max(first.byte & 0x60U, config.byte & 0x60U);
    first.byte = static_cast<std::uint8_t>((first.byte & ~0x67U) | names | rest);
    return true;
  }

  bool wanted(const whitesmith::File& file) {
    return std::any_of(file.symbols.begin(), file.symbols.end(),
                       [&](const whitesmith::Symbol& one) {
                         if (!one.defined || !one.global) return false;
                         const Name* known = context_.find(one.name);
                         return known != nullptr && known->state == Name::State::kUndefined;
                       });
  }

  void take(std::string name, whitesmith::File file, std::shared_ptr<const void> holder) {
    const auto index = static_cast<std::uint32_t>(context_.linked.modules.size());
    Module& module = context_.linked.modules.emplace_back();
    module.name = std::move(name);
    module.file = std::move(file);
    module.holder = std::move(holder);
    place(module);
    module.globals.resize(module.file.symbols.size(), kNoIndex);
    for (std::size_t i = 0; i < module.file.symbols.size(); ++i) {
      const whitesmith::Symbol& one = module.file.symbols[i];
      if (!one.global) continue;
      module.globals[i] = context_.enter(one.name, index);
      define(context_.linked.names[module.globals[i]], one, index);
    }
  }

  void place(Module& module) {
    std::uint64_t& text_end =
        context_.options.text_to_text ? context_.text_size : context_.data_size;
    module.text_offset = text_end;
    text_end += module.file.text.size();
    std::uint64_t& data_end =
        context_.options.data_to_text ? context_.text_size : context_.data_size;
    module.data_offset = data_end;
    data_end += module.file.data.size();
    module.bss_offset = context_.bss_size;
    context_.bss_size += module.file.bss;
  }

  /// What --defsym defines stays so.
  void define(Name& name, const whitesmith::Symbol& symbol, std::uint32_t index) {
    if (name.state == Name::State::kLinker) return;
    if (!symbol.defined) {
      if (name.state == Name::State::kUndefined) name.value = std::max(name.value, symbol.value);
      return;
    }
    if (name.state != Name::State::kUndefined) {
      context_.add_error(
          context_.linked.modules[index].name,
          fmt::format("symbol {}", quote(as_bytes(symbol.name), 128)), "a second definition",
          fmt::format("one; the first is in {}", context_.linked.modules[name.module].name));
      return;
    }
    name.state = Name::State::kModule;
    name.module = index;
    name.value = symbol.value;
    name.segment = symbol.segment;
  }

  Context& context_;
  std::vector<Library> libraries_;
  bool stop_ = false;
};

}  // namespace

std::uint32_t Context::enter(std::string_view name, std::uint32_t module) {
  const auto next = static_cast<std::uint32_t>(linked.names.size());
  const auto [found, fresh] = index.emplace(name, next);
  if (fresh) linked.names.push_back({.name = name, .module = module});
  if (linked.names[found->second].module == kNoIndex) linked.names[found->second].module = module;
  return found->second;
}

void Context::add_error(std::string file, std::string field, std::string found,
                        std::string expected) {
  errors.push_back({.code = ErrorCode::kMalformed,
                    .file = std::move(file),
                    .field = std::move(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

void select(Context& context) {
  Selector(context).run();
}

}  // namespace cmos::wslink
