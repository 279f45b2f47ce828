// The C interface as a host uses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/host_file.h"
#include "capi/cmos.h"

namespace cmos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Free {
  void operator()(cmos_process* process) const { cmos_free(process); }
};
using Handle = std::unique_ptr<cmos_process, Free>;

std::string sample(const std::string& name, const std::string& arch = "8664") {
  return std::string(CMOS_SOURCE_DIR) + "/samples/bin/" + arch + "/" + name + ".cpe";
}

/// With the sample loaded.
Handle loaded(const std::string& name, const std::string& arch = "8664") {
  Handle out(cmos_new());
  EXPECT_EQ(cmos_load_file(out.get(), sample(name, arch).c_str()), CMOS_OK)
      << cmos_error(out.get());
  return out;
}

std::string output(cmos_process* process, cmos_stream stream = CMOS_STDOUT) {
  std::size_t size = 0;
  const char* bytes = cmos_take_output(process, stream, &size);
  return {bytes, size};
}

TEST(Capi, RunsAProgramOfEveryArchToItsEnd) {
  for (const char* arch : {"8664", "__86", "_ARM", "AR64", "APPL"}) {
    const Handle process = loaded("hello", arch);
    EXPECT_STREQ(cmos_arch(process.get()), arch);
    EXPECT_EQ(cmos_how_ended(process.get()), CMOS_RUNNING);
    EXPECT_EQ(cmos_exit_status(process.get()), -1);
    EXPECT_EQ(cmos_report_text(process.get()), nullptr);
    EXPECT_EQ(cmos_run(process.get()), CMOS_OK);
    EXPECT_EQ(output(process.get()), "Hello, CalamOS\n");
    EXPECT_EQ(output(process.get()), "");
    EXPECT_EQ(cmos_how_ended(process.get()), CMOS_EXITED);
    EXPECT_EQ(cmos_exit_status(process.get()), 0);
    EXPECT_STREQ(cmos_report_text(process.get()), "");
  }
}

TEST(Capi, TakesProgramsFromMemoryAndInputFromFeed) {
  const auto bytes = read_host_file(sample("echo"));
  ASSERT_TRUE(bytes);
  const Handle process(cmos_new());
  ASSERT_EQ(cmos_feed(process.get(), "one\n", 4), CMOS_OK);
  ASSERT_EQ(cmos_load(process.get(), bytes->data(), bytes->size(), "echo.cpe"), CMOS_OK);
  ASSERT_EQ(cmos_feed(process.get(), "two\n", 4), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_THAT(output(process.get()), HasSubstr("one"));
}

struct Talk {
  std::vector<std::string> answers = {};
  std::string heard = {};
  std::vector<std::string> calls = {};
  std::vector<std::string> names = {};
};

std::size_t answer(void* user, cmos_input_style, void* buffer, std::size_t size) {
  auto& talk = *static_cast<Talk*>(user);
  if (talk.answers.empty()) return 0;
  const std::string text = talk.answers.front();
  talk.answers.erase(talk.answers.begin());
  return text.copy(static_cast<char*>(buffer), size);
}

int hear(void* user, cmos_stream, const void* bytes, std::size_t size) {
  static_cast<Talk*>(user)->heard.append(static_cast<const char*>(bytes), size);
  return 0;
}

void note(void* user, const cmos_call* call) {
  auto& talk = *static_cast<Talk*>(user);
  EXPECT_EQ(call->size, sizeof(cmos_call));
  talk.calls.emplace_back(call->text);
  talk.names.emplace_back(call->name == nullptr ? "?" : call->name);
}

TEST(Capi, CallsBackForInputAndOutput) {
  Talk talk{.answers = {"first\n", "second\n"}};
  const Handle process(cmos_new());
  cmos_set_input(process.get(), answer, &talk);
  cmos_set_output(process.get(), hear, &talk);
  EXPECT_EQ(cmos_feed(process.get(), "x", 1), CMOS_USAGE);
  ASSERT_EQ(cmos_load_file(process.get(), sample("echo").c_str()), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_THAT(talk.heard, HasSubstr("first"));
  EXPECT_EQ(output(process.get()), "");
}

TEST(Capi, TracesEachCallWithItsTextAndResult) {
  Talk talk;
  const Handle process(cmos_new());
  cmos_set_trace(process.get(), note, &talk);
  ASSERT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_THAT(talk.names, ElementsAre("stdout", "exit"));
  ASSERT_EQ(talk.calls.size(), 2u);
  EXPECT_THAT(talk.calls[0], HasSubstr("stdout(\"Hello, CalamOS\\n\", 15"));
  EXPECT_THAT(talk.calls[0], HasSubstr(" = 15"));
  EXPECT_THAT(talk.calls[1], HasSubstr("exit(0)"));
}

TEST(Capi, KeepsLimitsExactlyAndNamesThem) {
  const Handle process(cmos_new());
  ASSERT_EQ(cmos_set_limit(process.get(), CMOS_LIMIT_INSTRUCTIONS, 3), CMOS_OK);
  ASSERT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_EQ(cmos_how_ended(process.get()), CMOS_LIMITED);
  EXPECT_EQ(cmos_exit_status(process.get()), 124);
  EXPECT_THAT(cmos_report_text(process.get()), HasSubstr("--max-instructions 3"));
  std::uint64_t count = 0;
  EXPECT_EQ(cmos_instructions(process.get(), &count), CMOS_OK);
  EXPECT_EQ(count, 3u);
}

TEST(Capi, StepsAndCounts) {
  const Handle process(cmos_new());
  cmos_count_instructions(process.get());
  ASSERT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  std::uint64_t executed = 99, count = 0;
  ASSERT_EQ(cmos_step(process.get(), 4, &executed), CMOS_OK);
  EXPECT_EQ(executed, 4u);
  ASSERT_EQ(cmos_instructions(process.get(), &count), CMOS_OK);
  EXPECT_EQ(count, 4u);
  ASSERT_EQ(cmos_step(process.get(), UINT64_MAX, &executed), CMOS_OK);
  EXPECT_EQ(cmos_how_ended(process.get()), CMOS_EXITED);
  EXPECT_EQ(output(process.get()), "Hello, CalamOS\n");
  ASSERT_EQ(cmos_step(process.get(), 1, &executed), CMOS_OK);
  EXPECT_EQ(executed, 0u);
}

TEST(Capi, ReportsFaultsAsTextAndJson) {
  const Handle process = loaded("crash-null-write");
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_EQ(cmos_how_ended(process.get()), CMOS_FAULTED);
  EXPECT_EQ(cmos_exit_status(process.get()), 139);
  EXPECT_THAT(cmos_report_text(process.get()), HasSubstr("memory fault"));
  const auto json = nlohmann::json::parse(cmos_report_json(process.get()));
  EXPECT_EQ(json.at("status"), 139);
}

TEST(Capi, ReadsAndWritesRegistersAndTheirParts) {
  const Handle process = loaded("hello");
  ASSERT_EQ(cmos_register_count(process.get()), 18u);
  EXPECT_STREQ(cmos_register_name(process.get(), 0), "rax");
  EXPECT_EQ(cmos_register_name(process.get(), 18), nullptr);
  std::uint64_t value = 0;
  ASSERT_EQ(cmos_write_register(process.get(), "rax", 0x1122334455667788), CMOS_OK);
  ASSERT_EQ(cmos_write_register(process.get(), "ah", 0xabff), CMOS_OK);
  ASSERT_EQ(cmos_read_register(process.get(), "rax", &value), CMOS_OK);
  EXPECT_EQ(value, 0x112233445566ff88u);
  ASSERT_EQ(cmos_read_register(process.get(), "eax", &value), CMOS_OK);
  EXPECT_EQ(value, 0x5566ff88u);
  EXPECT_EQ(cmos_read_register(process.get(), "x0", &value), CMOS_NOT_FOUND);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("x86-64 has no register 'x0'"));
}

TEST(Capi, JumpsByWritingTheProgramCounter) {
  const Handle process = loaded("hello");
  std::uint64_t start = 0, pc = 0;
  ASSERT_EQ(cmos_read_register(process.get(), "rip", &start), CMOS_OK);
  ASSERT_EQ(cmos_step(process.get(), 3, nullptr), CMOS_OK);
  ASSERT_EQ(cmos_write_register(process.get(), "rip", start), CMOS_OK);
  ASSERT_EQ(cmos_read_register(process.get(), "rip", &pc), CMOS_OK);
  EXPECT_EQ(pc, start);
}

TEST(Capi, ReadsAndWritesMemoryAndFindsSymbols) {
  const Handle process = loaded("hello");
  std::uint64_t address = 0;
  ASSERT_EQ(cmos_find_symbol(process.get(), "_start", &address), CMOS_OK)
      << cmos_error(process.get());
  unsigned char bytes[4] = {};
  ASSERT_EQ(cmos_read_memory(process.get(), address, bytes, 4), CMOS_OK);
  // An undefined instruction in place of the first one: the program meets it.
  ASSERT_EQ(cmos_write_memory(process.get(), address, "\x0f\x0b", 2), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_EQ(cmos_exit_status(process.get()), 132);
  EXPECT_EQ(cmos_read_memory(process.get(), 0, bytes, 4), CMOS_NOT_FOUND);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("null page"));
  EXPECT_EQ(cmos_read_memory(process.get(), UINT64_MAX, bytes, 4), CMOS_NOT_FOUND);
  EXPECT_EQ(cmos_find_symbol(process.get(), "nothing", &address), CMOS_NOT_FOUND);
}

TEST(Capi, SaysWhatIsWrongWithAFile) {
  const Handle process(cmos_new());
  EXPECT_STREQ(cmos_error(process.get()), "");
  EXPECT_EQ(cmos_load_file(process.get(), "/nowhere/app.cpe"), CMOS_NOT_FOUND);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("/nowhere/app.cpe"));
  EXPECT_EQ(cmos_load_file(process.get(), "/"), CMOS_UNREADABLE);
  EXPECT_EQ(cmos_load(process.get(), "nonsense", 8, "app.cpe"), CMOS_MALFORMED);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("app.cpe: offset"));
  EXPECT_EQ(cmos_run(process.get()), CMOS_USAGE);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("no program is loaded"));
  // And then the right one.
  EXPECT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  EXPECT_EQ(cmos_run(process.get()), CMOS_OK);
}

TEST(Capi, RefusesWhatMakesNoSense) {
  const Handle process(cmos_new());
  EXPECT_EQ(cmos_set_timeout(process.get(), 0), CMOS_USAGE);
  EXPECT_EQ(cmos_set_timeout(process.get(), -1), CMOS_USAGE);
  EXPECT_EQ(cmos_set_limit(process.get(), 77, 1), CMOS_USAGE);
  EXPECT_EQ(cmos_add_environment(process.get(), "NAME"), CMOS_USAGE);
  EXPECT_EQ(cmos_add_argument(process.get(), nullptr), CMOS_USAGE);
  EXPECT_EQ(cmos_add_mount(process.get(), "Cmos:\\src"), CMOS_USAGE);
  EXPECT_EQ(cmos_load(process.get(), nullptr, 0, "x"), CMOS_USAGE);
  EXPECT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  EXPECT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_USAGE);
  EXPECT_EQ(cmos_add_argument(process.get(), "late"), CMOS_USAGE);
  std::uint64_t count = 0;
  EXPECT_EQ(cmos_instructions(process.get(), &count), CMOS_USAGE);
  EXPECT_EQ(cmos_take_output(process.get(), 77, &count), nullptr);
}

TEST(Capi, ANullHandleIsHarmless) {
  std::uint64_t value = 0;
  cmos_free(nullptr);
  cmos_request_stop(nullptr);
  EXPECT_EQ(cmos_run(nullptr), CMOS_USAGE);
  EXPECT_EQ(cmos_load_file(nullptr, "x"), CMOS_USAGE);
  EXPECT_EQ(cmos_read_register(nullptr, "rax", &value), CMOS_USAGE);
  EXPECT_EQ(cmos_exit_status(nullptr), -1);
  EXPECT_EQ(cmos_report_json(nullptr), nullptr);
  EXPECT_EQ(cmos_register_count(nullptr), 0u);
  EXPECT_NE(std::string(cmos_error(nullptr)), "");
}

TEST(Capi, StopsFromAnotherThread) {
  const Handle process = loaded("hello");
  std::uint64_t start = 0;
  ASSERT_EQ(cmos_read_register(process.get(), "rip", &start), CMOS_OK);
  ASSERT_EQ(cmos_write_memory(process.get(), start, "\xeb\xfe", 2), CMOS_OK);  // jmp to itself
  std::thread other([&] { cmos_request_stop(process.get()); });
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  other.join();
  EXPECT_EQ(cmos_how_ended(process.get()), CMOS_INTERRUPTED);
  EXPECT_EQ(cmos_exit_status(process.get()), 130);
}

int meddle(void* user, cmos_stream, const void*, std::size_t) {
  auto* const process = *static_cast<cmos_process**>(user);
  std::uint64_t value = 0;
  EXPECT_EQ(cmos_run(process), CMOS_USAGE);
  EXPECT_EQ(cmos_step(process, 1, nullptr), CMOS_USAGE);
  EXPECT_EQ(cmos_load_file(process, "x"), CMOS_USAGE);
  EXPECT_EQ(cmos_read_register(process, "rip", &value), CMOS_OK);
  cmos_free(process);  // does nothing
  return 1;            // and the program learns that its output was not taken
}

TEST(Capi, ACallbackMayLookButNotRun) {
  const Handle process(cmos_new());
  cmos_process* user = process.get();
  Talk talk;
  cmos_set_output(process.get(), meddle, &user);
  cmos_set_trace(process.get(), note, &talk);
  ASSERT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
  EXPECT_THAT(talk.calls.at(0), HasSubstr("CPE_ERROR_IO"));
}

int throwing(void*, cmos_stream, const void*, std::size_t) {
  throw std::runtime_error("from the host");
}

TEST(Capi, AnExceptionOfACallbackBecomesAStatus) {
  const Handle process(cmos_new());
  cmos_set_output(process.get(), throwing, nullptr);
  ASSERT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_OK);
  EXPECT_EQ(cmos_run(process.get()), CMOS_INTERNAL);
  EXPECT_STREQ(cmos_error(process.get()), "from the host");
}

TEST(Capi, FilesNeedARoot) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "cmos-capi-root";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "mounted");
  std::ofstream(folder / "mounted/a.txt") << "text";
  for (const bool with_root : {false, true}) {
    Talk talk;
    const Handle process(cmos_new());
    if (with_root) {
      cmos_set_root(process.get(), (folder / "root").c_str());
      cmos_add_mount(process.get(), ("Cmos:\\m=" + (folder / "mounted").string() + ":ro").c_str());
    }
    cmos_add_argument(process.get(), "Cmos:\\m\\a.txt");
    cmos_add_argument(process.get(), "b.txt");
    cmos_set_trace(process.get(), note, &talk);
    ASSERT_EQ(cmos_load_file(process.get(), sample("copy").c_str()), CMOS_OK)
        << cmos_error(process.get());
    ASSERT_EQ(cmos_run(process.get()), CMOS_OK);
    EXPECT_EQ(std::filesystem::exists(folder / "root/data/b.txt"), with_root);
    const auto refused = testing::Contains(HasSubstr("CPE_ERROR_NOSYS"));
    if (!with_root) {
      EXPECT_THAT(talk.calls, refused);
    }
  }
  const Handle process(cmos_new());
  cmos_add_mount(process.get(), "Cmos:\\m=/tmp");
  EXPECT_EQ(cmos_load_file(process.get(), sample("hello").c_str()), CMOS_USAGE);
  EXPECT_THAT(cmos_error(process.get()), HasSubstr("a mount needs a root"));
  std::filesystem::remove_all(folder);
}

TEST(Capi, ToldVersionsAreThoseOfTheHeaderAndTheProject) {
  EXPECT_EQ(cmos_api_version(), CMOS_API_VERSION);
  std::string version;
  std::ifstream(std::string(CMOS_SOURCE_DIR) + "/sdk/version") >> version;
  EXPECT_EQ(cmos_version(), version);
}

}  // namespace
}  // namespace cmos
