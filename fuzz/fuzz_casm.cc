// Any text as CASM: messages lie in the source; what is assembled can be read, passes the validator
// as far as its tables go, and comes out the same when it is disassembled and assembled again.
#include <string>

#include "coil/assembler.h"
#include "coil/disassembler.h"
#include "formats/coil/validate.h"
#include "fuzz/require.h"

namespace {

using namespace cmos;
using fuzz::require;

/// A file includes a part of itself, so that depth and size limits are met.
casm::Options options(const std::string& text) {
  casm::Options out;
  out.include_folders = {"i"};
  out.defines = {{"GIVEN", 7}};
  out.debug = text.size() % 2 == 1;
  out.listing = text.size() % 3 == 0;
  if (text.size() % 5 == 0) out.order = ByteOrder::kBig;
  out.read_file = [text](const std::string& path) -> Result<std::vector<std::uint8_t>> {
    if (path.starts_with("i/"))
      return std::vector<std::uint8_t>(text.begin(), text.begin() + text.size() / 4);
    return fail(ErrorCode::kNotFound, "no such file");
  };
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  casm::Options first = options(text);
  const casm::Output out = casm::assemble("f", text, first);
  require(out.coil.empty() == (out.errors != 0), "there is a file, or there are errors");
  require(out.errors == 0 || !out.messages.empty(), "an error is said");
  if (out.coil.empty()) return 0;
  const auto read = coil::read_object_file(out.coil, "f");
  require(read.has_value(), "what was assembled can be read");
  const auto written = coil::write_object_file(read->file);
  require(written && *written == out.coil, "writing and reading agree");
  if (read->file.debug) {
    const auto split = casm::split_debug(out.coil, "f");
    require(split.has_value(), "debug information can be split off");
  }
  const auto listing = casm::disassemble(out.coil, "f", {});
  require(listing.has_value(), "what was assembled can be disassembled");
  return 0;
}
