#include "tests/cpu/qemu_user.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace cmos::cpu_test {
namespace {

// reference/reference.c has these as well.
static_assert(sizeof(State) == kRegistersSize + kWindow + 16 && kRegistersSize == 0x340);
static_assert(kEntry == kState + 0x340 && kReturn == kState + 0x348 &&
              kSavedStack == kState + 0x368 && kTail == kCode + 0x400);

struct Header {
  std::uint32_t count = 0;
  std::array<std::uint32_t, kBatch / 32> thumb{};
};

class Process final : public Machine {
 public:
  Process(const QemuUser& qemu, Framing framing) : framing_(std::move(framing)) {
    signal(SIGPIPE, SIG_IGN);
    start(qemu);
    send(framing_.frame.data(), framing_.frame.size());
  }
  ~Process() override {
    close(requests_);
    close(answers_);
    waitpid(child_, nullptr, 0);
  }

  std::vector<State> run(const std::vector<Case>& cases) override {
    Header header{.count = static_cast<std::uint32_t>(cases.size())};
    std::vector<std::uint8_t> slots(cases.size() * kSlotSize, 0);
    std::vector<State> states;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].thumb) header.thumb[i / 32] |= 1u << i % 32;
      auto code = cases[i].reference_code();
      const auto leave = framing_.leave(kFirstSlot + i * kSlotSize + code.size(), cases[i].thumb);
      code.insert(code.end(), leave.begin(), leave.end());
      std::memcpy(slots.data() + i * kSlotSize, code.data(), code.size());
      states.push_back(cases[i].before);
    }
    send(&header, sizeof header);
    send(slots.data(), slots.size());
    send(states.data(), states.size() * sizeof(State));
    receive(states.data(), states.size() * sizeof(State));
    return states;
  }

 private:
  void start(const QemuUser& qemu) {
    std::array<int, 2> to{}, from{};
    if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    std::vector<std::string> words{qemu.program};
    words.insert(words.end(), qemu.model.begin(), qemu.model.end());
    words.push_back(qemu.reference);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(to[0], 0);
      dup2(from[1], 1);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    requests_ = to[1];
    answers_ = from[0];
    if (child_ < 0) throw std::runtime_error("no process");
  }

  void send(const void* data, std::size_t size) {
    const auto* at = static_cast<const std::uint8_t*>(data);
    while (size > 0) {
      const ssize_t done = write(requests_, at, size);
      if (done <= 0) throw std::runtime_error("the process of qemu-user ended");
      at += done;
      size -= static_cast<std::size_t>(done);
    }
  }
  void receive(void* data, std::size_t size) {
    auto* at = static_cast<std::uint8_t*>(data);
    while (size > 0) {
      const ssize_t done = read(answers_, at, size);
      if (done <= 0) throw std::runtime_error("the process of qemu-user ended");
      at += done;
      size -= static_cast<std::size_t>(done);
    }
  }

  Framing framing_;
  int requests_ = -1, answers_ = -1;
  pid_t child_ = -1;
};

}  // namespace

bool is_there(const QemuUser& qemu) {
  if (qemu.reference.empty() || access(qemu.reference.c_str(), X_OK) != 0) return false;
  const char* path = std::getenv("PATH");
  const std::string folders = path == nullptr ? "/usr/bin" : path;
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string file = folders.substr(at, end - at) + "/" + qemu.program;
    if (access(file.c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

bool is_known(const QemuUser& qemu) {
  const std::string command = qemu.program + " --version 2>/dev/null";
  std::array<char, 64> line{};
  FILE* answer = popen(command.c_str(), "r");
  if (answer == nullptr) return false;
  const char* text = std::fgets(line.data(), line.size(), answer);
  pclose(answer);
  return text != nullptr && std::string_view(text).find(" version 7.2") != std::string_view::npos;
}

std::unique_ptr<Machine> qemu_user(const QemuUser& qemu, Framing framing) {
  return std::make_unique<Process>(qemu, std::move(framing));
}

}  // namespace cmos::cpu_test
