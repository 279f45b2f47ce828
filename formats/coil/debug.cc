#include "formats/coil/debug.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/checked.h"
#include "formats/coil/rules.h"

namespace cmos::coil {
namespace {

constexpr std::uint32_t kHeaderSize = 12;
constexpr std::uint32_t kTablesSize = 24;
constexpr std::uint32_t kSourceSize = 12;
constexpr std::uint32_t kLineSize = 17;
constexpr std::uint32_t kTypeSize = 32;
constexpr std::uint32_t kFieldSize = 16;
constexpr std::uint32_t kVariableSize = 32;
constexpr std::uint32_t kScopeSize = 20;
constexpr std::uint32_t kFunctionSize = 34;
constexpr std::uint32_t kParameterSize = 4;

class DebugReader {
 public:
  DebugReader(Bytes section, ByteOrder order, std::uint64_t base, Findings& findings)
      : section_(section), order_(order), base_(base), findings_(findings) {}

  DebugInfo read();

 private:
  void bad(std::uint64_t at, std::string_view field, std::string found, std::string expected) {
    findings_.add(rules_of::kDebug.rule, base_ + at, field, std::move(found), std::move(expected));
  }
  ByteReader at(std::uint32_t offset) {
    return ByteReader(section_.subspan(offset), base_ + offset, order_);
  }
  bool inside(std::uint32_t offset, std::string_view field, std::uint64_t from);
  template <class Entry>
  void table(std::uint32_t offset, std::string_view name, std::uint32_t entry_size,
             std::vector<Entry>& out, Entry (*read_entry)(ByteReader&));
  void strings(std::uint32_t offset);
  void lists();
  bool list_fits(std::uint32_t offset, std::uint32_t count, std::uint32_t size,
                 std::uint64_t& total, std::string_view field);

  Bytes section_;
  ByteOrder order_;
  std::uint64_t base_;
  Findings& findings_;
  DebugInfo out_;
};

bool DebugReader::inside(std::uint32_t offset, std::string_view field, std::uint64_t from) {
  if (offset >= kHeaderSize && range_inside(offset, 4, section_.size())) return true;
  bad(from, field, fmt::format("{}", offset),
      fmt::format("{} to {}", kHeaderSize, section_.size()));
  return false;
}

template <class Entry>
void DebugReader::table(std::uint32_t offset, std::string_view name, std::uint32_t entry_size,
                        std::vector<Entry>& out, Entry (*read_entry)(ByteReader&)) {
  ByteReader in = at(offset);
  const std::uint32_t count = in.u32(name);
  if (count > in.remaining() / entry_size)
    return bad(offset, name, fmt::format("{} entries", count),
               fmt::format("at most {} in {} bytes", in.remaining() / entry_size, in.remaining()));
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(read_entry(in));
}

DebugSource read_source(ByteReader& in) {
  DebugSource out;
  out.id = in.u32("file_id");
  out.name = in.u32("name_offset");
  out.hash = in.u32("content_hash");
  return out;
}

DebugLine read_line(ByteReader& in) {
  DebugLine out;
  out.offset = in.u32("offset");
  out.source = in.u32("file_id");
  out.line = in.u32("line");
  out.column = in.u32("column");
  out.flags = in.u8("flags");
  return out;
}

DebugType read_type(ByteReader& in) {
  DebugType out;
  out.id = in.u16("type_id");
  out.flags = in.u16("flags");
  out.name = in.u32("name_offset");
  out.size = in.u32("size");
  out.alignment = in.u32("alignment");
  out.parent = in.u32("parent_type");
  out.elements = in.u32("elements");
  out.fields = in.u32("fields");
  out.first_field = in.u32("field_list");
  return out;
}

DebugField read_field(ByteReader& in) {
  DebugField out;
  out.name = in.u32("name_offset");
  out.type = in.u32("type_index");
  out.offset = in.u32("offset");
  out.size = in.u16("size");
  out.flags = in.u16("flags");
  return out;
}

DebugVariable read_variable(ByteReader& in) {
  DebugVariable out;
  out.name = in.u32("name_offset");
  out.type = in.u32("type_index");
  out.scope = in.u32("scope_index");
  out.location = in.u32("location_type");
  out.location_data = in.u32("location_data");
  out.start = in.u32("start_offset");
  out.end = in.u32("end_offset");
  out.id = in.u16("var_id");
  out.flags = in.u16("flags");
  return out;
}

DebugScope read_scope(ByteReader& in) {
  DebugScope out;
  out.parent = in.u32("parent");
  out.start = in.u32("start");
  out.end = in.u32("end");
  out.name = in.u32("name_offset");
  out.level = in.u16("level");
  out.flags = in.u16("flags");
  return out;
}

DebugFunction read_function(ByteReader& in) {
  DebugFunction out;
  out.name = in.u32("name_offset");
  out.type = in.u32("type_index");
  out.scope = in.u32("scope_index");
  out.start = in.u32("start");
  out.end = in.u32("end");
  out.parameters = in.u32("param_count");
  out.first_parameter = in.u32("param_list");
  out.abi = in.u32("abi_index");
  out.flags = in.u16("flags");
  return out;
}

void DebugReader::strings(std::uint32_t offset) {
  ByteReader in = at(offset);
  const std::uint32_t size = in.u32("string table size");
  const Bytes text = in.bytes(size, "string table");
  if (!in.ok())
    return bad(offset, "string table size", fmt::format("{}", size),
               fmt::format("at most {}", in.remaining()));
  out_.strings = as_text(text);
  if (!out_.strings.empty() && out_.strings.back() != '\0') {
    bad(offset + 4 + size - 1, "string table", "a string without its end", "a NUL");
    out_.strings.push_back('\0');
  }
}

/// Lists that overlapped could be many times the file; none that is written here does.
bool DebugReader::list_fits(std::uint32_t offset, std::uint32_t count, std::uint32_t size,
                            std::uint64_t& total, std::string_view field) {
  const std::uint64_t bytes = std::uint64_t{count} * size;
  total += bytes;
  if (range_inside(offset, bytes, section_.size()) && total <= section_.size()) return true;
  bad(0, field, fmt::format("{} entries at {}", count, offset), "a list inside, apart from others");
  return false;
}

/// Field and parameter lists lie where their owners say; here they become ranges of one vector.
void DebugReader::lists() {
  std::uint64_t total = 0;
  for (DebugType& type : out_.types) {
    const auto first = static_cast<std::uint32_t>(out_.fields.size());
    if (type.fields != 0 &&
        list_fits(type.first_field, type.fields, kFieldSize, total, "field_list")) {
      ByteReader in = at(type.first_field);
      for (std::uint32_t i = 0; i < type.fields; ++i) out_.fields.push_back(read_field(in));
    } else {
      type.fields = 0;
    }
    type.first_field = first;
  }
  for (DebugFunction& function : out_.functions) {
    const auto first = static_cast<std::uint32_t>(out_.parameters.size());
    if (function.parameters != 0 && list_fits(function.first_parameter, function.parameters,
                                              kParameterSize, total, "param_list")) {
      ByteReader in = at(function.first_parameter);
      for (std::uint32_t i = 0; i < function.parameters; ++i)
        out_.parameters.push_back(in.u32("param_list"));
    } else {
      function.parameters = 0;
    }
    function.first_parameter = first;
  }
}

DebugInfo DebugReader::read() {
  ByteReader in(section_, base_, order_);
  out_.version = in.u32("debug version");
  const std::uint32_t tables = in.u32("tables_offset");
  const std::uint32_t strings_at = in.u32("strings_offset");
  if (!in.ok()) {
    bad(0, "debug section", fmt::format("{} bytes", section_.size()), "12 bytes");
    return std::move(out_);
  }
  if (out_.version != 1) {
    bad(0, "debug version", fmt::format("{}", out_.version), "1");
    return std::move(out_);
  }
  if (inside(strings_at, "strings_offset", 8)) strings(strings_at);
  if (!inside(tables, "tables_offset", 4)) return std::move(out_);
  ByteReader offsets = at(tables);
  struct Place {
    std::string_view name;
    std::function<void(std::uint32_t)> read;
  };
  const Place places[] = {
      {"source table",
       [&](auto o) { table(o, "source table", kSourceSize, out_.sources, read_source); }},
      {"line table", [&](auto o) { table(o, "line table", kLineSize, out_.lines, read_line); }},
      {"type table", [&](auto o) { table(o, "type table", kTypeSize, out_.types, read_type); }},
      {"variable table",
       [&](auto o) { table(o, "variable table", kVariableSize, out_.variables, read_variable); }},
      {"scope table",
       [&](auto o) { table(o, "scope table", kScopeSize, out_.scopes, read_scope); }},
      {"function table",
       [&](auto o) { table(o, "function table", kFunctionSize, out_.functions, read_function); }},
  };
  for (std::size_t i = 0; i < std::size(places); ++i) {
    const std::uint32_t offset = offsets.u32(places[i].name);
    if (!offsets.ok()) {
      bad(tables, "debug tables", "fewer bytes", fmt::format("{} bytes", kTablesSize));
      break;
    }
    if (offset != 0 && inside(offset, places[i].name, tables + 4 * i)) places[i].read(offset);
  }
  lists();
  return std::move(out_);
}

void put(const DebugSource& one, ByteWriter& out) {
  for (const std::uint32_t value : {one.id, one.name, one.hash}) out.u32(value);
}

void put(const DebugLine& one, ByteWriter& out) {
  for (const std::uint32_t value : {one.offset, one.source, one.line, one.column}) out.u32(value);
  out.u8(one.flags);
}

void put(const DebugField& one, ByteWriter& out) {
  for (const std::uint32_t value : {one.name, one.type, one.offset}) out.u32(value);
  out.u16(one.size);
  out.u16(one.flags);
}

void put(const DebugVariable& one, ByteWriter& out) {
  for (const std::uint32_t value :
       {one.name, one.type, one.scope, one.location, one.location_data, one.start, one.end})
    out.u32(value);
  out.u16(one.id);
  out.u16(one.flags);
}

void put(const DebugScope& one, ByteWriter& out) {
  for (const std::uint32_t value : {one.parent, one.start, one.end, one.name}) out.u32(value);
  out.u16(one.level);
  out.u16(one.flags);
}

template <class Entry>
void put_table(const std::vector<Entry>& table, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(table.size()));
  for (const Entry& entry : table) put(entry, out);
}

void put_types(const DebugInfo& debug, std::uint32_t fields_at, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(debug.types.size()));
  for (const DebugType& one : debug.types) {
    out.u16(one.id);
    out.u16(one.flags);
    const std::uint32_t list = one.fields == 0 ? 0 : fields_at + one.first_field * kFieldSize;
    for (const std::uint32_t value :
         {one.name, one.size, one.alignment, one.parent, one.elements, one.fields, list})
      out.u32(value);
  }
}

void put_functions(const DebugInfo& debug, std::uint32_t parameters_at, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(debug.functions.size()));
  for (const DebugFunction& one : debug.functions) {
    const std::uint32_t list =
        one.parameters == 0 ? 0 : parameters_at + one.first_parameter * kParameterSize;
    for (const std::uint32_t value :
         {one.name, one.type, one.scope, one.start, one.end, one.parameters, list, one.abi})
      out.u32(value);
    out.u16(one.flags);
  }
}

/// Where everything lies in a section that is written here.
struct Places {
  std::uint32_t tables[6] = {};
  std::uint32_t fields = 0;
  std::uint32_t parameters = 0;
  std::uint32_t strings = 0;
};

Places places_of(const DebugInfo& debug) {
  const std::size_t sizes[] = {
      debug.sources.size() * kSourceSize, debug.lines.size() * kLineSize,
      debug.types.size() * kTypeSize,     debug.variables.size() * kVariableSize,
      debug.scopes.size() * kScopeSize,   debug.functions.size() * kFunctionSize};
  Places out;
  std::uint32_t at = kHeaderSize + kTablesSize;
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    out.tables[i] = at;
    at += static_cast<std::uint32_t>(4 + sizes[i]);
  }
  out.fields = at;
  out.parameters = out.fields + static_cast<std::uint32_t>(debug.fields.size() * kFieldSize);
  out.strings =
      out.parameters + static_cast<std::uint32_t>(debug.parameters.size() * kParameterSize);
  return out;
}

}  // namespace

std::string_view DebugInfo::string(std::uint32_t offset) const {
  if (offset >= strings.size()) return {};
  return strings.c_str() + offset;
}

std::uint32_t DebugInfo::add_string(std::string_view text) {
  const auto at = static_cast<std::uint32_t>(strings.size());
  strings += text;
  strings += '\0';
  return at;
}

const DebugSource* DebugInfo::source(std::uint32_t id) const {
  const auto found = std::find_if(sources.begin(), sources.end(),
                                  [&](const DebugSource& one) { return one.id == id; });
  return found == sources.end() ? nullptr : &*found;
}

const DebugLine* DebugInfo::line_at(std::uint32_t offset) const {
  const auto next =
      std::upper_bound(lines.begin(), lines.end(), offset,
                       [](std::uint32_t at, const DebugLine& one) { return at < one.offset; });
  if (next == lines.begin()) return nullptr;
  return &*std::prev(next);
}

const DebugFunction* DebugInfo::function_at(std::uint32_t offset) const {
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const auto& one) {
    return offset >= one.start && offset < one.end;
  });
  return found == functions.end() ? nullptr : &*found;
}

DebugInfo parse_debug(Bytes section, ByteOrder order, std::uint64_t base, Findings& findings) {
  return DebugReader(section, order, base, findings).read();
}

std::uint32_t debug_strings_offset(const DebugInfo& debug) {
  return places_of(debug).strings;
}

void write_debug(const DebugInfo& debug, ByteWriter& out) {
  const Places places = places_of(debug);
  out.u32(debug.version);
  out.u32(kHeaderSize);
  out.u32(places.strings);
  for (const std::uint32_t table : places.tables) out.u32(table);
  put_table(debug.sources, out);
  put_table(debug.lines, out);
  put_types(debug, places.fields, out);
  put_table(debug.variables, out);
  put_table(debug.scopes, out);
  put_functions(debug, places.parameters, out);
  for (const DebugField& field : debug.fields) put(field, out);
  for (const std::uint32_t parameter : debug.parameters) out.u32(parameter);
  out.u32(static_cast<std::uint32_t>(debug.strings.size()));
  out.text(debug.strings);
}

}  // namespace cmos::coil
