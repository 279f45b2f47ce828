// The encoder: llvm-mc or clang as a child process. Its input and outputs are files in memory, so
// that neither a full pipe can block nor anything be left behind.
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "assembler/assembler.h"

namespace cmos::assembler {
namespace {

constexpr rlim_t kMostOutput = 512u << 20;
constexpr rlim_t kMostMemory = 8ull << 30;
constexpr std::array<const char*, 4> kPrograms{"llvm-mc-14", "llvm-mc", "clang-14", "clang"};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> host_error(std::string_view what, int number) {
  return fail(ErrorCode::kHostIo, fmt::format("{}: {}", what, std::strerror(number)));
}

Result<Descriptor> memory_file(const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC));
  if (file.get() < 0) return host_error("a file in memory for the encoder", errno);
  return file;
}

Result<void> fill(const Descriptor& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return host_error("the encoder's input", errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return host_error("the encoder's input", errno);
  return {};
}

Result<std::vector<std::uint8_t>> contents(const Descriptor& file) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return host_error("the encoder's output", errno);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(file.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return host_error("the encoder's output", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

bool is_clang(std::string_view program) {
  const auto slash = program.rfind('/');
  if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
  return program.starts_with("clang");
}

std::vector<std::string> command(const std::string& program, std::string_view triple) {
  if (is_clang(program))
    return {program,
            "-target",
            std::string(triple),
            "-x",
            "assembler",
            "-c",
            "-",
            "-o",
            "-",
            "-fno-color-diagnostics",
            "-ferror-limit=0"};
  return {program, "-triple", std::string(triple), "-filetype=obj", "-o", "-"};
}

struct Streams {
  int in;
  int out;
  int err;
};

/// 0 and the child's number, or what posix_spawnp says.
int spawn(std::vector<std::string> words, const Streams& streams, pid_t& child) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, streams.in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.err, STDERR_FILENO);
  const int status =
      ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

/// A directive may ask for gigabytes; the encoder, not the machine, is to run out of memory.
void limit(pid_t child) {
  const rlimit output{kMostOutput, kMostOutput};
  const rlimit memory{kMostMemory, kMostMemory};
  const rlimit core{0, 0};
  ::prlimit(child, RLIMIT_FSIZE, &output, nullptr);
  ::prlimit(child, RLIMIT_AS, &memory, nullptr);
  ::prlimit(child, RLIMIT_CORE, &core, nullptr);
}

int reap(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

/// The child's wait status; kLimit when it had to be killed.
Result<int> wait_for(pid_t child, std::chrono::milliseconds timeout) {
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (handle.get() < 0) return reap(child);  // a kernel before 5.3 waits without a limit
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd entry{handle.get(), POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) return reap(child);
    if (ready < 0 && errno == EINTR) continue;
    ::kill(child, SIGKILL);
    reap(child);
    return fail(ErrorCode::kLimit,
                fmt::format("the encoder took longer than {} ms and was stopped", timeout.count()));
  }
}

/// The program's name, and its number.
Result<std::pair<std::string, pid_t>> start(const std::vector<std::vector<std::string>>& commands,
                                            std::string_view packages, const Streams& streams) {
  pid_t child = 0;
  std::string names;
  for (const std::vector<std::string>& words : commands) {
    const std::string& program = words[0];
    const int status = spawn(words, streams, child);
    if (status == 0) return std::pair{program, child};
    if (packages.empty())
      return fail(Error{
          .code = status == ENOENT ? ErrorCode::kNotFound : ErrorCode::kHostIo,
          .file = program,
          .message = fmt::format("the encoder cannot be started: {}", std::strerror(status))});
    if (status != ENOENT && status != EACCES)
      return host_error(fmt::format("{} cannot be started", program), status);
    names += (names.empty() ? "" : ", ") + program;
  }
  return fail(
      ErrorCode::kNotFound,
      fmt::format("no encoder: none of {} is installed (Debian: apt install {})", names, packages));
}

std::string crash_text(int signal, std::string_view messages) {
  const std::string_view first = messages.substr(0, messages.find('\n'));
  return fmt::format("the encoder crashed (signal {}){}{}", signal, first.empty() ? "" : ": ",
                     first);
}

}  // namespace

Result<Encoded> run_program(const std::string& text,
                            const std::vector<std::vector<std::string>>& commands,
                            std::string_view packages, std::chrono::milliseconds timeout) {
  CMOS_TRY(const Descriptor in, memory_file("cmos-as input"));
  CMOS_TRY(const Descriptor out, memory_file("cmos-as output"));
  CMOS_TRY(const Descriptor err, memory_file("cmos-as messages"));
  CMOS_TRY_VOID(fill(in, text));
  CMOS_TRY(const auto started, start(commands, packages, {in.get(), out.get(), err.get()}));
  const auto& [program, child] = started;
  limit(child);
  CMOS_TRY(const int status, wait_for(child, timeout));
  CMOS_TRY(const std::vector<std::uint8_t> messages, contents(err));
  Encoded answer;
  answer.messages = as_text(messages);
  if (WIFSIGNALED(status)) {
    answer.crash = Error{.code = ErrorCode::kHostIo,
                         .file = program,
                         .message = crash_text(WTERMSIG(status), answer.messages)};
    return answer;
  }
  answer.accepted = WEXITSTATUS(status) == 0;
  if (answer.accepted) {
    CMOS_TRY(answer.elf, contents(out));
  }
  return answer;
}

Result<Encoded> encode(const std::string& text, std::string_view triple, const Options& options) {
  std::vector<std::vector<std::string>> commands;
  if (options.encoder.empty()) {
    for (const char* program : kPrograms) commands.push_back(command(program, triple));
  } else {
    commands.push_back(command(options.encoder, triple));
  }
  CMOS_TRY(Encoded answer,
           run_program(text, commands, options.encoder.empty() ? "llvm-14, or clang-14" : "",
                       options.encoder_timeout));
  if (answer.accepted && answer.elf.empty())
    return fail(Error{.code = ErrorCode::kHostIo,
                      .file = commands.front().front(),
                      .message = "the encoder wrote nothing"});
  return answer;
}

}  // namespace cmos::assembler
