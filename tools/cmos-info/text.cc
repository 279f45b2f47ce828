#include <fmt/format.h>

#include <iterator>

#include "base/text.h"
#include "formats/cpe/rules.h"
#include "tools/cmos-info/info.h"

namespace cmos::info {
namespace {

/// Names in a file can be as long as the file.
constexpr std::size_t kLongestName = 512;

using Out = std::string;

template <class... Values>
void line(Out& out, fmt::format_string<Values...> format, Values&&... values) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Values>(values)...);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  out += '\n';
}

std::string shown(std::string_view name) {
  return quote(as_bytes(name), kLongestName);
}

std::string count(std::uint64_t number, std::string_view unit) {
  return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s");
}

std::string stored_value(const FieldValue& value) {
  if (value.raw.empty()) return "";
  if (value.is_text() || !value.whole()) return quote(value.raw);
  if (value.field.name == "checksum") return fmt::format("0x{:08x}", *value.number);
  return fmt::format("{}", *value.number);
}

void add_header(Out& out, const Info& info) {
  line(out, "\nHeader");
  for (const FieldValue& value : info.header)
    line(out, "  0x{:02x}  {:<24}  {:<10}  {}", value.field.offset, value.field.name,
         stored_value(value), value.meaning);
}

void add_signature(Out& out, const Info& info) {
  const auto& signature = info.inspection.reading.executable.signature;
  if (!signature) return;
  line(out, "\nSignature");
  line(out, "  author       {}", shown(signature->author));
  line(out, "  site         {}", shown(signature->site));
  line(out, "  author hash  {} (0x{:08x})", signature->author_hash, signature->author_hash);
}

void add_parts(Out& out, const Info& info) {
  if (info.parts.empty()) return;
  line(out, "\nFile, {}", count(info.file_size, "byte"));
  for (const Part& part : info.parts)
    line(out, "  0x{:08x}  {:>10}  {}", part.offset, part.size, part.name);
}

void add_image(Out& out, const Info& info) {
  if (info.sections.empty()) return;
  line(out, "\nImage in memory");
  for (const Section& section : info.sections) {
    std::string note;
    if (section.zero_filled != 0)
      note = fmt::format(", the last {} zero-filled", section.zero_filled);
    line(out, "  0x{:08x}  {:>10}  {}  {}{}", section.address, section.size, section.permissions,
         section.name, note);
  }
}

void add_symbols(Out& out, const Info& info, const Options& options) {
  if (!info.symbols_read()) return;
  const bool more = !options.all_symbols && !info.symbols.empty();
  line(out, "\nSymbols: {}{}", info.symbols.size(), more ? " (--symbols lists them)" : "");
  if (!options.all_symbols) return;
  const std::uint64_t base = cpe::load_address(info.inspection.reading.executable.arch);
  for (const cpe::Symbol& symbol : info.symbols)
    line(out, "  0x{:08x}  {}", base + symbol.offset, shown(symbol.name));
}

void add_mini_disk(Out& out, const Info& info) {
  if (!info.mini_disk_read()) return;
  const cpe::Executable& executable = info.inspection.reading.executable;
  line(out, "\nMini-disk");
  line(out, "  size         {}", count(executable.mini_disk_size, "byte"));
  if (!executable.has_mini_disk_section) {
    line(out, "  section      none");
    return;
  }
  const std::uint64_t at = info.inspection.reading.layout.mini_disk;
  line(out, "  lock byte    {}",
       info.has(cpe::rules::kBadLock.name) ? "malformed"
       : executable.mini_disk_locked       ? "1, in use"
                                           : "0, free");
  const bool none = executable.backup_name.empty();
  const bool bad =
      info.has(cpe::rules::kBadBackupName.name) || info.has(cpe::rules::kMiniDiskTruncated.name);
  line(out, "  backup file  {}",
       !none ? shown(executable.backup_name)
       : bad ? std::string("malformed")
             : std::string("none"));
  line(out, "  at           0x{:x} in the file", at);
}

void add_findings(Out& out, const Info& info) {
  if (info.inspection.findings.empty()) {
    line(out, "\nFindings: none");
    return;
  }
  line(out, "\nFindings: {}", info.inspection.findings.size());
  for (const Finding& finding : info.inspection.findings) {
    Error where = finding.where;
    where.file.clear();
    line(out, "  {}: {} [{}, {}]", name(finding.severity), where.text(), finding.rule,
         finding.section);
  }
}

std::string headline(const Info& info) {
  if (info.file_size == 0) return "an empty file";
  if (info.has(cpe::rules::kBadMagic.name)) return "no CPE";
  const FieldValue& arch = info.header[2];
  std::string out = info.has_errors() ? "malformed CPE" : "CPE";
  if (arch.whole()) out += fmt::format(" for {}", quote(arch.raw));
  if (arch.whole() && !arch.meaning.empty()) out += fmt::format(" ({})", arch.meaning);
  return out;
}

}  // namespace

std::string text_of(const Info& info, const Options& options) {
  Out out;
  line(out, "{}: {}", presentable(info.file), headline(info));
  add_header(out, info);
  add_signature(out, info);
  add_parts(out, info);
  add_image(out, info);
  add_symbols(out, info, options);
  add_mini_disk(out, info);
  add_findings(out, info);
  return out;
}

}  // namespace cmos::info
