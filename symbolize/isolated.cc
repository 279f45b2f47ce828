#include "symbolize/isolated.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "sandbox/sandbox.h"
#include "symbolize/dwarf.h"

namespace cmos::symbolize {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr std::uint32_t kMaxAnswer = 1 << 20;

bool send_all(int socket, Bytes data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

enum class Received : std::uint8_t { kAll, kClosed, kLate };

Received receive_all(int socket, std::span<std::uint8_t> out,
                     std::optional<std::chrono::steady_clock::time_point> until) {
  while (!out.empty()) {
    if (until) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          *until - std::chrono::steady_clock::now());
      pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
      const int ready = left.count() <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0) return Received::kLate;
    }
    const ssize_t got = ::recv(socket, out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Received::kClosed;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return Received::kAll;
}

/// Status of a child that the memory limit stopped.
constexpr int kOutOfMemory = 3;

/// An answer of this size is the text of an error, and its size follows.
constexpr std::uint32_t kRefused = UINT32_MAX;

/// Bytes of address space that this process uses, to a page: no file says so in a process that may
/// open none. The limit is what tells: a page fits below it, or not.
std::uint64_t address_space() {
  constexpr std::size_t kPage = 4096;
  rlimit old{};
  ::getrlimit(RLIMIT_AS, &old);
  std::uint64_t low = 0, high = std::min<std::uint64_t>(old.rlim_max, std::uint64_t{1} << 47);
  while (high - low > kPage) {
    const std::uint64_t middle = low + (high - low) / 2;
    const rlimit tried{.rlim_cur = middle, .rlim_max = old.rlim_max};
    ::setrlimit(RLIMIT_AS, &tried);
    void* const page =
        ::mmap(nullptr, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (page == MAP_FAILED) {
      low = middle;
    } else {
      ::munmap(page, kPage);
      high = middle;
    }
  }
  ::setrlimit(RLIMIT_AS, &old);
  return high;
}

void limit(int resource, std::uint64_t most) {
  const rlimit both{.rlim_cur = most, .rlim_max = most};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

[[noreturn]] void out_of_memory() {
  ::_exit(kOutOfMemory);
}

/// Parent and child are one program, so only sizes need care.
std::vector<std::uint8_t> pack(const std::optional<SourceLine>& line) {
  ByteWriter out;
  if (!line) return {};
  out.u32(line->line);
  out.u32(line->column);
  out.text(std::string_view(line->file).substr(0, kMaxAnswer / 2));
  return std::move(out).take();
}

std::vector<std::uint8_t> pack(const std::optional<UnwindRow>& row) {
  ByteWriter out;
  if (!row) return {};
  out.u32(row->cfa_register);
  out.i64(row->cfa_offset);
  out.u32(row->return_register);
  for (const UnwindRule& rule : row->rules) {
    out.u8(static_cast<std::uint8_t>(rule.kind));
    out.i64(rule.offset);
    out.u32(rule.source);
  }
  return std::move(out).take();
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::vector<std::uint8_t> text_of(const Error& error) {
  const std::string text = error.text();
  return {text.begin(), text.end()};
}

std::string ending_text(int status, std::uint64_t memory) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory)
    return fmt::format("reading it takes more than {} MiB of memory", memory >> 20);
  if (WIFSIGNALED(status))
    return fmt::format("the library that reads it failed, it ended with signal {}",
                       WTERMSIG(status));
  return fmt::format("the library that reads it failed, it ended with status {}",
                     WEXITSTATUS(status));
}

}  // namespace

std::uint64_t dwarf_memory(std::uint64_t file_size) {
  constexpr std::uint64_t kBase = 256u << 20;
  return kBase + 4 * file_size;
}

IsolatedDwarf::IsolatedDwarf(Bytes elf, std::function<void(const std::string&)> warn)
    : elf_(elf), warn_(std::move(warn)) {}

IsolatedDwarf::~IsolatedDwarf() {
  if (child_ < 0) return;
  ::close(socket_);
  ::kill(child_, SIGKILL);
  wait_for(child_);
}

bool IsolatedDwarf::start() {
  if (std::exchange(started_, true)) return child_ >= 0;
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    warn_(fmt::format("no debug information: {}", std::strerror(errno)));
    return false;
  }
  child_ = ::fork();
  if (child_ == 0) {
    ::close(sockets[0]);
    serve(elf_, sockets[1]);
  }
  ::close(sockets[1]);
  if (child_ < 0) {
    warn_(fmt::format("no debug information: {}", std::strerror(errno)));
    ::close(sockets[0]);
    return false;
  }
  socket_ = sockets[0];
  return true;
}

void IsolatedDwarf::serve(Bytes elf, int socket) {
  // What it does wrong is the file's fault, and nobody's to debug.
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGINT, SIGTERM, SIGHUP})
    ::signal(signal, SIG_DFL);
  limit(RLIMIT_CORE, 0);
  // Busy for ever, it would outlive a parent that is killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(kPatience.count()));
  const auto null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  // A file may name others, as that of shared debug information: none of them is opened.
  limit(RLIMIT_NOFILE, 0);
  limit(RLIMIT_AS, address_space() + dwarf_memory(elf.size()));
  // As far as the host can: what it lacks is no reason to read nothing.
  sandbox::confine({.places = {}, .calls = sandbox::Policy::Calls::kReader});
  try {
    answer(elf, socket);
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
  ::_exit(0);
}

void IsolatedDwarf::answer(Bytes elf, int socket) {
  auto reader = DwarfReader::open(elf, &out_of_memory);
  std::array<std::uint8_t, 9> question{};
  while (receive_all(socket, question, std::nullopt) == Received::kAll) {
    ByteReader in(question);
    const auto kind = static_cast<Question>(in.u8("question"));
    const std::uint64_t address = in.u64("address");
    ByteWriter out;
    if (!reader) out.u32(kRefused);
    const auto answer = reader ? answer_to(**reader, kind, address) : text_of(reader.error());
    out.u32(static_cast<std::uint32_t>(answer.size()));
    out.bytes(answer);
    if (!send_all(socket, out.data())) break;
  }
}

std::vector<std::uint8_t> IsolatedDwarf::answer_to(DwarfReader& reader, Question question,
                                                   std::uint64_t address) {
  return question == Question::kLine ? pack(reader.line(address)) : pack(reader.unwind(address));
}

void IsolatedDwarf::give_up(const std::string& why) {
  ::kill(child_, SIGKILL);
  ::close(socket_);
  const std::string ending = ending_text(wait_for(child_), dwarf_memory(elf_.size()));
  child_ = -1;
  warn_(fmt::format("its debug information cannot be read: {}", why.empty() ? ending : why));
}

std::optional<std::vector<std::uint8_t>> IsolatedDwarf::ask(Question question,
                                                            std::uint64_t address) {
  if (!start()) return std::nullopt;
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(question));
  out.u64(address);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::array<std::uint8_t, 4> size{};
  auto got = send_all(socket_, out.data()) ? receive_all(socket_, size, until) : Received::kClosed;
  const bool refused = got == Received::kAll && ByteReader(size).u32("size") == kRefused;
  if (refused) got = receive_all(socket_, size, until);
  std::vector<std::uint8_t> answer;
  if (got == Received::kAll) {
    answer.resize(std::min(ByteReader(size).u32("size"), kMaxAnswer));
    got = receive_all(socket_, answer, until);
  }
  if (got == Received::kAll && !refused) return answer;
  give_up(got == Received::kAll ? std::string(as_text(answer))
          : got == Received::kLate
              ? fmt::format("reading it takes more than {} seconds", kPatience.count())
              : "");
  return std::nullopt;
}

std::optional<SourceLine> IsolatedDwarf::line(std::uint64_t address) {
  const auto answer = ask(Question::kLine, address);
  if (!answer || answer->empty()) return std::nullopt;
  ByteReader in(*answer);
  SourceLine line;
  line.line = in.u32("line");
  line.column = in.u32("column");
  line.file = as_text(in.bytes(in.remaining(), "file"));
  return in.ok() ? std::optional(std::move(line)) : std::nullopt;
}

std::optional<UnwindRow> IsolatedDwarf::unwind(std::uint64_t address) {
  const auto answer = ask(Question::kUnwind, address);
  if (!answer || answer->empty()) return std::nullopt;
  ByteReader in(*answer);
  UnwindRow row;
  row.cfa_register = in.u32("CFA register");
  row.cfa_offset = in.i64("CFA offset");
  row.return_register = in.u32("return register");
  while (in.ok() && !in.at_end()) {
    UnwindRule rule;
    rule.kind = static_cast<UnwindRule::Kind>(in.u8("rule"));
    rule.offset = in.i64("offset");
    rule.source = in.u32("source");
    row.rules.push_back(rule);
  }
  return in.ok() && row.return_register < row.rules.size() ? std::optional(std::move(row))
                                                           : std::nullopt;
}

}  // namespace cmos::symbolize
