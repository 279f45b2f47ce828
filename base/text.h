// Text helpers shared by reports, traces and dumps. What comes from a file or the command line may
// be any bytes, and what the tools print may go to a terminal: text from elsewhere passes through
// one of these functions, all of which agree on what is printable.
//
// Not printable are what is no well-formed UTF-8, control characters (C0, DEL, C1), line and
// paragraph separators, characters that change the direction of writing, and those without width:
// with them a name could move the cursor, hide a part of a line, or read as another one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace cmos {

/// Index of the first byte that is not part of well-formed UTF-8 (no overlong forms, no
/// surrogates), if any.
std::optional<std::size_t> first_invalid_utf8(Bytes bytes);

/// `bytes` in double quotes as C would write them: \n, \t, \", \\, \xNN for the rest that is not
/// printable. At most `limit` source bytes are shown, then `"...` as strace does.
std::string quote(Bytes bytes, std::size_t limit = SIZE_MAX);

/// The same without quotes, and with quotes and backslashes as they are: for names and messages.
/// What was made presentable before stays as it is. At most `limit` source bytes, then `...`.
std::string presentable(std::string_view text, std::size_t limit = SIZE_MAX);
/// For text of several lines: line feeds and tabs stay.
std::string presentable_lines(std::string_view text);
/// One `?` for each character of a line that is not printable, tabs kept: what is shown has as many
/// characters as the line.
std::string masked(std::string_view line);
/// A JSON text with \uNNNN for what is well-formed UTF-8 but not printable: the same values.
std::string presentable_json(std::string_view json);

}  // namespace cmos
