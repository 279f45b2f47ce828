#include "tools/common/response_files.h"

#include <fmt/format.h>

#include "base/host_file.h"

namespace cmos::tools {
namespace {

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

Result<std::vector<std::string>> with_response_files(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  CMOS_TRY_VOID(expand(arguments, 0, out));
  return out;
}

}  // namespace cmos::tools
