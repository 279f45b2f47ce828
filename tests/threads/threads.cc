// Eight threads, each with programs of its own, through the C interface and the C++ one: every
// result is what it is with one thread, and ThreadSanitizer, under which this is compiled, has
// nothing to say.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/host_file.h"
#include "capi/cmos.h"
#include "runtime/process/process.h"

namespace cmos {
namespace {

constexpr int kThreads = 8;
constexpr int kRounds = 3;
constexpr const char* kArchs[] = {"8664", "__86", "_ARM", "AR64", "APPL"};

[[noreturn]] void fail(const std::string& what, const std::string& found) {
  std::fprintf(stderr, "%s: '%s'\n", what.c_str(), found.c_str());
  std::_Exit(1);
}

void expect(bool holds, const std::string& what, const std::string& found) {
  if (!holds) fail(what, found);
}

struct Place {
  std::string programs;
  std::string root;  ///< of this thread alone
  const char* arch;
  std::string program(const std::string& name) const {
    return programs + "/" + arch + "/" + name + ".cpe";
  }
};

void note(void* user, const cmos_call* call) {
  static_cast<std::string*>(user)->append(call->text).append("\n");
}

std::string output(cmos_process* process) {
  std::size_t size = 0;
  const char* bytes = cmos_take_output(process, CMOS_STDOUT, &size);
  return {bytes, size};
}

/// Files, a mini-disk, traces and limits, by the C interface.
void run_counter(const Place& place, int round) {
  std::string calls;
  cmos_process* const process = cmos_new();
  cmos_set_root(process, place.root.c_str());
  cmos_set_trace(process, note, &calls);
  cmos_set_timeout(process, 300);
  expect(cmos_load_file(process, place.program("counter").c_str()) == CMOS_OK, "counter",
         cmos_error(process));
  expect(cmos_run(process) == CMOS_OK, "counter", cmos_error(process));
  const std::string text = output(process);
  expect(text.find(std::to_string(round + 1)) != std::string::npos, "counter", text);
  expect(calls.find("exit(") != std::string::npos, "counter", calls);
  cmos_free(process);
}

void run_crash(const Place& place) {
  cmos_process* const process = cmos_new();
  expect(cmos_load_file(process, place.program("crash-null-write").c_str()) == CMOS_OK, "crash",
         cmos_error(process));
  cmos_run(process);
  const std::string report = cmos_report_json(process);
  expect(cmos_exit_status(process) == 139 && report.find("null page") != std::string::npos, "crash",
         report);
  cmos_free(process);
}

/// Stopped by another thread, once it computes.
void run_stopped(const Place& place) {
  cmos_process* const process = cmos_new();
  expect(cmos_load_file(process, place.program("sieve").c_str()) == CMOS_OK, "sieve",
         cmos_error(process));
  std::thread other([process] { cmos_request_stop(process); });
  cmos_run(process);
  other.join();
  const cmos_ending ending = cmos_how_ended(process);
  expect(ending == CMOS_INTERRUPTED || ending == CMOS_EXITED, "sieve", std::to_string(ending));
  cmos_free(process);
}

/// The C++ interface, whose processes translate code at the same time.
void run_hello(const Place& place) {
  const auto bytes = read_host_file(place.program("hello"));
  expect(bytes.has_value(), "hello", "cannot be read");
  auto process = runtime::Process::load(*bytes, "hello.cpe", {.count_instructions = true});
  expect(process.has_value(), "hello", "cannot be loaded");
  expect(runtime::exit_status((*process)->run()) == 0, "hello", "did not exit with 0");
  expect((*process)->buffer()->output() == "Hello, CalamOS\n", "hello",
         (*process)->buffer()->output());
}

void run_all(const Place& place) {
  for (int round = 0; round < kRounds; ++round) {
    run_hello(place);
    run_counter(place, round);
    run_crash(place);
    run_stopped(place);
  }
}

/// What the rules forbid: two threads use one process. ThreadSanitizer has to see it.
void break_the_rules() {
  cmos_process* const process = cmos_new();
  const auto use = [process] { cmos_count_instructions(process); };  // one truth value, set by both
  std::thread one(use), other(use);
  one.join();
  other.join();
  cmos_free(process);
}

}  // namespace
}  // namespace cmos

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: threads_watched FOLDER_OF_PROGRAMS | --break-the-rules\n", stderr);
    return 2;
  }
  if (arguments[1] == std::string("--break-the-rules")) {
    cmos::break_the_rules();
    return 0;
  }
  namespace fs = std::filesystem;
  const fs::path roots = fs::temp_directory_path() / ("cmos-threads-" + std::to_string(::getpid()));
  std::vector<std::thread> threads;
  for (int i = 0; i < cmos::kThreads; ++i) {
    const cmos::Place place{.programs = arguments[1],
                            .root = (roots / std::to_string(i)).string(),
                            .arch = cmos::kArchs[i % std::size(cmos::kArchs)]};
    threads.emplace_back([place] { cmos::run_all(place); });
  }
  for (std::thread& thread : threads) thread.join();
  fs::remove_all(roots);
  std::printf("%d threads: as with one\n", cmos::kThreads);
  return 0;
}
