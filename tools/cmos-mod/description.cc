#include "tools/cmos-mod/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "tools/cmos-mod/contents.h"
#include "tools/common/command_line.h"

namespace cmos::modtool {
namespace {

using mod::SourceSegment;

constexpr std::string_view kTypes = "byte, wyde, tetra, octa, string or procedure";

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

class Reader : LineErrors {
 public:
  Reader(std::string_view text, const std::string& file, const mod::MakeOptions& options)
      : LineErrors(file), text_(text), folder_(folder_of(file)) {
    common_.options = options;
  }

  Result<std::vector<Part>> read() {
    while (!text_.empty()) {
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      next_line();
      CMOS_TRY(words_, words_of(text_.substr(0, end), *this));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      if (!words_.empty()) CMOS_TRY_VOID(line());
    }
    if (contents_) return wrong("the end of the file in a segment", "end");
    if (parts_.empty()) {
      CMOS_TRY_VOID(finish(common_));
      parts_.push_back(std::move(common_));
    } else {
      CMOS_TRY_VOID(finish(parts_.back()));
    }
    return std::move(parts_);
  }

 private:
  using Statement = Result<void> (Reader::*)();
  struct Row {
    std::string_view word;
    std::size_t least, most;  ///< words behind it
    std::string_view form;
    Statement act;
  };
  static constexpr std::size_t kAny = SIZE_MAX;

  static std::span<const Row> rows() {
    static constexpr Row kRows[] = {
        {"cpu", 1, 2, "cpu CPU [STEPPING]", &Reader::cpu},
        {"model", 1, 1, "model NAME", &Reader::model},
        {"platform", 1, 1, "platform NAME", &Reader::platform},
        {"stack", 1, 2, "stack MINIMUM [REQUESTED]", &Reader::stack},
        {"heap", 1, 2, "heap MINIMUM [REQUESTED]", &Reader::heap},
        {"required", 0, 0, "required", &Reader::required},
        {"option", 1, kAny, "option ID BYTES…", &Reader::option},
        {"import", 2, 2, "import NAME TYPE", &Reader::import},
        {"export", 1, 2, "export NAME [TYPE]", &Reader::exported},
        {"start", 1, 1, "start NAME", &Reader::start},
        {"absolute", 2, 2, "absolute NAME NUMBER", &Reader::absolute},
        {"object", 1, 1, "object FILE", &Reader::object},
        {"overlay", 1, 1, "overlay FILE", &Reader::overlay},
        {"segment", 1, 2, "segment TYPE [NAME]", &Reader::segment},
    };
    return kRows;
  }

  Part& part() { return parts_.empty() ? common_ : parts_.back(); }
  const std::string& word(std::size_t index) const { return words_[index].text; }

  Result<void> line() {
    if (contents_) {
      if (words_[0].is("end")) return end_segment();
      return contents_->add(words_);
    }
    const auto found = std::find_if(rows().begin(), rows().end(),
                                    [&](const Row& one) { return words_[0].is(one.word); });
    if (found == rows().end()) {
      std::string known;
      for (const Row& one : rows()) known += (known.empty() ? "" : ", ") + std::string(one.word);
      return wrong(quote(as_bytes(word(0)), 32), known);
    }
    const std::size_t count = words_.size() - 1;
    if (count < found->least || count > found->most)
      return wrong(fmt::format("{} words behind '{}'", count, found->word),
                   std::string(found->form));
    return (this->*found->act)();
  }

  /// What stands before the first CPU is for all of them.
  Result<void> cpu() {
    const mod::FamilyRow* row = mod::family_named(word(1));
    if (row == nullptr && word(1) != "any")
      return wrong(quote(as_bytes(word(1)), 32),
                   "a CPU: 8080, 6800, 6500, z80, 8086, 56000, 68000 or any");
    std::uint64_t stepping = 0;
    if (words_.size() > 2) {
      CMOS_TRY(stepping, number(2, 0xff));
    }
    if (parts_.empty() && (!common_.objects.empty() || !common_.raw.segments.empty()))
      return wrong("a CPU behind segments", "the CPU before its segments and objects");
    if (!parts_.empty()) CMOS_TRY_VOID(finish(parts_.back()));
    parts_.push_back(common_);
    auto& own = part().options.cpu;
    own = {row == nullptr ? mod::Family::kNone : row->family, static_cast<std::uint8_t>(stepping)};
    part().raw.big_endian = own.family == mod::Family::k68000 || own.family == mod::Family::k6800;
    return {};
  }

  Result<std::uint64_t> number(std::size_t index, std::uint64_t most) const {
    const auto value = tools::parse_address(word(index));
    if (value && *value <= most) return *value;
    return wrong(quote(as_bytes(word(index)), 32), fmt::format("a number up to 0x{:x}", most));
  }

  Result<void> model() {
    part().options.model = word(1);
    return {};
  }
  Result<void> platform() {
    part().options.platforms.push_back(word(1));
    return {};
  }
  Result<void> required() {
    part().options.required = true;
    return {};
  }
  Result<void> start() {
    part().options.start = word(1);
    return {};
  }
  Result<void> object() {
    part().objects.push_back({path(word(1)), false});
    return {};
  }
  Result<void> overlay() {
    part().objects.push_back({path(word(1)), true});
    return {};
  }
  std::string path(const std::string& file) const {
    return file.starts_with('/') ? file : folder_ + file;
  }

  Result<void> stack() {
    mod::Memory& out = part().options.budget;
    return budget(out.min_stack, out.stack);
  }
  Result<void> heap() {
    mod::Memory& out = part().options.budget;
    return budget(out.min_heap, out.heap);
  }
  Result<void> budget(std::uint16_t& least, std::uint16_t& requested) {
    std::vector<std::string> numbers;
    for (std::size_t i = 1; i < words_.size(); ++i) numbers.push_back(word(i));
    if (read_budget(numbers, least, requested)) return {};
    return wrong(quote(as_bytes(word(words_.size() - 1)), 32),
                 "MINIMUM [REQUESTED], ascending, at most 65535");
  }

  Result<void> option() {
    CMOS_TRY(const std::uint64_t id, number(1, 0xff));
    if (id <= mod::option::kPlatform)
      return wrong(fmt::format("option {}", id), "3 to 255; 'model' and 'platform' write 1 and 2");
    std::vector<std::uint8_t> data;
    for (std::size_t i = 2; i < words_.size(); ++i) {
      if (!plain_bytes(words_[i], data))
        return wrong(quote(as_bytes(word(i)), 32), "pairs of hexadecimal digits or \"text\"");
    }
    if (data.size() > 0xff) return wrong(fmt::format("{} bytes", data.size()), "at most 255 bytes");
    part().options.further.emplace_back(static_cast<std::uint8_t>(id), std::move(data));
    return {};
  }

  Result<void> typed(std::size_t index) {
    const auto type = mod::value_type_named(word(index));
    if (!type || !mod::is_export_type(static_cast<std::uint8_t>(*type)))
      return wrong(quote(as_bytes(word(index)), 32), std::string(kTypes));
    part().options.types[word(1)] = *type;
    return {};
  }
  Result<void> import() { return typed(2); }
  Result<void> exported() {
    part().options.exports.push_back(word(1));
    return words_.size() > 2 ? typed(2) : Result<void>();
  }

  Result<void> absolute() {
    CMOS_TRY(const std::uint64_t value, number(2, 0xffff));
    mod::Source& raw = part().raw;
    const auto index = static_cast<std::uint32_t>(raw.symbols.size());
    if (!part().names.emplace(word(1), index).second)
      return wrong("a second " + quote(as_bytes(word(1)), 64), "one, before the segments");
    raw.symbols.push_back({.name = word(1),
                           .segment = mod::SourceSymbol::kAbsolute,
                           .offset = static_cast<std::uint32_t>(value),
                           .global = true});
    return {};
  }

  Result<void> segment() {
    const auto type = mod::segment_type_named(word(1));
    if (!type)
      return wrong(quote(as_bytes(word(1)), 32), "text, data, rodata, zpdata or text-overlay");
    SourceSegment out;
    out.type = *type;
    if (words_.size() > 2) out.name = word(2);
    contents_.emplace(part(), std::move(out), static_cast<const LineErrors&>(*this));
    return {};
  }
  Result<void> end_segment() {
    auto done = contents_->end();
    contents_.reset();
    return done;
  }

  /// A part is whole: names that its segments use and do not define are imports.
  Result<void> finish(Part& one) {
    one.raw.file = described_file();
    for (const mod::SourceSymbol& symbol : one.raw.symbols) {
      if (symbol.segment == mod::SourceSymbol::kUndefined && symbol.name.starts_with('.'))
        return wrong("no label " + quote(as_bytes(symbol.name), 64), "one, for names with a dot");
    }
    return {};
  }

  std::string_view text_;
  std::string folder_;
  std::vector<Word> words_;
  Part common_;
  std::vector<Part> parts_;
  std::optional<Contents> contents_;
};

}  // namespace

Result<std::vector<Part>> read_description(std::string_view text, const std::string& file,
                                           const mod::MakeOptions& options) {
  return Reader(text, file, options).read();
}

bool read_budget(const std::vector<std::string>& words, std::uint16_t& least,
                 std::uint16_t& requested) {
  const auto first = tools::parse_number(words.front());
  const auto second = tools::parse_number(words.back());
  if (!first || !second || *first > *second || *second > UINT16_MAX) return false;
  least = static_cast<std::uint16_t>(*first);
  requested = static_cast<std::uint16_t>(*second);
  return true;
}

}  // namespace cmos::modtool
