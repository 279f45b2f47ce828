#include "loader/cbc.h"

#include <set>

#include "formats/coil/cbc.h"

namespace cmos::loader {

bool is_bytecode(Bytes bytes) {
  return coil::looks_like_cbc(bytes);
}

Result<cpe::ReadResult> read_bytecode(Bytes bytes, std::string_view file) {
  CMOS_TRY(coil::CbcRead read, coil::read_cbc(bytes, file));
  cpe::ReadResult out;
  out.executable.arch = kBytecodeArch;
  out.executable.code.assign(bytes.begin(), bytes.end());
  out.executable.has_mini_disk_section = false;
  out.layout.file_size = bytes.size();
  out.findings = std::move(read.warnings);
  out.sections = {{cpe::SectionKind::kCode, 0, bytes.size()}};
  std::set<std::string_view> names;
  for (const coil::CbcFunction& one : read.file.functions) {
    const std::string_view name = read.file.name_of(one);
    if (one.code.empty() || name.empty() || !names.insert(name).second) continue;
    out.executable.symbols.push_back({std::string(name), one.code_offset});
  }
  return out;
}

}  // namespace cmos::loader
