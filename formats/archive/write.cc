#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "formats/archive/archive.h"

namespace cmos::archive {
namespace {

constexpr std::uint64_t kHeaderSize = 60;
constexpr std::uint64_t kShortName = 15;  ///< 16 with GNU's "/" at the end

Result<void> check(const NewMember& member) {
  auto refuse = [&](std::string_view field, std::string found, std::string expected) {
    return fail(Error{.code = ErrorCode::kUsage,
                      .field = std::string(field),
                      .found = std::move(found),
                      .expected = std::move(expected),
                      .message = "member " + quote(as_bytes(member.name), 64)});
  };
  if (member.name.empty() ||
      member.name.find_first_of(std::string_view("/\n\0", 3)) != std::string::npos)
    return refuse("member name", quote(as_bytes(member.name)), "a name without '/' and line feed");
  if (member.bytes.size() > 9'999'999'999)
    return refuse("member size", fmt::format("{}", member.bytes.size()), "at most ten digits");
  if (member.modified > 999'999'999'999)
    return refuse("member mtime", fmt::format("{}", member.modified), "at most twelve digits");
  if (member.uid > 999'999 || member.gid > 999'999)
    return refuse("member uid, gid", fmt::format("{}, {}", member.uid, member.gid),
                  "at most six digits");
  if (member.mode > 077777777)
    return refuse("member mode", fmt::format("{:o}", member.mode), "at most eight octal digits");
  for (const std::string_view symbol : member.symbols) {
    if (symbol.find('\0') != std::string_view::npos)
      return refuse("symbol", quote(as_bytes(symbol), 64), "a name without 0");
  }
  return {};
}

void pad_even(ByteWriter& out) {
  if (out.size() % 2 != 0) out.u8('\n');
}

void write_big_endian(ByteWriter& out, std::uint64_t value, unsigned size) {
  std::array<std::uint8_t, 8> bytes{};
  store(std::span(bytes).first(size), value, ByteOrder::kBig);
  out.bytes(Bytes(bytes).first(size));
}

/// Where each member's header will stand, and how wide the index has to be for that.
struct Plan {
  std::string long_names;
  std::vector<std::string> names;  ///< as in the headers
  std::vector<std::uint64_t> headers;
  std::uint64_t symbol_count = 0;
  std::uint64_t symbol_bytes = 0;
  unsigned word = 4;
  std::uint64_t index_size() const { return word * (1 + symbol_count) + symbol_bytes; }
};

std::uint64_t place_members(Plan& plan, const std::vector<NewMember>& members, bool with_index) {
  auto even = [](std::uint64_t size) { return size + size % 2; };
  std::uint64_t at = kMagic.size();
  if (with_index) at += kHeaderSize + even(plan.index_size());
  if (!plan.long_names.empty()) at += kHeaderSize + even(plan.long_names.size());
  plan.headers.clear();
  for (const NewMember& member : members) {
    plan.headers.push_back(at);
    at += kHeaderSize + even(member.bytes.size());
  }
  return plan.headers.empty() ? 0 : plan.headers.back();
}

Plan make_plan(const std::vector<NewMember>& members, bool with_index) {
  Plan plan;
  for (const NewMember& member : members) {
    // A name like BSD's marks or with spaces at its end would be read back as something else.
    const bool plain = member.name.size() <= kShortName && member.name.rfind("#1", 0) != 0 &&
                       member.name.rfind("__.SYMDEF", 0) != 0;
    if (plain) {
      plan.names.push_back(member.name + "/");
    } else {
      plan.names.push_back(fmt::format("/{}", plan.long_names.size()));
      plan.long_names += member.name + "/\n";
    }
    plan.symbol_count += member.symbols.size();
    for (const std::string_view symbol : member.symbols) plan.symbol_bytes += symbol.size() + 1;
  }
  // GNU counts the padding of both tables as theirs, though not that of members.
  if (plan.long_names.size() % 2 != 0) plan.long_names += '\n';
  plan.symbol_bytes += plan.symbol_bytes % 2;
  if (place_members(plan, members, with_index) > UINT32_MAX) {
    plan.word = 8;
    place_members(plan, members, with_index);
  }
  return plan;
}

/// A field counts bytes, where fmt's width would count the characters of a UTF-8 name.
std::string padded(std::string_view text, std::size_t size) {
  std::string out(text);
  out.resize(size, ' ');
  return out;
}

void write_header(ByteWriter& out, std::string_view name, const NewMember& member,
                  std::uint64_t size) {
  out.text(padded(name, 16));
  out.text(fmt::format("{:<12}{:<6}{:<6}{:<8o}{:<10}`\n", member.modified, member.uid, member.gid,
                       member.mode, size));
}

void write_index(ByteWriter& out, const Plan& plan, const std::vector<NewMember>& members) {
  NewMember owner;
  owner.mode = 0;
  write_header(out, plan.word == 4 ? "/" : "/SYM64/", owner, plan.index_size());
  write_big_endian(out, plan.symbol_count, plan.word);
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t n = members[i].symbols.size(); n > 0; --n)
      write_big_endian(out, plan.headers[i], plan.word);
  }
  for (const NewMember& member : members) {
    for (const std::string_view symbol : member.symbols) {
      out.text(symbol);
      out.u8(0);
    }
  }
  out.pad_to(2);
}

}  // namespace

Result<std::vector<std::uint8_t>> write(const std::vector<NewMember>& members, bool with_index) {
  for (const NewMember& member : members) CMOS_TRY_VOID(check(member));
  const Plan plan = make_plan(members, with_index);
  ByteWriter out;
  out.text(kMagic);
  if (with_index) write_index(out, plan, members);
  if (!plan.long_names.empty()) {
    out.text(fmt::format("{:<48}{:<10}`\n", "//", plan.long_names.size()));
    out.text(plan.long_names);
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    write_header(out, plan.names[i], members[i], members[i].bytes.size());
    out.bytes(members[i].bytes);
    pad_even(out);
  }
  return std::move(out).take();
}

}  // namespace cmos::archive
