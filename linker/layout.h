// The order of everything that gets an address, and the addresses.
#pragma once

#include <string_view>
#include <vector>

#include "linker/context.h"
#include "linker/layout_rules.h"

namespace cmos::linker {

class Layout {
 public:
  explicit Layout(Context& context) : context_(context) {}

  /// Everything that is to be placed, in order.
  void collect();
  /// Gives every item, section, entry and symbol its address; errors when there is no room.
  void assign();
  /// Places for veneers, each at most `spacing` bytes of code from the next one.
  void add_pools(std::uint64_t spacing);
  /// Fills in what Linked tells of the layout.
  void finish();

 private:
  struct Item {
    Rank rank = Rank::kText;
    std::uint8_t group = 0;
    Placement::Kind kind = Placement::Kind::kSection;
    std::uint32_t priority = 0;
    std::string_view output = {};
    std::uint32_t object = kNoIndex;
    std::uint32_t index = kNoIndex;  ///< section, symbol, merge group or pool
    std::uint32_t alignment = 1;
    std::uint64_t size = 0;
    std::uint64_t address = 0;
  };
  /// First and last address of what has one rank and output name.
  struct Extent {
    Rank rank;
    std::string_view output;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
  };

  void collect_sections();
  void collect_made();
  void sort();
  void sort_by_links();
  bool place(Item& item, std::uint64_t& at);
  void enter_kind(object::SectionKind kind, std::uint64_t& at);
  void set_address(const Item& item);
  void set_symbols();
  std::uint64_t boundary(const BoundarySymbol& one) const;
  void check_stored();
  Error about(const Item& item) const;
  std::uint64_t end_of(object::SectionKind kind) const;
  std::uint32_t veneers_size(std::uint32_t pool) const;

  Context& context_;
  std::vector<Item> items_;
  std::vector<Extent> extents_;
  std::uint64_t stored_end_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t code_end_ = 0;
  std::uint64_t const_at_ = 0;  ///< where constants begin, or would
  std::uint64_t var_at_ = 0;
  bool has_kind_[3] = {false, false, false};
};

/// Veneers for the branches that need one, as long as the addresses that this changes ask for more.
void add_veneers(Context& context, Layout& layout);

}  // namespace cmos::linker
