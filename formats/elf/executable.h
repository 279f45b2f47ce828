// A statically linked ELF program: what remains of an ELF file when all that a loader of a
// fixed-address, relocation-free format (the CPE, abi 1.3) can honour has been checked.
#pragma once

#include <vector>

#include "formats/elf/elf.h"

namespace cmos::elf {

/// A loadable segment with memory; `bytes` are borrowed from the file, at most memory_size of them.
struct LoadSegment {
  Segment header;
  Bytes bytes;
  bool readable() const;
  bool writable() const;
  bool executable() const;
  /// First address after it.
  std::uint64_t end() const { return header.address + header.memory_size; }
};

struct Executable {
  File file;
  std::vector<LoadSegment> segments;  ///< ascending by address, without overlap, none empty
  bool has_tls = false;               ///< thread-local variables (PT_TLS), which nothing sets up
};

/// Fails with kUnsupported and says how to link instead: relocatable objects, position-independent
/// or dynamic programs, relocations left for run time. The bytes must outlive the result.
Result<Executable> read_executable(Bytes file_bytes, std::string_view file);

}  // namespace cmos::elf
