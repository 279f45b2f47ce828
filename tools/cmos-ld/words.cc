#include "tools/cmos-ld/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "tools/cmos-ld/word_table.h"

namespace cmos::ld {
namespace {

using linker::Input;

/// Our own options that take their value in the next word; those of other linkers are in the table.
constexpr std::array<std::string_view, 10> kWithValue{
    "--keep",      "--arch",        "--author",  "--site",    "--author-hash",
    "--mini-disk", "--backup-name", "--symbols", "--library", "--file-prefix-map"};

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
    if (one.starts_with("-l") || one == "--library" || one.starts_with("--library="))
      return library(at);
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

  /// Long names may have one dash or two; those that begin with an o have two, since -omagic is the
  /// output "magic".
  Result<void> option(std::size_t& at) {
    const std::string one = words_[at];
    const bool two = one.starts_with("--");
    const std::string_view body = std::string_view(one).substr(two ? 2 : 1);
    const std::size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string_view::npos) value = body.substr(equals + 1);
    const bool may_be_long = two || body.size() == 1 || !body.starts_with('o');
    const Word* word =
        may_be_long && (two || name.size() > 1 || body.size() == 1) ? find_word(name) : nullptr;
    if (word == nullptr && !two && (word = find_letter(body)) != nullptr) {
      value = body.substr(1);
      // -e=main; in -L=folder the sign stands for the system's root.
      if (value->starts_with('=') && word->name != "L") value->erase(0, 1);
    }
    if (word == nullptr) return own_option(at);
    const std::string as_given =
        two || word->name.size() > 1 || body.size() == 1
            ? std::string(one.substr(0, one.size() - body.size())) +
                  std::string(word->name.ends_with('*') ? name : word->name)
            : fmt::format("-{}", word->name);
    if (word->meaning == Meaning::kRefused)
      return fail(ErrorCode::kUsage, fmt::format("{}: {}", as_given, word->text));
    if (word->takes == Takes::kValue && !value) {
      CMOS_TRY(value, next(at));
    }
    return take(*word, std::move(value));
  }

  Result<void> take(const Word& word, std::optional<std::string> value) {
    switch (word.meaning) {
      case Meaning::kMark:
        return input(word.mark, "");
      case Meaning::kNothing:
        return {};
      case Meaning::kRefused:
        return fail(ErrorCode::kUsage, fmt::format("{}: {}", word.name, word.text));
      case Meaning::kOption:
        break;
    }
    if (word.name == "z") return keyword(value.value_or(""));
    if (word.takes == Takes::kMayTake) value.reset();
    return hand_on(value ? fmt::format("{}={}", word.text, *value) : std::string(word.text));
  }

  Result<void> keyword(const std::string& value) {
    const Word* found = find_keyword(value);
    if (found == nullptr) {
      out_.warnings.push_back(fmt::format("-z {}: unknown, and ignored", value));
      return {};
    }
    if (found->meaning == Meaning::kRefused)
      return fail(ErrorCode::kUsage, fmt::format("-z {}: {}", value, found->text));
    return take(*found, std::nullopt);
  }

  /// CLI11 knows it, or says that nobody does.
  Result<void> own_option(std::size_t& at) {
    const std::string one = words_[at];
    const bool takes_next =
        std::find(kWithValue.begin(), kWithValue.end(), one) != kWithValue.end();
    if (!takes_next) return hand_on(one);
    CMOS_TRY(const std::string value, next(at));
    return hand_on(fmt::format("{}={}", one, value));
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

Result<Words> sort_words(const std::vector<std::string>& expanded) {
  return Sorter(expanded).sort();
}

}  // namespace cmos::ld
