// What a process gives up before it runs foreign code, for good and for all that it starts:
//
//   no_new_privs   no program that it could execute gains rights
//   Landlock       no file is opened, made or removed but below the places of the policy
//   seccomp        no host call is made but those of a list (call_list.cc): none that starts a
//                  process, executes a program, opens a socket, or reaches into other processes
//
// What is open stays open. A host that lacks one of them gives what it has; the caller decides
// whether that is enough. Where the standard descriptors lead is not restricted.
#pragma once

#include <string>
#include <vector>

namespace cmos::sandbox {

/// A folder of the host with everything below it, or one file.
struct Place {
  enum class Access : unsigned char { kRead, kChange };  ///< kChange: also written, made, removed
  std::string path;
  Access access = Access::kRead;
};

struct Policy {
  /// One that does not exist is left out.
  std::vector<Place> places = {};
  /// kReader: memory, and the descriptors that are open. For a library that takes a file apart.
  enum class Calls : unsigned char { kEmulator, kReader } calls = Calls::kEmulator;
};

/// What is in force now.
struct Confinement {
  bool files = false;  ///< Landlock
  bool calls = false;  ///< seccomp
  /// What the host lacks and why, for people; empty when nothing.
  std::string missing;

  bool complete() const { return files && calls; }
};

/// Confines this process. Once: a second time can only take away more. Descriptors that a program
/// which started this one left open (those without FD_CLOEXEC, but for 0 to 2) are closed.
Confinement confine(const Policy& policy);

}  // namespace cmos::sandbox
