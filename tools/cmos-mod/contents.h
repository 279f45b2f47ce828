// What stands in a description file between `segment` and `end`: bytes, texts, labels, and fields
// that get addresses when the module is loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/module/make.h"
#include "tools/cmos-mod/description.h"

namespace cmos::modtool {

struct Word {
  std::string text;
  bool quoted = false;  ///< between double quotes; `text` is what they mean

  bool is(std::string_view keyword) const { return !quoted && text == keyword; }
};

/// Errors of one file that name the line.
class LineErrors {
 public:
  explicit LineErrors(std::string file) : file_(std::move(file)) {}
  tl::unexpected<Error> wrong(std::string found, std::string expected) const;

 protected:
  void next_line() { ++line_; }
  const std::string& described_file() const { return file_; }

 private:
  std::string file_;
  std::size_t line_ = 0;
};

/// The words of a line up to a '#'.
Result<std::vector<Word>> words_of(std::string_view line, const LineErrors& errors);

/// Appends "text" or an even number of hexadecimal digits, be it with *COUNT; false for others.
bool plain_bytes(const Word& word, std::vector<std::uint8_t>& out);

/// One segment while its lines are read.
class Contents {
 public:
  /// `errors` knows the line that is being read.
  Contents(Part& part, mod::SourceSegment segment, const LineErrors& errors);

  Result<void> add(const std::vector<Word>& words);
  /// The segment goes to its source.
  Result<void> end();

 private:
  Result<bool> attribute(const std::vector<Word>& words);
  Result<void> item(const Word& word);
  Result<void> label(std::string name);
  Result<void> field(mod::ValueType type, const std::string& target);
  Result<void> zeros(const std::string& count);
  Result<void> room() const;
  std::uint32_t symbol(const std::string& name);
  std::size_t size() const { return segment_.bytes.size() + pending_zeros_; }
  void write_zeros();

  mod::Source& source_;
  std::map<std::string, std::uint32_t>& names_;
  mod::Family family_;
  mod::SourceSegment segment_;
  const LineErrors& errors_;
  std::size_t pending_zeros_ = 0;  ///< at the end: of a segment that has nothing else, no payload
  bool begun_ = false;
};

}  // namespace cmos::modtool
