// What --verbose tells on stderr: how the file was read, what runs it, and where everything is.
#pragma once

#include "runtime/process/process.h"
#include "sandbox/sandbox.h"
#include "vfs/namespace.h"

namespace cmos::run {

/// Root, mounts and overlay. Of a confined run the overlay that vanishes is already a folder.
void tell_namespace(const vfs::Config& config);
void tell_confinement(const sandbox::Confinement& got);
/// File, engine, memory and entry point of a process that was loaded and has not run.
void tell_process(const runtime::Process& process);

}  // namespace cmos::run
