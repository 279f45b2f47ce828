#include "runtime/trace/trace.h"

#include <algorithm>
#include <utility>

#include "runtime/trace/trace_buffer.h"
#include "runtime/trace/trace_json.h"
#include "runtime/trace/trace_text.h"

namespace cmos::runtime {

Tracer::Tracer(TraceOptions options, TraceOutput output)
    : options_(std::move(options)), output_(std::move(output)) {}

void Tracer::start(const emu::Isa& isa, const emu::GuestMemory& memory, const emu::Engine& engine,
                   SymbolIndex symbols) {
  target_.reset(
      new Target{isa, memory, engine, std::move(symbols), InstructionTracer(isa, memory, engine)});
  started_ = std::chrono::steady_clock::now();
}

void Tracer::start_child(std::uint64_t number, std::string_view path, const emu::Isa& isa,
                         const emu::GuestMemory& memory, const emu::Engine& engine,
                         SymbolIndex symbols) {
  write_input();
  waiting_.push_back(std::move(target_));
  target_.reset(
      new Target{isa, memory, engine, std::move(symbols), InstructionTracer(isa, memory, engine)});
  target_->number = number;
  if (!options_.lines) return;
  fmt::memory_buffer& out = output_.buffer();
  write_head("start", seconds(), 0);
  if (json()) {
    put(out, ",\"program\":");
    append_json_string(out, path);
    put(out, ",\"arch\":");
    append_json_string(out, isa.arch);
    out.push_back('}');
  } else {
    put(out, "+++ started {} ({}) +++", path, isa.arch);
  }
  output_.end_line();
}

TraceContext Tracer::context() const {
  return {.isa = target_->isa,
          .memory = target_->memory,
          .symbols = target_->symbols,
          .options = options_.capture,
          .lookup = target_->number == 1 ? lookup_ : nullptr};
}

double Tracer::seconds() const {
  if (!options_.capture.show_times) return 0;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

/// What every line begins with.
void Tracer::write_head(std::string_view event, double when, std::uint64_t instructions) {
  fmt::memory_buffer& out = output_.buffer();
  if (!json()) {
    if (options_.capture.show_times) put(out, "{:12.6f} ", when);
    if (target_->number != 1) put(out, "[{}] ", target_->number);
    return;
  }
  put(out, "{{\"event\":\"{}\"", event);
  if (target_->number != 1) put(out, ",\"process\":{}", target_->number);
  if (options_.capture.show_times) put(out, ",\"seconds\":{:.6f}", when);
  if (instructions != 0) {
    put(out, ",\"instructions\":{}", instructions);
  } else {
    put(out, ",\"instructions\":null");
  }
}

void Tracer::instruction(std::uint64_t pc) {
  if (!target_) return;
  write_instruction(target_->instructions.finish());
  target_->instructions.begin(pc);
}

void Tracer::write_instruction(const InstructionStep* step) {
  if (step == nullptr || !options_.lines) return;
  write_input();
  fmt::memory_buffer& out = output_.buffer();
  write_head("instruction", seconds(), target_->engine.instructions());
  if (json()) {
    out.push_back(',');
    append_instruction_json(out, *step, context());
    out.push_back('}');
  } else {
    append_instruction_text(out, *step, context());
  }
  output_.end_line();
}

void Tracer::enter(const SyscallEvent& event) {
  if (!target_) return;
  write_instruction(target_->instructions.finish_without_effect());
  // Another call, shown or not, may write what stands in order with the trace.
  const emu::SyscallRegisters& before = target_->input.first.registers;
  if (event.registers.pc != before.pc || event.registers.number != before.number) write_input();
  if (!options_.filter.shows(event.row)) return;
  target_->call_time = seconds();
  target_->call_instructions = target_->engine.instructions();
  target_->call.enter(event, target_->isa, target_->memory, options_.capture);
  target_->open = true;
  if (options_.summary) target_->entered = std::chrono::steady_clock::now();
}

void Tracer::exit(const SyscallEvent& event) {
  if (!target_ || !target_->open) return;
  target_->call.exit(event, target_->isa, target_->memory, options_.capture);
  if (options_.summary)
    summary_.add(target_->call, std::chrono::steady_clock::now() - target_->entered);
  if (join_input())
    target_->open = false;
  else
    write_call();
}

namespace {

bool same_arguments(const CapturedCall& one, const CapturedCall& other) {
  return std::equal(
      one.arguments.begin(), one.arguments.begin() + one.argument_count, other.arguments.begin(),
      other.arguments.begin() + other.argument_count,
      [](const CapturedArgument& a, const CapturedArgument& b) { return a.value == b.value; });
}

}  // namespace

/// Whether the call has read one byte, of which a later line will tell.
bool Tracer::join_input() {
  const CapturedCall& call = target_->call;
  const bool joins = !options_.each_byte && !json() && call.row != nullptr &&
                     call.row->result == syscalls::ResultKind::kByte && call.returned &&
                     call.status == nullptr && call.result >= 0;
  if (!joins) return false;
  Target::Input& input = target_->input;
  if (input.total != 0 && !same_arguments(input.first, call)) write_input();
  if (input.total == 0) {
    input.first = call;
    input.time = target_->call_time;
  }
  ++input.total;
  if (input.head.size() < options_.capture.string_size)
    input.head.push_back(static_cast<std::uint8_t>(call.result));
  return true;
}

void Tracer::write_input() {
  Target::Input& input = target_->input;
  if (input.total != 0 && options_.lines) {
    write_head("call", input.time, 0);
    if (input.total == 1)
      append_call_text(output_.buffer(), input.first, context());
    else
      append_input_text(output_.buffer(), input.first, input.head, input.total, context());
    output_.end_line();
  }
  input.head.clear();
  input.total = 0;
}

void Tracer::write_summary() {
  fmt::memory_buffer& out = output_.buffer();
  if (json()) {
    write_head("summary", seconds(), target_->engine.instructions());
    out.push_back(',');
    append_summary_json(out, summary_.lines());
    out.push_back('}');
    return output_.end_line();
  }
  append_summary_text(out, summary_.lines());
}

void Tracer::write_call() {
  target_->open = false;
  if (!options_.lines) return;
  write_input();
  fmt::memory_buffer& out = output_.buffer();
  write_head("call", target_->call_time, target_->call_instructions);
  if (json()) {
    out.push_back(',');
    append_json_call(out, target_->call, context());
    out.push_back('}');
  } else {
    append_call_text(out, target_->call, context());
  }
  output_.end_line();
}

void Tracer::end(const Outcome& outcome) {
  if (!target_) return;
  write_instruction(outcome.ending == Ending::kFaulted
                        ? target_->instructions.finish_without_effect()
                        : target_->instructions.finish());
  if (target_->open) {
    if (options_.summary) summary_.add(target_->call, {});
    write_call();
  }
  write_input();
  if (options_.lines) write_end(outcome);
  if (!waiting_.empty()) {
    target_ = std::move(waiting_.back());
    waiting_.pop_back();
    return;
  }
  if (options_.summary) write_summary();
  output_.flush();
}

void Tracer::write_end(const Outcome& outcome) {
  fmt::memory_buffer& out = output_.buffer();
  write_head("end", seconds(), target_->engine.instructions());
  if (json()) {
    put(out, ",\"ending\":\"{}\",\"status\":{},\"code\":", name(outcome.ending),
        exit_status(outcome));
    if (outcome.ending == Ending::kExited) {
      put(out, "{}", outcome.code);
    } else {
      put(out, "null");
    }
    put(out, ",\"text\":");
    append_json_string(out, ending_text(outcome));
    out.push_back('}');
  } else {
    put(out, ending_text(outcome));
  }
  output_.end_line();
}

}  // namespace cmos::runtime
