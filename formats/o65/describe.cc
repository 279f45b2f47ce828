#include "formats/o65/describe.h"

#include "formats/o65/o65.h"
#include "formats/o65/rules.h"

namespace cmos::o65 {
namespace {

constexpr std::size_t kAreas = 4;
constexpr std::string_view kNames[kAreas] = {".text", ".data", ".bss", ".zero"};

class Builder {
 public:
  Builder(const File& file, formats::Description& out) : file_(file), out_(out) {}

  void build() {
    out_.format = "o65";
    out_.arch = "6502";
    out_.architecture = formats::architecture_of(out_.arch);
    out_.address_digits = 4;
    out_.untyped_symbols = true;
    for (std::size_t i = 0; i < kAreas; ++i) section(i);
    for (const std::string& one : file_.undefined) symbol(one, Segment::kUndefined, 0);
    for (std::size_t i = 0; i < kAreas; ++i)
      symbol(kNames[i], static_cast<Segment>(i + 2), file_.areas[i].base);
    for (const Export& one : file_.exports) symbol(one.name, one.segment, one.value);
    for (std::size_t i = 0; i < kAreas; ++i) relocations(i);
  }

 private:
  void section(std::size_t index) {
    const Area& in = file_.areas[index];
    formats::Section out;
    out.name = kNames[index];
    out.address = in.base;
    out.size = in.size;
    out.bytes = in.bytes;
    out.has_contents = index < 2;
    out.allocated = true;
    out.code = index == 0;
    out_.sections.push_back(std::move(out));
  }

  void symbol(std::string_view name, Segment segment, std::uint32_t value) {
    formats::Symbol out;
    out.name = name;
    out.value = value;
    out.binding = formats::Binding::kGlobal;
    if (segment == Segment::kAbsolute) out.place = formats::Place::kAbsolute;
    if (segment >= Segment::kText) {
      out.place = formats::Place::kSection;
      out.section = static_cast<std::uint32_t>(segment) - 2;
    }
    if (out_.symbols.size() >= file_.undefined.size() &&
        out_.symbols.size() < file_.undefined.size() + kAreas) {
      out.binding = formats::Binding::kLocal;
      out.kind = formats::SymbolKind::kSection;
    }
    out_.symbols.push_back(out);
  }

  void relocations(std::size_t index) {
    for (const Relocation& one : file_.areas[index].relocations) {
      formats::Relocation out;
      out.offset = one.offset;
      out.type = one.part == Relocation::Part::kWord  ? "word"
                 : one.part == Relocation::Part::kLow ? "low"
                                                      : "high";
      out.size = one.part == Relocation::Part::kWord ? 2 : 1;
      if (one.segment == Segment::kUndefined) out.symbol = one.index;
      if (one.segment >= Segment::kText)
        out.symbol = static_cast<std::uint32_t>(file_.undefined.size()) +
                     static_cast<std::uint32_t>(one.segment) - 2;
      out_.sections[index].relocations.push_back(out);
    }
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

}  // namespace cmos::o65
