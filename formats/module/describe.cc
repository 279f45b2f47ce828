#include "formats/module/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "formats/module/module.h"

namespace cmos::mod {
namespace {

class Builder {
 public:
  Builder(const Module& module, formats::Description& out) : module_(module), out_(out) {}

  void build() {
    const auto families = module_.families();
    const FamilyRow* row =
        families.empty() ? nullptr : family_row(static_cast<std::uint8_t>(families.front()));
    out_.format = families.size() > 1 ? "module-fat" : "module";
    out_.arch = row == nullptr ? std::string() : std::string(row->cpu->usual_code());
    out_.architecture = row == nullptr ? std::string("any") : formats::architecture_of(out_.arch);
    out_.address_digits = 4;
    for (const Segment& one : module_.segments) section(one);
    for (const Import& one : module_.imports) import(one);
    for (const Export& one : module_.exports) exported(one);
    for (std::size_t i = 0; i < module_.segments.size(); ++i)
      relocations(module_.segments[i], out_.sections[i]);
    private_fields();
  }

 private:
  void section(const Segment& in) {
    by_id_.emplace(in.id, static_cast<std::uint32_t>(out_.sections.size()));
    formats::Section out;
    out.name = in.name && !in.name->empty() ? *in.name : name(in.type);
    out.address = in.origin.value_or(0);
    out.size = in.size;
    out.allocated = true;
    out.has_contents = in.payload.has_value();
    if (in.payload) out.bytes = *in.payload;
    out.file_offset = in.payload_at;
    out.code = in.type == SectionType::kText || in.type == SectionType::kOverlay;
    out.readonly = in.type == SectionType::kReadOnlyData;
    out_.sections.push_back(std::move(out));
  }

  static object::SymbolKind kind(ValueType type) {
    return type == ValueType::kProcedure ? object::SymbolKind::kFunction
                                         : object::SymbolKind::kObject;
  }

  void import(const Import& in) {
    formats::Symbol out;
    out.name = in.name;
    out.binding = object::Binding::kGlobal;
    ordinals_.emplace(in.ordinal, static_cast<std::uint32_t>(out_.symbols.size()));
    out_.symbols.push_back(out);
  }

  void exported(const Export& in) {
    formats::Symbol out;
    out.name = in.name;
    if (in.name.empty())
      out.name = out_.storage.keep_text(fmt::format("#{}", in.ordinal));
    else
      out.binding = object::Binding::kGlobal;
    out.kind = kind(in.type);
    out.value = in.offset;
    out.place = object::Place::kAbsolute;
    if (const auto found = by_id_.find(in.segment); found != by_id_.end()) {
      out.place = object::Place::kSection;
      out.section = found->second;
      out.value += out_.sections[found->second].address;
    }
    ordinals_.emplace(in.ordinal, static_cast<std::uint32_t>(out_.symbols.size()));
    out_.symbols.push_back(out);
  }

  void relocations(const Segment& in, formats::Section& section) {
    for (const Relocations& entry : in.relocations) {
      const auto symbol = ordinals_.find(entry.ordinal);
      for (const Item& one : entry.items) {
        formats::Relocation out;
        out.offset = one.offset;
        out.type = name(one.type);
        out.size = width(one.type, in.family());
        if (symbol != ordinals_.end()) out.symbol = symbol->second;
        section.relocations.push_back(out);
      }
    }
    std::sort(section.relocations.begin(), section.relocations.end(),
              [](const auto& a, const auto& b) { return a.offset < b.offset; });
  }

  static std::string cpu_text(const Segment& one) {
    if (!one.cpu) return "any CPU";
    const FamilyRow* row = family_row(static_cast<std::uint8_t>(one.cpu->family));
    std::string out(row == nullptr ? "?" : row->name);
    if (one.cpu->stepping != 0) out += fmt::format(" from stepping {} on", one.cpu->stepping);
    return out;
  }

  void private_fields() {
    formats::PrivateGroup header{"module", {}};
    for (const MemoryField& one : kMemoryFields)
      header.fields.push_back(
          {std::string(one.name), fmt::format("{}", module_.memory.*one.value)});
    for (const Option& one : module_.options) option_field(header, one);
    out_.private_groups.push_back(std::move(header));
    formats::PrivateGroup segments{"segments", {}};
    for (const Segment& one : module_.segments)
      segments.fields.push_back(
          {fmt::format("{} {}", one.id, presentable(one.label(), 64)),
           fmt::format("{}, {}{}{}{}", name(one.type), cpu_text(one),
                       one.origin ? fmt::format(", at 0x{:x}", *one.origin) : std::string(),
                       one.big_endian ? ", big-endian" : "", one.required ? ", required" : "")});
    out_.private_groups.push_back(std::move(segments));
    if (module_.unknown.empty()) return;
    formats::PrivateGroup unknown{"skipped sections", {}};
    for (const Unknown& one : module_.unknown)
      unknown.fields.push_back(
          {fmt::format("type 0x{:04x}", one.type), fmt::format("{} bytes", one.bytes.size())});
    out_.private_groups.push_back(std::move(unknown));
  }

  static void option_field(formats::PrivateGroup& group, const Option& one) {
    if (one.id == option::kPad) return;
    if (one.id == option::kCpu && one.data.size() >= 2) {
      const FamilyRow* row = family_row(one.data[0]);
      group.fields.push_back(
          {"extended cpuid", fmt::format("{}, stepping {}, {}",
                                         row == nullptr ? fmt::format("family {}", one.data[0])
                                                        : std::string(row->name),
                                         one.data[1], quote(one.data.subspan(2), 64))});
      return;
    }
    group.fields.push_back(
        {one.id == option::kPlatform ? std::string("platform") : fmt::format("option {}", one.id),
         quote(one.data, 64)});
  }

  const Module& module_;
  formats::Description& out_;
  std::map<std::uint16_t, std::uint32_t> by_id_;
  std::map<std::uint16_t, std::uint32_t> ordinals_;
};

}  // namespace

Result<formats::Description> describe(Bytes bytes, std::string_view file) {
  return formats::described_by<Builder>(read(bytes, file), file);
}

}  // namespace cmos::mod
