#include "runtime/supervisor/outside.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/host_file.h"
#include "base/interrupted.h"

namespace cmos::runtime {
namespace {

using symbolize::Origin;
using symbolize::SourceLine;
using symbolize::UnwindRow;

/// More than any trace or report has.
constexpr std::uint64_t kMaxMessage = 1ull << 29;

/// How a call that waits for the other side takes interruptions. A run that is to end is
/// interrupted again and again (tools/cmos-run/watch.cc): it waits a little, for what is being
/// written or looked up, but not for ever.
class Patience {
 public:
  bool goes_on(int number) {
    if (number != EINTR) return false;
    return interrupted_call_goes_on(number) || ++interruptions_ < kMost;
  }

 private:
  static constexpr int kMost = 40;
  int interruptions_ = 0;
};

bool send_all(int socket, Bytes data) {
  Patience patience;
  while (!data.empty()) {
    const ssize_t put = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (put < 0 && patience.goes_on(errno)) continue;
    if (put <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(put));
  }
  return true;
}

bool receive_all(int socket, std::span<std::uint8_t> out) {
  Patience patience;
  while (!out.empty()) {
    const ssize_t got = ::recv(socket, out.data(), out.size(), 0);
    if (got < 0 && patience.goes_on(errno)) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

/// u64 length and the bytes.
bool send_message(int socket, Bytes content) {
  ByteWriter head;
  head.u64(content.size());
  return send_all(socket, head.data()) && send_all(socket, content);
}

std::optional<std::vector<std::uint8_t>> receive_message(int socket) {
  std::array<std::uint8_t, 8> head{};
  if (!receive_all(socket, head)) return std::nullopt;
  const std::uint64_t size = ByteReader(head).u64("length");
  if (size > kMaxMessage) return std::nullopt;
  // In pieces: a length that is a lie costs no memory.
  std::vector<std::uint8_t> content;
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  while (content.size() < size) {
    const std::size_t had = content.size();
    content.resize(had + std::min<std::size_t>(kPiece, size - had));
    if (!receive_all(socket, std::span(content).subspan(had))) return std::nullopt;
  }
  return content;
}

// ---- what the messages hold ---------------------------------------------------------------------

void put_text(ByteWriter& out, std::string_view text) {
  out.u64(text.size());
  out.text(text);
}

/// Empty when the message ends before it.
std::string get_text(ByteReader& in) {
  const std::uint64_t size = in.u64("length");
  return std::string(as_text(in.bytes(size, "text")));
}

std::vector<std::uint8_t> pack(const std::optional<SourceLine>& line) {
  ByteWriter out;
  if (line) {
    put_text(out, line->file);
    out.u32(line->line);
    out.u32(line->column);
  }
  return std::move(out).take();
}

SourceLine unpack_line(ByteReader& in) {
  SourceLine line;
  line.file = get_text(in);
  line.line = in.u32("line");
  line.column = in.u32("column");
  return line;
}

std::vector<std::uint8_t> pack(const std::optional<Origin>& origin) {
  ByteWriter out;
  if (!origin) return {};
  for (const auto* text :
       {&origin->kind, &origin->file, &origin->section, &origin->symbol, &origin->text})
    put_text(out, *text);
  out.u64(origin->offset);
  for (const auto& one : origin->relocations) {
    out.u64(one.place);
    out.u64(static_cast<std::uint64_t>(one.addend));
    for (const auto* text : {&one.type, &one.symbol, &one.text}) put_text(out, *text);
  }
  return std::move(out).take();
}

Origin unpack_origin(ByteReader& in) {
  Origin origin;
  for (auto* text : {&origin.kind, &origin.file, &origin.section, &origin.symbol, &origin.text})
    *text = get_text(in);
  origin.offset = in.u64("offset");
  while (in.remaining() > 0 && in.ok()) {
    symbolize::OriginRelocation one;
    one.place = in.u64("place");
    one.addend = static_cast<std::int64_t>(in.u64("addend"));
    for (auto* text : {&one.type, &one.symbol, &one.text}) *text = get_text(in);
    origin.relocations.push_back(std::move(one));
  }
  return origin;
}

std::vector<std::uint8_t> pack(const std::optional<UnwindRow>& row) {
  ByteWriter out;
  if (!row) return {};
  out.u32(row->cfa_register);
  out.u64(static_cast<std::uint64_t>(row->cfa_offset));
  out.u32(row->return_register);
  for (const auto& rule : row->rules) {
    out.u8(static_cast<std::uint8_t>(rule.kind));
    out.u64(static_cast<std::uint64_t>(rule.offset));
    out.u32(rule.source);
  }
  return std::move(out).take();
}

UnwindRow unpack_row(ByteReader& in) {
  UnwindRow row;
  row.cfa_register = in.u32("register");
  row.cfa_offset = static_cast<std::int64_t>(in.u64("offset"));
  row.return_register = in.u32("return register");
  while (in.remaining() > 0 && in.ok()) {
    symbolize::UnwindRule rule;
    const std::uint8_t kind = in.u8("rule");
    rule.kind = static_cast<symbolize::UnwindRule::Kind>(std::min<std::uint8_t>(
        kind, static_cast<std::uint8_t>(symbolize::UnwindRule::Kind::kRegister)));
    rule.offset = static_cast<std::int64_t>(in.u64("offset"));
    rule.source = in.u32("source");
    row.rules.push_back(rule);
  }
  return row;
}

}  // namespace

// ---- the confined side --------------------------------------------------------------------------

std::optional<std::vector<std::uint8_t>> Outside::ask(Kind kind, Bytes request) {
  if (socket_ < 0) return std::nullopt;
  const std::array<std::uint8_t, 1> head{static_cast<std::uint8_t>(kind)};
  if (send_all(socket_, head) && send_message(socket_, request)) {
    if (auto answer = receive_message(socket_)) return answer;
  }
  // What is on its way would be taken for the answer to another question.
  socket_ = -1;
  return std::nullopt;
}

Result<void> Outside::write(NamedFile file, const std::string& path, Bytes content) {
  std::vector<std::uint8_t> request{static_cast<std::uint8_t>(file)};
  request.insert(request.end(), content.begin(), content.end());
  const auto answer = ask(Kind::kWrite, request);
  if (answer && answer->empty()) return {};
  return fail(Error{.code = ErrorCode::kHostIo,
                    .file = path,
                    .message = answer ? std::string(as_text(*answer))
                                      : "cannot be written: nobody did it in time"});
}

void Outside::write_at_once(NamedFile file, Bytes content) noexcept {
  std::array<std::uint8_t, 10> head{static_cast<std::uint8_t>(Kind::kWrite)};
  store(std::span(head).subspan(1, 8), content.size() + 1, ByteOrder::kLittle);
  head.back() = static_cast<std::uint8_t>(file);
  if (socket_ < 0 || !send_all(socket_, head) || !send_all(socket_, content)) return;
  constexpr int kMilliseconds = 1000;
  pollfd answer{.fd = socket_, .events = POLLIN, .revents = 0};
  ::poll(&answer, 1, kMilliseconds);
}

void Outside::finish() {
  if (socket_ < 0) return;
  ::shutdown(socket_, SHUT_WR);
  std::array<std::uint8_t, 1> nothing{};
  receive_all(socket_, nothing);
}

class RemoteLookup final : public symbolize::Lookup {
 public:
  RemoteLookup(Outside& outside, SharedProgram program)
      : outside_(outside), program_(std::move(program)) {}

  std::optional<SourceLine> line(std::uint64_t address) override {
    return ask(Outside::Kind::kLine, address, 0, unpack_line);
  }
  std::optional<Origin> origin(std::uint64_t address, std::uint64_t size) override {
    return ask(Outside::Kind::kOrigin, address, size, unpack_origin);
  }
  std::optional<UnwindRow> unwind(std::uint64_t address) override {
    return ask(Outside::Kind::kUnwind, address, 0, unpack_row);
  }
  std::optional<std::string> source_text(const SourceLine& line) override {
    return ask(Outside::Kind::kSourceText, pack(std::optional(line)), get_text);
  }

 private:
  template <class T>
  std::optional<T> ask(Outside::Kind kind, std::uint64_t address, std::uint64_t size,
                       T (*unpack)(ByteReader&)) {
    ByteWriter request;
    request.u64(address);
    request.u64(size);
    return ask(kind, request.data(), unpack);
  }
  /// Nothing for an empty answer.
  template <class T>
  std::optional<T> ask(Outside::Kind kind, Bytes request, T (*unpack)(ByteReader&)) {
    if (program_ != nullptr) {
      const auto program = std::exchange(program_, nullptr);
      if (!outside_.ask(Outside::Kind::kProgram, *program)) return std::nullopt;
    }
    const auto answer = outside_.ask(kind, request);
    if (!answer || answer->empty()) return std::nullopt;
    ByteReader in(*answer);
    T out = unpack(in);
    return in.ok() ? std::optional<T>(std::move(out)) : std::nullopt;
  }

  Outside& outside_;
  SharedProgram program_;  ///< until it is sent
};

std::unique_ptr<symbolize::Lookup> Outside::lookup(SharedProgram program) {
  return std::make_unique<RemoteLookup>(*this, std::move(program));
}

// ---- the helper's side --------------------------------------------------------------------------

namespace {

/// Empty, or what is wrong.
std::string write_named(const OutsideServices& services, Bytes request) {
  if (request.empty()) return "nothing to write";
  const std::string path = services.path(static_cast<NamedFile>(request[0]));
  if (path.empty()) return "nobody asked for this file";
  const auto written = write_host_file(path, request.subspan(1));
  return written ? std::string() : written.error().message;
}

}  // namespace

void serve_outside(int socket, const OutsideServices& services) {
  using Kind = Outside::Kind;
  std::unique_ptr<symbolize::Lookup> lookup;
  std::array<std::uint8_t, 1> kind{};
  while (receive_all(socket, kind)) {
    auto request = receive_message(socket);
    if (!request) return;
    ByteReader in(*request);
    std::vector<std::uint8_t> answer;
    if (kind[0] == static_cast<std::uint8_t>(Kind::kWrite)) {
      const std::string text = write_named(services, *request);
      answer.assign(text.begin(), text.end());
    } else if (kind[0] == static_cast<std::uint8_t>(Kind::kProgram)) {
      lookup =
          services.lookup(std::make_shared<const std::vector<std::uint8_t>>(*std::move(request)));
    } else if (lookup != nullptr && kind[0] == static_cast<std::uint8_t>(Kind::kSourceText)) {
      const auto text = lookup->source_text(unpack_line(in));
      ByteWriter out;
      if (text) put_text(out, *text);
      answer = std::move(out).take();
    } else if (lookup != nullptr) {
      const std::uint64_t address = in.u64("address");
      const std::uint64_t size = in.u64("size");
      if (kind[0] == static_cast<std::uint8_t>(Kind::kLine)) answer = pack(lookup->line(address));
      if (kind[0] == static_cast<std::uint8_t>(Kind::kOrigin))
        answer = pack(lookup->origin(address, size));
      if (kind[0] == static_cast<std::uint8_t>(Kind::kUnwind))
        answer = pack(lookup->unwind(address));
    }
    if (!send_message(socket, answer)) return;
  }
}

}  // namespace cmos::runtime
