// What the guest's process has of its supervisor, and what it gives up before the guest runs.
#pragma once

#include "base/error.h"
#include "runtime/supervisor/black_box.h"
#include "runtime/supervisor/outside.h"
#include "sandbox/sandbox.h"
#include "tools/cmos-run/options.h"

namespace cmos::run {

/// All null in a process without a supervisor.
struct Inside {
  runtime::BlackBox* box = nullptr;
  runtime::Outside* outside = nullptr;
};

/// Confines this process by a policy, as --sandbox says. kHostIo when that is required and the host
/// cannot.
Result<void> confine_by(const Options& options, const sandbox::Policy& policy);

/// Confines this process to what `options` give the guest (--sandbox). kHostIo when that is
/// required and the host cannot.
Result<void> confine(const Options& options, const Inside& inside);

/// The helper that does what the confined process cannot: what it may be asked for.
runtime::OutsideServices outside_services(const Options& options);

/// Writes a file that the user named, through the helper when there is one.
Result<void> write_named(const Inside& inside, runtime::NamedFile file, const std::string& path,
                         Bytes content);

}  // namespace cmos::run
