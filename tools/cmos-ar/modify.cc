#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/registry/exports.h"
#include "tools/cmos-ar/ar.h"
#include "tools/common/diagnostics.h"

namespace cmos::ar {
namespace {

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

class Modifier {
 public:
  Modifier(const Command& command, inspect::Output& output) : command_(command), output_(output) {}

  Result<void> run() {
    CMOS_TRY_VOID(load());
    CMOS_TRY_VOID(change());
    return save();
  }

 private:
  bool creates() const {
    return command_.operation == Operation::kReplace || command_.operation == Operation::kAppend;
  }

  Result<void> load() {
    if (command_.from_nothing) {
      created_ = true;
      return {};
    }
    auto bytes = read_host_file(command_.archive);
    if (!bytes) {
      if (bytes.error().code != ErrorCode::kNotFound || !creates())
        return fail(std::move(bytes).error());
      created_ = true;
      return {};
    }
    old_ = std::move(*bytes);
    format_ = &formats::archive_format(old_);
    CMOS_TRY(const formats::Archive parsed, format_->members(old_, command_.archive));
    if (format_->write_members == nullptr)
      return fail(
          Error{.code = ErrorCode::kUnsupported,
                .file = command_.archive,
                .message = fmt::format("{}: it can be read, but not changed", format_->title)});
    if (parsed.thin)
      return fail(Error{.code = ErrorCode::kUnsupported,
                        .file = command_.archive,
                        .message = "a thin archive: it can be read, but not changed"});
    for (const formats::Member& one : parsed.members)
      entries_.push_back(
          {std::string(one.name), one.bytes, {}, one.modified, one.uid, one.gid, one.mode});
    return {};
  }

  Result<void> change() {
    switch (command_.operation) {
      case Operation::kReplace:
      case Operation::kAppend:
        return add_files();
      case Operation::kDelete:
        remove(command_.names);
        return {};
      case Operation::kMove:
        return move();
      case Operation::kScript:
        for (const Step& step : command_.steps) CMOS_TRY_VOID(take(step));
        return {};
      case Operation::kIndex:
      case Operation::kPrint:
      case Operation::kList:
      case Operation::kExtract:
        break;
    }
    return {};
  }

  void say(char letter, std::string_view name) {
    if (command_.verbose) said_ += fmt::format("{} - {}\n", letter, inspect::shown(name));
  }

  std::vector<Entry>::iterator find(std::string_view name) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [name](const Entry& one) { return one.name == name; });
  }

  /// Where new and moved members go.
  Result<std::size_t> place(const std::string& position, bool before) {
    if (position.empty()) return entries_.size();
    const auto found = find(position);
    if (found == entries_.end()) return fail(no_entry(position));
    return static_cast<std::size_t>(found - entries_.begin()) + (before ? 0 : 1);
  }

  Error no_entry(const std::string& name) const {
    return Error{.code = ErrorCode::kNotFound,
                 .file = command_.archive,
                 .message = fmt::format("no member {}", quote(as_bytes(name)))};
  }

  Result<void> add_files() {
    std::string after = command_.position;
    bool before = command_.before;
    for (const std::string& file : command_.names) {
      CMOS_TRY(const bool added, add_file(file, after, before));
      // The next one follows this one.
      if (!added || command_.position.empty()) continue;
      after = base_name(file);
      before = false;
    }
    return {};
  }

  /// False when the member is newer.
  Result<bool> add_file(const std::string& file, const std::string& position, bool before) {
    const std::string name = base_name(file);
    const auto old = command_.operation == Operation::kReplace ? find(name) : entries_.end();
    struct stat info {};
    const bool known = ::stat(file.c_str(), &info) == 0;
    const auto modified = static_cast<std::uint64_t>(std::max<std::int64_t>(0, info.st_mtime));
    if (command_.update && known && old != entries_.end() && modified <= old->modified)
      return false;
    CMOS_TRY(Entry entry, read_file(file, name));
    if (!command_.deterministic && known) {
      entry.modified = modified;
      entry.uid = info.st_uid;
      entry.gid = info.st_gid;
      entry.mode = info.st_mode;
    }
    say(old != entries_.end() ? 'r' : 'a', file);
    if (old != entries_.end() && (position.empty() || name == position)) {
      *old = std::move(entry);
      return true;
    }
    CMOS_TRY(std::size_t at, place(position, before));
    if (old != entries_.end()) {
      // With a position a replaced member moves there.
      if (old - entries_.begin() < static_cast<std::ptrdiff_t>(at)) --at;
      entries_.erase(old);
    }
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(at), std::move(entry));
    return true;
  }

  static Result<Entry> read_file(const std::string& file, const std::string& name) {
    Entry out;
    CMOS_TRY(out.owned, read_host_file(file));
    out.bytes = out.owned;
    out.name = name;
    return out;
  }

  Result<void> take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kFile:
      case Step::Kind::kReplace: {
        CMOS_TRY(Entry entry, read_file(step.name, base_name(step.name)));
        const auto old = find(entry.name);
        say(old != entries_.end() ? 'r' : 'a', step.name);
        if (step.kind == Step::Kind::kReplace && old != entries_.end()) {
          *old = std::move(entry);
        } else {
          entries_.push_back(std::move(entry));
        }
        return {};
      }
      case Step::Kind::kDelete:
        remove({step.name});
        return {};
      case Step::Kind::kLibrary:
        return add_library(step);
    }
    return {};
  }

  Result<void> add_library(const Step& step) {
    CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(step.name));
    CMOS_TRY(const formats::Archive parsed,
             formats::archive_format(bytes).members(bytes, step.name));
    if (parsed.thin)
      return fail(Error{.code = ErrorCode::kUnsupported,
                        .file = step.name,
                        .message = "a thin archive: its members are files elsewhere"});
    for (const formats::Member& one : parsed.members) {
      const auto& only = step.members;
      if (!only.empty() && std::find(only.begin(), only.end(), one.name) == only.end()) continue;
      Entry entry{.name = std::string(one.name), .bytes = {}, .owned = {}};
      entry.owned.assign(one.bytes.begin(), one.bytes.end());
      entry.bytes = entry.owned;
      say('a', entry.name);
      entries_.push_back(std::move(entry));
    }
    return {};
  }

  void remove(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const std::size_t before = entries_.size();
      std::erase_if(entries_, [&](const Entry& one) { return one.name == name; });
      if (entries_.size() != before) {
        say('d', name);
      } else if (command_.verbose) {
        said_ += fmt::format("No member named `{}'\n", inspect::shown(name));
      }
    }
  }

  Result<void> move() {
    std::vector<Entry> moved;
    for (const std::string& name : command_.names) {
      const auto found = find(name);
      if (found == entries_.end()) return fail(no_entry(name));
      say('m', name);
      moved.push_back(std::move(*found));
      entries_.erase(found);
    }
    CMOS_TRY(const std::size_t at, place(command_.position, command_.before));
    std::move(moved.begin(), moved.end(),
              std::inserter(entries_, entries_.begin() + static_cast<std::ptrdiff_t>(at)));
    return {};
  }

  Result<void> save() {
    std::vector<formats::NewMember> members;
    std::vector<formats::Exports> exports(entries_.size());  // what the members' symbols refer to
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Entry& one = entries_[i];
      const std::string file = formats::member_name(command_.archive, one.name);
      CMOS_TRY(exports[i], formats::exported_symbols(one.bytes, file));
      formats::NewMember member{one.name, one.bytes, {}, 0, 0, 0, 0644};
      member.symbols.assign(exports[i].names.begin(), exports[i].names.end());
      if (!command_.deterministic) {
        member.modified = one.modified;
        member.uid = one.uid;
        member.gid = one.gid;
        member.mode = one.mode;
      }
      members.push_back(std::move(member));
    }
    if (created_) {
      std::vector<Bytes> contents;
      for (const Entry& one : entries_) contents.push_back(one.bytes);
      format_ = &formats::new_archive_format(contents);
    }
    auto written = format_->write_members(members, command_.with_index);
    if (!written) return fail(std::move(written).error().in_file(command_.archive));
    CMOS_TRY_VOID(write_host_file(command_.archive, *written));
    if (created_ && !command_.quiet_create)
      tools::complain(fmt::format("creating {}", command_.archive));
    output_.text().put(said_);
    return {};
  }

  const Command& command_;
  inspect::Output& output_;
  const formats::Format* format_ = &formats::archive_format({});
  std::vector<std::uint8_t> old_;
  std::vector<Entry> entries_;
  std::string said_;  ///< printed when it has become true
  bool created_ = false;
};

}  // namespace

Result<void> modify(const Command& command, inspect::Output& output) {
  return Modifier(command, output).run();
}

}  // namespace cmos::ar
