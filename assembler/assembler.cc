#include "assembler/assembler.h"

#include <fmt/format.h>

#include "assembler/emit.h"
#include "assembler/listing.h"
#include "assembler/messages.h"
#include "assembler/parser.h"
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
  if (program.target != nullptr) {
    check_symbols(program, state->reporter);
    state->input = rewrite(program, state->sources, state->options.debug_lines, state->reporter);
  }
  return Source(std::move(state));
}

const std::string& Source::encoder_text() const {
  return state_->input.text;
}
std::string_view Source::triple() const {
  return state_->program.target == nullptr ? "" : state_->program.target->triple;
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
  const bool said = report_messages(encoded.messages, state.input, state.program, state.reporter);
  if (encoded.elf.empty() && !said && !has_errors())
    return fail(ErrorCode::kHostIo,
                fmt::format("the encoder failed: {}",
                            encoded.messages.substr(0, encoded.messages.find('\n'))));
  if (encoded.elf.empty()) return std::vector<std::uint8_t>();
  state.elf = encoded.elf;
  const std::string& name = state.sources[0].name;
  auto code = elf::read_object(state.elf, name);
  if (!code && report_relocation(state.elf, code.error(), state.program, state.reporter))
    return std::vector<std::uint8_t>();
  CMOS_TRY(state.code, std::move(code));
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

std::string Source::listing() const {
  if (!state_->emitted) return "";
  return make_listing(state_->sources, state_->program, *state_->emitted);
}

Result<Output> assemble(std::string_view file, std::string text, const AssembleOptions& options) {
  Source source = Source::prepare(file, std::move(text), options);
  Output out;
  if (!source.encoder_text().empty()) {
    // Also when there are mistakes: the encoder may find more.
    auto encoded = encode(source.encoder_text(), source.triple(), options);
    if (encoded) {
      CMOS_TRY(out.cpo, source.finish(*encoded));
      if (encoded->elf.empty() && source.drop_refused_lines()) {
        encoded = encode(source.encoder_text(), source.triple(), options);
        if (encoded && !encoded->elf.empty()) CMOS_TRY_VOID(source.finish(*encoded));
      }
    } else if (!source.has_errors()) {
      return fail(std::move(encoded).error());
    }
  }
  if (options.listing && !out.cpo.empty()) out.listing = source.listing();
  for (const Diagnostic& one : source.take_diagnostics()) {
    const bool error = one.severity == Severity::kError;
    if (error) ++out.errors;
    if (error || options.warnings) out.messages += render(source.sources(), one);
  }
  return out;
}

}  // namespace cmos::assembler
