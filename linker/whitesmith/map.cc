#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "linker/whitesmith/wslink.h"

namespace cmos::wslink {
namespace {

void segments(const Linked& linked, std::string& out) {
  const whitesmith::File& file = linked.file;
  out += "Segments\n";
  const auto line = [&](std::string_view name, std::uint64_t base, std::uint64_t size) {
    fmt::format_to(std::back_inserter(out), "  {:<6} 0x{:04x}  0x{:04x}\n", name, base, size);
  };
  line("text", file.text_base, file.text.size());
  line("data", file.data_base, file.data.size());
  line("bss", linked.bss_base, file.bss);
  if (file.heap != 0) line("heap", linked.bss_base + file.bss, file.heap);
}

/// What a module has in the output: its segments, or in their place the area that it is.
std::string places(const Linked& linked, const Options& options, const Module& module) {
  std::string out;
  for (const Segment segment : {Segment::kText, Segment::kData, Segment::kBss}) {
    if (module.file.size(segment) == 0) continue;
    fmt::format_to(std::back_inserter(out), "    {:<6} 0x{:04x}  0x{:04x}\n",
                   module.area == kNoIndex ? std::string(whitesmith::name(segment))
                                           : quote(as_bytes(linked.areas[module.area].name), 64),
                   address_of(linked, options, module, segment), module.file.size(segment));
  }
  return out;
}

/// The areas of one object follow each other.
void modules(const Linked& linked, const Options& options, std::string& out) {
  out += "\nModules, their segments\n";
  const Module* before = nullptr;
  for (const Module& one : linked.modules) {
    const bool same_object = before != nullptr && before->name == one.name &&
                             (before->area != kNoIndex || one.area != kNoIndex);
    if (!same_object) fmt::format_to(std::back_inserter(out), "  {}\n", one.name);
    out += places(linked, options, one);
    before = &one;
  }
}

void names(const Linked& linked, std::string& out) {
  std::vector<const Name*> sorted;
  for (const Name& one : linked.names) {
    if (!one.hidden) sorted.push_back(&one);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Name* a, const Name* b) {
    const bool a_defined = a->state != Name::State::kUndefined;
    const bool b_defined = b->state != Name::State::kUndefined;
    return a_defined != b_defined ? b_defined : a->value < b->value;
  });
  out += "\nSymbols\n";
  for (const Name* one : sorted) {
    const std::string shown = quote(as_bytes(one->name), 128);
    const std::string origin = one->state == Name::State::kLinker ? "(linker)"
                               : one->module == kNoIndex          ? "(command line)"
                                                         : linked.modules[one->module].name;
    fmt::format_to(
        std::back_inserter(out), "  0x{:04x}  {:<9} {:<17} {}\n", one->value,
        one->state == Name::State::kUndefined ? "undefined" : whitesmith::name(one->segment), shown,
        origin);
  }
}

}  // namespace

std::string map_text(const Linked& linked, const Options& options) {
  std::string out;
  segments(linked, out);
  modules(linked, options, out);
  names(linked, out);
  return out;
}

}  // namespace cmos::wslink
