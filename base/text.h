// Text helpers shared by reports, traces and dumps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace cmos {

/// Index of the first byte that is not part of well-formed UTF-8 (no overlong forms, no surrogates), if any.
std::optional<std::size_t> first_invalid_utf8(Bytes bytes);

/// `bytes` in double quotes as C would write them: \n, \t, \", \\, \xNN for the rest; well-formed UTF-8 stays
/// readable. At most `limit` source bytes are shown, then `"...` as strace does.
std::string quote(Bytes bytes, std::size_t limit = SIZE_MAX);

}  // namespace cmos
