#include "formats/rel/describe.h"

#include <algorithm>

#include "formats/rel/rel.h"
#include "formats/rel/rules.h"

namespace cmos::rel {
namespace {

class Builder {
 public:
  Builder(const File& file, formats::Description& out) : file_(file), out_(out) {}

  void build() {
    out_.format = "rel";
    if (is_for_z80(file_)) out_.arch = "_Z80";
    out_.architecture = out_.arch.empty() ? "any" : formats::architecture_of(out_.arch);
    out_.address_digits = 4;
    out_.untyped_symbols = true;
    for (const Area& one : file_.areas) section(one);
    for (const Symbol& one : file_.symbols) symbol(one);
    for (std::size_t i = 0; i < file_.areas.size(); ++i) own_symbol(i);
    for (std::size_t i = 0; i < file_.areas.size(); ++i) relocations(i);
  }

 private:
  void section(const Area& in) {
    formats::Section out;
    out.name = in.name;
    out.address = in.address;
    out.size = in.size;
    out.bytes = in.bytes;
    out.has_contents = !in.bytes.empty();
    out.allocated = true;
    out.code = in.name.starts_with("_CODE") || in.name.starts_with("_HOME");
    out_.sections.push_back(std::move(out));
  }

  void symbol(const Symbol& in) {
    formats::Symbol out;
    out.name = in.name;
    out.value = in.value;
    out.binding = formats::Binding::kGlobal;
    if (in.defined) {
      out.place = in.area == kNoArea ? formats::Place::kAbsolute : formats::Place::kSection;
      if (in.area != kNoArea) {
        out.section = in.area;
        out.value += file_.areas[in.area].address;
      }
    }
    out_.symbols.push_back(out);
  }

  void own_symbol(std::size_t area) {
    formats::Symbol out;
    out.name = file_.areas[area].name;
    out.value = file_.areas[area].address;
    out.kind = formats::SymbolKind::kSection;
    out.place = formats::Place::kSection;
    out.section = static_cast<std::uint32_t>(area);
    out_.symbols.push_back(out);
  }

  void relocations(std::size_t area) {
    auto& list = out_.sections[area].relocations;
    for (const Relocation& one : file_.areas[area].relocations) {
      formats::Relocation out;
      out.offset = one.offset;
      out.type = one.relative                          ? "displacement"
                 : one.part == Relocation::Part::kWord ? "word"
                 : one.part == Relocation::Part::kLow  ? "low"
                                                       : "high";
      out.size = one.size();
      out.symbol =
          one.index + (one.is_symbol ? 0 : static_cast<std::uint32_t>(file_.symbols.size()));
      out.addend = one.addend;
      list.push_back(out);
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.offset < b.offset; });
  }

  const File& file_;
  formats::Description& out_;
};

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  return formats::described_by<Builder>(read(bytes, file), file);
}

std::vector<Finding> validate(Bytes bytes, std::string_view file) {
  auto done = read(bytes, file);
  if (done) return {};
  return first_fault(file, std::move(done).error(), rules::kMalformed, rules::kUnsupported);
}

}  // namespace cmos::rel
