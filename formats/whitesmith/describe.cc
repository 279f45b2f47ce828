#include "formats/whitesmith/describe.h"

#include <fmt/format.h>

#include "formats/whitesmith/whitesmith.h"

namespace cmos::whitesmith {
namespace {

constexpr Segment kSegments[] = {Segment::kText, Segment::kData, Segment::kBss};
constexpr std::uint32_t kSegmentCount = 3;

std::uint32_t section_index(Segment segment) {
  return segment == Segment::kAbsolute ? formats::kNoIndex
                                       : static_cast<std::uint32_t>(segment) - 1;
}

class Builder {
 public:
  Builder(const ReadResult& read, formats::Description& out)
      : file_(read.file), layout_(read.layout), out_(out) {}

  void build() {
    out_.format = "whitesmith";
    out_.arch = usual_arch(file_.config);
    out_.architecture = formats::architecture_of(out_.arch);
    out_.executable = file_.is_program();
    if (out_.executable) out_.start = file_.text_base;
    out_.address_digits = file_.config.wide() ? 8 : 4;
    out_.untyped_symbols = true;
    for (const Segment one : kSegments) section(one);
    for (const Symbol& one : file_.symbols) symbol(one);
    for (std::uint32_t i = 0; i < kSegmentCount; ++i) {
      // What relocations against segments name.
      formats::Symbol own;
      own.section = i;
      own.value = out_.sections[i].address;
      own.place = object::Place::kSection;
      own.kind = object::SymbolKind::kSection;
      out_.symbols.push_back(own);
    }
    relocations(file_.text_items, out_.sections[0]);
    relocations(file_.data_items, out_.sections[1]);
    private_fields();
  }

 private:
  void section(Segment segment) {
    formats::Section out;
    out.name = segment == Segment::kText ? ".text" : segment == Segment::kData ? ".data" : ".bss";
    out.address = file_.base(segment);
    out.size = file_.size(segment);
    out.allocated = true;
    out.has_contents = segment != Segment::kBss;
    out.code = segment == Segment::kText;
    out.log2_alignment = file_.config.log2_alignment();
    if (segment == Segment::kText) {
      out.bytes = file_.text;
      out.file_offset = layout_.text;
    } else if (segment == Segment::kData) {
      out.bytes = file_.data;
      out.file_offset = layout_.data;
    }
    out_.sections.push_back(std::move(out));
  }

  void symbol(const Symbol& in) {
    formats::Symbol out;
    out.name = in.name;
    out.value = in.value;
    out.binding = in.global ? object::Binding::kGlobal : object::Binding::kLocal;
    if (in.common()) {
      out.place = object::Place::kCommon;
      out.size = in.value;
      out.alignment = 1;
    } else if (in.defined) {
      out.section = section_index(in.segment);
      out.place =
          out.section == formats::kNoIndex ? object::Place::kAbsolute : object::Place::kSection;
    }
    out_.symbols.push_back(out);
  }

  void relocations(const std::vector<Item>& items, formats::Section& section) {
    constexpr std::string_view kNames[] = {"word", "word-relative", "long", "long-relative"};
    for (const Item& one : items) {
      formats::Relocation out;
      out.offset = one.offset;
      out.type = kNames[(one.is_long ? 2 : 0) + (one.relative ? 1 : 0)];
      out.size = one.size();
      if (one.names_symbol()) {
        out.symbol = one.symbol();
      } else if (const std::uint32_t index = section_index(static_cast<Segment>(one.target));
                 index != formats::kNoIndex) {
        out.symbol = static_cast<std::uint32_t>(file_.symbols.size()) + index;
      }
      section.relocations.push_back(out);
    }
  }

  void private_fields() {
    const Config config = file_.config;
    formats::PrivateGroup header{"Whitesmith's header", {}};
    header.fields = {
        {"config byte", fmt::format("0x{:02x}", config.byte)},
        {"names", fmt::format("{} bytes", config.name_length())},
        {"words", fmt::format("{} bytes, {}", config.word_size(),
                              config.order() == ByteOrder::kBig ? "most significant byte first"
                                                                : "least significant byte first")},
        {"alignment", fmt::format("{}", 1U << config.log2_alignment())},
        {"relocations",
         !config.has_relocations()
             ? std::string("suppressed")
             : fmt::format("text {}, data {}", file_.text_items.size(), file_.data_items.size())},
        {"symbols", fmt::format("{}", file_.symbols.size())},
        {"text", fmt::format("0x{:x} bytes at 0x{:x}", file_.text.size(), file_.text_base)},
        {"data", fmt::format("0x{:x} bytes at 0x{:x}", file_.data.size(), file_.data_base)},
        {"bss", fmt::format("0x{:x} bytes at 0x{:x}", file_.bss, file_.base(Segment::kBss))},
        {"stack and heap", fmt::format("0x{:x} bytes", file_.heap)}};
    out_.private_groups.push_back(std::move(header));
  }

  const File& file_;
  const Layout& layout_;
  formats::Description& out_;
};

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  return formats::described_by<Builder>(read(bytes, file), file);
}

}  // namespace cmos::whitesmith
