// Files, mini-disks and launched programs of real guests (cpe 2, 3, abi 2–4).
#include <filesystem>

#include "runtime/report/report.h"
#include "runtime/trace/trace.h"
#include "tests/runtime/process_fixture.h"
#include "tests/vfs/temp_folder.h"

namespace cmos::runtime {
namespace {

namespace fs = std::filesystem;
constexpr std::uint32_t kExit = 0, kStdout = 1, kOpen = 0x10, kWrite = 0x13, kMdRead = 0x20,
                        kMdWrite = 0x21, kMdSize = 0x22, kExec = 0x30, kQuery = 0x31;

std::uint64_t bits(syscalls::Status status, std::uint64_t all) {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(status)) & all;
}

class Duties : public EveryArch {
 protected:
  Duties() : system(options()) {}

  SystemOptions options() {
    SystemOptions out;
    out.config = [this]() -> Result<vfs::Config> { return vfs::Config{.root = root()}; };
    out.complain = [this](const std::string& text) { complaints += text + "\n"; };
    out.warn = [this](const std::string& text) { warnings += text + "\n"; };
    out.child_failed = [this](const Process& child) { reports += report_text(make_report(child)); };
    return out;
  }
  std::string root() const { return (top / "root").string(); }
  fs::path data(const std::string& name) const { return top / ("root/data/" + name); }

  std::unique_ptr<Process> load(const GuestCode& guest, ProcessOptions process = {}) {
    return load(guest.executable(), std::move(process));
  }
  std::unique_ptr<Process> load(const cpe::Executable& file, ProcessOptions process = {}) {
    process.system = &system;
    const auto bytes = cpe::write(file).value();
    process.binary = std::make_shared<const std::vector<std::uint8_t>>(bytes);
    auto loaded = Process::load(bytes, "guest.cpe", std::move(process));
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().text());
    return loaded ? std::move(*loaded) : nullptr;
  }
  /// Puts a program where a guest can launch it as `name`.
  void add(const std::string& name, const GuestCode& guest) {
    const auto bytes = guest.file();
    cmos::testing::put(data(name), std::string(bytes.begin(), bytes.end()));
  }
  /// A guest that launches `name` and exits with the answer.
  GuestCode launcher(const std::string& name) const {
    GuestCode guest = code();
    const std::uint32_t path = guest.data(name);
    guest.call(kExec, {path, static_cast<std::uint32_t>(name.size()), 0}).exit_with_result();
    return guest;
  }
  static GuestCode with_minidisk_access(GuestCode guest, const std::string& text) {
    const std::uint32_t from = guest.data(text);
    guest.call(kMdWrite, {0, from, static_cast<std::uint32_t>(text.size())});
    return guest;
  }

  cmos::testing::TempFolder top;
  std::string complaints, warnings, reports;
  System system;
};
INSTANTIATE_TEST_SUITE_P(Archs, Duties, documented_archs(), arch_name);

TEST_P(Duties, AFileIsWritten) {
  GuestCode guest = code();
  const std::uint32_t path = guest.data("note.txt");
  const std::uint32_t text = guest.data("hello");
  guest.call(kOpen, {path, 8, 2 | 4}).call(kWrite, {3, text, 5}).exit_with_result();
  EXPECT_EQ(load(guest)->run().code, 5u);
  EXPECT_EQ(cmos::testing::slurp(data("note.txt")), "hello");
}

TEST_P(Duties, NothingOfTheHostIsTouchedWithoutNeed) {
  GuestCode guest = code();
  const std::uint32_t text = guest.data("hello");
  guest.call(kStdout, {text, 5, 0}).call(kQuery, {5, text, 0}).exit_with_result();
  EXPECT_EQ(load(guest)->run().code, 4u);
  EXPECT_FALSE(fs::exists(root()));
}

TEST_P(Duties, WithoutARootCallsAnswerIoAndTheUserIsTold) {
  SystemOptions none = options();
  none.config = [] { return Result<vfs::Config>(fail(ErrorCode::kUsage, "no home")); };
  System rootless(none);
  GuestCode guest = code();
  const std::uint32_t path = guest.data("note.txt");
  guest.call(kOpen, {path, 8, 1}).call(kOpen, {path, 8, 1}).exit_with_result();
  auto process = Process::load(guest.file(), "guest.cpe", {.system = &rootless});
  EXPECT_EQ((*process)->run().code, bits(syscalls::Status::kIo, all_bits()));
  EXPECT_EQ(complaints, "no files and no mini-disk: no home\n");
}

// ---- mini-disk ----

TEST_P(Duties, TheMiniDiskLivesOnInTheNextRun) {
  cpe::Executable first = with_minidisk_access(code(), "kept").call(kExit, {0}).executable();
  first.mini_disk_size = 8;
  EXPECT_EQ(load(first)->run().code, 0u);
  EXPECT_EQ(cmos::testing::slurp(top / "root/sys_apps/guest/md"), std::string("kept\0\0\0\0", 8));
  GuestCode second = code();
  const std::uint32_t to = second.data("....");
  second.call(kMdRead, {0, to, 4}).call(kStdout, {to, 4, 0}).call(kExit, {0});
  cpe::Executable file = second.executable();
  file.mini_disk_size = 8;
  auto process = load(file);
  process->run();
  EXPECT_EQ(process->buffer()->output(), "kept");
  EXPECT_EQ(warnings,
            "Cmos:\\sys_apps\\guest: another binary of this name used this mini-disk "
            "before\n");
}

TEST_P(Duties, AFaultSavesTheMiniDiskBeforeTheAbortMethodWhichFindsItClosed) {
  GuestCode guest = with_minidisk_access(code(), "saved").illegal_instruction();
  const std::uint32_t path = guest.data("closed");
  guest.abort_method().call(kMdSize).call(kOpen, {path, 6, 2 | 4}).exit_with_result();
  cpe::Executable file = guest.executable();
  file.mini_disk_size = 5;
  auto process = load(file);
  EXPECT_EQ(process->run().ending, Ending::kFaulted);
  EXPECT_EQ(cmos::testing::slurp(top / "root/sys_apps/guest/md"), "saved");
  // Files can still be used there.
  EXPECT_TRUE(fs::exists(data("closed")));
  EXPECT_FALSE(system.failed());
}

TEST_P(Duties, AMiniDiskThatCannotBeSavedIsTheUsersToKnow) {
  cpe::Executable file = with_minidisk_access(code(), "lost").call(kExit, {0}).executable();
  file.mini_disk_size = 5;
  SystemOptions small = options();
  small.config = [this]() -> Result<vfs::Config> {
    return vfs::Config{.root = root(), .max_bytes = 2};
  };
  System full(small);
  auto process = Process::load(cpe::write(file).value(), "guest.cpe", {.system = &full});
  EXPECT_EQ((*process)->run().code, 0u);
  EXPECT_TRUE(full.failed());
  EXPECT_NE(complaints.find("the mini-disk could not be saved"), std::string::npos) << complaints;
  EXPECT_NE(complaints.find("--max-disk"), std::string::npos) << complaints;
}

// ---- exec_cpe ----

TEST_P(Duties, TheChildsCodeComesBackOfEveryArch) {
  for (const char* arch : {"8664", "__86", "_ARM", "AR64", "APPL"}) {
    add("child.cpe", GuestCode(arch).call(kExit, {0x1ff}));
    EXPECT_EQ(load(launcher("child.cpe"))->run().code, 0xffu) << arch;
  }
  EXPECT_EQ(reports, "");
}

TEST_P(Duties, TheChildHasItsOwnMemoryAndTheParentsConsole) {
  GuestCode child = code();
  const std::uint32_t text = child.data("child ");
  add("child.cpe", child.call(kStdout, {text, 6, 0}).call(kExit, {0}));
  GuestCode parent = code();
  const std::uint32_t path = parent.data("child.cpe");
  parent.call(kExec, {path, 9, 0}).call(kStdout, {path, 5, 0}).call(kExit, {0});
  auto process = load(parent);
  EXPECT_EQ(process->run().code, 0u);
  EXPECT_EQ(process->buffer()->output(), "child child");
  EXPECT_EQ(process->outcome().output_bytes, 11u);
}

TEST_P(Duties, AChildThatFaultsIsReported) {
  add("child.cpe", code().null_read());
  EXPECT_EQ(load(launcher("child.cpe"))->run().code,
            bits(syscalls::Status::kChildFault, all_bits()));
  EXPECT_NE(reports.find("child.cpe: memory fault"), std::string::npos) << reports;
}

TEST_P(Duties, WhatIsNoProgramIsNotLaunched) {
  const auto answer_for = [&](const std::string& name) { return load(launcher(name))->run().code; };
  cmos::testing::put(data("text"), "no program");
  EXPECT_EQ(answer_for("text"), bits(syscalls::Status::kBadExecutable, all_bits()));
  EXPECT_NE(warnings.find("Cmos:\\data\\text: offset 0x0: magic"), std::string::npos) << warnings;
  EXPECT_EQ(answer_for("missing"), bits(syscalls::Status::kNotFound, all_bits()));
  EXPECT_EQ(answer_for("text\\x"), bits(syscalls::Status::kNotDirectory, all_bits()));
  EXPECT_EQ(answer_for("Cmos:\\data"), bits(syscalls::Status::kIsDirectory, all_bits()));
  EXPECT_EQ(answer_for(""), bits(syscalls::Status::kInvalid, all_bits()));
  fs::create_symlink("/etc/passwd", data("out"));
  EXPECT_EQ(answer_for("out"), bits(syscalls::Status::kAccess, all_bits()));
  cpe::Executable large = code().call(kExit, {0}).executable();
  large.symbols.push_back({std::string(cpe::kImageEnd), 0x6000'0000});
  const auto bytes = cpe::write(large).value();
  cmos::testing::put(data("large"), std::string(bytes.begin(), bytes.end()));
  EXPECT_EQ(answer_for("large"), bits(syscalls::Status::kNoMemory, all_bits()));
}

TEST_P(Duties, ProgramsThatLaunchThemselvesMeetTheNestingLimit) {
  add("again.cpe", launcher("again.cpe"));
  EXPECT_EQ(load(launcher("again.cpe"))->run().code,
            bits(syscalls::Status::kTooMany, all_bits()) & 0xff);
}

TEST_P(Duties, AProgramThatLaunchesItselfFindsItsMiniDiskBusy) {
  cpe::Executable child = with_minidisk_access(code(), "x").exit_with_result().executable();
  child.mini_disk_size = 1;
  const auto bytes = cpe::write(child).value();
  cmos::testing::put(data("guest.cpe"), std::string(bytes.begin(), bytes.end()));
  GuestCode parent = with_minidisk_access(code(), "p");
  const std::uint32_t path = parent.data("guest.cpe");
  parent.call(kExec, {path, 9, 0}).exit_with_result();
  cpe::Executable file = parent.executable();
  file.mini_disk_size = 1;
  EXPECT_EQ(load(file)->run().code, bits(syscalls::Status::kMinidiskBusy, all_bits()) & 0xff);
}

// ---- limits ----

TEST_P(Duties, TheTimeoutReachesTheChild) {
  add("child.cpe", code().endless_loop());
  auto process = load(launcher("child.cpe"), {.limits = {.timeout = 0.05}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().limit, "--timeout 0.05");
  EXPECT_EQ(reports, "");
}

TEST_P(Duties, AStopRequestReachesTheChild) {
  add("child.cpe", code().endless_loop());
  auto process = load(launcher("child.cpe"));
  auto soon = Deadline::create([&] { process->request_stop(15); });
  ASSERT_TRUE(soon);
  (*soon)->start(0.05);
  EXPECT_EQ(process->run().ending, Ending::kInterrupted);
  EXPECT_EQ(process->outcome().signal, 15);
}

TEST_P(Duties, InstructionsOfTheChildCount) {
  add("child.cpe", code().endless_loop());
  auto process = load(launcher("child.cpe"), {.limits = {.max_instructions = 1000}});
  EXPECT_EQ(process->run().ending, Ending::kLimit);
  EXPECT_EQ(process->outcome().limit, "--max-instructions 1000");
}

TEST_P(Duties, InstructionsOfTheChildAreAmongThoseThatAreReported) {
  const GuestCode child = code().call(kExit, {0});
  add("child.cpe", child);
  const auto count = [&](const auto& guest) {
    return load(guest, {.count_instructions = true})->run().instructions.value();
  };
  EXPECT_EQ(count(launcher("child.cpe")), count(launcher("other.cpe")) + count(child));
}

TEST_P(Duties, OutputOfTheChildCounts) {
  GuestCode child = code();
  const std::uint32_t text = child.data("0123456789");
  add("child.cpe", child.call(kStdout, {text, 10, 0}).call(kExit, {0}));
  auto process = load(launcher("child.cpe"), {.limits = {.max_output = 4}});
  EXPECT_EQ(process->run().limit, "--max-output 4");
  EXPECT_EQ(process->buffer()->output(), "0123");
}

// ---- trace ----

TEST_P(Duties, TheTraceNumbersTheChildren) {
  add("child.cpe", GuestCode("AR64").call(kExit, {3}));
  const std::string file = (top / "trace").string();
  {
    TraceObserver trace({}, *TraceOutput::file(file));
    load(launcher("child.cpe"), {.observers = {&trace}})->run();
  }
  std::string text = cmos::testing::slurp(file);
  EXPECT_TRUE(text.starts_with("[2] +++ started Cmos:\\data\\child.cpe (AR64) +++\n[2] ")) << text;
  EXPECT_NE(text.find("exit(3) = ?\n[2] +++ exited with 3 +++\n"), std::string::npos) << text;
  EXPECT_NE(text.find(": exec_cpe(\"child.cpe\", 9, null) = 3\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("exit(3) = ?\n+++ exited with 3 +++\n")) << text;
}

// ---- query_cpe ----

TEST_P(Duties, AProgramCanAskAboutItself) {
  const auto ask = [&](std::uint32_t what) {
    GuestCode guest = code();
    const std::uint32_t to = guest.data(std::string(32, '.'));
    guest.call(kQuery, {what, to, 32}).call(kStdout, {to, 32, 0}).call(kExit, {0});
    cpe::Executable file = guest.executable();
    file.mini_disk_size = 0x41424344;
    file.signature = cpe::Signature{"Ann", "ann.example", 0x31323334};
    auto process = load(file);
    process->run();
    std::string out = process->buffer()->output();
    return out.substr(0, out.find('.', out.find("example") == std::string::npos ? 0 : 4));
  };
  EXPECT_EQ(ask(0), std::string("\1\0\0\0", 4));
  EXPECT_EQ(ask(1), GetParam());
  EXPECT_EQ(ask(2), "Ann");
  EXPECT_EQ(ask(3), "ann.example");
  EXPECT_EQ(ask(4), "4321");
  EXPECT_EQ(ask(5), "DCBA");
  EXPECT_EQ(ask(6), std::string(4, '\0'));
  EXPECT_EQ(ask(7), "Cmos:\\sys_apps\\guest");
  EXPECT_EQ(ask(8), std::string(4, '\0'));
}

}  // namespace
}  // namespace cmos::runtime
