// The whole linker on any bytes: one or two objects (or archives), with several options. It ends,
// in bounded memory, and what it links is consistent: everything lies in the image and in order,
// the answer does not depend on the number of threads, and a CPE can be made of it.
//
// Input: a byte of options, a byte that is the size of the first file in 256ths of the rest, files.
#include "fuzz/linked_checks.h"

namespace {

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
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t rest = size - 2;
  const std::size_t first = (data[0] & 32) != 0 ? rest : rest * data[1] / 256;
  MemoryFiles files;
  files.add("a", {data + 2, data + 2 + first});
  files.add("b", {data + 2 + first, data + size});
  cmos::fuzz::check_link(options_of(data[0]), files);
  return 0;
}
