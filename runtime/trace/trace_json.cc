#include "runtime/trace/trace_json.h"

#include "base/text.h"
#include "runtime/trace/trace_buffer.h"

namespace cmos::runtime {
namespace {

using syscalls::ArgumentKind;
using Content = CapturedArgument::Content;

/// The well-formed UTF-8 at the start of `bytes`, without a sequence that the capture has cut in
/// two.
Bytes without_cut_sequence(Bytes bytes, std::uint64_t total) {
  const auto bad = first_invalid_utf8(bytes);
  if (bad && bytes.size() < total && bytes.size() - *bad < 4) return bytes.first(*bad);
  return bytes;
}

/// `"text":"…"`, or `"hex":"…"` when the bytes are no UTF-8; then length and whether they were cut.
void put_bytes(fmt::memory_buffer& out, Bytes head, std::uint64_t total) {
  const Bytes text = without_cut_sequence(head, total);
  if (!first_invalid_utf8(text)) {
    put(out, "\"text\":");
    append_json_string(out, as_text(text));
  } else {
    put(out, "\"hex\":\"");
    for (const std::uint8_t byte : head) put(out, "{:02x}", byte);
    out.push_back('"');
  }
  put(out, ",\"bytes\":{},\"cut\":{}", total, head.size() < total);
}

void put_value(fmt::memory_buffer& out, const CapturedArgument& argument,
               const TraceContext& context) {
  switch (argument.info->kind) {
    case ArgumentKind::kUnsigned:
      put(out, "\"value\":{}", argument.value);
      return;
    case ArgumentKind::kSigned:
    case ArgumentKind::kHandle:
      put(out, "\"value\":{}", sign_extend(argument.value, context.isa));
      return;
    case ArgumentKind::kNamed:
      put(out, "\"value\":{},\"name_of_value\":", argument.value);
      for (const syscalls::NamedValue& named : argument.info->names) {
        if (named.value == argument.value) return append_json_string(out, named.name);
      }
      return put(out, "null");
    case ArgumentKind::kFlags:
      put(out, "\"value\":{},\"flags\":", argument.value);
      append_json_string(out, flags_text(argument.value, argument.info->names));
      return;
    default:
      append_json_location(out, argument.value, context);
  }
}

void put_stat(fmt::memory_buffer& out, const CapturedArgument::Stat& stat,
              const TraceContext& context) {
  put(out, "\"stat\":{{\"size\":{},\"kind\":\"{}\",\"flags\":{},\"modified\":", stat.size,
      stat_kind_name(stat.kind), stat.flags);
  if (context.options.show_times) {
    put(out, "{}}}", stat.modified);
  } else {
    put(out, "\"<time>\"}");
  }
}

void put_content(fmt::memory_buffer& out, const CapturedArgument& argument,
                 const syscalls::Row& row, const TraceContext& context) {
  switch (argument.content) {
    case Content::kNone:
      return;
    case Content::kPlaceholder:
      put(out, ",\"placeholder\":\"<{}>\"", row.placeholder);
      return;
    case Content::kBytes:
      out.push_back(',');
      return put_bytes(out, argument.bytes, argument.total);
    case Content::kNumber:
      out.push_back(',');
      if (argument.info->kind == ArgumentKind::kStatOut) {
        return put_stat(out, argument.stat, context);
      }
      if (argument.info->kind == ArgumentKind::kColour) {
        return put(out, "\"colour\":\"#{:08x}\"", static_cast<std::uint32_t>(argument.number));
      }
      return put(out, "\"nanoseconds\":{}", argument.number);
    case Content::kStrings: {
      put(out, ",\"strings\":[");
      bool first = true;
      for (const CapturedArgument::Text& text : argument.strings) {
        put(out, first ? "{" : ",{");
        put_bytes(out, as_bytes(text.bytes), text.total);
        out.push_back('}');
        first = false;
      }
      put(out, "],\"count\":{}", argument.total);
    }
  }
}

void put_arguments(fmt::memory_buffer& out, const CapturedCall& call, const TraceContext& context) {
  if (call.row == nullptr) {
    const auto& raw = call.registers.arguments;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      put(out, "{}{{\"name\":\"{}\",\"kind\":\"raw\",\"value\":{}}}", i == 0 ? "" : ",", i + 1,
          raw[i]);
    }
    return;
  }
  for (std::size_t i = 0; i < call.argument_count; ++i) {
    const CapturedArgument& argument = call.arguments[i];
    put(out, "{}{{\"name\":\"{}\",\"kind\":\"{}\",", i == 0 ? "" : ",", argument.info->name,
        syscalls::name(argument.info->kind));
    put_value(out, argument, context);
    if (argument.info->registers == 2) put(out, ",\"length\":{}", argument.length);
    put_content(out, argument, *call.row, context);
    out.push_back('}');
  }
}

void put_result(fmt::memory_buffer& out, const CapturedCall& call, const TraceContext& context) {
  if (!call.returned) return put(out, ",\"result\":null,\"error\":null");
  if (call.status == nullptr && call.row != nullptr &&
      call.row->result == syscalls::ResultKind::kPointer) {
    return put(out, ",\"result\":\"{:#x}\",\"error\":null",
               static_cast<std::uint64_t>(call.result) & context.isa.cpu.pointer_mask());
  }
  put(out, ",\"result\":{},\"error\":", call.result);
  if (call.status == nullptr) return put(out, "null");
  append_json_string(out, call.status->name);
}

}  // namespace

void append_json_string(fmt::memory_buffer& out, std::string_view text) {
  const std::size_t start = out.size();
  bool foreign = false;
  out.push_back('"');
  Bytes rest = as_bytes(text);
  while (!rest.empty()) {
    const std::size_t good = first_invalid_utf8(rest).value_or(rest.size());
    for (const char c : as_text(rest.first(good))) {
      const auto byte = static_cast<unsigned char>(c);
      switch (c) {
        case '"':
          put(out, "\\\"");
          break;
        case '\\':
          put(out, "\\\\");
          break;
        case '\n':
          put(out, "\\n");
          break;
        case '\r':
          put(out, "\\r");
          break;
        case '\t':
          put(out, "\\t");
          break;
        default:
          if (byte < 0x20 || byte == 0x7f) {
            put(out, "\\u{:04x}", byte);
          } else {
            foreign |= byte >= 0x80;
            out.push_back(c);
          }
      }
    }
    rest = rest.subspan(good);
    if (rest.empty()) break;
    put(out, "\\ufffd");
    rest = rest.subspan(1);
  }
  out.push_back('"');
  if (!foreign) return;
  const std::string safe = presentable_json({out.data() + start, out.size() - start});
  out.resize(start);
  out.append(safe.data(), safe.data() + safe.size());
}

void append_json_location(fmt::memory_buffer& out, std::uint64_t address,
                          const TraceContext& context) {
  put(out, "\"address\":\"{:#x}\",\"symbol\":", address);
  if (const auto hit = context.symbols.find(address)) {
    append_json_string(out, hit->name);
    put(out, ",\"offset\":{}", hit->offset);
    return;
  }
  put(out, "null,\"offset\":0");
}

void append_json_call(fmt::memory_buffer& out, const CapturedCall& call,
                      const TraceContext& context) {
  put(out, "\"sequence\":{},\"caller\":{{", call.sequence);
  append_json_location(out, call.registers.pc, context);
  put(out, "},\"call\":");
  if (call.row != nullptr) {
    append_json_string(out, call.row->name);
  } else {
    put(out, "\"syscall_{:#x}\"", call.registers.number);
  }
  put(out, ",\"number\":{},\"arguments\":[", call.registers.number);
  put_arguments(out, call, context);
  out.push_back(']');
  put_result(out, call, context);
}

}  // namespace cmos::runtime
