// The columns are binutils': what people and scripts know.
#include <fmt/format.h>

#include <algorithm>

#include "inspect/listing.h"

namespace cmos::inspect {
namespace {

class Printer {
 public:
  Printer(const Description& image, const ObjdumpOptions& options, Text& out)
      : image_(image), options_(options), out_(out), digits_(image.address_digits) {}

  void print() {
    out_.print("\n{}:     file format {}\n", shown(image_.file), image_.format);
    if (options_.file_header) {
      file_header();
    } else {
      out_.put("\n");
    }
    if (options_.private_headers) private_headers();
    if (options_.section_headers) section_headers();
    if (options_.symbols) symbols();
    if (options_.relocations && !options_.wants_code()) relocations();
    if (options_.contents) contents();
  }

 private:
  void file_header() {
    const FileFlags flags = file_flags(image_);
    out_.print("architecture: {}, flags 0x{:08x}:\n{}\nstart address 0x{}\n\n", image_.architecture,
               flags.bits, fmt::join(flags.names, ", "),
               address(image_.start.value_or(0), digits_));
  }

  void private_headers() {
    for (const PrivateGroup& group : image_.private_groups) {
      out_.print("{}:\n", group.title);
      for (const PrivateField& field : group.fields)
        out_.print("  {:<26} {}\n", field.name, field.value);
    }
    out_.put("\n");
  }

  void section_headers() {
    constexpr std::size_t kNameColumn = 13;
    out_.print("Sections:\nIdx {:<{}} Size      {:<{}}{:<{}}File off  Algn\n", "Name", kNameColumn,
               "VMA", digits_ + 2, "LMA", digits_ + 2);
    for (std::size_t i = 0; i < image_.sections.size(); ++i) {
      const Section& one = image_.sections[i];
      if (!options_.wants(one)) continue;
      out_.print("{:3} {:<{}} {:08x}  {}  {}  {:08x}  2**{}\n", i, shown(one.name), kNameColumn,
                 one.size, address(one.address, digits_), address(one.address, digits_),
                 one.file_offset, one.log2_alignment);
      out_.print("{:{}}{}\n", "", kNameColumn + 5, fmt::join(section_flags(one), ", "));
    }
  }

  // ---- symbols ----------------------------------------------------------------------------------

  std::string flag_letters(const Symbol& one) const {
    std::string out(7, ' ');
    const bool undefined = !one.defined() || one.place == Place::kCommon;
    if (one.binding == Binding::kLocal) out[0] = 'l';
    if (one.binding == Binding::kGlobal && !undefined) out[0] = one.unique ? 'u' : 'g';
    if (one.binding == Binding::kWeak) out[1] = 'w';
    if (one.kind == SymbolKind::kIndirect) out[4] = 'i';
    if (one.descriptive()) out[5] = 'd';
    if (one.kind == SymbolKind::kFunction || one.kind == SymbolKind::kIndirect) out[6] = 'F';
    if (one.kind == SymbolKind::kFile) out[6] = 'f';
    if (one.kind == SymbolKind::kObject) out[6] = 'O';
    return out;
  }

  std::string_view visibility(const Symbol& one) const {
    switch (one.visibility) {
      case Visibility::kInternal:
        return ".internal ";
      case Visibility::kHidden:
        return ".hidden ";
      case Visibility::kProtected:
        return ".protected ";
      case Visibility::kDefault:
        break;
    }
    return "";
  }

  void symbols() {
    out_.put("SYMBOL TABLE:\n");
    if (image_.symbols.empty()) out_.put("no symbols\n");
    for (const Symbol& one : image_.symbols) {
      if (one.kind == SymbolKind::kMapping && !options_.special_symbols) continue;
      if (!options_.sections.empty() &&
          (one.place != Place::kSection || !options_.wants(image_.sections[one.section])))
        continue;
      const std::uint64_t second = one.place == Place::kCommon ? one.alignment : one.size;
      out_.print("{} {} {}\t{} {}{}", address(one.value, digits_), flag_letters(one),
                 shown(image_.place_name(one)), address(second, digits_), visibility(one),
                 shown(image_.symbol_name(one), options_.demangle));
      if (!one.location.empty()) out_.print(" (in {})", shown(one.location));
      out_.put("\n");
    }
    out_.put("\n\n");
  }

  void relocations() {
    for (const Section& section : image_.sections) {
      if (section.relocations.empty() || !options_.wants(section)) continue;
      out_.print("RELOCATION RECORDS FOR [{}]:\n{:<{}} TYPE{:14}VALUE\n", shown(section.name),
                 "OFFSET", digits_, "");
      for (const Relocation& one : section.relocations) {
        if (one.offset + section.address < options_.start_address.value_or(0) ||
            one.offset + section.address >= options_.stop_address.value_or(UINT64_MAX))
          continue;
        out_.print("{} {:<16}  {}\n", address(one.offset, digits_), one.type,
                   relocation_value(image_, one, options_.demangle, digits_));
      }
      out_.put("\n\n");
    }
  }

  // ---- bytes ------------------------------------------------------------------------------------

  void contents() {
    for (const Section& section : image_.sections) {
      if (section.bytes.empty() || !options_.wants(section)) continue;
      const std::uint64_t end = std::min(options_.stop_address.value_or(UINT64_MAX),
                                         section.address + section.bytes.size());
      const std::uint64_t begin = std::max(options_.start_address.value_or(0), section.address);
      if (begin >= end) continue;
      out_.print("Contents of section {}:\n", shown(section.name));
      const auto width = std::max<std::size_t>(4, fmt::formatted_size("{:x}", end));
      for (std::uint64_t at = begin; at < end; at += std::min<std::uint64_t>(16, end - at))
        row(section.bytes.subspan(at - section.address, std::min<std::uint64_t>(16, end - at)), at,
            width);
    }
  }

  void row(Bytes bytes, std::uint64_t at, std::size_t width) {
    std::string line = fmt::format(" {:0{}x} ", at, width);
    for (std::size_t i = 0; i < 16; ++i) {
      line += i < bytes.size() ? fmt::format("{:02x}", bytes[i]) : "  ";
      if (i % 4 == 3) line += ' ';
    }
    line += ' ';
    for (std::size_t i = 0; i < 16; ++i) {
      const bool printable = i < bytes.size() && bytes[i] >= 0x20 && bytes[i] < 0x7f;
      line += i >= bytes.size() ? ' ' : printable ? static_cast<char>(bytes[i]) : '.';
    }
    out_.print("{}\n", line);
  }

  const Description& image_;
  const ObjdumpOptions& options_;
  Text& out_;
  unsigned digits_;
};

class CodePrinter : public Listener {
 public:
  CodePrinter(const Description& image, const ObjdumpOptions& options, const Labels& labels,
              Text& out)
      : image_(image), options_(options), labels_(labels), out_(out) {
    const std::string_view arch = options.arch_of(image);
    const auto isa = object::isa_of(arch);
    x86_ = isa == object::Isa::kX86 || isa == object::Isa::kX86_64;
    short_ = arch == "_Z80" || arch == "8080";
  }

  void section(const Section& section) override {
    section_ = &section;
    out_.print("\nDisassembly of section {}:\n", shown(section.name));
    // As binutils: in steps of four, with at least one zero in front of the last address.
    width_ = 4;
    while (width_ < image_.address_digits && section.end() >> (4 * (width_ - 1)) != 0) width_ += 4;
  }

  void label(std::uint64_t at, std::string_view name) override {
    if (options_.no_addresses) {
      out_.print("\n<{}>:\n", name);
    } else {
      out_.print("\n{} <{}>:\n", address(at, image_.address_digits), name);
    }
  }

  void line(const Line& line) override {
    const disasm::Instruction& one = line.instruction;
    const std::size_t per_row = x86_ ? 7 : own_text() ? 8 : 4;
    std::string text = place(one.address);
    if (!options_.no_raw_instructions)
      text += raw(Bytes(one.bytes).first(std::min(per_row, one.bytes.size())), line.unit, per_row);
    text += x86_ && !one.operands.empty() ? fmt::format("{:<6} {}", one.mnemonic, one.operands)
            : one.operands.empty()        ? one.mnemonic
                                          : one.mnemonic + '\t' + one.operands;
    if (line.target) text += target(*line.target);
    out_.print("{}\n", text);
    if (!options_.no_raw_instructions) {
      for (std::size_t at = per_row; at < one.bytes.size(); at += per_row)
        more(one, at, std::min(per_row, one.bytes.size() - at), line.unit);
    }
    for (const Relocation& relocation : line.relocations) inline_relocation(relocation);
  }

  void zeros(std::uint64_t, std::uint64_t) override { out_.put("\t...\n"); }

 private:
  bool own_text() const { return section_->code_text && options_.arch.empty(); }

  std::string place(std::uint64_t at) const {
    if (options_.no_addresses) return "\t";
    return fmt::format("{:>{}x}:\t", at, width_);
  }

  /// Bytes as the numbers that the ISA's code is made of.
  static std::string numbers(Bytes bytes, unsigned unit) {
    std::string out;
    std::size_t at = 0;
    for (; at + unit <= bytes.size(); at += unit) {
      out += fmt::format("{:0{}x} ", load(bytes.subspan(at, unit)), 2 * unit);
    }
    for (; at < bytes.size(); ++at) out += fmt::format("{:02x} ", bytes[at]);
    return out;
  }

  std::string raw(Bytes bytes, unsigned unit, std::size_t per_row) const {
    const std::size_t column = x86_ || short_ || own_text() ? per_row * 3 : unit == 2 ? 10 : 9;
    return fmt::format("{:<{}}\t", numbers(bytes, unit), column);
  }

  void more(const disasm::Instruction& one, std::size_t at, std::size_t count, unsigned unit) {
    out_.print("{}{}\n", place(one.address + at),
               numbers(Bytes(one.bytes).subspan(at, count), unit));
  }

  std::string target(const OperandTarget& to) const {
    const std::string name = labels_.name(
        to.address, static_cast<std::size_t>(section_ - image_.sections.data()), options_.demangle);
    if (to.is_branch) return name.empty() ? "" : fmt::format(" <{}>", name);
    return name.empty() ? fmt::format("        # {:x}", to.address)
                        : fmt::format("        # {:x} <{}>", to.address, name);
  }

  void inline_relocation(const Relocation& one) {
    out_.print("\t\t\t{:x}: {}\t{}\n", section_->address + one.offset, one.type,
               relocation_value(image_, one, options_.demangle, 0));
  }

  const Description& image_;
  const ObjdumpOptions& options_;
  const Labels& labels_;
  Text& out_;
  bool x86_ = false;
  bool short_ = false;  ///< instructions of one to four bytes, shown in one row
  const Section* section_ = nullptr;
  std::size_t width_ = 4;
};

}  // namespace

Result<void> print_objdump(const Description& image, const ObjdumpOptions& options, Text& out) {
  Printer(image, options, out).print();
  if (!options.wants_code()) return {};
  const Labels labels(image);
  CodePrinter printer(image, options, labels, out);
  auto walked = walk_code(image, options, labels, printer);
  if (!walked) return fail(std::move(walked).error().in_file(image.file));
  return {};
}

}  // namespace cmos::inspect
