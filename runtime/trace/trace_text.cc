#include "runtime/trace/trace_text.h"

#include "base/bytes.h"
#include "base/text.h"
#include "runtime/trace/trace_buffer.h"

namespace cmos::runtime {
namespace {

using syscalls::ArgumentKind;
using Content = CapturedArgument::Content;

void put_pointer(fmt::memory_buffer& out, std::uint64_t value, const TraceContext& context) {
  if (value == 0) {
    put(out, "null");
  } else if (context.addresses != nullptr) {
    context.addresses->append(out, value);
  } else {
    context.symbols.append(out, value);
  }
}

/// A captured head of `total` bytes: quoted, with `...` when it was cut.
void put_string(fmt::memory_buffer& out, Bytes head, std::uint64_t total,
                std::optional<std::uint32_t> digest) {
  put(out, quote(head));
  if (head.size() < total) put(out, "...");
  if (digest) put(out, "{{crc32 {:08x}}}", *digest);
}

/// A register of a call that does not exist: nobody knows what it means.
void put_raw(fmt::memory_buffer& out, std::uint64_t value, const TraceContext& context) {
  if (context.addresses != nullptr && context.addresses->names(value)) {
    context.addresses->append(out, value);
  } else {
    put(out, "{:#x}", value);
  }
}

void put_strings(fmt::memory_buffer& out, const CapturedArgument& argument, char open, char close) {
  out.push_back(open);
  std::string_view separator;
  for (const CapturedArgument::Text& text : argument.strings) {
    put(out, separator);
    put_string(out, as_bytes(text.bytes), text.total, text.digest);
    separator = ", ";
  }
  if (argument.strings.size() < argument.total) put(out, ", ...");
  out.push_back(close);
}

void put_stat(fmt::memory_buffer& out, const CapturedArgument::Stat& stat,
              const TraceContext& context) {
  put(out, "{{size={}, kind={}, flags={}, modified=", stat.size, stat_kind_name(stat.kind),
      stat.flags == 0   ? "0"
      : stat.flags == 1 ? "read-only"
                        : fmt::format("{:#x}", stat.flags));
  if (context.options.show_times) {
    put(out, "{}}}", stat.modified);
  } else {
    put(out, "<time>}");
  }
}

void put_named(fmt::memory_buffer& out, std::uint64_t value,
               std::span<const syscalls::NamedValue> names) {
  for (const syscalls::NamedValue& named : names) {
    if (named.value == value) return put(out, named.name);
  }
  put(out, "{}", value);
}

/// What the memory behind a pointer holds, or the pointer itself.
void put_content(fmt::memory_buffer& out, const CapturedArgument& argument,
                 const syscalls::Row& row, const TraceContext& context) {
  switch (argument.content) {
    case Content::kNone:
      return put_pointer(out, argument.value, context);
    case Content::kBytes:
      return put_string(out, argument.bytes, argument.total, argument.digest);
    case Content::kPlaceholder:
      return put(out, "<{}>", row.placeholder);
    case Content::kStrings:
      return argument.info->kind == ArgumentKind::kPair ? put_strings(out, argument, '{', '}')
                                                        : put_strings(out, argument, '[', ']');
    case Content::kNumber:
      if (argument.info->kind == ArgumentKind::kColour) {
        return put(out, "#{:08x}", static_cast<std::uint32_t>(argument.number));
      }
      if (argument.info->kind == ArgumentKind::kStatOut) {
        return put_stat(out, argument.stat, context);
      }
      return put(out, "[{}]", argument.number);
  }
}

void put_argument(fmt::memory_buffer& out, const CapturedArgument& argument,
                  const syscalls::Row& row, const TraceContext& context) {
  switch (argument.info->kind) {
    case ArgumentKind::kUnsigned:
      put(out, "{}", argument.value);
      break;
    case ArgumentKind::kSigned:
    case ArgumentKind::kHandle:
      put(out, "{}", sign_extend(argument.value, context.isa));
      break;
    case ArgumentKind::kNamed:
      put_named(out, argument.value, argument.info->names);
      break;
    case ArgumentKind::kFlags:
      put(out, flags_text(argument.value, argument.info->names));
      break;
    case ArgumentKind::kPointer:
      put_pointer(out, argument.value, context);
      break;
    default:
      put_content(out, argument, row, context);
  }
  if (argument.info->registers == 2) put(out, ", {}", argument.length);
}

/// As C writes it.
void put_character(fmt::memory_buffer& out, std::uint8_t byte, const TraceContext& context) {
  const bool plain = byte == '"' || (byte == '\'' && context.addresses != nullptr);
  if (plain) return put(out, " '{}'", static_cast<char>(byte));
  if (byte == '\'') return put(out, R"( '\'')");
  std::string text = quote(Bytes(&byte, 1));
  text.front() = text.back() = '\'';
  out.push_back(' ');
  put(out, text);
}

void put_result(fmt::memory_buffer& out, const CapturedCall& call, const TraceContext& context) {
  if (!call.returned) return put(out, " = ?");
  if (call.status != nullptr) return put(out, " = {} {}", call.result, call.status->name);
  const auto kind = call.row == nullptr ? syscalls::ResultKind::kCount : call.row->result;
  if (kind == syscalls::ResultKind::kPointer) {
    put(out, " = ");
    return put_pointer(
        out, static_cast<std::uint64_t>(call.result) & context.isa.cpu.pointer_mask(), context);
  }
  put(out, " = {}", call.result);
  // Golden traces keep the form that they have had from the first on.
  const std::int64_t least = context.addresses != nullptr ? 0x20 : 0;
  const std::int64_t most = context.addresses != nullptr ? 0x7e : 0xff;
  if (kind == syscalls::ResultKind::kByte && call.result >= least && call.result <= most) {
    put_character(out, static_cast<std::uint8_t>(call.result), context);
  } else if (kind == syscalls::ResultKind::kByte && call.result == -1) {
    put(out, " (end of input)");
  }
}

}  // namespace

namespace {

/// Where the call was made.
void put_caller(fmt::memory_buffer& out, const CapturedCall& call, const TraceContext& context) {
  if (context.addresses != nullptr) {
    context.addresses->append(out, call.registers.pc);
  } else {
    append_location(out, call.registers.pc, context.symbols, context.memory);
  }
  if (const auto line = caller_line(call, context))
    put(out, " ({}:{})", presentable(line->file), line->line);
  put(out, ": ");
}

/// `stdout("Hello\n", 6, null)`
void put_named_call(fmt::memory_buffer& out, const CapturedCall& call,
                    const TraceContext& context) {
  put(out, call.row->name);
  out.push_back('(');
  for (std::size_t i = 0; i < call.argument_count; ++i) {
    if (i > 0) put(out, ", ");
    put_argument(out, call.arguments[i], *call.row, context);
  }
  out.push_back(')');
}

}  // namespace

void append_input_text(fmt::memory_buffer& out, const CapturedCall& first, Bytes head,
                       std::uint64_t total, const TraceContext& context) {
  put_caller(out, first, context);
  put_named_call(out, first, context);
  put(out, " x {} = ", total);
  put_string(out, head, total, std::nullopt);
}

void append_call_text(fmt::memory_buffer& out, const CapturedCall& call,
                      const TraceContext& context) {
  put_caller(out, call, context);
  if (call.row == nullptr) {
    put(out, "syscall_{:#x}(", call.registers.number);
    std::string_view separator = "";
    for (const std::uint64_t value : call.registers.arguments) {
      put(out, separator);
      put_raw(out, value, context);
      separator = ", ";
    }
    out.push_back(')');
  } else {
    put_named_call(out, call, context);
  }
  put_result(out, call, context);
}

std::optional<symbolize::SourceLine> caller_line(const CapturedCall& call,
                                                 const TraceContext& context) {
  if (context.lookup == nullptr || !context.symbols.in_image(call.registers.pc))
    return std::nullopt;
  return context.lookup->line(call.registers.pc);
}

std::string ending_text(const Outcome& outcome) {
  const int status = exit_status(outcome);
  switch (outcome.ending) {
    case Ending::kExited:
      return fmt::format("+++ exited with {} +++", status);
    case Ending::kFaulted:
      return fmt::format("+++ faulted: {} ({}) +++",
                         outcome.fault ? name(outcome.fault->kind) : "unknown", status);
    case Ending::kLimit:
      return fmt::format("+++ limit {} ({}) +++", outcome.limit, status);
    case Ending::kForbidden:
      return fmt::format("+++ forbidden: {} ({}) +++", outcome.message, status);
    case Ending::kInterrupted:
      return fmt::format("+++ interrupted ({}) +++", status);
    case Ending::kRunning:
      break;
  }
  return "+++ still running +++";
}

std::string_view name(emu::FaultKind kind) {
  switch (kind) {
    case emu::FaultKind::kIllegalInstruction:
      return "illegal instruction";
    case emu::FaultKind::kBreakpoint:
      return "breakpoint";
    case emu::FaultKind::kArithmetic:
      return "arithmetic";
    case emu::FaultKind::kMisaligned:
      return "misaligned access";
    case emu::FaultKind::kMemory:
      return "memory";
    case emu::FaultKind::kBadTrap:
      return "bad trap";
  }
  return "unknown";
}

std::string_view name(Ending ending) {
  switch (ending) {
    case Ending::kRunning:
      return "running";
    case Ending::kExited:
      return "exited";
    case Ending::kFaulted:
      return "faulted";
    case Ending::kLimit:
      return "limit";
    case Ending::kInterrupted:
      return "interrupted";
    case Ending::kForbidden:
      return "forbidden";
  }
  return "unknown";
}

std::string flags_text(std::uint64_t value, std::span<const syscalls::NamedValue> names) {
  std::string out;
  for (const syscalls::NamedValue& named : names) {
    if (named.value == 0 || (value & named.value) != named.value) continue;
    out += (out.empty() ? "" : "|") + std::string(named.name);
    value &= ~named.value;
  }
  if (value != 0) out += fmt::format("{}{:#x}", out.empty() ? "" : "|", value);
  return out.empty() ? "0" : out;
}

std::string_view stat_kind_name(std::uint32_t kind) {
  switch (kind) {
    case 1:
      return "file";
    case 2:
      return "directory";
    case 3:
      return "program";
    case 4:
      return "mini-disk";
    default:
      return "unknown";
  }
}

}  // namespace cmos::runtime
