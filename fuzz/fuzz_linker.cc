// The whole linker on any bytes: one or two objects (or archives), with several options. It ends, in
// bounded memory, and what it links is consistent: everything lies in the image and in order, the
// answer does not depend on the number of threads, and a CPE can be made of it.
//
// Input: a byte of options, a byte that is the size of the first file in 256ths of the rest, files.
#include <algorithm>

#include "formats/cpe/cpe.h"
#include "fuzz/require.h"
#include "linker/map.h"
#include "linker/program.h"

namespace {

using cmos::fuzz::require;
using namespace cmos::linker;

Options options_of(std::uint8_t bits) {
  Options out;
  out.inputs = {{Input::Kind::kFile, "a"}, {Input::Kind::kFile, "b"}};
  if ((bits & 1) != 0) out.collect_garbage = true;
  if ((bits & 2) != 0) out.merge = false;
  if ((bits & 4) != 0) out.inputs.insert(out.inputs.begin(), {Input::Kind::kWholeOn, ""});
  if ((bits & 8) != 0) out.definitions = {{"_start", "", 0x40'0000}, {"x", "_start", 4}};
  if ((bits & 16) != 0) out.multiple_definitions = true;
  if ((bits & 32) != 0) out.inputs.pop_back();
  out.threads = 1;
  return out;
}

void check_layout(const Linked& linked) {
  std::uint64_t at = cmos::cpe::kLoadAddress;
  for (const Placement& one : linked.placements) {
    require(one.address >= at, "placements are in order and do not overlap");
    at = one.address + one.size;
  }
  require(at - cmos::cpe::kLoadAddress <= linked.memory_size, "they lie in the image");
  require(linked.image.size() <= linked.memory_size, "no more is stored than there is");
  for (std::uint32_t i = 0; i < linked.objects.size(); ++i) {
    const InputObject& object = linked.objects[i];
    for (const cmos::object::Relocation& one : object.object.relocations) {
      linked.target_of(i, one);
      if (object.sections[one.section].fate == Fate::kPlaced) linked.applied(i, one);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t rest = size - 2;
  const std::size_t first = (data[0] & 32) != 0 ? rest : rest * data[1] / 256;
  MemoryFiles files;
  files.add("a", {data + 2, data + 2 + first});
  files.add("b", {data + 2 + first, data + size});
  const Options options = options_of(data[0]);
  auto linked = link(options, files);
  if (!linked) {
    require(!linked.error().empty(), "a failure says why");
    for (const cmos::Error& error : linked.error()) require(!error.text().empty(), "in words");
    return 0;
  }
  check_layout(*linked);
  map_text(*linked);
  cross_reference_text(*linked);
  Options parallel = options;
  parallel.threads = 3;
  const auto again = link(parallel, files);
  require(again && again->image == linked->image, "threads change nothing");
  // Mostly the same bytes again; large ones would only slow the search down.
  if (linked->image.size() > 1u << 20) return 0;
  const auto program = make_program(*linked, {});
  if (program) cmos::cpe::write(program->executable);
  return 0;
}
