// Errors as values. A function that can fail returns Result<T>; what went wrong, where, and what
// was expected are fields of the Error, filled in where they are known and completed on the way up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace cmos {

/// What kind of thing failed. Tools map it to an exit status in one place
/// (tools/common/exit_status.h).
enum class ErrorCode : std::uint8_t {
  kUsage,        ///< the caller asked for something that makes no sense
  kHostIo,       ///< the host refused to read, write, map …
  kNotFound,     ///< no such file
  kUnreadable,   ///< the file is there but cannot be read
  kMalformed,    ///< bytes that break a format's rules
  kUnsupported,  ///< well-formed, but nothing here can process it (an ARCH without engine, a newer
                 ///< version)
  kLimit,        ///< a limit that the user set or the host imposes
  kInternal,     ///< a bug here
};

/// One failure. `file`, `offset`, `field`, `found` and `expected` are set when they make sense;
/// `message` carries what they cannot say.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string file = {};                     ///< as the user named it
  std::optional<std::uint64_t> offset = {};  ///< absolute, in bytes from the start of `file`
  std::string field = {};                    ///< the format's own name for the field
  std::string found = {};
  std::string expected = {};
  std::string message = {};

  /// One line, e.g. `app.cpe: offset 0xd: entry point offset: found 64, expected less than 32`.
  std::string text() const;

  /// Completes the error with the file it is about, unless an inner layer has said so already.
  Error in_file(std::string_view name) && {
    if (file.empty()) file = name;
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;

/// Wraps an Error for returning from a Result function.
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
/// Failure with only a code and a message.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return fail(Error{.code = code, .message = std::move(message)});
}

/// The errors of a reader of one file, which derives from it: each names the file and the place.
class Refusals {
 public:
  explicit Refusals(std::string_view file) : refused_file_(file) {}

 protected:
  tl::unexpected<Error> refuse(ErrorCode code, std::uint64_t offset, std::string_view field,
                               std::string found, std::string expected) const;
  tl::unexpected<Error> malformed(std::uint64_t offset, std::string_view field, std::string found,
                                  std::string expected) const {
    return refuse(ErrorCode::kMalformed, offset, field, std::move(found), std::move(expected));
  }
  tl::unexpected<Error> unsupported(std::uint64_t offset, std::string_view field, std::string found,
                                    std::string expected) const {
    return refuse(ErrorCode::kUnsupported, offset, field, std::move(found), std::move(expected));
  }
  const std::string& refused_file() const { return refused_file_; }

 private:
  std::string refused_file_;
};

/// How grave a finding about a file is. Warnings let a load go on, unless the caller is strict.
enum class Severity : std::uint8_t { kHint, kWarning, kError };

/// One finding of a validator. `rule` is a stable short name (`entry-outside-code`), for filters
/// and tests; `section` names the section of the specification ("cpe 1.1", "abi 1.3").
struct Finding {
  Severity severity = Severity::kError;
  std::string_view rule;
  std::string_view section;
  Error where;
};

std::string_view name(Severity severity);

}  // namespace cmos

/// CMOS_TRY(lhs, expression): evaluates a Result; on failure returns its Error from the enclosing
/// function.
#define CMOS_TRY_CONCAT2(a, b) a##b
#define CMOS_TRY_CONCAT(a, b) CMOS_TRY_CONCAT2(a, b)
#define CMOS_TRY(lhs, ...)                                                                         \
  auto CMOS_TRY_CONCAT(cmos_try_, __LINE__) = (__VA_ARGS__);                                       \
  if (!CMOS_TRY_CONCAT(cmos_try_, __LINE__))                                                       \
    return tl::unexpected<::cmos::Error>(std::move(CMOS_TRY_CONCAT(cmos_try_, __LINE__)).error()); \
  lhs = std::move(*CMOS_TRY_CONCAT(cmos_try_, __LINE__))
/// The same for a Result<void>.
#define CMOS_TRY_VOID(...)                                \
  if (auto cmos_try_void = (__VA_ARGS__); !cmos_try_void) \
  return tl::unexpected<::cmos::Error>(std::move(cmos_try_void).error())
