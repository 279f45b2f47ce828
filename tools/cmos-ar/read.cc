#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/host_file.h"
#include "base/text.h"
#include "inspect/json.h"
#include "tools/cmos-ar/ar.h"

namespace cmos::ar {
namespace {

using Json = nlohmann::ordered_json;

/// "rw-r--r--".
std::string permissions(std::uint32_t mode) {
  std::string out = "rwxrwxrwx";
  for (unsigned i = 0; i < 9; ++i) {
    if ((mode & (0400u >> i)) == 0) out[i] = '-';
  }
  return out;
}

/// "Jan  1 00:00 1970", in local time as ar has it.
std::string date(std::uint64_t seconds) {
  constexpr std::uint64_t kLatest = 253'402'300'799;  // the year 9999
  const auto time = static_cast<std::time_t>(std::min(seconds, kLatest));
  std::tm parts{};
  std::array<char, 64> text{};
  if (::localtime_r(&time, &parts) == nullptr) return "?";
  std::strftime(text.data(), text.size(), "%b %e %H:%M %Y", &parts);
  return text.data();
}

/// Extracting must not write anywhere but into the folder.
bool stays_inside(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

class Reader {
 public:
  Reader(const Command& command, inspect::Output& output) : command_(command), output_(output) {}

  Result<void> run() {
    CMOS_TRY(bytes_, read_host_file(command_.archive));
    CMOS_TRY(archive_, formats::archive_format(bytes_).members(bytes_, command_.archive));
    if (archive_.thin && command_.operation == Operation::kExtract)
      return fail(Error{.code = ErrorCode::kUnsupported,
                        .file = command_.archive,
                        .message = "a thin archive: its members are files already"});
    if (command_.names.empty()) {
      for (const formats::Member& one : archive_.members) visit(one);
    }
    for (const std::string& name : command_.names) visit_named(name);
    if (command_.json) output_.text().put(inspect::json_document(document()));
    return {};
  }

 private:
  void visit_named(const std::string& name) {
    bool found = false;
    for (const formats::Member& one : archive_.members) {
      if (one.name != name) continue;
      found = true;
      visit(one);
    }
    if (!found)
      output_.complain(Error{.code = ErrorCode::kNotFound,
                             .file = command_.archive,
                             .message = fmt::format("no member {}", quote(as_bytes(name)))});
  }

  void visit(const formats::Member& one) {
    const Result<void> done = command_.operation == Operation::kList    ? list(one)
                              : command_.operation == Operation::kPrint ? print(one)
                                                                        : extract(one);
    if (!done) output_.complain(done.error());
  }

  Result<void> list(const formats::Member& one) {
    if (command_.json) {
      members_.push_back({{"name", inspect::json_text(one.name)},
                          {"size", one.size},
                          {"offset", one.offset},
                          {"modified", one.modified},
                          {"uid", one.uid},
                          {"gid", one.gid},
                          {"mode", fmt::format("{:o}", one.mode)}});
      return {};
    }
    if (command_.verbose)
      output_.text().print("{} {}/{} {:6} {} ", permissions(one.mode), one.uid, one.gid, one.size,
                           date(one.modified));
    output_.text().print("{}\n", inspect::shown(one.name));
    return {};
  }

  Result<void> print(const formats::Member& one) {
    if (command_.verbose) output_.text().print("\n<{}>\n\n", inspect::shown(one.name));
    if (!archive_.thin) {
      output_.text().put(as_text(one.bytes));
      return {};
    }
    CMOS_TRY(const std::vector<std::uint8_t> contents,
             read_host_file(formats::thin_member_path(command_.archive, one.name)));
    output_.text().put(as_text(contents));
    return {};
  }

  Result<void> extract(const formats::Member& one) {
    if (!stays_inside(one.name))
      return fail(Error{.code = ErrorCode::kMalformed,
                        .file = command_.archive,
                        .offset = one.header_offset,
                        .field = "member name",
                        .found = quote(as_bytes(one.name)),
                        .expected = "a name without folders: it would be written somewhere else"});
    std::string path = command_.output_folder;
    if (!path.empty() && !path.ends_with('/')) path += '/';
    path += one.name;
    // A link of that name would lead the contents elsewhere.
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode)) ::unlink(path.c_str());
    auto done = write_host_file(path, one.bytes);
    if (done) done = set_attributes(path, one);
    if (!done) {
      Error error = std::move(done).error();
      error.file = inspect::shown(error.file);
      return fail(std::move(error));
    }
    if (command_.verbose) output_.text().print("x - {}\n", inspect::shown(one.name));
    return {};
  }

  Result<void> set_attributes(const std::string& path, const formats::Member& one) const {
    constexpr std::uint32_t kPermissions = 0777;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    bool done = ::chmod(path.c_str(), one.mode & kPermissions & ~mask) == 0;
    if (done && command_.original_dates) {
      const timespec when{static_cast<time_t>(one.modified), 0};
      const timespec both[2] = {when, when};
      done = ::utimensat(AT_FDCWD, path.c_str(), both, 0) == 0;
    }
    if (done) return {};
    return fail(Error{.code = ErrorCode::kHostIo, .file = path, .message = std::strerror(errno)});
  }

  Json document() const {
    return {{"file", inspect::json_text(command_.archive)},
            {"thin", archive_.thin},
            {"has_index", archive_.has_index},
            {"members", members_}};
  }

  const Command& command_;
  inspect::Output& output_;
  std::vector<std::uint8_t> bytes_;
  formats::Archive archive_;
  Json members_ = Json::array();
};

}  // namespace

Result<void> read(const Command& command, inspect::Output& output) {
  return Reader(command, output).run();
}

}  // namespace cmos::ar
