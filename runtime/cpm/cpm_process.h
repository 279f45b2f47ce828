// A CP/M program, its machine and its limits (docs/cpm.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emu/engine.h"
#include "emu/memory.h"
#include "syscalls/cpm/bdos.h"

namespace cmos::runtime {

struct CpmLimits {
  std::optional<std::uint64_t> max_instructions = {};
};

/// The CPU of the machine. Programs for the 8080 run on both; some tell them apart by the parity
/// flag, which the Z80 has for overflow, too.
enum class CpmCpu : std::uint8_t { kZ80, k8080 };

enum class CpmEnding : std::uint8_t { kExited, kFaulted, kInstructions, kStopped };

struct CpmOutcome {
  CpmEnding ending = CpmEnding::kExited;
  int code = 0;
  emu::Fault fault = {};
  std::uint64_t calls = 0;
  std::uint64_t instructions = 0;
};

class CpmProcess {
 public:
  /// A line for each call, without its end, as --trace shows it; empty: no trace.
  using Trace = std::function<void(const std::string& line)>;
  /// Told once of each call that CP/M 2.2 does not have.
  using Unknown = std::function<void(const std::string& text)>;

  /// A program of at most as many bytes as there are below the BDOS; console and drives must
  /// outlive the process. Fails with kMalformed for larger ones, naming the file.
  static Result<std::unique_ptr<CpmProcess>> load(Bytes program, std::string_view file,
                                                  cpm::Console& console, cpm::Drives& drives,
                                                  const CpmLimits& limits,
                                                  CpmCpu cpu = CpmCpu::kZ80);

  cpm::Bdos& bdos() { return *bdos_; }
  void set_trace(Trace trace) { trace_ = std::move(trace); }
  void set_unknown(Unknown unknown) { unknown_ = std::move(unknown); }

  /// Runs to the end. Once.
  const CpmOutcome& run();
  /// From a signal handler: the run ends with kStopped.
  void stop() noexcept { engine_->request_stop(); }

  /// The registers after the end, "af=0044 bc=…", and the bytes at its pc.
  std::string registers() const;
  const emu::GuestMemory& memory() const { return memory_; }
  /// "_Z80" or "8080".
  std::string_view arch() const { return engine_->isa().arch; }

 private:
  CpmProcess();
  Result<void> prepare(Bytes program, std::string_view file, cpm::Console& console,
                       cpm::Drives& drives, CpmCpu cpu);
  bool serve(const emu::SyscallRegisters& trap);
  std::string before(const cpm::CallRow* row, std::string_view origin,
                     const cpm::CallRegisters& registers) const;
  static std::string after(const cpm::CallRow* row, const cpm::CallAnswer& answer);
  std::uint16_t caller() const;

  emu::GuestMemory memory_;
  std::unique_ptr<emu::Engine> engine_;
  std::unique_ptr<cpm::Bdos> bdos_;
  CpmLimits limits_;
  CpmOutcome outcome_;
  Trace trace_;
  Unknown unknown_;
  std::vector<bool> told_;
};

}  // namespace cmos::runtime
