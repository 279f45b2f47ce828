// What a confined process cannot do itself and still needs: the files that the user named are
// written, and the program's source lines and origins are looked up. A helper that the supervisor
// starts with the first request does it, one request at a time; its answers are trusted no more
// than the requests are, which can choose neither a path to write nor a program to start.
//
// A request is u8 kind, u64 length and so many bytes; an answer u64 length and so many bytes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "symbolize/lookup.h"

namespace cmos::runtime {

using SharedProgram = std::shared_ptr<const std::vector<std::uint8_t>>;

/// The files of a run that are written when it has ended.
enum class NamedFile : std::uint8_t { kReport, kExpectedTrace };

/// The helper's side.
struct OutsideServices {
  /// The path that the user gave; empty: it is not to be written.
  std::function<std::string(NamedFile)> path;
  /// For the program of these bytes; nullptr: nothing is known of it.
  std::function<std::unique_ptr<symbolize::Lookup>(SharedProgram program)> lookup;
};
/// Until the other side has closed.
void serve_outside(int socket, const OutsideServices& services);

/// The confined side. One for a process; used by one thread.
class Outside {
 public:
  /// The socket is borrowed.
  explicit Outside(int socket) : socket_(socket) {}

  /// kHostIo, as write_host_file().
  Result<void> write(NamedFile file, const std::string& path, Bytes content);
  /// The same from a signal handler of a process that then ends at once: for a second at most.
  void write_at_once(NamedFile file, Bytes content) noexcept;
  /// Nothing more is asked: waits until the helper has ended, unless it has been given up.
  void finish();
  /// Answers of the helper about `program`. It outlives what is returned, and so does this.
  std::unique_ptr<symbolize::Lookup> lookup(SharedProgram program);

 private:
  friend class RemoteLookup;
  enum class Kind : std::uint8_t { kWrite, kProgram, kLine, kOrigin, kUnwind, kSourceText };
  friend void serve_outside(int socket, const OutsideServices& services);

  /// Nothing when the helper is gone, or when the run is to end before it has answered.
  std::optional<std::vector<std::uint8_t>> ask(Kind kind, Bytes request);

  int socket_;
};

}  // namespace cmos::runtime
