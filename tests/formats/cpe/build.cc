#include "tests/formats/cpe/build.h"

namespace cmos::cpe {

std::string u32(std::uint32_t value) {
  ByteWriter out;
  out.u32(value);
  return std::string(as_text(out.data()));
}

std::string symbol(const std::string& name, std::uint32_t offset) {
  return counted(name) + u32(offset);
}

std::string counted(const std::string& text) {
  return u32(static_cast<std::uint32_t>(text.size())) + text;
}

std::string Draft::bytes() const {
  const std::string section =
      u32(table_length.value_or(static_cast<std::uint32_t>(table.size()))) + table + code;
  std::string out = magic + static_cast<char>(version) + arch + u32(mini_disk_size) + u32(entry) +
                    u32(metadata_offset.value_or(signature.empty() ? 0 : kHeaderSize)) +
                    u32(code_size.value_or(static_cast<std::uint32_t>(section.size()))) + u32(0) +
                    signature + section + mini_disk + tail;
  const std::string sum = u32(checksum ? *checksum : cpe::checksum(as_bytes(out)));
  return out.replace(25, 4, sum);
}

std::string rules_of(const std::vector<Finding>& findings) {
  std::string list;
  for (const Finding& finding : findings) {
    list += (list.empty() ? "" : ", ") + std::string(name(finding.severity)) + " " +
            std::string(finding.rule);
  }
  return list;
}

std::string outcome(const Result<ReadResult>& result) {
  return result ? "read" : result.error().text();
}

}  // namespace cmos::cpe
