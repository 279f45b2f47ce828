// The assembler's own half on any text, without the child process: no crash, no hang; messages lie
// in the source; nothing reaches the encoder but what the assembler writes itself.
#include <string>

#include "assembler/assembler.h"
#include "base/text.h"
#include "fuzz/require.h"

namespace {

using cmos::Bytes;
using cmos::assembler::Source;
using cmos::fuzz::require;

/// A file includes itself, so that depth and size limits are met.
cmos::assembler::Options options(const std::string& text) {
  cmos::assembler::Options out;
  out.include_folders = {"i"};
  out.most_lines = 2'000;  // so that repetitions end soon
  out.debug_lines = text.size() % 2 == 1;
  out.defines = {{"GIVEN", "7"}};
  out.read_file = [text](const std::string& path) -> cmos::Result<std::vector<std::uint8_t>> {
    if (path.starts_with("i/"))
      return std::vector<std::uint8_t>(text.begin(), text.begin() + text.size() / 4);
    return cmos::fail(cmos::ErrorCode::kNotFound, "no such file");
  };
  return out;
}

void check_encoder_text(const std::string& text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    require(end != std::string::npos, "the encoder's text is whole lines");
    const std::string line = text.substr(begin, end - begin);
    const auto has = [&line](const char* word) { return line.starts_with(word); };
    require(!has(".include") && !has(".incbin") && (!has(".section") || has(".section .debug_")) &&
                !has(".macro"),
            "the encoder gets no directive that opens files or sections");
    require(line.find('\0') == std::string::npos, "no zero bytes reach the encoder");
    begin = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Source source = Source::prepare("f", text, options(text));
  check_encoder_text(source.encoder_text());
  for (const auto& diagnostic : source.take_diagnostics()) {
    require(diagnostic.where.file < source.sources().size(), "a message is about a known file");
    const std::string_view line = source.sources().line(diagnostic.where);
    require(diagnostic.where.line == 0 || diagnostic.where.begin <= line.size() + 1,
            "a message points into its line");
    require(!diagnostic.message.empty(), "a message says something");
    const std::string shown = render(source.sources(), diagnostic);
    require(shown.ends_with('\n'), "a message is whole lines");
  }
  return 0;
}
