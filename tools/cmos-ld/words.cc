#include "tools/cmos-ld/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/host_file.h"
#include "base/text.h"

namespace cmos::ld {
namespace {

using linker::Input;

enum class Takes : std::uint8_t { kNothing, kValue };

/// A spelling of ld's and what it becomes. `to` empty: it asks for what happens anyway.
struct Alias {
  std::string_view from;
  Takes takes = Takes::kNothing;
  std::string_view to = {};
};
constexpr std::array kAliases{
    Alias{"-e", Takes::kValue, "--entry"},
    Alias{"-u", Takes::kValue, "--undefined"},
    Alias{"-L", Takes::kValue, "--library-path"},
    Alias{"-o", Takes::kValue, "--output"},
    Alias{"-O", Takes::kValue, "--optimize"},
    Alias{"-Map", Takes::kValue, "--map"},
    Alias{"--Map", Takes::kValue, "--map"},
    Alias{"-M", Takes::kNothing, "--print-map"},
    Alias{"-s", Takes::kNothing, "--strip-all"},
    Alias{"-x", Takes::kNothing, "--discard-all"},
    Alias{"-defsym", Takes::kValue, "--defsym"},
    Alias{"-gc-sections", Takes::kNothing, "--gc-sections"},
    Alias{"--print-gc-sections", Takes::kNothing, "--print-gc"},
    Alias{"-z", Takes::kValue, {}},
    Alias{"-m", Takes::kValue, {}},
    Alias{"-A", Takes::kValue, {}},
    Alias{"-static", Takes::kNothing, {}},
    Alias{"-Bstatic", Takes::kNothing, {}},
    Alias{"-dn", Takes::kNothing, {}},
    Alias{"-non_shared", Takes::kNothing, {}},
    Alias{"--static", Takes::kNothing, {}},
    Alias{"-nostdlib", Takes::kNothing, {}},
    Alias{"--nostdlib", Takes::kNothing, {}},
    Alias{"-no-pie", Takes::kNothing, {}},
    Alias{"--no-pie", Takes::kNothing, {}},
    Alias{"--no-dynamic-linker", Takes::kNothing, {}},
    Alias{"-n", Takes::kNothing, {}},
    Alias{"--nmagic", Takes::kNothing, {}},
    Alias{"-S", Takes::kNothing, {}},
    Alias{"--strip-debug", Takes::kNothing, {}},
    Alias{"-X", Takes::kNothing, {}},
    Alias{"-EL", Takes::kNothing, {}},
    Alias{"-g", Takes::kNothing, {}},
    Alias{"--build-id", Takes::kNothing, {}},
    Alias{"--build-id=none", Takes::kNothing, {}},
    Alias{"--hash-style", Takes::kValue, {}},
    Alias{"--no-relax", Takes::kNothing, {}},
    Alias{"--relax", Takes::kNothing, {}},
    Alias{"--no-undefined", Takes::kNothing, {}},
    Alias{"--no-gc-sections", Takes::kNothing, "--no-gc-sections"},
    Alias{"--as-needed", Takes::kNothing, {}},
    Alias{"--no-as-needed", Takes::kNothing, {}},
    Alias{"--eh-frame-hdr", Takes::kNothing, {}},
    Alias{"--no-eh-frame-hdr", Takes::kNothing, {}},
    Alias{"--fatal-warnings", Takes::kNothing, {}},
    Alias{"--no-fatal-warnings", Takes::kNothing, {}},
    Alias{"--warn-common", Takes::kNothing, {}},
    Alias{"--no-warn-mismatch", Takes::kNothing, {}},
    Alias{"--fix-cortex-a53-843419", Takes::kNothing, {}},
    Alias{"--no-omagic", Takes::kNothing, {}},
    Alias{"--sort-common", Takes::kNothing, {}},
    Alias{"--enable-new-dtags", Takes::kNothing, {}},
};

struct Refusal {
  std::string_view option;
  std::string_view why;
};
constexpr std::string_view kFixed =
    "every CPE is loaded at 0x400000: code, constants and variables follow each other on pages of "
    "their own";
constexpr std::string_view kDynamic =
    "CalamOS has no dynamic linker: a CPE is linked statically, at a fixed address";
constexpr std::array kRefusals{
    Refusal{"-T",
            "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld (ld -T "
            "cmos.ld, then cmos-pack, takes a script)"},
    Refusal{"--script",
            "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld "
            "(ld -T cmos.ld, then cmos-pack, takes a script)"},
    Refusal{"-dT", "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld"},
    Refusal{"-c", "MRI scripts are not supported: name the inputs on the command line"},
    Refusal{"-Ttext", kFixed},
    Refusal{"-Tdata", kFixed},
    Refusal{"-Tbss", kFixed},
    Refusal{"-Ttext-segment", kFixed},
    Refusal{"-Trodata-segment", kFixed},
    Refusal{"--section-start", kFixed},
    Refusal{"--image-base", kFixed},
    Refusal{"--base", kFixed},
    Refusal{"-r", "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Refusal{"-i", "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Refusal{"--relocatable",
            "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Refusal{"-shared", kDynamic},
    Refusal{"--shared", kDynamic},
    Refusal{"-Bshareable", kDynamic},
    Refusal{"-pie", kDynamic},
    Refusal{"--pie", kDynamic},
    Refusal{"-Bdynamic", kDynamic},
    Refusal{"-dy", kDynamic},
    Refusal{"-call_shared", kDynamic},
    Refusal{"-dynamic-linker", kDynamic},
    Refusal{"--dynamic-linker", kDynamic},
    Refusal{"-rpath", kDynamic},
    Refusal{"--rpath", kDynamic},
    Refusal{"-rpath-link", kDynamic},
    Refusal{"--rpath-link", kDynamic},
    Refusal{"-soname", kDynamic},
    Refusal{"--soname", kDynamic},
    Refusal{"-E", kDynamic},
    Refusal{"--export-dynamic", kDynamic},
    Refusal{"--version-script", kDynamic},
    Refusal{"--dynamic-list", kDynamic},
    Refusal{"-q", "a CPE carries no relocations"},
    Refusal{"--emit-relocs", "a CPE carries no relocations"},
    Refusal{"--wrap", "is not supported; --defsym NAME=OTHER redefines a symbol"},
    Refusal{"-plugin", "link-time optimisation is not supported: compile without -flto"},
    Refusal{"--plugin", "link-time optimisation is not supported: compile without -flto"},
    Refusal{"--oformat", "the output is a CPE; ld and objcopy write other formats"},
    Refusal{"-b", "the format of an input is told from its contents"},
    Refusal{"--format", "the format of an input is told from its contents"},
    Refusal{"-R", "symbols of a linked file are not read; --defsym NAME=ADDRESS gives one"},
    Refusal{"--just-symbols",
            "symbols of a linked file are not read; --defsym NAME=ADDRESS gives one"},
    Refusal{"-N", "code is never writable; cmos-ld --no-protect makes one rwx image"},
    Refusal{"--omagic", "code is never writable; cmos-ld --no-protect makes one rwx image"},
    Refusal{"--icf", "identical code is not folded"},
    Refusal{"-EB", "CalamOS programs are little-endian"},
    Refusal{"-flto", "link-time optimisation is not supported: compile without -flto"},
    Refusal{"--noinhibit-exec", "a program with errors is never written"},
    Refusal{"--unresolved-symbols", "undefined symbols are errors; weak ones are 0"},
    Refusal{"--warn-unresolved-symbols", "undefined symbols are errors; weak ones are 0"},
};

/// Options that take their value in the next word and are handed on as they are.
constexpr std::array<std::string_view, 17> kWithValue{
    "--output",      "--entry",   "--undefined", "--library-path", "--defsym",      "--map",
    "--keep",        "--arch",    "--author",    "--site",         "--author-hash", "--mini-disk",
    "--backup-name", "--symbols", "--threads",   "--optimize",     "--library"};

struct Mark {
  std::string_view word;
  Input::Kind kind;
};
constexpr std::array kMarks{Mark{"--start-group", Input::Kind::kGroupStart},
                            Mark{"-start-group", Input::Kind::kGroupStart},
                            Mark{"-(", Input::Kind::kGroupStart},
                            Mark{"--end-group", Input::Kind::kGroupEnd},
                            Mark{"-end-group", Input::Kind::kGroupEnd},
                            Mark{"-)", Input::Kind::kGroupEnd},
                            Mark{"--whole-archive", Input::Kind::kWholeOn},
                            Mark{"-whole-archive", Input::Kind::kWholeOn},
                            Mark{"--no-whole-archive", Input::Kind::kWholeOff},
                            Mark{"-no-whole-archive", Input::Kind::kWholeOff}};

template <class Table, class Key>
auto find_in(const Table& table, Key key) {
  return std::find_if(table.begin(), table.end(), key);
}

/// Response files may name others.
Result<void> expand(const std::vector<std::string>& arguments, int depth,
                    std::vector<std::string>& out) {
  constexpr int kDeepest = 16;
  for (const std::string& one : arguments) {
    if (one.size() < 2 || one[0] != '@') {
      out.push_back(one);
      continue;
    }
    if (depth == kDeepest)
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: response files name each other {} deep", one, kDeepest));
    CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(one.substr(1)));
    CMOS_TRY(const std::vector<std::string> more, split_response(as_text(bytes), one));
    CMOS_TRY_VOID(expand(more, depth + 1, out));
  }
  return {};
}

class Sorter {
 public:
  explicit Sorter(std::vector<std::string> words) : words_(std::move(words)) {}

  Result<Words> sort() {
    for (std::size_t i = 0; i < words_.size(); ++i) CMOS_TRY_VOID(word(i));
    return std::move(out_);
  }

 private:
  Result<void> word(std::size_t& at) {
    const std::string& one = words_[at];
    if (literal_ || one.size() < 2 || one[0] != '-') return input(Input::Kind::kFile, one);
    if (one == "--") {
      literal_ = true;
      return {};
    }
    const auto mark = find_in(kMarks, [&](const Mark& row) { return row.word == one; });
    if (mark != kMarks.end()) return input(mark->kind, "");
    if (one.starts_with("-l") || one == "--library" || one.starts_with("--library="))
      return library(at);
    CMOS_TRY_VOID(refuse(one));
    if (one.starts_with("-Wl,"))
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: -Wl is for compilers; give the options as they are", one));
    return option(at);
  }

  Result<void> input(Input::Kind kind, std::string name) {
    out_.inputs.push_back({kind, std::move(name)});
    return {};
  }

  Result<void> library(std::size_t& at) {
    const std::string& one = words_[at];
    if (one.starts_with("--library=")) return input(Input::Kind::kLibrary, one.substr(10));
    if (one.size() > 2 && one[1] == 'l') return input(Input::Kind::kLibrary, one.substr(2));
    CMOS_TRY(std::string name, next(at));
    return input(Input::Kind::kLibrary, std::move(name));
  }

  Result<std::string> next(std::size_t& at) {
    if (at + 1 == words_.size())
      return fail(ErrorCode::kUsage, fmt::format("{} needs a value (see --help)", words_[at]));
    return words_[++at];
  }

  static Result<void> refuse(const std::string& one) {
    const std::string_view name = std::string_view(one).substr(0, one.find('='));
    for (const Refusal& row : kRefusals) {
      // "-Tscript.ld" and "-Ttext=0" both begin with -T, and the longer name says more.
      const bool joined = row.option == "-T" && one.starts_with("-T");
      if (name != row.option && !joined) continue;
      if (joined && name != row.option && find_in(kRefusals, [&](const Refusal& other) {
                                            return other.option == name;
                                          }) != kRefusals.end())
        continue;
      return fail(ErrorCode::kUsage, fmt::format("{}: {}", name, row.why));
    }
    return {};
  }

  Result<void> option(std::size_t& at) {
    const std::string one = words_[at];
    const std::size_t equals = one.find('=');
    const std::string name = one.substr(0, equals);
    const auto is = [&](std::string_view text) {
      return [text](const Alias& row) { return row.from == text; };
    };
    auto row = find_in(kAliases, is(one));
    if (row == kAliases.end() && equals != std::string::npos) row = find_in(kAliases, is(name));
    if (row != kAliases.end()) {
      if (row->takes == Takes::kNothing) return hand_on(std::string(row->to));
      if (equals != std::string::npos && one != row->from && one.size() > 2)
        return hand_on(row->to.empty() ? ""
                                       : fmt::format("{}={}", row->to, one.substr(equals + 1)));
      CMOS_TRY(const std::string value, next(at));
      return hand_on(row->to.empty() ? "" : fmt::format("{}={}", row->to, value));
    }
    if (const auto joined = joined_value(one)) return hand_on(*joined);
    const bool takes_next =
        equals == std::string::npos &&
        std::find(kWithValue.begin(), kWithValue.end(), one) != kWithValue.end();
    if (!takes_next) return hand_on(one);
    CMOS_TRY(const std::string value, next(at));
    return hand_on(fmt::format("{}={}", one, value));
  }

  /// -Lfolder, -emain, -O2, -zrelro: one letter and its value in one word.
  static std::optional<std::string> joined_value(const std::string& one) {
    if (one.size() < 3 || one[1] == '-') return std::nullopt;
    for (const Alias& row : kAliases) {
      if (row.takes != Takes::kValue || row.from.size() != 2 || !one.starts_with(row.from))
        continue;
      return row.to.empty() ? "" : fmt::format("{}={}", row.to, one.substr(2));
    }
    return std::nullopt;
  }

  Result<void> hand_on(std::string option) {
    if (!option.empty()) out_.options.push_back(std::move(option));
    return {};
  }

  std::vector<std::string> words_;
  Words out_;
  bool literal_ = false;
};

}  // namespace

Result<std::vector<std::string>> split_response(std::string_view text, std::string_view file) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  char quoted = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
    if (c == '\\' && quoted != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quoted != 0 && c == quoted) {
      quoted = 0;
    } else if (quoted == 0 && (c == '\'' || c == '"')) {
      quoted = c;
      in_word = true;
    } else if (quoted == 0 && space) {
      if (in_word) out.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quoted != 0)
    return fail(ErrorCode::kUsage, fmt::format("{}: a {} without its end", file, quoted));
  if (in_word) out.push_back(std::move(word));
  return out;
}

Result<std::vector<std::string>> expand_responses(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  CMOS_TRY_VOID(expand(arguments, 0, out));
  return out;
}

Result<Words> sort_words(const std::vector<std::string>& expanded) {
  return Sorter(expanded).sort();
}

}  // namespace cmos::ld
