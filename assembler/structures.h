// .struct: the lines of its body become offsets, as NAME.FIELD.
#pragma once

#include "assembler/program.h"

namespace cmos::assembler {

class StructureReader {
 public:
  StructureReader(Program& program, Reporter& reporter) : program_(program), reporter_(reporter) {}

  /// One line between .struct and .ends; mistakes are reported.
  void line(Cursor& cursor);
  /// Gives the names of the fields their offsets, and NAME its size.
  void finish(std::string_view name, Span where);

 private:
  void own_field(Cursor& cursor, const Token& name);
  void nasm_field(Cursor& cursor, std::string_view name, Span where);
  bool add(std::string_view name, Span where, const Structure& inside, std::uint64_t count,
           std::uint32_t alignment);
  bool is_free(std::string_view name, Span where);
  std::optional<std::uint64_t> number(Cursor& cursor, std::uint64_t least, std::uint64_t most);

  Program& program_;
  Reporter& reporter_;
  Structure out_;
  std::vector<std::string> plain_;  ///< names of nasm's fields without a dot: not behind NAME
};

}  // namespace cmos::assembler
