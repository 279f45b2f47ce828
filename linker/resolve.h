// One object's names meet those that are known: definitions, common storage, COMDAT groups.
#pragma once

#include <string_view>
#include <unordered_map>

#include "linker/inputs.h"

namespace cmos::linker {

class Resolver {
 public:
  explicit Resolver(Context& context) : context_(context) {}

  /// Makes the object part of the link; its index.
  std::uint32_t add(ParsedObject parsed);

 private:
  std::uint32_t number_of(const object::Symbol& symbol, std::uint64_t hash);
  void choose_groups(std::uint32_t index);
  bool has_older_form(std::uint32_t object, std::uint32_t group) const;
  bool has_newer_form(std::uint32_t object, std::uint32_t section) const;
  void drop_what_describes(std::uint32_t index);
  void add_symbol(std::uint32_t object, std::uint32_t index, std::uint64_t hash);
  void add_reference(Symbol& known, std::uint32_t object, std::uint32_t index);
  void add_common(Symbol& known, std::uint32_t object, std::uint32_t index);
  void add_definition(Symbol& known, std::uint32_t object, std::uint32_t index);
  bool is_same_place(const Symbol& known, std::uint32_t object, std::uint32_t index) const;
  void report_duplicate(const Symbol& known, std::uint32_t object, std::uint32_t index);

  Context& context_;
  struct Kept {
    std::uint32_t object;
    std::uint32_t section;
  };
  std::unordered_map<std::string_view, std::uint32_t> groups_;  ///< signature -> first object
  std::unordered_map<std::string_view, std::uint32_t> once_;    ///< .gnu.linkonce.t.f -> the same
  std::unordered_map<std::string_view, std::vector<Kept>> once_by_key_;  ///< f -> those kept
};

}  // namespace cmos::linker
