// Which modules take part, and the table of names.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/archive/archive.h"
#include "formats/cpo/cpo.h"
#include "formats/rel/convert.h"
#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/describe.h"
#include "linker/whitesmith/context.h"

namespace cmos::wslink {
namespace {

/// An archive whose members may still be taken.
struct Library {
  std::string file;
  linker::FileBytes bytes;
  std::vector<formats::Member> members;
  struct Entry {
    std::optional<whitesmith::File> file;  ///< read, and not taken yet
    std::optional<rel::File> areas;        ///< the same, of sdcc's
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
    if (modern()) repeat();
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
    if (modern() && has_areas(bytes->bytes)) {
      auto read = read_areas(bytes->bytes, file);
      if (!read) {
        context_.errors.push_back(std::move(read).error());
      } else if (same_config(config_of(*read), file, "object")) {
        take_areas(context_, file, std::move(*read));
      }
      return;
    }
    auto members = members_of(bytes->bytes, file);
    if (!members) {
      context_.errors.push_back(std::move(members).error());
      return;
    }
    Library library{file, std::move(*bytes), std::move(*members), {}};
    library.entries.resize(library.members.size());
    if (context_.options.rules == Rules::kOriginal) {
      scan(library);
      return;
    }
    while (scan(library) && !stop_) {
    }
    libraries_.push_back(std::move(library));
  }

  bool modern() const { return context_.options.rules == Rules::kModern; }

  static bool has_areas(Bytes bytes) {
    return rel::looks_like_rel(bytes) || cpo::looks_like_cpo(bytes);
  }

  /// An object of sdcc's assemblers, or the same as CPO, whose ARCH the program's CPU has to run.
  Result<rel::File> read_areas(Bytes bytes, const std::string& file) {
    if (!cpo::looks_like_cpo(bytes)) return rel::read(bytes, file);
    CMOS_TRY(const object::Object object, cpo::read_object(bytes, file));
    const std::string_view arch = context_.options.arch;
    const bool runs =
        arch.empty() || arch == object.arch || (arch == "_Z80" && object.arch == "8080");
    if (object.isa != object::Isa::kZ80 || !runs)
      return fail(
          Error{.code = ErrorCode::kUnsupported,
                .file = file,
                .field = "ARCH",
                .found = quote(as_bytes(object.arch)),
                .expected = fmt::format("code for {}", arch.empty() ? "_Z80 or 8080" : arch)});
    return rel::from_object(object);
  }

  /// Names of sdcc's objects may be longer than a Whitesmith's; only an output of that format is
  /// the worse for it.
  static whitesmith::Config config_of(const rel::File& file) {
    constexpr std::uint8_t kLongestNames = 7;
    return {static_cast<std::uint8_t>(
        kLongestNames |
        (file.order == ByteOrder::kLittle ? whitesmith::Config::kLittleEndian : 0U))};
  }

  Result<std::vector<formats::Member>> members_of(Bytes bytes, const std::string& file) {
    const bool own = whitesmith::looks_like_archive(bytes);
    if (modern() && !own && archive::looks_like_archive(bytes)) {
      CMOS_TRY(archive::Archive out, archive::read(bytes, file));
      return std::move(out.members);
    }
    auto out = whitesmith::members(bytes, file);
    if (out) return std::move(out->members);
    Error error = std::move(out).error();
    if (!own)
      error.expected = modern()
                           ? "a Whitesmith's object, one of sdcc's, a CPO, or an archive of them"
                           : "0x99, an object, or 0xff75, 0xff65 or 0xff6d, an archive";
    return fail(std::move(error));
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
      const bool is_wanted =
          (entry.file && wanted(*entry.file)) || (entry.areas && wanted(*entry.areas));
      if (!is_wanted) continue;
      const std::string name = member_name(library, i);
      if (modern() &&
          !same_config(entry.file ? entry.file->config : config_of(*entry.areas), name, "member")) {
        stop_ = true;
        return taken;
      }
      if (entry.file) {
        take(name, std::move(*entry.file), library.bytes.holder);
      } else {
        take_areas(context_, name, std::move(*entry.areas));
      }
      entry.file.reset();
      entry.areas.reset();
      taken = true;
    }
    return taken;
  }

  static std::string member_name(const Library& library, std::size_t index) {
    return fmt::format("{}({})", library.file, library.members[index].name);
  }

  /// False when nothing more can be linked.
  bool read_member(Library& library, std::size_t index) {
    const formats::Member& member = library.members[index];
    Library::Entry& entry = library.entries[index];
    entry.tried = true;
    if (member.name == whitesmith::kIndexMember) return true;
    const std::string name = member_name(library, index);
    if (modern() && has_areas(member.bytes)) {
      auto areas = read_areas(member.bytes, name);
      if (areas) {
        entry.areas = std::move(*areas);
        return true;
      }
      return refuse_member(member, std::move(areas).error());
    }
    if (modern() && !whitesmith::looks_like_object(member.bytes)) return true;
    auto read = whitesmith::read(member.bytes, name);
    if (!read) return refuse_member(member, std::move(read).error());
    // The original linker looks at all members, also at those that nobody needs.
    if (!modern() && !same_config(read->file.config, name, "member")) {
      stop_ = true;
      return false;
    }
    entry.file = std::move(read->file);
    return true;
  }

  bool refuse_member(const formats::Member& member, Error error) {
    error.message = fmt::format("offset {:#x} of the archive", member.offset);
    context_.errors.push_back(std::move(error));
    stop_ = true;
    return false;
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

  bool is_undefined(std::string_view name) {
    const Name* const known = context_.find(name);
    return known != nullptr && known->state == Name::State::kUndefined;
  }

  bool wanted(const whitesmith::File& file) {
    return std::any_of(file.symbols.begin(), file.symbols.end(),
                       [&](const whitesmith::Symbol& one) {
                         return one.defined && one.global && is_undefined(one.name);
                       });
  }

  bool wanted(const rel::File& file) {
    return std::any_of(file.symbols.begin(), file.symbols.end(), [&](const rel::Symbol& one) {
      return one.defined && is_undefined(one.name);
    });
  }

  void take(std::string name, whitesmith::File file, std::shared_ptr<const void> holder) {
    const auto index = static_cast<std::uint32_t>(context_.linked.modules.size());
    Module& module = context_.linked.modules.emplace_back();
    module.name = std::move(name);
    module.file = std::move(file);
    module.holder = std::move(holder);
    module.globals.resize(module.file.symbols.size(), kNoIndex);
    for (std::size_t i = 0; i < module.file.symbols.size(); ++i) {
      const whitesmith::Symbol& one = module.file.symbols[i];
      if (!one.global) continue;
      module.globals[i] = context_.enter(one.name, index);
      context_.define(context_.linked.names[module.globals[i]], one, index);
    }
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

void Context::define(Name& entry, const whitesmith::Symbol& symbol, std::uint32_t module) {
  if (entry.state == Name::State::kLinker) return;
  if (!symbol.defined) {
    if (entry.state == Name::State::kUndefined) entry.value = std::max(entry.value, symbol.value);
    return;
  }
  if (entry.state != Name::State::kUndefined) {
    add_error(linked.modules[module].name,
              fmt::format("symbol {}", quote(as_bytes(symbol.name), 128)), "a second definition",
              fmt::format("one; the first is in {}", linked.modules[entry.module].name));
    return;
  }
  entry.state = Name::State::kModule;
  entry.module = module;
  entry.value = symbol.value;
  entry.segment = symbol.segment;
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
  order_slots(context);
}

}  // namespace cmos::wslink
