// The driver. Each pass says what holds after it.
#include <fmt/format.h>

#include <chrono>

#include "linker/passes.h"
#include "linker/unwind_tables.h"

namespace cmos::linker {

tl::expected<Linked, Errors> link(const Options& options, Files& files) {
  Context context(options, files);

  enum class Needs : std::uint8_t { kNothing, kInputs, kNoErrors };
  struct Pass {
    std::string_view name;
    void (*run)(Context&);
    Needs needs;  ///< what must have gone well for the pass to make sense
  };
  constexpr Pass kPasses[] = {
      // Every object that takes part is known, in its final order: the ones that were named, and
      // the members of archives and the files at `location` that define what was missing. All have
      // one ISA. Every global name has its definition, if there is one; sections of COMDAT groups
      // that were there before have fate kDuplicate.
      {"reading the inputs", load_inputs, Needs::kNothing},
      // What describes placed code to an unwinder is placed, too, if the program has one.
      {"taking unwinding tables", take_unwind_tables, Needs::kInputs},
      // Linked::traces has what was asked for.
      {"tracing symbols", trace_symbols, Needs::kNothing},
      // What nobody has defined is, if it is a boundary of the image (_end, __init_array_start …)
      // or a --defsym, of origin kLinker. The entry symbol is known.
      {"defining symbols", define_symbols, Needs::kInputs},
      // Every loaded section has fate kPlaced or kCollected.
      {"marking used sections", mark_used_sections, Needs::kInputs},
      // Every relocation of a placed section has a target, or an error; every symbol that needs a
      // slot of the global offset table has one.
      {"scanning relocations", scan_relocations, Needs::kInputs},
      // Of equal entries of merge sections one is left, in a merge group; their sections have fate
      // kMerged.
      {"merging constants", merge_constants, Needs::kNoErrors},
      // Every section, entry, common symbol, slot and veneer has its address, all branches reach
      // their targets or a veneer, every global symbol knows its address.
      {"laying out", lay_out, Needs::kNoErrors},
      // The image is complete.
      {"applying relocations", apply_relocations, Needs::kNoErrors},
      // The entry point is an address in the code.
      {"choosing the entry", choose_entry, Needs::kNoErrors},
  };
  for (const Pass& pass : kPasses) {
    if (pass.needs == Needs::kInputs && context.incomplete) break;
    if (pass.needs == Needs::kNoErrors && context.failed()) break;
    const auto start = std::chrono::steady_clock::now();
    pass.run(context);
    if (!options.verbose) continue;
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    context.out.log.push_back(fmt::format("{}: {:.1f} ms", pass.name, took.count()));
  }
  if (context.more_errors > 0)
    context.errors.push_back({.code = context.errors.front().code,
                              .message = fmt::format("{} more errors", context.more_errors)});
  if (context.failed()) return tl::unexpected<Errors>(std::move(context.errors));
  context.out.tables = std::make_shared<const Tables>(std::move(context.tables));
  return std::move(context.out);
}

}  // namespace cmos::linker
