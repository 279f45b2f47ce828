#include "inspect/nm.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <tuple>

#include "inspect/json.h"

namespace cmos::inspect {
namespace {

using Json = nlohmann::ordered_json;

char section_letter(const Description& image, const Symbol& symbol) {
  const Section& section = image.sections[symbol.section];
  if (section.code) return 't';
  // A CPE's and CPO's variables may have their first bytes in the file and the rest not.
  const bool zero_filled =
      !section.has_contents || (section.allocated && symbol.value >= section.address &&
                                symbol.value - section.address >= section.bytes.size() &&
                                section.bytes.size() < section.size);
  if (section.allocated) return section.readonly ? 'r' : zero_filled ? 'b' : 'd';
  if (!section.has_contents) return 'b';
  if (section.debugging) return 'N';
  return section.readonly ? 'n' : '?';
}

bool is_undefined_letter(char one) {
  return one == 'U' || one == 'w' || one == 'v';
}

std::uint64_t size_of(const Symbol& one) {
  return one.place == Place::kCommon ? one.value : one.size;
}

std::string number(std::uint64_t value, unsigned digits, const NmOptions& options) {
  switch (options.radix) {
    case NmRadix::kDecimal:
      return fmt::format("{:0{}}", value, digits);
    case NmRadix::kOctal:
      return fmt::format("{:0{}o}", value, digits);
    case NmRadix::kHexadecimal:
      break;
  }
  return address(value, digits);
}

bool selected(const Description& image, const Symbol& one, const NmOptions& options) {
  if (options.dynamic) return false;
  if (one.kind == SymbolKind::kMapping) {
    if (!options.special_symbols) return false;
  } else if ((one.descriptive() || one.name.empty()) && !options.all) {
    return false;
  }
  if (options.undefined_only && one.defined()) return false;
  if (options.defined_only && !one.defined()) return false;
  if (options.external_only && one.binding == Binding::kLocal) return false;
  return options.sort != NmSort::kSize ||
         (size_of(one) != 0 && !is_undefined_letter(letter(image, one)));
}

void print_bsd(const Description& image, const Symbol& one, const NmOptions& options, Text& out) {
  const unsigned digits = image.address_digits;
  const char type = letter(image, one);
  const bool blank = is_undefined_letter(type);
  const bool by_size = options.sort == NmSort::kSize && !options.print_size;
  const std::uint64_t first = by_size ? size_of(one) : one.value;
  out.put(blank ? std::string(digits, ' ') : number(first, digits, options));
  if (options.print_size && !blank && size_of(one) != 0)
    out.print(" {}", number(size_of(one), digits, options));
  out.print(" {} {}\n", type, shown(image.symbol_name(one), options.demangle));
}

void print_posix(const Description& image, const Symbol& one, const NmOptions& options, Text& out) {
  const char type = letter(image, one);
  out.print("{} {} ", shown(image.symbol_name(one), options.demangle), type);
  if (is_undefined_letter(type)) {
    out.put("        \n");
  } else {
    out.print("{} {}\n", number(one.value, 1, options),
              size_of(one) != 0 ? number(size_of(one), 1, options) : "");
  }
}

std::string_view sysv_type(const Symbol& one) {
  switch (one.kind) {
    case SymbolKind::kObject:
      return "OBJECT";
    case SymbolKind::kFunction:
      return "FUNC";
    case SymbolKind::kSection:
      return "SECTION";
    case SymbolKind::kFile:
      return "FILE";
    case SymbolKind::kTls:
      return "TLS";
    case SymbolKind::kIndirect:
      return "IFUNC";
    case SymbolKind::kMapping:
    case SymbolKind::kNone:
      break;
  }
  return "NOTYPE";
}

void print_sysv(const Description& image, const Symbol& one, const NmOptions& options, Text& out) {
  const char type = letter(image, one);
  const unsigned digits = image.address_digits;
  const std::string blank(digits, ' ');
  out.print("{:<20}|{}|   {}  |{:>18}|{}|     |{}\n",
            shown(image.symbol_name(one), options.demangle),
            is_undefined_letter(type) ? blank : number(one.value, digits, options), type,
            sysv_type(one), size_of(one) != 0 ? number(size_of(one), digits, options) : blank,
            shown(image.place_name(one)));
}

void print_heading(const Part& part, const NmOptions& options, bool heading, unsigned digits,
                   Text& out) {
  if (options.format == NmFormat::kSysv) {
    const std::string_view what = options.undefined_only ? "Undefined symbols" : "Symbols";
    out.print("\n\n{} from {}:\n\n{:<20}  {:<{}}Class        Type         {:<{}} Line  Section\n\n",
              what, shown(part.file), "Name", "Value", digits, "Size", digits);
  } else if (heading && !options.print_file_name) {
    out.print("{}{}:\n", options.format == NmFormat::kPosix ? "" : "\n", shown(part.file));
  }
}

/// As nm: "lib.a:m.o:", in its POSIX form "lib.a[m.o]: ".
std::string file_prefix(const Part& part, NmFormat format) {
  const bool posix = format == NmFormat::kPosix;
  if (part.archive.empty()) return shown(part.file) + (posix ? ": " : ":");
  return shown(part.archive) + (posix ? "[" : ":") + shown(part.member) + (posix ? "]: " : ":");
}

}  // namespace

char letter(const Description& image, const Symbol& symbol) {
  const bool object = symbol.kind == SymbolKind::kObject;
  const bool weak = symbol.binding == Binding::kWeak;
  if (symbol.place == Place::kCommon) return 'C';
  if (!symbol.defined()) return weak ? (object ? 'v' : 'w') : 'U';
  if (symbol.kind == SymbolKind::kIndirect) return 'i';
  if (weak) return object ? 'V' : 'W';
  if (symbol.unique) return 'u';
  const char small = symbol.place == Place::kAbsolute ? 'a' : section_letter(image, symbol);
  if (symbol.binding == Binding::kLocal) return small;
  return static_cast<char>(std::toupper(static_cast<unsigned char>(small)));
}

std::vector<const Symbol*> select_symbols(const Description& image, const NmOptions& options) {
  std::vector<const Symbol*> out;
  for (const Symbol& one : image.symbols) {
    if (selected(image, one, options)) out.push_back(&one);
  }
  auto name = [&image](const Symbol* one) { return image.symbol_name(*one); };
  // Undefined symbols have no address: nm lists them first.
  auto place = [](const Symbol* one) { return std::tuple(one->defined(), one->value); };
  switch (options.sort) {
    case NmSort::kNone:
      break;
    case NmSort::kName:
      std::stable_sort(out.begin(), out.end(), [&](const Symbol* a, const Symbol* b) {
        return std::tuple(name(a), place(a)) < std::tuple(name(b), place(b));
      });
      break;
    case NmSort::kAddress:
      std::stable_sort(out.begin(), out.end(), [&](const Symbol* a, const Symbol* b) {
        return std::tuple(place(a), name(a)) < std::tuple(place(b), name(b));
      });
      break;
    case NmSort::kSize:
      std::stable_sort(out.begin(), out.end(), [&](const Symbol* a, const Symbol* b) {
        return std::tuple(size_of(*a), name(a)) < std::tuple(size_of(*b), name(b));
      });
      break;
  }
  if (options.reverse && options.sort != NmSort::kNone) std::reverse(out.begin(), out.end());
  return out;
}

void print_nm(const Part& part, const Description& image, const std::vector<const Symbol*>& symbols,
              const NmOptions& options, bool heading, Text& out) {
  print_heading(part, options, heading, image.address_digits, out);
  for (const Symbol* one : symbols) {
    if (options.print_file_name) out.put(file_prefix(part, options.format));
    switch (options.format) {
      case NmFormat::kBsd:
        print_bsd(image, *one, options, out);
        break;
      case NmFormat::kPosix:
        print_posix(image, *one, options, out);
        break;
      case NmFormat::kSysv:
        print_sysv(image, *one, options, out);
        break;
      case NmFormat::kJustNames:
        out.print("{}\n", shown(image.symbol_name(*one), options.demangle));
        break;
    }
  }
}

Json nm_json(const Description& image, const std::vector<const Symbol*>& symbols,
             const NmOptions& options) {
  Json list = Json::array();
  for (const Symbol* one : symbols) {
    Json entry = symbol_json(image, *one, options.demangle);
    entry["letter"] = std::string(1, letter(image, *one));
    list.push_back(std::move(entry));
  }
  return {{"file", json_text(image.file)}, {"format", image.format}, {"symbols", std::move(list)}};
}

void print_index(const formats::Archive& archive, Text& out) {
  if (!archive.has_index) return;
  out.put("\nArchive index:\n");
  for (const formats::IndexEntry& one : archive.index)
    out.print("{} in {}\n", shown(one.symbol), shown(archive.members[one.member].name));
}

Json index_json(const std::string& file, const formats::Archive& archive) {
  Json list = Json::array();
  for (const formats::IndexEntry& one : archive.index)
    list.push_back({{"symbol", json_text(one.symbol)},
                    {"member", json_text(archive.members[one.member].name)}});
  return {{"file", json_text(file)}, {"has_index", archive.has_index}, {"index", std::move(list)}};
}

}  // namespace cmos::inspect
