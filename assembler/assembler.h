// The CBT assembler: source text in, CPO out (cpo 3-5, abi 7, docs/assembly.md).
//
// Three steps, so that the first can be tested and fuzzed alone:
//   Source::prepare   reads the text, evaluates data, and writes the lines for the encoder
//   encode            an existing assembler encodes the instructions, in a child process
//   Source::finish    its ELF output and our data become one CPO
// assemble() does all of them. Mistakes in the source are diagnostics, as many as can be found;
// only what keeps the assembler from working at all (no encoder, a host error) is an Error.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assembler/diagnostic.h"
#include "base/bytes.h"
#include "base/error.h"

namespace cmos::assembler {

struct Options {
  std::string arch = {};  ///< empty: what the source's .arch says, else 8664
  std::vector<std::pair<std::string, std::string>> defines = {};  ///< NAME, VALUE
  std::vector<std::string> include_folders = {};
  /// Reads a whole file for .include and `from "file"`; kNotFound makes the next folder be tried.
  std::function<Result<std::vector<std::uint8_t>>(const std::string& path)> read_file = {};
  bool verify = true;                  ///< read the code back and compare it with the source
  std::size_t most_lines = 2'000'000;  ///< with those of included files, macros and repetitions
  bool preprocess = false;             ///< keep lines()
  bool line_labels = false;            ///< for listing(): where each statement's code lies
  bool debug_lines = false;  ///< DWARF that says which source line each instruction comes from
  /// Program that encodes; empty: the first of llvm-mc-14, llvm-mc, clang-14, clang in PATH.
  std::string encoder = {};
  std::chrono::milliseconds encoder_timeout{60'000};
};

/// What the encoder answered.
struct Encoded {
  std::vector<std::uint8_t> elf;    ///< empty when it refused the source
  std::string messages;             ///< its standard error
  bool accepted = false;            ///< it ended with 0
  std::optional<Error> crash = {};  ///< it ended by a signal
};

class State;

class Source {
 public:
  /// `file` names the text in messages.
  static Source prepare(std::string_view file, std::string text, Options options);
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  /// The encoder's input; every line of it belongs to one line of the source. Empty when not even
  /// the ARCH is known.
  const std::string& encoder_text() const;
  /// "x86_64-none-elf"; only with a text.
  std::string_view triple() const;

  /// Takes the encoder's answer. The CPO's bytes are empty when there are errors.
  Result<std::vector<std::uint8_t>> finish(const Encoded& encoded);
  /// After a finish() of an answer without ELF: takes the refused lines out of encoder_text(), so
  /// that a second answer tells about names that nothing declares. False when that is no use.
  bool drop_refused_lines();
  /// Names the line on which the encoder crashes: `crashes` tells it of the first lines of
  /// encoder_text(). False when it crashes on nothing of the source.
  bool find_crash(const std::function<bool(const std::string& text)>& crashes);
  /// After a finish(): whether a mistake could not be placed. Then encoder_text() has been written
  /// anew, with a label for every statement, and is to be encoded again.
  bool wants_line_labels() const;

  bool has_errors() const;
  /// Everything to be said, in the order of the source, with the texts that it is about.
  const Sources& sources() const;
  std::vector<Diagnostic> take_diagnostics();
  /// Every line that is neither consumed by the reader nor left out by a condition.
  std::string lines() const;
  /// Address, bytes and source of every line; only after a finish() without errors.
  std::string listing() const;

 private:
  explicit Source(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Runs the encoder. Fails with kNotFound when there is none (the message names the package), with
/// kLimit when it takes too long, with kHostIo when the host refuses.
Result<Encoded> encode(const std::string& text, std::string_view triple, const Options& options);

/// Runs the first of `commands` whose program there is, with `text` as its input; what it writes is
/// Encoded::elf, whatever it is. `packages` is what Debian calls them. Fails as encode() does.
Result<Encoded> run_program(const std::string& text,
                            const std::vector<std::vector<std::string>>& commands,
                            std::string_view packages, std::chrono::milliseconds timeout);

struct Output {
  std::vector<std::uint8_t> cpo;  ///< empty when there are errors
  std::string messages;           ///< rendered diagnostics, warnings too
  std::size_t errors = 0;
  std::string listing;  ///< empty when there are errors
  std::string text;     ///< of preprocess()
};
struct AssembleOptions : Options {
  bool warnings = true;
  bool listing = false;
};
Result<Output> assemble(std::string_view file, std::string text, const AssembleOptions& options);
/// The lines that are left of .include and conditions.
Result<Output> preprocess(std::string_view file, std::string text, const AssembleOptions& options);

}  // namespace cmos::assembler
