// What is legal and remarkable: padding, dialects, things that no known tool writes.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "formats/whitesmith/parse.h"

namespace cmos::whitesmith {
namespace {

class Lint {
 public:
  Lint(const Parse& parse, Findings& findings)
      : parse_(parse),
        file_(parse.result.file),
        layout_(parse.result.layout),
        program_(file_.is_program()),
        findings_(findings) {}

  void run() {
    config();
    header();
    for (std::size_t i = 0; i < file_.symbols.size(); ++i) symbol(i);
    items(Segment::kText, file_.text, file_.text_items, layout_.text);
    items(Segment::kData, file_.data, file_.data_items, layout_.data);
    if (parse_.past_end)
      findings_.add(rules::kDistancePastEnd, layout_.text_items, "relocations",
                    "a last distance that leads behind the segment", "an end inside of it");
    end();
  }

 private:
  void config() {
    if (file_.config.name_length() == 1)
      findings_.add(rules::kNameLengthOne, 1, "config byte", hex_byte(file_.config.byte),
                    "names of 3 bytes or more: later tools take 0 in bits 0 to 2 for names of "
                    "variable length");
    if ((file_.config.byte & 0x40) != 0)
      findings_.add(rules::kAmbiguousConfig, 1, "config byte", hex_byte(file_.config.byte),
                    "bit 6 clear: it is a part of the alignment, and to version 2.2 says that "
                    "text has the other byte order");
  }

  static std::string hex_byte(unsigned value) { return fmt::format("0x{:02x}", value); }

  void header() {
    const unsigned word = file_.config.word_size();
    const std::uint64_t space = std::uint64_t{file_.config.word_mask()} + 1;
    const std::uint64_t text_end = file_.text_base + file_.text.size();
    const std::uint64_t bss_end = file_.data_base + file_.data.size() + file_.bss;
    if (std::max(text_end, bss_end) > space)
      findings_.add(rules::kAddressSpace, 4, "segment sizes",
                    fmt::format("an end at 0x{:x}", std::max(text_end, bss_end)),
                    fmt::format("at most 0x{:x}, the end of the addresses", space));
    if (!program_ && file_.heap != 0)
      findings_.add(rules::kHeapInObject, 4 + 3 * word, "heap size", fmt::format("{}", file_.heap),
                    "0: linkers ignore an object's");
  }

  void symbol(std::size_t index) {
    const Symbol& one = file_.symbols[index];
    const std::uint64_t at = layout_.symbols + index * file_.config.symbol_size();
    const std::uint64_t name_at = at + file_.config.word_size() + 1;
    const std::string field = fmt::format("symbol {} {}", index, quote(as_bytes(one.name), 128));
    const std::string_view raw =
        as_text(parse_.bytes.subspan(name_at, file_.config.name_length())).substr(one.name.size());
    if (one.name.empty() || raw.find_first_not_of('\0') != std::string_view::npos)
      findings_.add(rules::kBadSymbolName, name_at, field,
                    one.name.empty() ? "no name" : "bytes after a 0", "a name, padded with 0");
    if (!one.global && !one.defined)
      findings_.add(rules::kLocalUndefined, at + file_.config.word_size(), field,
                    "neither defined nor global", "one of the two: nothing can define it");
    if (one.global && one.defined && !defined_.insert(one.name).second)
      findings_.add(rules::kDuplicateSymbol, at, field, "a second definition", "one");
    if (one.defined) seen_defined_ = true;
    if (!one.defined && seen_defined_ && !program_ && !said_order_) {
      said_order_ = true;
      findings_.add(rules::kUndefinedLast, at, field, "undefined, after defined ones",
                    "undefined symbols first, as the original tools write them");
    }
    if (one.defined) check_value(one, at, field);
  }

  void check_value(const Symbol& one, std::uint64_t at, const std::string& field) {
    if (one.segment == Segment::kAbsolute) return;
    const std::uint32_t base = file_.base(one.segment);
    const std::uint64_t size = file_.size(one.segment);
    if (one.value >= base && one.value - base <= size) return;
    const std::string found = fmt::format("0x{:x}", one.value);
    const std::string expected =
        fmt::format("an address of {}, 0x{:x} to 0x{:x}", name(one.segment), base, base + size);
    const bool separate = program_ && one.segment == Segment::kBss;
    findings_.add(separate ? rules::kSeparateBss : rules::kSymbolOutsideSegment, at, field, found,
                  expected);
  }

  void items(Segment segment, Bytes contents, const std::vector<Item>& items,
             std::uint64_t offset) {
    for (const Item& one : items) {
      if (one.names_symbol()) {
        defined_symbol(segment, one, offset);
      } else {
        addend(segment, contents, one, offset);
      }
    }
  }

  void defined_symbol(Segment segment, const Item& one, std::uint64_t offset) {
    const Symbol& symbol = file_.symbols[one.symbol()];
    if (!symbol.defined) return;
    findings_.add(rules::kDefinedSymbolItem, offset + one.offset,
                  fmt::format("relocation at {}", place(segment, one.offset)),
                  fmt::format("{}, which is defined here", quote(as_bytes(symbol.name), 128)),
                  "its segment: modern assemblers write symbols, the original linker refuses them");
  }

  /// The word in place is an address of the module; the latest assemblers count from the segment.
  void addend(Segment segment, Bytes contents, const Item& one, std::uint64_t offset) {
    const auto target = static_cast<Segment>(one.target);
    if (target == Segment::kAbsolute || target == Segment::kText || program_) return;
    const std::uint64_t value =
        load(contents.subspan(one.offset, one.size()), file_.config.order());
    const std::uint64_t base = file_.base(target);
    if (value >= base || value > file_.size(target)) return;
    findings_.add(rules::kRelativeAddend, offset + one.offset,
                  fmt::format("relocation at {}", place(segment, one.offset)),
                  fmt::format("0x{:x}", value),
                  fmt::format("an address of {}, 0x{:x} to 0x{:x}: the newest assemblers write "
                              "offsets, which other linkers take for wrong addresses",
                              name(target), base, base + file_.size(target)));
  }

  void end() {
    const Bytes rest = parse_.bytes.subspan(layout_.end);
    if (rest.empty()) return;
    const bool padding =
        (rest[0] == 0 || rest[0] == 0x1a) &&
        std::all_of(rest.begin(), rest.end(), [&](std::uint8_t byte) { return byte == rest[0]; });
    const std::string found = fmt::format("{} bytes{}", rest.size(), padding ? " of padding" : "");
    findings_.add(padding ? rules::kPadding : rules::kTrailingBytes, layout_.end, "end of file",
                  found, "the end of the relocations is the end of the file");
  }

  const Parse& parse_;
  const File& file_;
  const Layout& layout_;
  const bool program_;
  Findings& findings_;
  std::set<std::string_view> defined_;
  bool seen_defined_ = false;
  bool said_order_ = false;
};

}  // namespace

void lint(const Parse& parse, Findings& findings) {
  Lint(parse, findings).run();
}

}  // namespace cmos::whitesmith
