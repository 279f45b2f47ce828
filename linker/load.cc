// Inputs in the order of the command line: objects are added, archives searched (abi 7).
#include <fmt/format.h>

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "linker/explain.h"
#include "linker/parallel.h"
#include "linker/passes.h"
#include "linker/resolve.h"
#include "linker/versions.h"

namespace cmos::linker {
namespace {

/// The abort method of a program, which only the kernel calls (abi 2).
constexpr std::string_view kAbortMethod = "__cmos_abort";

class Loader {
 public:
  explicit Loader(Context& context) : context_(context), resolver_(context) {}

  void run() {
    read_files();
    context_.incomplete = context_.failed();
    if (context_.failed()) return;
    request_symbols();
    for (const Input& input : context_.options.inputs) take(input);
    if (in_group_)
      return context_.error(
          {.code = ErrorCode::kUsage, .message = "--start-group without its --end-group"});
    if (in_lib_)
      return context_.error(
          {.code = ErrorCode::kUsage, .message = "--start-lib without its --end-lib"});
    if (!loose_.empty()) brought_in_ = true;
    search_again();
    check_locations();
    if (context_.out.objects.empty() && !context_.failed())
      context_.error({.code = ErrorCode::kUsage, .message = "no object to link: only archives"});
    context_.incomplete = context_.incomplete || context_.out.objects.empty();
  }

 private:
  /// A symbol that one object expects in one file (its `location`).
  struct Expectation {
    std::uint32_t object = 0;
    std::uint32_t symbol = 0;
    std::string path;
    std::string identity;
  };

  /// The named files first: where libraries lie may depend on their ARCH.
  void read_files() {
    std::vector<std::uint32_t> files;
    std::vector<std::uint32_t> libraries;
    for (const Input& input : context_.options.inputs) {
      if (input.kind != Input::Kind::kFile && input.kind != Input::Kind::kLibrary) continue;
      auto& kind = input.kind == Input::Kind::kFile ? files : libraries;
      kind.push_back(static_cast<std::uint32_t>(paths_.size()));
      paths_.push_back(input.name);
    }
    if (paths_.empty()) context_.error({.code = ErrorCode::kUsage, .message = "no input files"});
    parsed_.resize(paths_.size());
    parse_files(files);
    find_libraries(libraries);
    if (!context_.failed()) parse_files(libraries);
    for (const ParsedInput& one : parsed_) {
      if (known_files_.insert(one.identity).second) context_.out.files_read.push_back(one.path);
    }
  }

  void find_libraries(const std::vector<std::uint32_t>& libraries) {
    std::string arch = context_.options.arch;
    for (std::size_t i = 0; i < parsed_.size() && arch.empty() && !libraries.empty(); ++i)
      arch = arch_of(context_.files, parsed_[i]);
    for (const std::uint32_t i : libraries) {
      auto found = find_library(context_.files, context_.options.search_path, paths_[i], arch);
      if (!found) context_.error(std::move(found).error());
      paths_[i] = found ? std::move(*found) : std::string();
    }
  }

  void parse_files(const std::vector<std::uint32_t>& which) {
    std::vector<std::optional<Error>> errors(which.size());
    for_each_in_parallel(which.size(), context_.options.threads, [&](std::size_t n) {
      const std::uint32_t i = which[n];
      auto one = parse_input(context_.files, paths_[i]);
      if (one) {
        parsed_[i] = std::move(*one);
      } else {
        errors[n] = std::move(one).error().in_file(paths_[i]);
      }
    });
    for (std::optional<Error>& error : errors) {
      if (error) context_.error(std::move(*error));
    }
  }

  void request_symbols() {
    const Options& options = context_.options;
    request(options.entry.empty() ? kEntryNames[0] : std::string_view(options.entry));
    request(kAbortMethod);
    for (const std::string& name : options.undefined) request(name);
    for (const std::string& name : options.required) request(name);
    for (const Definition& one : options.definitions) {
      if (!one.base.empty()) request(one.base);
      if (!one.expression) continue;
      for (const std::string& name : one.expression->symbols()) request(name);
    }
  }

  void request(std::string_view name) { context_.requested.push_back(context_.named(name)); }

  void take(const Input& input) {
    switch (input.kind) {
      case Input::Kind::kGroupStart:
        if (in_group_)
          context_.error({.code = ErrorCode::kUsage, .message = "--start-group inside a group"});
        in_group_ = true;
        return;
      case Input::Kind::kGroupEnd:
        if (!in_group_)
          context_.error({.code = ErrorCode::kUsage, .message = "--end-group without a group"});
        in_group_ = false;
        search_all(group_);
        group_.clear();
        return;
      case Input::Kind::kWholeOn:
        whole_ = true;
        return;
      case Input::Kind::kWholeOff:
        whole_ = false;
        return;
      case Input::Kind::kPush:
        return states_.push_back(whole_);
      case Input::Kind::kPop:
        return pop_state();
      case Input::Kind::kLibStart:
      case Input::Kind::kLibEnd:
        return set_lib(input.kind == Input::Kind::kLibStart);
      case Input::Kind::kFile:
      case Input::Kind::kLibrary:
        take_input(std::move(parsed_[next_++]));
        take_locations();
        return;
    }
  }

  void pop_state() {
    if (states_.empty())
      return context_.error(
          {.code = ErrorCode::kUsage, .message = "--pop-state without a --push-state"});
    whole_ = states_.back();
    states_.pop_back();
  }

  void set_lib(bool start) {
    if (start == in_lib_)
      return context_.error({.code = ErrorCode::kUsage,
                             .message = start ? "--start-lib inside --start-lib"
                                              : "--end-lib without a --start-lib"});
    in_lib_ = start;
    if (!start) search_all(loose_);
  }

  /// An object between --start-lib and --end-lib is looked into whenever something was linked, from
  /// where it stands to the end.
  void keep_loose(ParsedObject object, const std::string& path, const std::string& identity) {
    ParsedArchive& one = archives_.emplace_back(loose_archive(std::move(object), path));
    identity_of_[&one] = identity;
    loose_.push_back(&one);
  }

  void take_input(ParsedInput input) {
    if (in_lib_ && !whole_ && std::holds_alternative<ParsedObject>(input.content))
      return keep_loose(std::move(std::get<ParsedObject>(input.content)), input.path,
                        input.identity);
    take_content(std::move(input));
    if (!loose_.empty() && !in_lib_) search_all(loose_);
  }

  void take_content(ParsedInput input) {
    if (auto* object = std::get_if<ParsedObject>(&input.content))
      return add(std::move(*object), input.identity);
    auto* content = std::get_if<ParsedArchive>(&input.content);
    if (content == nullptr) return;
    // Named twice it is searched twice, and each member linked once.
    auto [known, is_new] = archive_of_.try_emplace(input.identity, nullptr);
    if (is_new) known->second = &archives_.emplace_back(std::move(*content));
    identity_of_[known->second] = input.identity;
    if (is_new) {
      for (std::string& one : bytecode_members(*known->second))
        context_.bytecode_members.push_back(std::move(one));
    }
    if (whole_) return take_all(*known->second);
    if (in_group_) group_.push_back(known->second);
    search(*known->second);
  }

  void add(ParsedObject object, const std::string& identity) {
    if (!fits(object.object)) return;
    const std::uint32_t index = resolver_.add(std::move(object));
    identities_.push_back(identity);
    expect_locations(index);
  }

  /// All objects have one ISA; an object for Apple silicon makes a program for it.
  bool fits(const object::Object& object) {
    std::string& arch = context_.out.arch;
    if (arch.empty()) {
      arch = context_.options.arch.empty() ? object.arch : context_.options.arch;
      const auto isa = object::isa_of(arch);
      // Programs of the Z80 are linked by other rules (linker/whitesmith), which the first input
      // asks for.
      if (!isa || isa == object::Isa::kZ80) {
        context_.error(
            {.code = ErrorCode::kUnsupported,
             .message = isa ? fmt::format("ARCH {}: objects for small CPUs are linked when "
                                          "the first input is one of them",
                                          arch)
                            : fmt::format("ARCH '{}' has no relocations here", arch)});
        context_.incomplete = true;
        return false;
      }
      context_.out.isa = *isa;
      first_file_ = object.file;
    }
    if (object.isa == context_.out.isa) {
      check_float_arguments(object);
      if (context_.options.arch.empty() && object.arch == "APPL") arch = object.arch;
      return true;
    }
    context_.error({.code = ErrorCode::kUnsupported,
                    .file = object.file,
                    .field = "ARCH",
                    .found = quote(as_bytes(object.arch)),
                    .expected = fmt::format(
                        "code for {}, as {}", object::name(context_.out.isa),
                        context_.options.arch.empty() ? "in " + first_file_ : "--arch says")});
    context_.incomplete = true;
    return false;
  }

  /// Functions that expect floating-point arguments elsewhere than they are would run on garbage.
  void check_float_arguments(const object::Object& object) {
    using object::FloatArguments;
    if (object.float_arguments == FloatArguments::kAny || context_.options.allow_mismatch) return;
    if (float_arguments_ == FloatArguments::kAny) {
      float_arguments_ = object.float_arguments;
      float_file_ = object.file;
    }
    if (object.float_arguments == float_arguments_) return;
    const auto text = [](FloatArguments one) -> std::string_view {
      return one == FloatArguments::kVfp ? "in VFP registers (-mfloat-abi=hard)"
                                         : "in core registers (-mfloat-abi=soft or softfp)";
    };
    context_.error({.code = ErrorCode::kUnsupported,
                    .file = object.file,
                    .field = "floating-point arguments",
                    .found = std::string(text(object.float_arguments)),
                    .expected = fmt::format("{}, as in {}", text(float_arguments_), float_file_)});
  }

  // ---- archives ------------------------------------------------------------------------------

  void take_all(ParsedArchive& archive) {
    for (std::size_t i = 0; i < archive.taken.size(); ++i) take_member(archive, i);
  }

  void take_member(ParsedArchive& archive, std::size_t member) {
    if (archive.taken[member]) return;
    archive.taken[member] = true;
    if (archive.loose) return add(std::move(*archive.loose), identity_of_[&archive]);
    auto object = parse_member(context_.files, archive, member);
    if (object) return add(std::move(*object), identity_of_[&archive]);
    context_.error(std::move(object).error());
    context_.incomplete = true;
  }

  /// A member is taken when it defines what somebody needs; a weak reference needs nothing.
  bool search(ParsedArchive& archive) {
    bool found = false;
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < archive.archive.index.size(); ++i) {
        const formats::IndexEntry& entry = archive.archive.index[i];
        if (archive.taken[entry.member] || !wanted(archive, i)) continue;
        if (context_.options.verbose) tell_why(archive, entry);
        take_member(archive, entry.member);
        again = found = true;
      }
    }
    return found;
  }

  void tell_why(const ParsedArchive& archive, const formats::IndexEntry& entry) {
    const std::uint32_t index = context_.names.find(linked_name(entry.symbol));
    const std::uint32_t user = index == kNoIndex ? kNoIndex : context_.out.symbols[index].object;
    context_.out.log.push_back(fmt::format(
        "{} is linked for {}, which {}", member_name(archive, entry.member),
        name_text(linked_name(entry.symbol)),
        user == kNoIndex ? std::string("was asked for")
                         : fmt::format("{} refers to", context_.out.objects[user].object.file)));
  }

  bool wanted(const ParsedArchive& archive, std::size_t entry) {
    const formats::IndexEntry& one = archive.archive.index[entry];
    const std::uint32_t index = context_.names.find(linked_name(one.symbol), archive.hashes[entry]);
    if (is_wanted(archive, one, index)) return true;
    const std::string versioned = versioned_name(one.symbol);
    return !versioned.empty() && is_wanted(archive, one, context_.names.find(versioned));
  }

  bool is_wanted(const ParsedArchive& archive, const formats::IndexEntry& one,
                 std::uint32_t index) const {
    if (index == kNoIndex) return false;
    const Symbol& symbol = context_.out.symbols[index];
    if (symbol.origin == Symbol::Origin::kUndefined) return !symbol.weak;
    return symbol.origin == Symbol::Origin::kCommon && initializes(archive, one);
  }

  /// A definition with contents takes the place of a common symbol.
  bool initializes(const ParsedArchive& archive, const formats::IndexEntry& entry) const {
    const auto member = archive.loose ? Result<ParsedObject>(tl::unexpect, Error{})
                                      : parse_member(context_.files, archive, entry.member);
    if (!member && !archive.loose) return false;
    const object::Object& object = archive.loose ? archive.loose->object : member->object;
    for (const object::Symbol& symbol : object.symbols) {
      if (symbol.name == entry.symbol && symbol.binding == object::Binding::kGlobal)
        return symbol.place == object::Place::kSection || symbol.place == object::Place::kAbsolute;
    }
    return false;
  }

  void search_all(const std::vector<ParsedArchive*>& archives) {
    for (bool again = true; again;) {
      again = false;
      for (ParsedArchive* archive : archives) again = search(*archive) || again;
      take_locations();
    }
  }

  /// What became missing late: an entry point by another name, what a `location` brought in.
  void search_again() {
    std::vector<ParsedArchive*> all;
    if (brought_in_) {
      for (ParsedArchive& archive : archives_) all.push_back(&archive);
      search_all(all);
      all.clear();
    }
    if (!context_.options.entry.empty() || defined(kEntryNames[0])) return;
    for (const std::string_view name : {kEntryNames[1], kEntryNames[2]}) {
      request(name);
      if (defined(name)) return;
      for (ParsedArchive& archive : archives_) all.push_back(&archive);
      search_all(all);
      all.clear();
      if (defined(name)) return;
    }
  }

  bool defined(std::string_view name) const {
    const std::uint32_t index = context_.names.find(name);
    return index != kNoIndex && context_.out.symbols[index].defined();
  }

  // ---- the `location` of extern symbols --------------------------------------------------------

  void expect_locations(std::uint32_t index) {
    const InputObject& mine = context_.out.objects[index];
    for (std::uint32_t i = 0; i < mine.object.symbols.size(); ++i) {
      const object::Symbol& symbol = mine.object.symbols[i];
      if (symbol.location.empty() || symbol.place != object::Place::kUndefined) continue;
      const auto path = find_location(mine, symbol);
      if (!path) continue;
      std::string identity = context_.files.identity(*path);
      if (known_files_.insert(identity).second) waiting_.push_back(*path);
      expectations_.push_back({index, i, *path, std::move(identity)});
    }
  }

  std::optional<std::string> find_location(const InputObject& object,
                                           const object::Symbol& symbol) {
    // "lib.a(member.cpo)" lies where the archive does.
    std::vector<std::string> folders{folder_of(object.object.file)};
    const std::vector<std::string>& more = context_.options.search_path;
    folders.insert(folders.end(), more.begin(), more.end());
    for (const std::string& folder : folders) {
      std::string path = join_path(folder, symbol.location);
      if (context_.files.exists(path)) return path;
    }
    folders[0] = folders[0].empty() ? "." : folders[0];
    context_.error(
        {.code = ErrorCode::kNotFound,
         .file = object.object.file,
         .field = fmt::format("location of symbol {}", quote(as_bytes(symbol.name), 256)),
         .found = fmt::format("{}, which is not there", quote(as_bytes(symbol.location), 256)),
         .expected = fmt::format("a file in {}", fmt::join(folders, ", "))});
    context_.incomplete = true;
    return std::nullopt;
  }

  void take_locations() {
    while (!waiting_.empty()) {
      const std::string path = std::move(waiting_.front());
      waiting_.pop_front();
      brought_in_ = true;
      auto input = parse_input(context_.files, path);
      if (input) {
        context_.out.files_read.push_back(path);
        take_input(std::move(*input));
      } else {
        context_.error(std::move(input).error().in_file(path));
        context_.incomplete = true;
      }
    }
  }

  void check_locations() {
    for (const Expectation& one : expectations_) {
      const InputObject& from = context_.out.objects[one.object];
      const Symbol& symbol = context_.out.symbols[from.globals[one.symbol]];
      if (symbol.defined() && identities_[symbol.object] == one.identity) continue;
      context_.error(
          {.code = ErrorCode::kMalformed,
           .file = from.object.file,
           .field = fmt::format("location of symbol {}", quote(as_bytes(symbol.name), 256)),
           .found = fmt::format(
               "{}, which does not define it{}", one.path,
               symbol.defined()
                   ? fmt::format(" ({} does)", context_.out.objects[symbol.object].object.file)
                   : ""),
           .expected = "the file that does"});
    }
  }

  Context& context_;
  Resolver resolver_;
  std::vector<std::string> paths_;
  std::vector<ParsedInput> parsed_;
  std::size_t next_ = 0;
  std::string first_file_;
  object::FloatArguments float_arguments_ = object::FloatArguments::kAny;
  std::string float_file_;               ///< the first object that hands over such arguments
  std::vector<std::string> identities_;  ///< of each object's file
  std::set<std::string> known_files_;

  bool whole_ = false;
  std::vector<bool> states_;  ///< of --push-state
  bool in_lib_ = false;
  std::vector<ParsedArchive*> loose_;  ///< objects of --start-lib
  bool in_group_ = false;
  std::vector<ParsedArchive*> group_;
  std::deque<ParsedArchive> archives_;
  std::map<std::string, ParsedArchive*> archive_of_;
  std::map<const ParsedArchive*, std::string> identity_of_;

  std::deque<std::string> waiting_;
  std::vector<Expectation> expectations_;
  bool brought_in_ = false;
};

}  // namespace

void load_inputs(Context& context) {
  Loader(context).run();
}

}  // namespace cmos::linker
