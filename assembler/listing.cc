#include "assembler/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "formats/cpo/cpo.h"

namespace cmos::assembler {
namespace {

constexpr std::size_t kBytesPerLine = 8;
constexpr std::size_t kMostBytes = 64;  ///< of one source line

/// What one source line became.
struct Stretch {
  std::uint32_t section = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class Listing {
 public:
  Listing(const Sources& sources, const Program& program, const Emitted& emitted)
      : sources_(sources), program_(program), emitted_(emitted), object_(emitted.object) {
    code();
    data();
    for (std::uint32_t i = 1; i < sources_.size(); ++i) {
      if (const auto& from = sources_[i].included_from) inside_[key(*from)].push_back(i);
    }
  }

  std::string write() {
    text_ = fmt::format("CPO for {}\n", object_.arch);
    file(0);
    if (pool_.end > pool_.begin) {
      text_ += "\nvalues of ldr =\n";
      lines(pool_, 0, "");
    }
    return std::move(text_);
  }

 private:
  using Key = std::pair<std::uint32_t, std::uint32_t>;  ///< file, line

  static Key key(const Span& where) { return {where.file, where.line}; }

  void code() {
    if (!object_.sections.empty() && object_.sections[0].kind == object::SectionKind::kCode) {
      const object::Section& section = object_.sections[0];
      code_.assign(section.bytes.begin(), section.bytes.end());
      // As in the CPO: the encoder's own addends mean nothing.
      for (const object::Relocation& one : object_.relocations_of(section))
        object::clear_field(one.type,
                            std::span(code_).subspan(one.offset, object::info(one.type).size));
      pool_ = {0, section.size, section.size};
      if (const std::uint32_t end = emitted_.statement_offsets.back(); end != UINT32_MAX)
        pool_.begin = end;
    }
    // Statements without code begin where the next one does.
    std::uint32_t next = pool_.begin;
    for (std::size_t i = program_.code.size(); i-- > 0;) {
      const std::uint32_t begin = emitted_.statement_offsets[i];
      if (begin == UINT32_MAX) continue;
      const Line& line = program_.lines[program_.code[i].line];
      stretches_[key(line.where)].push_back({0, begin, next});
      next = begin;
    }
    for (auto& [line, stretches] : stretches_) std::reverse(stretches.begin(), stretches.end());
  }

  void data() {
    std::map<std::string_view, std::uint32_t> section_of;
    for (std::uint32_t i = 0; i < object_.sections.size(); ++i) {
      if (object_.sections[i].kind != object::SectionKind::kCode)
        section_of.emplace(object_.sections[i].name, i);
    }
    std::uint64_t place = 0;
    image_.resize(object_.sections.size());
    for (std::uint32_t i = 0; i < object_.sections.size(); ++i) {
      const object::Section& section = object_.sections[i];
      if (section.kind == object::SectionKind::kCode) continue;
      place = (place + section.alignment - 1) / section.alignment * section.alignment;
      image_[i] = place;
      place += section.size;
    }
    for (const Record& record : program_.records) {
      const std::uint32_t section = section_of.at(program_.symbols[record.symbol].name);
      stretches_[key(program_.lines[record.line].where)].push_back(
          {section, 0, object_.sections[section].size});
    }
  }

  /// Included files stand where they are included.
  void file(std::uint32_t index) {
    const SourceFile& source = sources_[index];
    text_ += fmt::format("\n{}{}{}\n", source.name, source.macro.empty() ? "" : ", ", source.macro);
    for (std::uint32_t line = 1; line <= source.lines.size(); ++line) {
      const auto found = stretches_.find({index, line});
      if (found == stretches_.end()) {
        text_ += fmt::format("{:>6}  {:8}  {:{}}  {}\n", line + source.first_line - 1, "", "",
                             kBytesPerLine * 2, source.lines[line - 1]);
      } else {
        for (const Stretch& stretch : found->second)
          lines(stretch, line + source.first_line - 1,
                &stretch == &found->second.front() ? source.lines[line - 1] : "");
      }
      const auto inside = inside_.find({index, line});
      if (inside == inside_.end()) continue;
      for (const std::uint32_t other : inside->second) file(other);
      text_ += fmt::format("\n{}, continued\n", source.name);
    }
  }

  void lines(const Stretch& stretch, std::uint32_t number, std::string_view source) {
    const object::Section& section =
        object_.sections.empty() ? object::Section{} : object_.sections[stretch.section];
    const std::uint64_t base = image_.empty() ? 0 : image_[stretch.section];
    const char area = section.kind == object::SectionKind::kCode ? ' ' : 'D';
    const Bytes contents =
        section.kind == object::SectionKind::kCode ? Bytes(code_) : section.bytes;
    const std::uint32_t stored =
        std::min(stretch.end, static_cast<std::uint32_t>(section.bytes.size()));
    const std::uint32_t shown =
        std::min<std::uint32_t>(stored, stretch.begin + static_cast<std::uint32_t>(kMostBytes));
    bool first = true;
    std::uint32_t at = stretch.begin;
    do {
      std::string bytes;
      const std::uint32_t begin = at;
      for (; at < shown && at < begin + kBytesPerLine; ++at)
        bytes += fmt::format("{:02x}", contents[at]);
      if (first && bytes.empty() && stretch.end > stored)
        bytes = fmt::format("{} zeros", stretch.end - stored);
      text_ += fmt::format("{:>6} {}{:08x}  {:{}}  {}\n",
                           first && number != 0 ? fmt::format("{}", number) : "", area,
                           base + begin, bytes, kBytesPerLine * 2, first ? source : "");
      if (text_[text_.size() - 2] == ' ') trim();
      first = false;
    } while (at < shown);
    if (shown < stored) text_ += fmt::format("{:>6}  … {} bytes more\n", "", stored - shown);
    relocations(section, stretch, base);
  }

  void trim() {
    text_.pop_back();
    while (text_.back() == ' ') text_.pop_back();
    text_ += '\n';
  }

  void relocations(const object::Section& section, const Stretch& stretch, std::uint64_t base) {
    const auto all = object_.relocations_of(section);
    auto one = std::lower_bound(all.begin(), all.end(), stretch.begin,
                                [](const object::Relocation& relocation, std::uint32_t offset) {
                                  return relocation.offset < offset;
                                });
    for (; one != all.end() && one->offset < stretch.end; ++one) {
      const std::string_view name =
          one->symbol == object::kNoIndex ? "" : object_.symbols[one->symbol].name;
      const char area = section.kind == object::SectionKind::kCode ? ' ' : 'D';
      text_ += fmt::format("{:>6} {}{:08x}  {} {}{}\n", "", area, base + one->offset,
                           object::info(one->type).name, name.empty() ? "CODE" : name,
                           one->addend == 0 ? "" : fmt::format("{:+}", one->addend));
    }
  }

  const Sources& sources_;
  const Program& program_;
  const Emitted& emitted_;
  const object::Object& object_;
  std::vector<std::uint8_t> code_;
  Stretch pool_;
  std::vector<std::uint64_t> image_;  ///< of each section, in the memory image of DATA
  std::map<Key, std::vector<Stretch>> stretches_;
  std::map<Key, std::vector<std::uint32_t>> inside_;  ///< files and macros that a line uses
  std::string text_;
};

}  // namespace

std::string make_listing(const Sources& sources, const Program& program, const Emitted& emitted) {
  return Listing(sources, program, emitted).write();
}

}  // namespace cmos::assembler
