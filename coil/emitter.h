// Statements to instructions, section bytes, symbols and relocations (docs/coil.md 4.3, 4.4).
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "coil/assembler.h"
#include "coil/symbol_table.h"
#include "coil/syntax.h"
#include "formats/coil/instruction.h"
#include "formats/coil/layout.h"
#include "formats/coil/object_file.h"
#include "formats/coil/registers.h"

namespace cmos::casm {

/// A variable as its declaration has it, for debug information.
struct DeclaredVariable {
  std::uint32_t id = 0;
  std::string_view name;  ///< empty for numbered ones
  coil::Type type;
  std::uint32_t scope = 0;  ///< index in SectionOut::scopes
  std::uint32_t start = 0;  ///< section offset
};
struct ScopeOut {
  std::uint32_t parent = coil::kAbsent;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::uint16_t level = 0;
};
struct FunctionOut {
  std::uint16_t symbol = 0;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::uint32_t first_scope = coil::kAbsent;
  std::string abi;
  bool global = false;
};
/// Bytes that a statement put into a section, for listings and debug lines.
struct Placed {
  std::size_t statement = 0;
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

struct SectionOut {
  SectionOut(std::uint16_t index, std::uint16_t symbol, ByteOrder order)
      : number(index), name(symbol), bytes(order) {}

  std::uint16_t number;  ///< its index
  std::uint16_t name;    ///< its symbol
  std::uint32_t attributes = 0;
  std::uint32_t alignment = 16;
  std::uint32_t address = 0;
  std::uint8_t processor = 0;
  ByteWriter bytes;
  std::uint32_t reserved = 0;                ///< size of an uninitialised section
  std::size_t file_directives = 0;           ///< how many of Emitter::file_directives_ it has
  std::vector<coil::Instruction> described;  ///< what debug information is made of; only for it
  std::vector<Placed> placed;                ///< only for debug information and listings
  std::vector<ScopeOut> scopes;
  std::vector<DeclaredVariable> variables;
  std::vector<FunctionOut> functions;

  bool executable() const { return (attributes & coil::section_attribute::kExecute) != 0; }
  bool uninitialised() const { return (attributes & coil::section_attribute::kUninitialised) != 0; }
  std::uint32_t size() const {
    return uninitialised() ? reserved : static_cast<std::uint32_t>(bytes.size());
  }
};

/// What a source became.
struct Assembly {
  std::vector<Statement> statements;
  std::deque<SectionOut> sections;
  std::vector<coil::Symbol> symbols;
  std::vector<coil::Relocation> relocations;
  std::map<std::size_t, coil::Type> data_types;  ///< of each DATA, by its statement
  coil::Triple target;
};

/// TYPE_PARAM0=GLOB, or its number.
bool is_visibility(const Argument& argument, std::string_view name);

class Emitter {
 public:
  Emitter(const Options& options, source::Sources& sources, source::Reporter& reporter);

  Assembly emit(std::vector<Statement> statements);

 private:
  // emitter.cc
  void find_functions();
  void declare_symbols();
  void statement(std::size_t index);
  void label(const Statement& statement);
  void instruction(const Statement& statement);
  void append(coil::Instruction instruction, bool repeated = false);
  void place(std::uint32_t offset);
  void check_operands(const Statement& statement, const coil::Instruction& instruction);
  bool in_code(const Statement& statement);
  void sugar(const Statement& statement);

  // directives.cc
  void directive(const Statement& statement);
  void section(const Statement& statement);
  void begin_section_code();
  void file_directive(coil::Instruction instruction);
  void processor_directive(const Statement& statement);
  void target(const Statement& statement);
  void align(const Statement& statement);
  void external(const Statement& statement);
  void global(const Statement& statement);
  void sym(const Statement& statement);
  void abi(const Statement& statement);
  void abi_line(const Statement& statement);
  void end_abi(const Statement& statement);
  void scope(const Statement& statement);
  void variable(const Statement& statement);
  std::optional<std::uint8_t> general_register(const coil::Device& device, const std::string& name,
                                               Span where);
  bool counts(const Statement& statement, std::size_t least, std::size_t most);
  std::optional<std::uint64_t> number(const Argument& argument, unsigned bits);

  // type_names.cc
  void types(const Statement& statement);
  bool type_operand_at(const Statement& statement, std::size_t index, coil::Instruction& out);
  void enumerate(const Statement& statement, coil::Instruction& out);
  void remember_type(const Statement& statement, const coil::Instruction& declaration);
  const coil::Type* named_type(std::string_view name) const;
  std::optional<coil::Type> type_here(const Argument& argument);
  bool append_named(const TypeText::Level& level, Span where, coil::Type& out);
  std::optional<coil::Operand> named_type_argument(const Argument& argument,
                                                   const Statement& statement);
  std::optional<Argument> constant_argument(const Argument& argument) const;

  // data.cc
  void data(const Statement& statement);
  bool datum(const Argument& argument, const coil::Type& type, ByteWriter& out);
  void datum_symbol(const Argument& argument, const coil::Type& type, ByteWriter& out);
  std::optional<std::vector<std::uint8_t>> list_bytes(const Argument& list,
                                                      const coil::TypeRow& element);

  // structures.cc
  /// Bytes in the file's order, and the addresses that the linker puts into them.
  struct Filling {
    std::vector<std::uint8_t> bytes = {};
    std::vector<coil::Relocation> relocations = {};  ///< offsets in `bytes`
    bool in_data = false;                            ///< addresses may stand in it

    bool put(std::uint64_t at, const std::vector<std::uint8_t>& value);
  };
  std::optional<Filling> fill(const Argument& argument, const coil::Type& type, bool in_data);
  bool fill_value(const Argument& argument, const coil::Type& type, std::uint64_t at, Filling& out);
  bool fill_symbol(const Argument& argument, const coil::TypeRow& row, std::uint64_t at,
                   Filling& out);
  bool fill_fields(const Argument& argument, const coil::Type& type, std::uint64_t at,
                   Filling& out);
  bool fill_elements(const Argument& argument, const coil::Type& type, std::uint64_t at,
                     Filling& out);
  std::optional<coil::Operand> list_operand(const Argument& argument, const Statement& statement);

  // operands.cc
  std::optional<coil::Operand> operand(const Argument& argument, const Statement& statement,
                                       std::size_t index);
  std::optional<coil::Operand> type_argument(const Argument& argument, const Statement& statement);
  std::optional<coil::Operand> parameter(const TypeText& type, const Statement& statement,
                                         Span where);
  std::optional<coil::Operand> memory(const Argument& argument);
  bool add_term(const TermText& term, coil::Memory& memory, bool is_only);
  std::optional<coil::Operand> initialiser(const Argument& argument, const coil::Type& type,
                                           const Statement& statement, std::size_t index);
  std::optional<coil::Type> type_of(const TypeText& text, Span where);
  std::uint16_t abi_symbol(std::string_view name, Span where);
  void check_declared(std::uint32_t id, Span where, const Statement& statement);
  std::optional<coil::Operand> reference(const TypeText& type, Span where);
  std::optional<coil::Operand> array_of_structures(const Argument& argument, coil::Type type);
  std::optional<coil::Operand> vector_comparison(std::uint8_t code, std::size_t index,
                                                 std::string_view name) const;
  coil::Operand float_operand(const Argument& argument, const Statement& statement);
  const DeclaredVariable* find_variable(std::uint32_t id) const;
  std::optional<std::uint32_t> named_variable(std::string_view name) const;

  void error(Span where, std::string message, std::uint32_t code);
  void warn(std::string_view name, Span where, std::string message);

  const Options& options_;
  source::Sources& sources_;
  source::Reporter& reporter_;
  SymbolTable symbols_;
  Assembly out_;
  SectionOut* section_ = nullptr;
  std::size_t current_ = 0;                 ///< index of the statement
  std::vector<std::uint32_t> function_of_;  ///< of each statement; a starter has its own number
  std::vector<bool> starts_function_;
  std::set<std::string_view> called_;
  std::set<std::string_view> globals_;
  coil::Triple target_;
  const coil::Device* device_;
  std::vector<coil::Instruction> file_directives_;
  std::optional<coil::Instruction> abi_;  ///< while its block is open
  Span abi_where_;
  std::set<std::string, std::less<>> abis_;
  coil::Layouts layouts_;
  std::map<std::string, coil::Type, std::less<>> named_types_;  ///< without TYPE_
  std::map<std::string, Integer, std::less<>> constants_;       ///< of ENUM
  std::set<std::uint32_t> instances_;  ///< variables that INSTANCE declares

  /// One SCOPEE, or the outermost part of a function.
  struct Scope {
    std::uint32_t scope = 0;                   ///< index in SectionOut::scopes
    std::map<std::uint32_t, std::size_t> ids;  ///< to SectionOut::variables
    std::map<std::string_view, std::uint32_t> names;
  };
  std::map<const SectionOut*, std::vector<Scope>> scopes_;
  std::vector<Scope>& scopes() { return scopes_[section_]; }
  void open_scope();
  void close_scope();
  void start_function(std::uint16_t symbol, const Statement& statement);
};

}  // namespace cmos::casm
