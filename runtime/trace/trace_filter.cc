#include "runtime/trace/trace_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "base/text.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kMaxName = 32;  ///< bytes; what is longer is no slip of the finger
constexpr std::string_view kAll = "all";
constexpr std::string_view kUnknown = "unknown";
constexpr std::string_view kInstructions = "insn";

/// Every name that parse() understands, each once.
std::vector<std::string_view> known_names() {
  std::vector<std::string_view> out{kAll, kInstructions, kUnknown};
  for (const syscalls::Row& row : syscalls::table()) {
    for (const std::string_view one : {row.name, name(row.category)}) {
      if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
    }
  }
  return out;
}

/// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

/// What to say about a name that is none: those that differ by a slip of the finger or begin with
/// it, else all.
std::string advice(std::string_view wrong) {
  std::vector<std::pair<std::size_t, std::string_view>> near;
  std::string all;
  const bool comparable = wrong.size() <= kMaxName;
  for (const std::string_view known : known_names()) {
    all += (all.empty() ? "" : ", ") + std::string(known);
    const bool begins = wrong.size() >= 2 && known.starts_with(wrong);
    const std::size_t slips = comparable ? distance(wrong, known) : SIZE_MAX;
    if (begins || slips <= std::min<std::size_t>(2, wrong.size() / 2)) {
      near.emplace_back(begins ? 0 : slips, known);
    }
  }
  if (near.empty()) return "known names: " + all;
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  for (const auto& [slips, known] : near) {
    out += (out.empty() ? "" : ", ") + fmt::format("'{}'", known);
  }
  return "did you mean " + out + "?";
}

}  // namespace

TraceFilter::TraceFilter() : rows_(syscalls::table().size(), true) {}

bool TraceFilter::apply(std::string_view word, bool shown) {
  if (word == kInstructions) {
    instructions_ = shown;
    return true;
  }
  if (word == kAll) std::fill(rows_.begin(), rows_.end(), shown);
  if (word == kAll || word == kUnknown) {
    unknown_ = shown;
    return true;
  }
  bool found = false;
  const auto table = syscalls::table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name != word && name(table[i].category) != word) continue;
    rows_[i] = shown;
    found = true;
  }
  return found;
}

Result<TraceFilter> TraceFilter::parse(std::string_view list) {
  TraceFilter filter;
  bool chosen = false;
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    const bool shown = !word.starts_with('!');
    if (!shown) word.remove_prefix(1);
    if (word != kInstructions && !chosen) {
      chosen = true;
      filter.apply(kAll, !shown);
    }
    if (!filter.apply(word, shown)) {
      return fail(ErrorCode::kUsage, fmt::format("--trace: {} is no system call or category; {}",
                                                 quote(as_bytes(word), kMaxName), advice(word)));
    }
    if (comma == std::string_view::npos) return filter;
    list.remove_prefix(comma + 1);
  }
}

bool TraceFilter::shows(const syscalls::Row* row) const {
  if (row == nullptr) return unknown_;
  const auto index = static_cast<std::size_t>(row - syscalls::table().data());
  return index < rows_.size() && rows_[index];
}

}  // namespace cmos::runtime
