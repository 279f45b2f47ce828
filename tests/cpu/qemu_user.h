// The reference for what is not the host's own CPU: qemu-user, which runs reference/reference.c.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/cpu/guest.h"

namespace cmos::cpu_test {

struct QemuUser {
  std::string program;             ///< "qemu-arm", looked up as a shell does
  std::vector<std::string> model;  ///< its options: {"-cpu", "cortex-a15"}
  std::string reference;           ///< the file of the program that it runs
};

/// Whether qemu-user and the program are there.
bool is_there(const QemuUser& qemu);
/// Whether it is the version that was looked at: others have other faults of their own.
bool is_known(const QemuUser& qemu);
std::unique_ptr<Machine> qemu_user(const QemuUser& qemu, Framing framing);

}  // namespace cmos::cpu_test
