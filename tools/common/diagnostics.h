// What tools say on stderr: `cmos-run: warning: …`, coloured only on a terminal. The logger is made
// with the first message: a run that has nothing to say does not pay for it. Messages are made
// presentable (base/text.h) here.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace cmos::tools {

/// Once, before any message; `program` starts every line.
void set_program_name(std::string_view program);

/// `cmos-run: MESSAGE`, for --verbose.
void note(std::string_view message);
void warn(std::string_view message);
/// `cmos-run: MESSAGE`, for the one line that says why a tool failed.
void complain(std::string_view message);
/// The same for an error, with the name that was meant when a file is missing whose folder has one
/// like it.
void complain(const Error& error);

}  // namespace cmos::tools
