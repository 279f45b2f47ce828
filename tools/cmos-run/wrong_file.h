// A host program given to cmos-run by mistake gets a sentence that helps.
#pragma once

#include "base/bytes.h"
#include "base/error.h"

namespace cmos::run {

/// `error`, about a file that is no CPE, with what the file seems to be instead.
Error with_hint(Error error, Bytes file);

}  // namespace cmos::run
