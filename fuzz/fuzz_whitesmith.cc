// Whitesmith's objects and archives, sdcc's objects, and links of them: the input is four bytes of
// options, then files, each with its size in two bytes before it. What is read can be written and
// reads as the same; what is linked can be written, and fits what the linker says of it; an error
// names a place.
#include <algorithm>
#include <string>
#include <vector>

#include "formats/rel/rel.h"
#include "formats/whitesmith/archive.h"
#include "formats/whitesmith/whitesmith.h"
#include "fuzz/require.h"
#include "linker/whitesmith/program.h"
#include "linker/whitesmith/wslink.h"

namespace {

using namespace cmos;
using fuzz::require;

constexpr std::size_t kOptions = 4;

void check_object(Bytes bytes) {
  const auto read = whitesmith::read(bytes, "f");
  if (!read) {
    require(read.error().file == "f", "an error names the file");
    return;
  }
  require(read->layout.end <= bytes.size(), "the parts lie in the file");
  const auto written = whitesmith::write(read->file);
  require(written.has_value(), "what was read can be written");
  const auto again = whitesmith::read(*written, "g");
  require(again.has_value(), "what was written reads");
  require(again->file.symbols == read->file.symbols &&
              again->file.text_items == read->file.text_items &&
              again->file.data_items == read->file.data_items &&
              std::ranges::equal(again->file.text, read->file.text) &&
              std::ranges::equal(again->file.data, read->file.data),
          "as the same");
}

void check_archive(Bytes bytes) {
  const auto read = whitesmith::read_archive(bytes, "f");
  if (!read) return;
  std::vector<whitesmith::NewMember> members;
  for (const whitesmith::Member& one : read->members) members.push_back({one.name, one.bytes});
  const auto written = whitesmith::write_archive(members);
  if (!written) return;
  const auto again = whitesmith::read_archive(*written, "g");
  require(again && again->members.size() == members.size(), "an archive that was written reads");
}

void check_rel(Bytes bytes) {
  const auto read = rel::read(bytes, "f");
  if (!read) return;
  for (const rel::Area& one : read->areas) {
    require(one.bytes.empty() || one.bytes.size() == one.size, "contents are whole");
    for (const rel::Relocation& item : one.relocations) {
      require(item.offset + item.size() <= one.bytes.size(), "fields lie in the contents");
      require(item.index < (item.is_symbol ? read->symbols.size() : read->areas.size()),
              "relocations refer to what there is");
    }
  }
}

wslink::Options options_of(const std::uint8_t* data) {
  wslink::Options out;
  const auto bit = [&](unsigned byte, unsigned number) { return (data[byte] >> number & 1) != 0; };
  out.rules = bit(0, 0) ? wslink::Rules::kOriginal : wslink::Rules::kModern;
  out.partial = bit(0, 1);
  out.relocations = bit(0, 2);
  out.symbols = bit(0, 3);
  out.absolute = bit(0, 4);
  out.no_contents = bit(0, 5);
  out.text_to_text = bit(0, 6);
  out.data_to_text = bit(0, 7);
  out.data_zero_bits = data[1] & 7U;
  out.text_fill_bits = data[1] >> 3 & 7U;
  if (bit(1, 6)) out.undefined.emplace_back("_main");
  if (bit(1, 7)) out.definitions.push_back({.name = "_n", .base = bit(2, 7) ? "_main" : ""});
  out.text_base = data[2] * 0x10U;
  if (bit(3, 0)) out.data_base = data[3] * 0x100U;
  if (bit(3, 1)) out.bss_base = data[3] * 0x180U;
  if (bit(3, 2)) out.boundaries.push_back({.segment = wslink::Segment::kBss, .name = "__memory"});
  return out;
}

void check_link(const wslink::Options& options, linker::Files& files) {
  const auto linked = wslink::link(options, files);
  if (!linked) {
    require(!linked.error().empty(), "a link that fails says why");
    return;
  }
  const whitesmith::File& file = linked->file;
  for (const whitesmith::Symbol& one : file.symbols)
    require(options.partial || one.defined, "a program has no undefined names");
  require(!wslink::map_text(*linked, options).empty(), "there is a map");
  if (const auto bytes = wslink::bytes_of(*linked, true))
    require(whitesmith::read(*bytes, "out").has_value(), "what was linked reads");
  if (options.partial) return;
  const auto program = wslink::make_program(file, "out", {.bss_base = linked->bss_base});
  if (program)
    require(program->executable.code.size() <= 1U << 24, "a program fits the CPU's memory");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kOptions) return 0;
  wslink::Options options = options_of(data);
  linker::MemoryFiles files;
  Bytes rest(data + kOptions, size - kOptions);
  while (rest.size() > 2 && options.files.size() < 8) {
    const std::size_t length =
        std::min<std::size_t>(load(rest.first(2), ByteOrder::kLittle), rest.size() - 2);
    const Bytes file = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    check_object(file);
    check_archive(file);
    check_rel(file);
    std::string name(1, static_cast<char>('a' + options.files.size()));
    files.add(name, {file.begin(), file.end()});
    options.files.push_back(std::move(name));
  }
  if (!options.files.empty()) check_link(options, files);
  return 0;
}
