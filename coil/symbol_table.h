// Names to symbols. A label is seen in its own function and, when no other function has one of the
// name, in the whole file; functions, data and externals are seen everywhere (docs/coil.md 4.3).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "coil/syntax.h"
#include "formats/coil/object_file.h"

namespace cmos::casm {

/// Functions are counted from 1; 0 is the file.
inline constexpr std::uint32_t kFileScope = 0;

class SymbolTable {
 public:
  explicit SymbolTable(source::Reporter& reporter) : reporter_(reporter) {}

  /// Before anything is looked up: every label and SYM of the source.
  void declare(std::string_view name, std::uint32_t scope, Span where);
  /// EXTERN: a definition elsewhere.
  void declare_external(std::string_view name, Span where);
  bool declared(std::string_view name, std::uint32_t scope) const;
  /// Whether anything in the source, or EXTERN, has the name.
  bool known(std::string_view name) const { return definitions_.contains(name); }

  /// The index of what `name` means in a function; the symbol gets its place in the table the first
  /// time. Undefined names are reported once.
  std::uint16_t use(std::string_view name, std::uint32_t scope, Span where);
  /// Names that are not labels: sections, ABIs, types, fields. Each kind has its own.
  enum class Kind : std::uint8_t { kSection, kAbi, kType, kField };
  std::uint16_t use(Kind kind, std::string_view name, Span where);
  bool known(Kind kind, std::string_view name) const {
    return named_.contains({kind, std::string(name)});
  }

  /// Where a label or SYM is: adds attributes, keeps binding that GLOBAL gave.
  void define(std::string_view name, std::uint32_t scope, Span where, std::uint16_t section,
              std::uint32_t value, std::uint32_t attributes, std::uint8_t processor);
  void make_global(std::string_view name, Span where);

  coil::Symbol& operator[](std::uint16_t index) { return symbols_[index]; }
  const std::vector<coil::Symbol>& symbols() const { return symbols_; }
  std::optional<std::uint16_t> find(std::string_view name) const;
  /// The names that were declared and never used nor exported, for a warning.
  struct Unused {
    std::string_view name;
    Span where;
  };
  std::vector<Unused> unused() const;

 private:
  struct Definition {
    std::uint32_t scope = kFileScope;
    Span where;
    bool external = false;
    bool used = false;
    std::optional<std::uint16_t> index;
  };

  Definition* find_definition(std::string_view name, std::uint32_t scope);
  std::uint16_t index_of(Definition& definition, std::string_view name);
  std::uint16_t add(coil::Symbol symbol, Span where);
  void error(Span where, std::string message, std::uint32_t code,
             std::vector<source::Note> notes = {});

  source::Reporter& reporter_;
  std::vector<coil::Symbol> symbols_;
  std::unordered_map<std::string_view, std::vector<Definition>> definitions_;
  std::map<std::pair<Kind, std::string>, std::uint16_t> named_;
  std::unordered_map<std::string_view, std::uint16_t> undefined_;
};

}  // namespace cmos::casm
