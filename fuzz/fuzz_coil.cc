// Any bytes as a .coil, .coilo, .cbc or .coild, and as a .target file: read, validated at every
// level, described, disassembled; what can be read is written and read again as the same.
#include <string>

#include "coil/disassembler.h"
#include "formats/coil/debug_file.h"
#include "formats/coil/describe.h"
#include "formats/coil/target_file.h"
#include "formats/coil/validate.h"
#include "fuzz/require.h"

namespace {

using namespace cmos;
using fuzz::require;

/// Bytes that have been written once are written so again.
template <class Read, class Write>
void check_writing(Bytes bytes, Read read, Write write) {
  const auto first = read(bytes, "f");
  if (!first) {
    require(!first.error().text().empty(), "an error says what is wrong");
    return;
  }
  const auto written = write(first->file);
  if (!written) return;  // tables that lie in each other need more room than they had
  const auto second = read(*written, "f");
  require(second.has_value(), "what was written can be read");
  const auto again = write(second->file);
  require(again && *again == *written, "writing and reading agree");
}

void check_description(const Result<formats::Description>& description) {
  if (!description) return;
  for (const formats::Section& one : description->sections) {
    require(one.bytes.size() <= one.size, "a section has no more bytes than it has memory");
    if (!one.code_text) continue;
    for (std::uint64_t at = 0; at < one.bytes.size();) {
      const auto text = one.code_text(at);
      require(!text || (text->size > 0 && text->size <= one.bytes.size() - at),
              "an instruction lies in its section");
      at += text ? text->size : 1;
    }
  }
}

void check_validation(Bytes bytes) {
  using namespace coil;
  for (const FileKindRow& row : file_kinds()) {
    std::size_t errors = 0;
    for (const Level level : {Level::kBasic, Level::kThorough, Level::kStrict}) {
      const Validation out = validate(bytes, "f", row.kind, level);
      require(out.findings.size() >= errors, "a higher level finds no less");
      errors = out.findings.size();
      for (const Finding& one : out.findings)
        require(rule_row(one.rule) != nullptr, "every finding has its rule");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  check_validation(bytes);
  check_writing(bytes, coil::read_object_file, coil::write_object_file);
  check_writing(bytes, coil::read_cbc, coil::write_cbc);
  check_writing(bytes, coil::read_debug_file, coil::write_debug_file);
  check_description(coil::describe_object(bytes, "f"));
  check_description(coil::describe_cbc(bytes, "f"));
  check_description(coil::describe_debug(bytes, "f"));
  casm::DisassembleOptions options;
  options.addresses = options.raw = options.symbols = options.comments = true;
  const auto out = casm::disassemble(bytes, "f", options);
  require(out || !out.error().text().empty(), "an error says what is wrong");
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto target = coil::parse_target(text, "f");
  require(target || !target.error().text().empty(), "an error says what is wrong");
  return 0;
}
