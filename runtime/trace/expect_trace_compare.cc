#include "runtime/trace/expect_trace_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "runtime/trace/trace_buffer.h"

namespace cmos::runtime {
namespace {

constexpr std::size_t kBefore = 3;  ///< lines shown around a difference
constexpr std::size_t kAfter = 6;

/// What makes `expected` fit `found` with the fewest changes, from the front.
enum class Edit : std::uint8_t { kKeep, kRemove, kAdd, kAbsorb };  ///< kAbsorb: by a `...`

class Alignment {
 public:
  /// Both borrowed. Time and memory go with the product of the sizes.
  Alignment(std::span<const ExpectedLine> expected, std::span<const std::string> found)
      : expected_(expected), found_(found), columns_(found.size() + 1) {
    cost_.assign((expected.size() + 1) * columns_, 0);
    for (std::size_t e = expected.size() + 1; e-- > 0;) {
      for (std::size_t f = columns_; f-- > 0;) at(e, f) = best(e, f);
    }
  }

  std::vector<Edit> edits() const {
    std::vector<Edit> out;
    std::size_t e = 0, f = 0;
    while (e < expected_.size() || f < found_.size()) {
      const Edit edit = next(e, f);
      out.push_back(edit);
      if (edit == Edit::kAdd || edit == Edit::kAbsorb) {
        ++f;
      } else if (edit == Edit::kRemove || expected_[e].any()) {
        ++e;
      } else {
        ++e;
        ++f;
      }
    }
    return out;
  }

 private:
  using Cost = std::uint32_t;
  static constexpr Cost kNever = std::numeric_limits<Cost>::max() / 2;

  Cost& at(std::size_t e, std::size_t f) { return cost_[e * columns_ + f]; }
  Cost at(std::size_t e, std::size_t f) const { return cost_[e * columns_ + f]; }

  Cost cost(Edit edit, std::size_t e, std::size_t f) const {
    const bool has_expected = e < expected_.size();
    const bool has_found = f < found_.size();
    switch (edit) {
      case Edit::kKeep:
        if (!has_expected) return kNever;
        if (expected_[e].any()) return at(e + 1, f);
        if (!has_found || !line_matches(expected_[e].text, found_[f])) return kNever;
        return at(e + 1, f + 1);
      case Edit::kAbsorb:
        return has_found && has_expected && expected_[e].any() ? at(e, f + 1) : kNever;
      case Edit::kRemove:
        return has_expected ? at(e + 1, f) + 1 : kNever;
      case Edit::kAdd:
        return has_found ? at(e, f + 1) + 1 : kNever;
    }
    return kNever;
  }

  Cost best(std::size_t e, std::size_t f) const {
    if (e == expected_.size() && f == found_.size()) return 0;
    Cost least = kNever;
    for (const Edit edit : {Edit::kKeep, Edit::kAbsorb, Edit::kRemove, Edit::kAdd})
      least = std::min(least, cost(edit, e, f));
    return least;
  }

  Edit next(std::size_t e, std::size_t f) const {
    for (const Edit edit : {Edit::kKeep, Edit::kAbsorb, Edit::kRemove}) {
      if (cost(edit, e, f) == at(e, f)) return edit;
    }
    return Edit::kAdd;
  }

  std::span<const ExpectedLine> expected_;
  std::span<const std::string> found_;
  std::size_t columns_;
  std::vector<Cost> cost_;
};

/// The first lines that differ, marked, with what stands around them. What differs behind that may
/// only seem to, since neither side is seen to its end.
std::string hunk(const std::deque<std::string>& before, std::span<const ExpectedLine> expected,
                 std::span<const std::string> found) {
  fmt::memory_buffer text;
  for (const std::string& line : before) put(text, "    {}\n", line);
  std::size_t e = 0, f = 0;
  bool changed = false, kept_again = false;
  for (const Edit edit : Alignment(expected, found).edits()) {
    const bool change = edit == Edit::kRemove || edit == Edit::kAdd;
    if (change && kept_again) break;
    changed = changed || change;
    kept_again = changed && !change;
    if (edit == Edit::kRemove) {
      put(text, "  - {}\n", expected[e++].text);
    } else if (edit == Edit::kAdd) {
      put(text, "  + {}\n", found[f++]);
    } else if (edit == Edit::kAbsorb || !expected[e++].any()) {
      put(text, "    {}\n", found[f++]);
    }
  }
  return fmt::to_string(text);
}

}  // namespace

// ---- comparing ----------------------------------------------------------------------------------

TraceComparison::TraceComparison(const ExpectedTrace& expected) : expected_(expected) {
  follow_any(0);
}

/// A position, and those behind the `...` there: they may stand for nothing.
void TraceComparison::follow_any(std::size_t position) {
  if (!positions_.empty() && positions_.back() >= position) return;
  positions_.push_back(position);
  while (position < expected_.lines.size() && expected_.lines[position].any())
    positions_.push_back(++position);
}

void TraceComparison::add(std::string_view line) {
  if (failed_) {
    if (after_.size() < kAfter) after_.emplace_back(line);
    return;
  }
  ++count_;
  const std::vector<std::size_t> before = std::exchange(positions_, {});
  for (const std::size_t position : before) {
    if (position == expected_.lines.size()) continue;
    const ExpectedLine& expected = expected_.lines[position];
    if (expected.any()) {
      follow_any(position);
    } else if (line_matches(expected.text, line)) {
      follow_any(position + 1);
    }
  }
  if (!positions_.empty()) {
    before_.emplace_back(line);
    if (before_.size() > kBefore) before_.pop_front();
    return;
  }
  failed_ = true;
  failed_at_ = before.back();
  after_.emplace_back(line);
}

std::optional<TraceDifference> TraceComparison::finish() {
  if (!failed_ && !positions_.empty() && positions_.back() == expected_.lines.size())
    return std::nullopt;
  if (!failed_) {
    ++count_;
    failed_at_ = positions_.back();
  }
  return difference();
}

TraceDifference TraceComparison::difference() const {
  const std::span<const ExpectedLine> all(expected_.lines);
  const auto expected = all.subspan(failed_at_, std::min(kAfter, all.size() - failed_at_));
  TraceDifference out;
  out.found_line = count_;
  out.expected_line = !expected.empty() ? expected.front().number
                      : all.empty()     ? 2
                                        : all.back().number + 1;
  if (!expected.empty()) out.expected = expected.front().text;
  if (!after_.empty()) out.found = after_.front();
  if (!expected.empty() && !after_.empty()) out.what = first_difference(out.expected, out.found);

  out.context = hunk(before_, expected, after_);
  return out;
}

// ---- blessing -----------------------------------------------------------------------------------

namespace {

/// More would cost more than the kept wildcards are worth.
constexpr std::size_t kMostCells = 16'000'000;

class Blessing {
 public:
  Blessing(const ExpectedTrace& old, const std::vector<std::string>& lines)
      : old_(old.lines), lines_(lines) {
    out_.trace.file = old.file;
    out_.trace.comments = old.comments;
  }

  BlessedTrace take() && {
    const std::size_t head = common_head();
    const std::size_t tail = common_tail(head);
    for (std::size_t i = 0; i < head; ++i) keep(i);
    middle(head, old_.size() - tail, lines_.size() - tail);
    for (std::size_t i = old_.size() - tail; i < old_.size(); ++i) keep(i);
    auto& comments = out_.trace.comments;
    comments.insert(comments.begin(), std::make_move_iterator(pending_.begin()),
                    std::make_move_iterator(pending_.end()));
    return std::move(out_);
  }

 private:
  bool same(std::size_t e, std::size_t f) const {
    return !old_[e].any() && line_matches(old_[e].text, lines_[f]);
  }
  std::size_t common_head() const {
    std::size_t n = 0;
    while (n < std::min(old_.size(), lines_.size()) && same(n, n)) ++n;
    return n;
  }
  std::size_t common_tail(std::size_t head) const {
    std::size_t n = 0;
    const std::size_t most = std::min(old_.size(), lines_.size()) - head;
    while (n < most && same(old_.size() - 1 - n, lines_.size() - 1 - n)) ++n;
    return n;
  }

  void keep(std::size_t e) {
    ExpectedLine line = old_[e];
    line.comments.insert(line.comments.begin(), pending_.begin(), pending_.end());
    pending_.clear();
    out_.trace.lines.push_back(std::move(line));
    ++out_.kept;
  }
  void remove(std::size_t e) {
    pending_.insert(pending_.end(), old_[e].comments.begin(), old_[e].comments.end());
    ++out_.removed;
  }
  void add(std::size_t f) {
    out_.trace.lines.push_back({lines_[f], 0, std::exchange(pending_, {})});
    ++out_.added;
  }

  void middle(std::size_t head, std::size_t old_end, std::size_t new_end) {
    const auto expected = std::span(old_).subspan(head, old_end - head);
    const auto found = std::span(lines_).subspan(head, new_end - head);
    std::size_t e = head, f = head;
    if ((expected.size() + 1) * (found.size() + 1) > kMostCells) {
      while (e < old_end) remove(e++);
      while (f < new_end) add(f++);
      return;
    }
    for (const Edit edit : Alignment(expected, found).edits()) {
      if (edit == Edit::kRemove) {
        remove(e++);
      } else if (edit == Edit::kAdd) {
        add(f++);
      } else if (edit == Edit::kAbsorb) {
        ++f;
      } else {
        if (!old_[e].any()) ++f;
        keep(e++);
      }
    }
  }

  const std::vector<ExpectedLine>& old_;
  const std::vector<std::string>& lines_;
  std::vector<std::string> pending_;  ///< comments of removed lines
  BlessedTrace out_;
};

}  // namespace

BlessedTrace bless_trace(const ExpectedTrace& old, const std::vector<std::string>& lines) {
  TraceComparison comparison(old);
  for (const std::string& line : lines) comparison.add(line);
  if (!comparison.finish()) return {.trace = old, .kept = old.lines.size()};
  return Blessing(old, lines).take();
}

}  // namespace cmos::runtime
