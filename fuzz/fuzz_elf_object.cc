// The reader of relocatable ELF on any bytes: no crash, every refusal says what and where, and an
// object keeps the model's guarantees.
#include "formats/elf/object.h"
#include "fuzz/require.h"

namespace {

using cmos::Bytes;
using cmos::fuzz::require;

void check_error(const cmos::Error& error, std::size_t size) {
  require(error.file == "f", "an error names its file");
  require(!error.found.empty() || !error.message.empty(), "an error says what it found");
  require(!error.offset || *error.offset <= size, "an error lies in the file");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(data, size);
  const auto object = cmos::elf::read_object(file, "f");
  if (!object) {
    check_error(object.error(), size);
  } else {
    require(cmos::object::check(*object).has_value(), "an object keeps its guarantees");
  }
  return 0;
}
