// What holds of every link, for the fuzzing targets of the linker.
#pragma once

#include "formats/cpe/cpe.h"
#include "fuzz/require.h"
#include "linker/debug_map.h"
#include "linker/map.h"
#include "linker/program.h"

namespace cmos::fuzz {

inline void check_layout(const linker::Linked& linked) {
  std::uint64_t at = cpe::kLoadAddress;
  for (const linker::Placement& one : linked.placements) {
    require(one.address >= at, "placements are in order and do not overlap");
    at = one.address + one.size;
  }
  require(at - cpe::kLoadAddress <= linked.memory_size, "they lie in the image");
  require(linked.image.size() <= linked.memory_size, "no more is stored than there is");
  for (std::uint32_t i = 0; i < linked.objects.size(); ++i) {
    const linker::InputObject& object = linked.objects[i];
    for (const object::Relocation& one : object.object.relocations) {
      linked.target_of(i, one);
      if (object.sections[one.section].fate == linker::Fate::kPlaced) linked.applied(i, one);
    }
  }
}

/// Links with one thread and with three, and makes all that can be made of the result.
inline void check_link(linker::Options options, linker::Files& files) {
  options.threads = 1;
  auto linked = linker::link(options, files);
  if (!linked) {
    require(!linked.error().empty(), "a failure says why");
    for (const Error& error : linked.error()) require(!error.text().empty(), "in words");
    return;
  }
  check_layout(*linked);
  linker::map_text(*linked);
  linker::cross_reference_text(*linked);
  linker::collected_text(*linked);
  options.threads = 3;
  const auto again = linker::link(options, files);
  require(again && again->image == linked->image, "threads change nothing");
  // Mostly the same bytes again; large ones would only slow the search down.
  if (linked->image.size() > 1u << 20) return;
  std::vector<std::string> warnings;
  linker::make_debug_map(*again, again->image, warnings);
  const auto program = linker::make_program(*linked, {});
  if (program) cpe::write(program->executable);
}

}  // namespace cmos::fuzz
