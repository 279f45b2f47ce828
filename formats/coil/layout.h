// Where the fields of structures lie. STRUCT and UNION say what fields a type has; as TYPE_STRUCT
// each lies at the next multiple of its alignment, as TYPE_PACK at the next byte, and those of a
// union all lie at 0 (docs/coil.md 3.3).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "formats/coil/instruction.h"

namespace cmos::coil {

struct Layout {
  struct Field {
    std::uint16_t name = 0;  ///< symbol
    Type type;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  std::vector<Field> fields;
  std::uint64_t size = 0;
  std::uint64_t alignment = 1;

  const Field* field(std::uint16_t name) const;
};

class Layouts {
 public:
  /// A STRUCT or UNION instruction; the first declaration of a name counts. Fields have types that
  /// were declared before, so that no type holds itself.
  void declare(const Instruction& declaration);
  /// Of TYPE_STRUCT=name, TYPE_PACK=name or TYPE_UNION=name; nullptr when nobody declared it, or a
  /// field has no size.
  const Layout* find(const Type& type) const;
  /// As the functions of the same name, which know no structures.
  std::optional<std::uint64_t> size_of(const Type& type) const;
  std::uint64_t alignment_of(const Type& type) const;

 private:
  std::optional<Layout> lay_out(const Instruction& declaration, bool packed) const;

  struct Declared {
    std::optional<Layout> natural;
    std::optional<Layout> packed;
  };
  std::map<std::uint16_t, Declared> declared_;
};

}  // namespace cmos::coil
