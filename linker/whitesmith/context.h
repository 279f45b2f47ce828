// What the passes share.
#pragma once

#include <unordered_map>

#include "formats/rel/rel.h"
#include "linker/whitesmith/wslink.h"

namespace cmos::wslink {

/// A segment of a module where it goes to the output.
struct Slot {
  std::uint32_t module = 0;
  Segment segment = Segment::kText;
};

struct Context {
  Context(const Options& given, linker::Files& inputs) : options(given), files(inputs) {}

  const Options& options;
  linker::Files& files;
  Linked linked;
  Errors errors;
  std::unordered_map<std::string_view, std::uint32_t> index;       ///< of Linked::names
  std::unordered_map<std::string_view, std::uint32_t> area_index;  ///< of Linked::areas
  std::optional<whitesmith::Config> config;                        ///< of the first object
  std::vector<Slot> slots;  ///< in the order in which they follow each other in the output
  std::uint64_t text_size = 0;
  std::uint64_t data_size = 0;
  std::uint64_t bss_size = 0;

  Segment output_of(Segment segment) const {
    if (segment == Segment::kText) return options.text_to_text ? Segment::kText : Segment::kData;
    if (segment == Segment::kData) return options.data_to_text ? Segment::kText : Segment::kData;
    return segment;
  }
  Name* find(std::string_view name) {
    const auto found = index.find(name);
    return found == index.end() ? nullptr : &linked.names[found->second];
  }
  /// The entry of a name, new when there is none. `name` must outlive the link.
  std::uint32_t enter(std::string_view name, std::uint32_t module);
  /// A name as the inputs can have it: cut to their length, as the original linker compares.
  std::string_view cut(std::string_view name) const;
  /// What a module says of a global name; what --defsym defines stays so.
  void define(Name& name, const whitesmith::Symbol& symbol, std::uint32_t module);
  void add_error(std::string file, std::string field, std::string found, std::string expected);
  bool failed() const { return !errors.empty(); }
};

void select(Context& context);
void lay_out(Context& context);
void relocate(Context& context);
void make_symbols(Context& context);

/// An object of sdcc's assemblers takes part: each of its areas becomes a module.
void take_areas(Context& context, const std::string& name, rel::File file);
/// Every area's segment is known, and every module's segments stand in Context::slots.
void order_slots(Context& context);

/// What is added to the module's addresses in `segment`.
std::uint32_t change_of(const Context& context, const Module& module, Segment segment);

}  // namespace cmos::wslink
