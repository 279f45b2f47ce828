// The whole linker on any bytes: one or two objects (or archives), with several options. It ends,
// in bounded memory, and what it links is consistent: everything lies in the image and in order,
// the answer does not depend on the number of threads, and a CPE can be made of it.
//
// Input: a byte of options; with its bit 6 set a byte of rarer ones, and the length and the text of
// what --defsym defines; a byte that is the size of the first file in 256ths of the rest, files.
#include "base/text.h"
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
  if ((bits & 128) != 0) out.undefined = {"__eh_frame_start", "__exidx_start"};
  return out;
}

void add_rare_options(Options& out, std::uint8_t bits, std::string_view text) {
  if ((bits & 1) != 0) out.traced = {"_start", "f", "common"};
  if ((bits & 2) != 0) out.wrapped = {"f", "g"};
  if ((bits & 4) != 0) out.verbose = out.start_stop_gc = true;
  if ((bits & 8) != 0) out.allow_mismatch = true;
  out.on_undefined = static_cast<Undefined>((bits >> 4 & 3) % 3);
  if ((bits & 64) != 0) {
    out.search_path = {"", "lib"};
    out.inputs.insert(out.inputs.end(), {{Input::Kind::kGroupStart, ""},
                                         {Input::Kind::kLibrary, ":b"},
                                         {Input::Kind::kLibrary, "a"},
                                         {Input::Kind::kGroupEnd, ""}});
  }
  if ((bits & 128) != 0) {
    out.keep = {".text.*", "*note"};
    out.required = {"g"};
    out.may_be_undefined = {"f"};
    out.inputs.insert(out.inputs.begin(), {{Input::Kind::kPush, ""}, {Input::Kind::kLibStart, ""}});
    out.inputs.insert(out.inputs.end(), {{Input::Kind::kLibEnd, ""}, {Input::Kind::kPop, ""}});
  }
  if (text.empty()) return;
  if (auto expression = Expression::parse(text))
    out.definitions.push_back({.name = "defined", .expression = std::move(*expression)});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t bits = data[0];
  Options options = options_of(bits);
  cmos::Bytes rest(data + 1, size - 1);
  if ((bits & 64) != 0 && rest.size() > 2) {
    const std::size_t length = std::min<std::size_t>(rest[1], rest.size() - 3);
    add_rare_options(options, rest[0], cmos::as_text(rest.subspan(2, length)));
    rest = rest.subspan(2 + length);
  }
  const std::size_t first_part = rest[0];
  rest = rest.subspan(1);
  const std::size_t first = (bits & 32) != 0 ? rest.size() : rest.size() * first_part / 256;
  MemoryFiles files;
  files.map_prefix("a", "shown");
  files.add("a", {rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(first)});
  files.add("lib/liba.a", {rest.begin() + static_cast<std::ptrdiff_t>(first), rest.end()});
  files.add("b", {rest.begin() + static_cast<std::ptrdiff_t>(first), rest.end()});
  cmos::fuzz::check_link(options, files);
  return 0;
}
