#include "assembler/assembler.h"

#include <fmt/format.h>

#include "assembler/emit.h"
#include "assembler/listing.h"
#include "assembler/messages.h"
#include "assembler/parser.h"
#include "assembler/readback.h"
#include "assembler/reader.h"
#include "assembler/rewrite.h"
#include "formats/cpo/cpo.h"
#include "formats/elf/object.h"

namespace cmos::assembler {

class State {
 public:
  Options options;
  Sources sources;
  Reporter reporter;
  Program program;
  EncoderInput input;
  std::vector<std::uint8_t> elf;  ///< what the object's views point into
  std::optional<object::Object> code;
  std::optional<Emitted> emitted;
  bool unplaced = false;  ///< a mistake needs line labels to be placed

  void write_code(bool line_labels) {
    options.line_labels = line_labels;
    input = rewrite(program, sources, {options.debug_lines, line_labels}, reporter);
  }
  /// True when everything has been written anew to place a mistake.
  bool place_again() {
    if (options.line_labels) return false;
    unplaced = true;
    write_code(true);
    return true;
  }
};

Source::Source(std::unique_ptr<State> state) : state_(std::move(state)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

Source Source::prepare(std::string_view file, std::string text, Options options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  Program& program = state->program;
  Parser parser(program, state->options, state->sources, state->reporter);
  read_lines(file, std::move(text), state->options, state->sources, program, state->reporter,
             [&parser](std::uint32_t line) { parser.line(line); });
  if (program.target != nullptr && !program.incomplete && !state->options.preprocess) {
    check_symbols(program, state->reporter);
    state->write_code(state->options.line_labels);
  }
  return Source(std::move(state));
}

const std::string& Source::encoder_text() const {
  return state_->input.text;
}
std::string_view Source::triple() const {
  return state_->program.target == nullptr ? "" : state_->program.target->triple;
}

bool Source::find_crash(const std::function<bool(const std::string& text)>& crashes) {
  const EncoderInput& input = state_->input;
  std::vector<std::size_t> ends;  // of each line
  for (std::size_t at = 0; at < input.text.size(); ++at) {
    if (input.text[at] == '\n') ends.push_back(at + 1);
  }
  std::size_t good = 0;  // so many lines do not crash it
  std::size_t bad = ends.size();
  while (good + 1 < bad) {
    const std::size_t middle = (good + bad) / 2;
    (crashes(input.text.substr(0, ends[middle - 1])) ? bad : good) = middle;
  }
  if (bad == 0 || bad > input.lines.size()) return false;
  const EncoderLine& line = input.lines[bad - 1];
  if (line.item == kNoEntry) return false;
  const Line& source = state_->program.lines[state_->program.code[line.item].line];
  Span where = source.where;
  const auto pieces = pieces_of(input, line, state_->program);
  if (!pieces.empty()) where = pieces[0].source;
  state_->reporter.error(where, "the encoder crashes on this line");
  return true;
}

bool Source::wants_line_labels() const {
  return state_->unplaced;
}
bool Source::has_errors() const {
  return state_->reporter.has_errors();
}
const Sources& Source::sources() const {
  return state_->sources;
}
std::vector<Diagnostic> Source::take_diagnostics() {
  return std::move(state_->reporter).take(state_->sources);
}

Result<std::vector<std::uint8_t>> Source::finish(const Encoded& encoded) {
  State& state = *state_;
  state.unplaced = false;
  const bool said = report_messages(encoded.messages, state.input, state.program, state.reporter);
  if (encoded.elf.empty() && !said && !has_errors())
    return fail(ErrorCode::kHostIo,
                fmt::format("the encoder failed: {}",
                            encoded.messages.substr(0, encoded.messages.find('\n'))));
  if (encoded.elf.empty()) return std::vector<std::uint8_t>();
  state.elf = encoded.elf;
  const std::string& name = state.sources[0].name;
  CMOS_TRY(state.code, elf::read_object(state.elf, name));
  if (!state.code->unresolvable.empty()) {
    if (!state.place_again()) report_unresolvable(*state.code, state.program, state.reporter);
    return std::vector<std::uint8_t>();
  }
  if (!has_errors() && state.options.verify) {
    CMOS_TRY(const Readback readback,
             read_back(*state.code, state.input, state.program, state.options.line_labels,
                       state.sources, state.reporter));
    if (readback == Readback::kUnplaced && state.place_again()) return std::vector<std::uint8_t>();
  }
  CMOS_TRY(auto emitted, emit(*state.code, state.input, state.program, name, state.reporter));
  if (!emitted || has_errors()) return std::vector<std::uint8_t>();
  state.emitted = std::move(emitted);
  CMOS_TRY(const cpo::File file, cpo::from_object(state.emitted->object));
  return cpo::write(file);
}

bool Source::drop_refused_lines() {
  EncoderInput& input = state_->input;
  if (input.unknown.empty()) return false;
  std::string text;
  std::string_view rest = input.text;
  bool dropped = false;
  for (const EncoderLine& line : input.lines) {
    const std::size_t end = rest.find('\n');
    if (!line.refused) text += rest.substr(0, end);
    text += '\n';
    rest.remove_prefix(end + 1);
    dropped = dropped || line.refused;
  }
  input.text = std::move(text);
  return dropped;
}

std::string Source::lines() const {
  std::string text;
  for (const std::string& line : state_->program.shown) text += line + '\n';
  return text;
}

std::string Source::listing() const {
  if (!state_->emitted) return "";
  return make_listing(state_->sources, state_->program, *state_->emitted);
}

namespace {

void say(Source& source, const AssembleOptions& options, Output& out) {
  for (const Diagnostic& one : source.take_diagnostics()) {
    const bool error = one.severity == Severity::kError;
    if (error) ++out.errors;
    if (error || options.warnings) out.messages += render(source.sources(), one);
  }
}

/// The CPO's bytes; empty when there are mistakes.
Result<std::vector<std::uint8_t>> encode_all(Source& source, const Options& options) {
  CMOS_TRY(Encoded encoded, encode(source.encoder_text(), source.triple(), options));
  if (encoded.crash) {
    const auto crashes = [&](const std::string& text) {
      const auto again = encode(text, source.triple(), options);
      return again && again->crash;
    };
    if (source.find_crash(crashes)) return std::vector<std::uint8_t>();
    return fail(std::move(*encoded.crash));
  }
  CMOS_TRY(std::vector<std::uint8_t> cpo, source.finish(encoded));
  if (source.wants_line_labels()) {
    CMOS_TRY(encoded, encode(source.encoder_text(), source.triple(), options));
    CMOS_TRY(cpo, source.finish(encoded));
  }
  if (encoded.elf.empty() && source.drop_refused_lines()) {
    CMOS_TRY(encoded, encode(source.encoder_text(), source.triple(), options));
    if (!encoded.elf.empty()) CMOS_TRY_VOID(source.finish(encoded));
  }
  return cpo;
}

}  // namespace

Result<Output> assemble(std::string_view file, std::string text, const AssembleOptions& options) {
  Options wanted = options;
  wanted.line_labels = options.listing;
  Source source = Source::prepare(file, std::move(text), std::move(wanted));
  Output out;
  if (!source.encoder_text().empty()) {
    // Also when there are mistakes: the encoder may find more.
    auto done = encode_all(source, options);
    if (!done && !source.has_errors()) return fail(std::move(done).error());
    if (done) out.cpo = std::move(*done);
  }
  if (options.listing && !out.cpo.empty()) out.listing = source.listing();
  say(source, options, out);
  return out;
}

Result<Output> preprocess(std::string_view file, std::string text, const AssembleOptions& options) {
  Options wanted = options;
  wanted.preprocess = true;
  Source source = Source::prepare(file, std::move(text), std::move(wanted));
  Output out;
  out.text = source.lines();
  say(source, options, out);
  return out;
}

}  // namespace cmos::assembler
