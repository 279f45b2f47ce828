// The operands of data directives: .byte, .quad, .asciz, .zero, and nasm's db, dq, resb.
#pragma once

#include <optional>
#include <vector>

#include "assembler/directives.h"
#include "assembler/expression.h"
#include "assembler/program.h"

namespace cmos::assembler {

/// Bytes, zeros, or one address.
struct DataItem {
  std::vector<std::uint8_t> bytes = {};
  std::uint64_t zeros = 0;
  std::optional<Value> count = {};    ///< of zeros of `width` bytes: a distance in the code
  std::optional<Value> address = {};  ///< of `width` bytes
  unsigned width = 0;
  Span where = {};
};

inline constexpr std::uint64_t kMostZeros = 1u << 20;  ///< of one directive among instructions

/// Evaluates everything up to the end of the line; nothing after a mistake, which has been
/// reported.
std::optional<std::vector<DataItem>> parse_data_items(const Directive& row, std::string_view name,
                                                      Cursor& cursor, Program& program,
                                                      Reporter& reporter);
/// The number of bytes that an `.align N` asks for.
std::optional<std::uint32_t> parse_alignment(std::string_view name, Cursor& cursor,
                                             Program& program, Reporter& reporter);

/// inf, nan or a real number, with signs, in `bytes` bytes (4 or 8). Nothing when the cursor is at
/// something else, or after a mistake, which has been reported then.
std::optional<std::vector<std::uint8_t>> parse_real(Cursor& cursor, unsigned bytes,
                                                    const Names& names, std::string_view type,
                                                    Reporter& reporter);
/// Little-endian.
void append_number(std::vector<std::uint8_t>& out, std::uint64_t number, unsigned bytes);

}  // namespace cmos::assembler
