// The types of a handler's parameters. Each carries its name, its kind and the number of registers
// it takes, so that the handler's signature IS the argument list: register use, ArgumentInfo and
// decoding are deduced from it (row.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "syscalls/kernel.h"
#include "syscalls/table.h"

namespace cmos::syscalls {

/// A string literal as a template argument.
template <std::size_t N>
struct FixedString {
  char text[N]{};
  // NOLINTNEXTLINE(google-explicit-constructor): BytesIn<"text"> is the point
  constexpr FixedString(const char (&literal)[N]) { std::copy_n(literal, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

inline constexpr std::array<NamedValue, 0> kNoNames{};

/// One register.
template <FixedString Name, ArgumentKind Kind, const auto& Names = kNoNames>
struct Word {
  static constexpr std::uint8_t kRegisters = 1;
  static constexpr ArgumentInfo info(std::uint8_t first) {
    return {Name.view(), Kind, first, kRegisters, Names};
  }
  static Word decode(const Kernel&, const std::uint64_t* words) { return {words[0]}; }

  std::uint64_t value;
};

/// One register that holds a signed number.
template <FixedString Name>
struct Signed {
  static constexpr std::uint8_t kRegisters = 1;
  static constexpr ArgumentInfo info(std::uint8_t first) {
    return {Name.view(), ArgumentKind::kSigned, first, kRegisters, {}};
  }
  static Signed decode(const Kernel& kernel, const std::uint64_t* words) {
    return {kernel.as_signed(words[0])};
  }

  std::int64_t value;
};

/// Two registers: a pointer and a length in bytes, neither checked yet.
template <FixedString Name, ArgumentKind Kind>
struct Range {
  static constexpr std::uint8_t kRegisters = 2;
  static constexpr ArgumentInfo info(std::uint8_t first) {
    return {Name.view(), Kind, first, kRegisters, {}};
  }
  static Range decode(const Kernel&, const std::uint64_t* words) { return {words[0], words[1]}; }

  std::uint64_t address;
  std::uint64_t length;
};

template <FixedString Name>
using Unsigned = Word<Name, ArgumentKind::kUnsigned>;
template <FixedString Name>
using Handle = Word<Name, ArgumentKind::kHandle>;
template <FixedString Name>
using ColourPointer = Word<Name, ArgumentKind::kColour>;
template <FixedString Name>
using TimeOut = Word<Name, ArgumentKind::kTimeOut>;
template <FixedString Name>
using StatOut = Word<Name, ArgumentKind::kStatOut>;
template <FixedString Name>
using PairPointer = Word<Name, ArgumentKind::kPair>;
template <FixedString Name>
using ArgumentsPointer = Word<Name, ArgumentKind::kArguments>;
template <FixedString Name, const auto& Names>
using Named = Word<Name, ArgumentKind::kNamed, Names>;
template <FixedString Name, const auto& Names>
using Flags = Word<Name, ArgumentKind::kFlags, Names>;
template <FixedString Name>
using BytesIn = Range<Name, ArgumentKind::kBytesIn>;
template <FixedString Name>
using PathIn = Range<Name, ArgumentKind::kPathIn>;
template <FixedString Name>
using BytesOut = Range<Name, ArgumentKind::kBytesOut>;

}  // namespace cmos::syscalls
