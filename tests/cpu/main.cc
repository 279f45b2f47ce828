// cmos-cpu-differ: runs random code on cmos' CPU and on a reference, and reports where they differ.
// Exit status: 0 no difference, 1 differences, 77 there is no reference here, 2 wrong usage.
#include <cpuid.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <stdexcept>

#include "tests/cpu/arm.h"
#include "tests/cpu/differ.h"
#include "tests/cpu/guest.h"
#include "tests/cpu/qemu_user.h"
#include "tests/cpu/x86.h"

namespace cmos::cpu_test {
namespace {

struct Options {
  std::string arch = "8664";
  std::uint64_t seed = 1;
  std::set<std::string> only;
  std::size_t singles = 10000, sequences = 2000, alike = 1;
  bool any_make = false;  ///< the reference is what there is, whoever made it
};

/// `Generator` makes the cases on which the two are compared.
template <class Generator>
std::size_t compare(const Options& options, Generator& generator, const Subject& subject,
                    Machine& tested, Machine& reference) {
  Differ differ(subject, tested, reference);
  differ.look_at(options.only);
  return differ.run(
             options.singles, [&] { return generator.single(); }, options.alike) +
         differ.run(
             options.sequences, [&] { return generator.sequence(); }, options.alike);
}

using Part = X86Generator::Part;

std::size_t run_x86(const Options& options, bool wide, Part part, Machine& reference) {
  const auto tested =
      guest_cpu(options.arch, {.frame = x86_frame(wide, false),
                               .leave = [](std::uint64_t at, bool) { return x86_leave(at); }});
  X86Generator generator(wide, options.seed, part);
  Subject subject = x86_subject(wide);
  // qemu-user forgets x87 state at signals, which no instruction of this part works on.
  if (part == Part::kUnlike64Bit)
    std::erase_if(subject.fields, [](const Field& field) { return field.offset < kGpr; });
  return compare(options, generator, subject, *tested, reference);
}

/// Where the kernel runs no 32-bit code: what means the same to 64-bit code is compared with the
/// host's CPU, the rest with qemu-user.
std::size_t run_x86_in_parts(const Options& options) {
  const auto host = host_cpu(true);
  std::size_t different = run_x86(options, false, Part::kLike64Bit, *host);
  const QemuUser qemu{"qemu-i386", {}, CMOS_REFERENCE_FOLDER "/__86"};
  if (!is_there(qemu) || (!options.any_make && !is_known(qemu))) {
    fmt::print("skipped: instructions that 64-bit code has not, for want of qemu-i386\n");
    return different;
  }
  const auto emulated =
      qemu_user(qemu, {.frame = x86_frame(false, true),
                       .leave = [](std::uint64_t at, bool) { return x86_leave(at); }});
  Options fewer = options;
  fewer.singles /= 4;
  fewer.sequences /= 4;
  return different + run_x86(fewer, false, Part::kUnlike64Bit, *emulated);
}

/// A name of --arch that means ARM, and what it means.
struct ArmTarget {
  std::string name, arch;
  ArmGenerator::Code code;
  QemuUser qemu;
};

const std::vector<ArmTarget>& arm_targets() {
  using Code = ArmGenerator::Code;
  static const QemuUser kArm{"qemu-arm", {"-cpu", "cortex-a15"}, CMOS_REFERENCE_FOLDER "/_ARM"};
  static const QemuUser kArm64{
      "qemu-aarch64", {"-cpu", "cortex-a57"}, CMOS_REFERENCE_FOLDER "/AR64"};
  static const QemuUser kApple{
      "qemu-aarch64", {"-cpu", "max,sve=off"}, CMOS_REFERENCE_FOLDER "/AR64"};
  static const std::vector<ArmTarget> all{{"_ARM", "_ARM", Code::kArm, kArm},
                                          {"thumb", "_ARM", Code::kThumb, kArm},
                                          {"AR64", "AR64", Code::kArm64, kArm64},
                                          {"APPL", "APPL", Code::kApple, kApple}};
  return all;
}

std::size_t run_arm(const Options& options, const ArmTarget& target) {
  const bool wide = target.arch != "_ARM";
  const auto tested = guest_cpu(target.arch, arm_framing(wide, false));
  const auto reference = qemu_user(target.qemu, arm_framing(wide, true));
  ArmGenerator generator(target.code, options.seed);
  return compare(options, generator, arm_subject(target.arch), *tested, *reference);
}

/// The words of "a,b,c".
std::set<std::string> split(const std::string& list) {
  std::set<std::string> words;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    words.insert(list.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--arch")
      options.arch = value;
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else if (name == "--singles")
      options.singles = std::stoull(value);
    else if (name == "--sequences")
      options.sequences = std::stoull(value);
    else if (name == "--only")
      options.only = split(value);
    else if (name == "--make")
      options.any_make = value == "any";
    else if (name == "--alike")
      options.alike = std::stoull(value);
    else
      return std::nullopt;
  }
  return argc % 2 == 1 ? std::optional(options) : std::nullopt;
}

/// Whether Linux keeps a segment for 32-bit code; newer ones can be booted without.
bool has_32_bit_code() {
  constexpr unsigned kCodeSegment32 = 0x23;
  bool there = false;
  unsigned rights = 0;
  asm volatile("lar %2, %0\n setz %1" : "=&r"(rights), "=&q"(there) : "r"(kCodeSegment32) : "cc");
  return there;
}

/// Makes of CPUs differ in what their documents leave open; only AMD's were looked at so far.
bool is_known_make() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0, &a, &b, &c, &d) != 0 && b == signature_AMD_ebx;
}

/// What the host's CPU lacks of the guest's.
std::string missing_extensions() {
  std::string missing;
  const auto need = [&missing](bool there, const char* name) {
    if (!there) missing += std::string(" ") + name;
  };
  unsigned a = 0, b = 0, c = 0, d = 0, extended = 0;
  __get_cpuid(1, &a, &b, &c, &d);
  __get_cpuid(0x8000'0001, &a, &b, &extended, &d);
  need((c & bit_SSE4_2) != 0, "sse4.2");
  need((c & bit_SSSE3) != 0, "ssse3");
  need((c & bit_PCLMUL) != 0, "pclmulqdq");
  need((c & bit_AES) != 0, "aes");
  need((c & bit_MOVBE) != 0, "movbe");
  need((c & bit_POPCNT) != 0, "popcnt");
  need((c & bit_CMPXCHG16B) != 0, "cmpxchg16b");
  need((extended & bit_ABM) != 0, "lzcnt");
  return missing;
}

int report(const Options& options, std::size_t different) {
  fmt::print("{}: {} single instructions, {} sequences, {} differences\n", options.arch,
             options.singles, options.sequences, different);
  return different == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    fmt::print(stderr,
               "usage: {} [--arch CODE] [--seed N] [--singles N] [--sequences N]"
               " [--only MNEMONIC,…] [--alike N] [--make any]\n",
               argv[0]);
    return 2;
  }
  for (const ArmTarget& target : arm_targets()) {
    if (target.name != options->arch) continue;
    if (!is_there(target.qemu)) {
      fmt::print("skipped: no {}, or no clang to build what it runs\n", target.qemu.program);
      return 77;
    }
    if (!options->any_make && !is_known(target.qemu)) {
      fmt::print("skipped: this version of {} was never compared (--make any does it)\n",
                 target.qemu.program);
      return 77;
    }
    return report(*options, run_arm(*options, target));
  }
  if (!options->any_make && !is_known_make()) {
    fmt::print("skipped: the host's make of CPU was never compared (--make any does it)\n");
    return 77;
  }
  if (const std::string missing = missing_extensions(); !missing.empty()) {
    fmt::print("skipped: the host's CPU, which is the reference, has no{}\n", missing);
    return 77;
  }
  const bool wide = options->arch == "8664";
  if (!wide && !has_32_bit_code()) return report(*options, run_x86_in_parts(*options));
  return report(*options, run_x86(*options, wide, Part::kAll, *host_cpu(wide)));
}

}  // namespace
}  // namespace cmos::cpu_test

int main(int argc, char** argv) {
  try {
    return cmos::cpu_test::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
