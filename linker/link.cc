// The driver. Each pass says what holds after it.
#include <fmt/format.h>

#include "linker/passes.h"

namespace cmos::linker {

tl::expected<Linked, Errors> link(const Options& options, Files& files) {
  Context context(options, files);

  enum class Needs : std::uint8_t { kNothing, kInputs, kNoErrors };
  struct Pass {
    void (*run)(Context&);
    Needs needs;  ///< what must have gone well for the pass to make sense
  };
  constexpr Pass kPasses[] = {
      // Every object that takes part is known, in its final order: the ones that were named, and
      // the members of archives and the files at `location` that define what was missing. All have
      // one ISA. Every global name has its definition, if there is one; sections of COMDAT groups
      // that were there before have fate kDuplicate.
      {load_inputs, Needs::kNothing},
      // What nobody has defined is, if it is a boundary of the image (_end, __init_array_start …)
      // or a --defsym, of origin kLinker. The entry symbol is known.
      {define_symbols, Needs::kInputs},
      // Every loaded section has fate kPlaced or kCollected.
      {mark_used_sections, Needs::kInputs},
      // Every relocation of a placed section has a target, or an error; every symbol that needs a
      // slot of the global offset table has one.
      {scan_relocations, Needs::kInputs},
      // Of equal entries of merge sections one is left, in a merge group; their sections have fate
      // kMerged.
      {merge_constants, Needs::kNoErrors},
      // Every section, entry, common symbol, slot and veneer has its address, all branches reach
      // their targets or a veneer, every global symbol knows its address.
      {lay_out, Needs::kNoErrors},
      // The image is complete.
      {apply_relocations, Needs::kNoErrors},
      // The entry point is an address in the code.
      {choose_entry, Needs::kNoErrors},
  };
  for (const Pass& pass : kPasses) {
    if (pass.needs == Needs::kInputs && context.incomplete) break;
    if (pass.needs == Needs::kNoErrors && context.failed()) break;
    pass.run(context);
  }
  if (context.more_errors > 0)
    context.errors.push_back({.code = context.errors.front().code,
                              .message = fmt::format("{} more errors", context.more_errors)});
  if (context.failed()) return tl::unexpected<Errors>(std::move(context.errors));
  context.out.tables = std::make_shared<const Tables>(std::move(context.tables));
  return std::move(context.out);
}

}  // namespace cmos::linker
