#include "tests/runtime/error_stage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/process/process.h"

namespace cmos::runtime {
namespace {

constexpr std::uint32_t kMinidiskSize = 16;

class RefusingConsole final : public syscalls::Console {
 public:
  bool write(Bytes, std::optional<std::uint32_t>) override { return false; }
  std::optional<int> read(syscalls::InputStyle) override { return -1; }
  void flush() override {}
  void interrupt() noexcept override {}
};

/// Denies at the n-th call of a name, and notes what that call answers.
class Watch final : public Observer {
 public:
  Watch(std::string_view call, int which, const testing::Denial& denial,
        std::optional<std::int64_t>& answer)
      : call_(call), which_(which), denial_(denial), answer_(answer) {}

  void on_syscall_enter(const Process&, const SyscallEvent& event) override {
    if (event.row == nullptr || event.row->name != call_ || ++seen_ != which_) return;
    if (!denial_.calls.empty() && !testing::deny(denial_)) ::_exit(2);
  }
  void on_syscall_exit(const Process& process, const SyscallEvent& event) override {
    if (event.row == nullptr || event.row->name != call_ || seen_ != which_ || !event.returns)
      return;
    answer_ = process.isa().cpu.pointer_bytes() == 8
                  ? static_cast<std::int64_t>(event.result)
                  : static_cast<std::int32_t>(static_cast<std::uint32_t>(event.result));
  }

 private:
  std::string_view call_;
  int which_;
  const testing::Denial& denial_;
  std::optional<std::int64_t>& answer_;
  int seen_ = 0;
};

}  // namespace

ErrorStage& ErrorStage::file(const std::string& name, const std::string& content) {
  testing::put(data(name), content);
  return *this;
}

ErrorStage& ErrorStage::folder(const std::string& name) {
  testing::fs::create_directories(data(name));
  return *this;
}

ErrorStage& ErrorStage::link_out(const std::string& name) {
  testing::fs::create_directories(data(name).parent_path());
  testing::fs::create_symlink("/", data(name));
  return *this;
}

ErrorStage& ErrorStage::program(const std::string& name, const cpe::Executable& program) {
  const auto bytes = cpe::write(program).value();
  return file(name, std::string(bytes.begin(), bytes.end()));
}

ErrorStage& ErrorStage::minidisk_is_busy() {
  const auto lock = top / "root/locks/sys_apps/guest/md";
  testing::put(lock, "");
  other_holder_ = vfs::UniqueFd(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  EXPECT_EQ(::fcntl(other_holder_.get(), F_OFD_SETLK, &whole), 0);
  return *this;
}

ErrorStage& ErrorStage::call(std::string_view name, const std::vector<std::uint32_t>& arguments) {
  code.call(syscalls::find(name)->number, arguments);
  ++calls_[std::string(name)];
  return *this;
}

ErrorStage& ErrorStage::path(std::string_view name, std::string_view path,
                             std::optional<std::uint32_t> third) {
  std::vector<std::uint32_t> arguments{code.data(path), static_cast<std::uint32_t>(path.size())};
  if (third) arguments.push_back(*third);
  return call(name, arguments);
}

ErrorStage& ErrorStage::rename(std::string_view from, std::string_view to) {
  ByteWriter pair;
  for (const std::string_view path : {from, to}) {
    const std::uint32_t words[] = {code.data(path), static_cast<std::uint32_t>(path.size())};
    for (const std::uint32_t word : words) {
      pair.u32(word);
      if (arch_ == "8664") pair.u32(0);
    }
  }
  return call("rename", {code.data(as_text(pair.data()))});
}

ErrorStage& ErrorStage::call_with_result(std::string_view name) {
  code.call_with_result(syscalls::find(name)->number);
  ++calls_[std::string(name)];
  return *this;
}

ErrorStage& ErrorStage::after_the_end() {
  code.call(0, {0}).abort_method();
  ended_ = true;
  return *this;
}

std::optional<std::int64_t> ErrorStage::play(std::string_view call, const testing::Denial& denial) {
  if (!std::exchange(ended_, true)) code.call(0, {0});
  cpe::Executable file = code.executable();
  file.mini_disk_size = kMinidiskSize;
  const auto bytes = cpe::write(file).value();
  struct Answer {
    bool given;
    std::int64_t value;
  };
  auto* const shared = static_cast<Answer*>(
      ::mmap(nullptr, sizeof(Answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const pid_t child = ::fork();
  if (child == 0) {
    config.root = (top / "root").string();
    system.config = [this]() -> Result<vfs::Config> {
      if (!has_root) return fail(ErrorCode::kUsage, "no root");
      return config;
    };
    System shared_system(system);
    RefusingConsole refusing;
    std::optional<std::int64_t> answer;
    Watch watch(call, calls_.find(call)->second, denial, answer);
    ProcessOptions options{.observers = {&watch}};
    options.system = &shared_system;
    if (console_refuses) options.console = &refusing;
    auto process = Process::load(bytes, "guest.cpe", std::move(options));
    if (!process) ::_exit(3);
    (*process)->run();
    if (answer) *shared = {true, *answer};
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << call << ": the process of the guest ended with " << status;
  const Answer answer = *shared;
  ::munmap(shared, sizeof(Answer));
  if (!answer.given) return std::nullopt;
  return answer.value;
}

}  // namespace cmos::runtime
