#include "assembler/sdas.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "assembler/intel8080.h"
#include "base/host_file.h"
#include "base/text.h"

namespace cmos::assembler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostOutput = 64u << 20;

/// It and what is in it vanish with the object.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::error_code error;
    const fs::path where = fs::temp_directory_path(error);
    std::string path = (error ? fs::path("/tmp") : where) / "cmos-as-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      return fail(Error{.code = ErrorCode::kHostIo,
                        .file = path,
                        .message = fmt::format("a folder for the assembler cannot be made: {}",
                                               std::strerror(errno))});
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  std::string file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string folder_of(const std::string& file) {
  const std::string folder = fs::path(file).parent_path();
  return folder.empty() ? "." : folder;
}

/// "/tmp/…/source.s:3: Error: <u> undefined symbol …" in the words of this program.
std::string own_line(std::string_view line, std::string_view source, std::string_view file) {
  std::string out(line);
  if (line.starts_with(source)) out.replace(0, source.size(), file);
  const std::size_t mark = out.find(": Error: <");
  if (mark != std::string::npos) {
    const std::size_t end = out.find("> ", mark);
    if (end != std::string::npos) out.replace(mark, end + 2 - mark, ": error: ");
  }
  return out;
}

void take_messages(std::string_view messages, std::string_view source, std::string_view file,
                   SdasOutput& out) {
  while (!messages.empty()) {
    const std::size_t end = std::min(messages.find('\n'), messages.size());
    const std::string line = own_line(messages.substr(0, end), source, file);
    messages.remove_prefix(std::min(end + 1, messages.size()));
    // It also says which half of its output it takes away.
    if (line.empty() || line.starts_with("removing ")) continue;
    if (line.find(": error: ") != std::string::npos) ++out.errors;
    out.messages += presentable(line) + "\n";
  }
}

/// False, with messages, when the source is no code of the 8080.
bool rewrite(const std::string& file, std::string& text, SdasOutput& out) {
  IntelRewritten made = rewrite_intel(text);
  for (const IntelMistake& one : made.mistakes)
    out.messages += fmt::format("{}:{}:{}: error: {}\n", file, one.line, one.column, one.text);
  out.errors += made.mistakes.size();
  text = std::move(made.text);
  return out.errors == 0;
}

}  // namespace

bool is_sdas_arch(std::string_view arch) {
  return arch == "_Z80" || arch == "8080";
}

Result<SdasOutput> run_sdas(const std::string& file, std::string_view source,
                            const AssembleOptions& options) {
  SdasOutput out;
  std::string text(source);
  if (options.arch == "8080" && !rewrite(file, text, out)) return out;
  CMOS_TRY(const TemporaryFolder folder, TemporaryFolder::make());
  const std::string input = folder.file("source.s");
  const std::string object = folder.file("object.rel");
  CMOS_TRY_VOID(write_host_file(input, as_bytes(text)));
  std::vector<std::string> words{options.encoder.empty() ? "sdasz80" : options.encoder};
  words.push_back("-I" + folder_of(file));
  for (const std::string& one : options.include_folders) words.push_back("-I" + one);
  words.insert(words.end(), {options.listing ? "-lo" : "-o", object, input});
  CMOS_TRY(const Encoded answer, run_program("", {words}, options.encoder.empty() ? "sdcc" : "",
                                             options.encoder_timeout));
  if (answer.crash) return fail(*answer.crash);
  take_messages(answer.messages, input, file, out);
  if (!answer.accepted || out.errors != 0) {
    if (out.errors != 0) return out;
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = words.front(),
                      .message = "the assembler failed without saying why"});
  }
  CMOS_TRY(out.rel, read_host_file(object, kMostOutput));
  if (options.listing) {
    CMOS_TRY(const auto listing, read_host_file(folder.file("object.lst"), kMostOutput));
    out.listing = as_text(listing);
  }
  return out;
}

}  // namespace cmos::assembler
