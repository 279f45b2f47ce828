// Objects and archives in memory, and what a link makes of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/whitesmith/archive.h"
#include "linker/whitesmith/wslink.h"
#include "tests/formats/whitesmith/hex.h"

namespace cmos::wslink::test {

using testing::ElementsAre;
using testing::HasSubstr;
using whitesmith::Item;
using whitesmith::Symbol;
using whitesmith::test::hex;
using whitesmith::test::to_hex;

struct Draft {
  std::string_view text = "";
  std::string_view data = "";
  std::uint32_t bss = 0;
  std::vector<Symbol> symbols = {};
  std::vector<Item> text_items = {};
  std::vector<Item> data_items = {};
  std::uint8_t config = 0x14;
  std::uint32_t heap = 0;
  std::uint32_t text_base = 0;
  std::optional<std::uint32_t> data_base = {};
};

inline std::vector<std::uint8_t> object(const Draft& draft) {
  whitesmith::File file;
  file.config.byte = draft.config;
  file.text = file.storage.keep(hex(draft.text));
  file.data = file.storage.keep(hex(draft.data));
  file.bss = draft.bss;
  file.heap = draft.heap;
  file.text_base = draft.text_base;
  file.data_base =
      draft.data_base.value_or(draft.text_base + static_cast<std::uint32_t>(file.text.size()));
  file.symbols = draft.symbols;
  file.text_items = draft.text_items;
  file.data_items = draft.data_items;
  const auto bytes = whitesmith::write(file);
  EXPECT_TRUE(bytes) << bytes.error().text();
  return bytes ? *bytes : std::vector<std::uint8_t>{};
}

inline Symbol extern_(std::string_view name, std::uint32_t size = 0) {
  return {.name = name, .value = size};
}
inline Symbol defined(std::string_view name, Segment segment, std::uint32_t value,
                      bool global = true) {
  return {.name = name, .value = value, .segment = segment, .defined = true, .global = global};
}
inline Item at(std::uint32_t offset, Segment segment) {
  return {.offset = offset, .target = static_cast<std::uint32_t>(segment)};
}
inline Item to(std::uint32_t offset, std::uint32_t symbol) {
  return {.offset = offset, .target = Item::kFirstSymbol + symbol};
}

// m1 needs m0; main needs m1.
inline const Draft kNeedsM0{.text = "cd0000",
                            .symbols = {extern_("m0"), defined("m1", Segment::kText, 0)},
                            .text_items = {to(1, 0)}};
inline const Draft kM0{.text = "c9", .symbols = {defined("m0", Segment::kText, 0)}};
inline const Draft kMain{.text = "cd0000", .symbols = {extern_("m1")}, .text_items = {to(1, 0)}};

class WhitesmithLink : public testing::Test {
 protected:
  void add(const std::string& name, const Draft& draft) {
    options_.files.push_back(name);
    files_.add(name, object(draft));
  }
  void archive(const std::string& name, const std::vector<std::pair<std::string, Draft>>& members) {
    std::vector<std::vector<std::uint8_t>> bytes;
    for (const auto& one : members) bytes.push_back(object(one.second));
    std::vector<whitesmith::NewMember> list;
    for (std::size_t i = 0; i < members.size(); ++i) list.push_back({members[i].first, bytes[i]});
    options_.files.push_back(name);
    files_.add(name, whitesmith::write_archive(list).value());
  }
  Linked linked() {
    auto result = link(options_, files_);
    EXPECT_TRUE(result) << result.error().front().text();
    return result ? std::move(*result) : Linked{};
  }
  std::string bytes() { return to_hex(bytes_of(linked(), true).value()); }
  std::string errors() {
    const auto result = link(options_, files_);
    if (result) return "linked";
    std::string out;
    for (const Error& one : result.error()) out += one.text() + "\n";
    return out;
  }
  std::vector<std::string> modules() {
    std::vector<std::string> out;
    for (const Module& one : linked().modules) out.push_back(one.name);
    return out;
  }
  static std::string symbols(const Linked& linked) {
    std::string out;
    for (const Symbol& one : linked.file.symbols)
      out +=
          fmt::format("{}{}={:02x}:{:x}", out.empty() ? "" : " ", one.name, one.type(), one.value);
    return out;
  }

  Options options_;
  linker::MemoryFiles files_;
};

}  // namespace cmos::wslink::test
