// Looks for instructions on which the engine's library ends the process: a sweep over the encodings
// of each ISA, executed in child processes so that the end of one is seen, told, and passed over.
//
//   cpu_abort           a fixed sample, some seconds (a test)
//   cpu_abort --all     every opcode map, prefix and ModRM byte; every 16-bit Thumb instruction;
//                       structured and random words of the others
//   cpu_abort --all=8664,thumb    the same for some
//   cpu_abort --code=8664:f26d    these bytes alone, in this process, with every choice of operands
//
// Prints one line for each sweep and for each instruction that ended a process; exit status 1 when
// there was one.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "tests/cpu_abort/instruction_bed.h"

namespace cmos::emu {
namespace {

using Code = std::vector<std::uint8_t>;

/// Instructions numbered from 0; which one a number stands for never changes.
struct Sweep {
  std::string_view name;
  std::string_view arch;
  bool thumb;
  std::uint64_t size;
  std::uint64_t sample_step;  ///< the sample takes each sample_step-th; prime to all dimensions
  Code (*instruction)(std::uint64_t number);

  /// Code that is counted takes far longer: of a sample of it, one in five.
  std::uint64_t sample_step_when(bool counted) const {
    return counted && sample_step > 1 ? 5 * sample_step : sample_step;
  }
};

/// Takes the last `count` values of a mixed-radix number.
std::uint64_t take(std::uint64_t& number, std::uint64_t count) {
  const std::uint64_t digit = number % count;
  number /= count;
  return digit;
}

/// A fixed pseudo-random word for each number (splitmix64).
std::uint64_t mix(std::uint64_t number) {
  number += 0x9e37'79b9'7f4a'7c15;
  number = (number ^ number >> 30) * 0xbf58'476d'1ce4'e5b9;
  number = (number ^ number >> 27) * 0x94d0'49bb'1331'11eb;
  return number ^ number >> 31;
}

void append(Code& code, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) code.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// ---- x86: prefix, map, opcode, ModRM; what follows is a SIB byte of rsi, displacement, immediate.

const std::array<Code, 18> kPrefixes{{{},
                                      {0x66},
                                      {0xf2},
                                      {0xf3},
                                      {0xf0},
                                      {0xf0, 0x66},
                                      {0x67},
                                      {0x64},
                                      {0x66, 0xf2},
                                      {0x66, 0xf3},
                                      {0xf2, 0xf0},
                                      {0xf3, 0xf0},
                                      {0x48},
                                      {0x4f},
                                      {0xf0, 0x48},
                                      {0xf3, 0x48},
                                      {0xf2, 0x4d},
                                      {0xf0, 0x66, 0x4f}}};
const std::array<Code, 4> kMaps{{{}, {0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}}};
constexpr std::uint64_t kX86Size = 18 * 4 * 256 * 256;

Code x86_instruction(std::uint64_t number) {
  const auto modrm = take(number, 256), opcode = take(number, 256), map = take(number, 4);
  Code code = kPrefixes[number];
  code.insert(code.end(), kMaps[map].begin(), kMaps[map].end());
  code.insert(code.end(), {static_cast<std::uint8_t>(opcode), static_cast<std::uint8_t>(modrm),
                           0x26, 0x10, 0, 0, 0, 1, 0, 0, 0});
  return code;
}

/// LOCK before each opcode of the first two maps, with each ModRM.reg, memory and a register.
constexpr std::uint64_t kLockSize = 2 * 256 * 16;
Code lock_instruction(std::uint64_t number) {
  const auto form = take(number, 16), opcode = take(number, 256);
  Code code{0xf0};
  code.insert(code.end(), kMaps[number].begin(), kMaps[number].end());
  const auto modrm = (form < 8 ? 0x06u : 0xc1u) | (form & 7) << 3;
  code.insert(code.end(), {static_cast<std::uint8_t>(opcode), static_cast<std::uint8_t>(modrm), 1,
                           0, 0, 0, 0, 0, 0, 0});
  return code;
}

/// Any bytes at all.
Code random_bytes(std::uint64_t number) {
  Code code;
  append(code, mix(2 * number), 8);
  append(code, mix(2 * number + 1), 8);
  return code;
}

// ---- words of fixed size: all values of the bits that say what the instruction is, and a few of
// those that say which registers it works on.

constexpr std::uint64_t kFills = 4;
std::uint64_t fill(std::uint64_t kind, std::uint64_t number) {
  constexpr std::array<std::uint64_t, 3> kFixed{0, ~0ull, 0x1234'5678'4321'0123};
  return kind < kFixed.size() ? kFixed[kind] : mix(number);
}
std::uint64_t blend(std::uint64_t word, std::uint64_t mask, std::uint64_t rest) {
  return (word & mask) | (rest & ~mask);
}

constexpr std::uint64_t kArmSize = 16 * 256 * 2 * kFills * 16;
Code arm_instruction(std::uint64_t number) {
  std::uint64_t rest = number;
  const auto low = take(rest, 16), high = take(rest, 256), condition = take(rest, 2),
             kind = take(rest, kFills), destination = rest;
  const std::uint64_t word =
      (condition == 0 ? 0xe0000000 : 0xf0000000) | high << 20 | destination << 12 | low << 4;
  Code code;
  append(code, blend(word, 0xfff0f0f0, fill(kind, number)), 4);
  return code;
}

Code thumb_instruction(std::uint64_t number) {
  Code code;
  append(code, number, 2);
  append(code, 0xbf00, 2);  // nop
  return code;
}

constexpr std::uint64_t kThumb32Size = 0x1800 * 256 * kFills;
Code thumb32_instruction(std::uint64_t number) {
  std::uint64_t rest = number;
  const auto low = take(rest, 16), high = take(rest, 16), kind = take(rest, kFills);
  Code code;
  append(code, 0xe800 + rest, 2);
  append(code, blend(high << 12 | low << 4, 0xf0f0, fill(kind, number)), 2);
  return code;
}

constexpr std::uint64_t kArm64Size = 2048 * 64 * kFills;
Code arm64_instruction(std::uint64_t number) {
  std::uint64_t rest = number;
  const auto low = take(rest, 64), kind = take(rest, kFills);
  Code code;
  append(code, blend(rest << 21 | low << 10, 0xffe0fc00, fill(kind, number)), 4);
  return code;
}

constexpr std::uint64_t kRandom = 2'000'000;

const std::vector<Sweep>& sweeps() {
  static const std::vector<Sweep> all{
      {"8664", "8664", false, kX86Size, 941, x86_instruction},
      {"8664 lock", "8664", false, kLockSize, 1, lock_instruction},
      {"8664 random", "8664", false, kRandom, 1009, random_bytes},
      {"__86", "__86", false, kX86Size, 1511, x86_instruction},
      {"__86 lock", "__86", false, kLockSize, 1, lock_instruction},
      {"__86 random", "__86", false, kRandom, 1009, random_bytes},
      {"_ARM", "_ARM", false, kArmSize, 131, arm_instruction},
      {"_ARM random", "_ARM", false, kRandom, 1009, random_bytes},
      {"thumb", "_ARM", true, 0xe800, 31, thumb_instruction},
      {"thumb 32-bit", "_ARM", true, kThumb32Size, 1511, thumb32_instruction},
      {"AR64", "AR64", false, kArm64Size, 131, arm64_instruction},
      {"AR64 random", "AR64", false, kRandom, 1009, random_bytes},
      {"APPL", "APPL", false, kArm64Size, 521, arm64_instruction},
  };
  return all;
}

// ---- execution

/// What parent and child share.
struct Progress {
  std::atomic<std::uint64_t> next{0};  ///< the instruction under way, or that comes next
  std::atomic<std::uint64_t> executed{0}, illegal{0};
};

/// In a child process: the sweep from `progress.next` on.
[[noreturn]] void work(const Sweep& sweep, std::uint64_t step, bool counted, Progress& progress) {
  constexpr unsigned kSecondsForMany = 120;
  constexpr std::uint64_t kMany = 4096;
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  InstructionBed bed(sweep.arch, counted);
  for (std::uint64_t done = 0; progress.next < sweep.size; ++done, progress.next += step) {
    if (done % kMany == 0) alarm(kSecondsForMany);  // whoever never comes back is killed
    const std::uint64_t number = progress.next;
    const auto operands = static_cast<Operands>(mix(number) % unsigned(Operands::kCount));
    const Stop& stop = bed.execute(sweep.instruction(number), sweep.thumb, operands, 3);
    ++progress.executed;
    if (stop.reason == StopReason::kFault && stop.fault.kind == FaultKind::kIllegalInstruction)
      ++progress.illegal;
  }
  _exit(0);
}

std::string hex(const Code& code) {
  std::string text;
  for (const std::uint8_t byte : code) {
    std::array<char, 4> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", byte);
    text += digits.data();
  }
  return text;
}

/// How many instructions ended their process.
std::uint64_t run(const Sweep& sweep, std::uint64_t step, bool counted) {
  void* place =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) std::exit(2);
  auto& progress = *new (place) Progress;
  std::uint64_t ended = 0;
  while (progress.next < sweep.size) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) std::exit(2);
    if (child == 0) work(sweep, step, counted, progress);
    int status = 0;
    if (waitpid(child, &status, 0) != child) std::exit(2);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    ++ended;
    std::printf("%.*s: %s ended the process (%s %d)%s\n", static_cast<int>(sweep.name.size()),
                sweep.name.data(), hex(sweep.instruction(progress.next)).c_str(),
                WIFSIGNALED(status) ? "signal" : "status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
                counted ? ", counting" : "");
    progress.next += step;
  }
  std::printf("%.*s: %llu instructions%s, %llu illegal, %llu ended the process\n",
              static_cast<int>(sweep.name.size()), sweep.name.data(),
              static_cast<unsigned long long>(progress.executed), counted ? " counted" : "",
              static_cast<unsigned long long>(progress.illegal),
              static_cast<unsigned long long>(ended));
  munmap(place, sizeof(Progress));
  return ended;
}

/// `text` is "8664:f26d". Prints why each run of the code stopped.
int run_code(const std::string& text) {
  const auto colon = text.find(':');
  const std::string arch = text.substr(0, colon),
                    digits = text.substr(std::min(text.size(), colon + 1));
  Code code;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    code.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  for (const bool counted : {false, true}) {
    InstructionBed bed(arch == "thumb" ? "_ARM" : arch, counted);
    for (unsigned operands = 0; operands < unsigned(Operands::kCount); ++operands) {
      const Stop& stop = bed.execute(code, arch == "thumb", Operands(operands), 3);
      std::printf("%s, operands %u: stop %u, fault %u %s\n", counted ? "counted" : "stepped",
                  operands, unsigned(stop.reason), unsigned(stop.fault.kind),
                  stop.fault.detail.c_str());
      std::fflush(stdout);
    }
  }
  return 0;
}

int main_of(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option.rfind("--code=", 0) == 0) return run_code(option.substr(7));
  const bool all = option.rfind("--all", 0) == 0;
  if (argc > 2 || (argc == 2 && !all)) {
    std::fprintf(stderr, "usage: cpu_abort [--all[=SWEEP,…]]\n");
    return 2;
  }
  const std::string wanted = option.size() > 6 ? "," + option.substr(6) + "," : "";
  std::uint64_t ended = 0;
  for (const Sweep& sweep : sweeps()) {
    const std::string name = "," + std::string(sweep.name) + ",";
    if (!wanted.empty() && wanted.find(name) == std::string::npos) continue;
    for (const bool counted : {false, true})
      ended += run(sweep, all ? 1 : sweep.sample_step_when(counted), counted);
  }
  return ended == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cmos::emu

int main(int argc, char** argv) {
  return cmos::emu::main_of(argc, argv);
}
