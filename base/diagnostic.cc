#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace cmos::source {
namespace {

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !is_continuation(byte); }));
}

/// Blanks up to the place, tabs kept so that the caret stands below it, whatever a tab's width.
std::string indentation(std::string_view before) {
  std::string text;
  for (const char byte : before) {
    if (!is_continuation(byte)) text += byte == '\t' ? '\t' : ' ';
  }
  return text;
}

std::string place(const Sources& sources, const Span& where) {
  const std::string name = presentable(sources[where.file].name);
  if (where.line == 0) return name;
  const std::string_view line = sources.line(where);
  const std::size_t column = characters(line.substr(0, where.begin)) + 1;
  return fmt::format("{}:{}:{}", name, sources.number(where), column);
}

}  // namespace

std::uint32_t Sources::add(std::string name, std::string text, std::optional<Span> included_from) {
  SourceFile& file = files_.emplace_back();
  file.name = std::move(name);
  file.text = std::move(text);
  file.included_from = included_from;
  std::string_view rest = file.text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    file.lines.push_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::uint32_t Sources::add_use(std::string macro, std::string name, std::uint32_t first_line,
                               std::string text, Span where) {
  const std::uint32_t index = add(std::move(name), std::move(text), where);
  files_[index].macro = std::move(macro);
  files_[index].first_line = first_line;
  return index;
}

std::string_view Sources::line(const Span& span) const {
  const SourceFile& file = files_[span.file];
  if (span.line == 0 || span.line > file.lines.size()) return {};
  return file.lines[span.line - 1];
}

std::vector<Span> Sources::chain(Span span) const {
  std::vector<Span> all{span};
  while (files_[all.back().file].included_from)
    all.push_back(*files_[all.back().file].included_from);
  std::reverse(all.begin(), all.end());
  return all;
}

bool Sources::before(const Span& a, const Span& b) const {
  if (a.file == b.file) return std::tie(a.line, a.begin) < std::tie(b.line, b.begin);
  const std::vector<Span> left = chain(a);
  const std::vector<Span> right = chain(b);
  return std::lexicographical_compare(
      left.begin(), left.end(), right.begin(), right.end(), [](const Span& x, const Span& y) {
        return std::tie(x.line, x.begin) < std::tie(y.line, y.begin);
      });
}

std::string render(const Sources& sources, const Diagnostic& diagnostic) {
  const Span& where = diagnostic.where;
  std::string text = fmt::format("{}: {}: {}\n", place(sources, where), name(diagnostic.severity),
                                 presentable(diagnostic.message));
  const std::string_view line = sources.line(where);
  if (where.line != 0) {
    const std::size_t begin = std::min<std::size_t>(where.begin, line.size());
    const std::size_t marked = characters(line.substr(begin, where.length));
    text +=
        fmt::format("    {}\n    {}^{}\n", masked(line), indentation(masked(line.substr(0, begin))),
                    std::string(marked > 1 ? marked - 1 : 0, '~'));
  }
  for (const Note& note : diagnostic.notes)
    text += fmt::format("{}: note: {}\n", place(sources, note.where), presentable(note.message));
  std::uint32_t file = where.file;
  constexpr unsigned kMostShown = 4;
  for (unsigned i = 0; i < kMostShown && sources[file].included_from; ++i) {
    const Span& from = *sources[file].included_from;
    const std::string& macro = sources[file].macro;
    text += fmt::format(
        "{}:{}: note: {}\n", presentable(sources[from.file].name), sources.number(from),
        macro.empty() ? "included from here" : fmt::format("in {}, used here", presentable(macro)));
    file = from.file;
  }
  return text;
}

void Reporter::error(Span where, std::string message, std::vector<Note> notes) {
  ++errors_;
  add({Severity::kError, where, std::move(message), std::move(notes)});
}

void Reporter::warning(Span where, std::string message) {
  ++warnings_;
  add({Severity::kWarning, where, std::move(message), {}});
}

void Reporter::add(Diagnostic diagnostic) {
  if (list_.size() < kMost) list_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Reporter::take(const Sources& sources) && {
  std::stable_sort(list_.begin(), list_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return sources.before(a.where, b.where);
  });
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.where.file == b.where.file && a.where.line == b.where.line &&
           a.where.begin == b.where.begin && a.message == b.message;
  };
  list_.erase(std::unique(list_.begin(), list_.end(), same), list_.end());
  return std::move(list_);
}

}  // namespace cmos::source
