// The worked example of docs/architecture.md, "Adding a format": a whole one.
#include "tests/formats/registry/example.h"

#include <algorithm>

#include "formats/registry/registry.h"

namespace cmos::tiny {

// "TINY", then in big-endian order: u16 bytes of code, the code. It begins at the symbol "start".
bool matches(Bytes file) {
  return as_text(file.first(std::min<std::size_t>(file.size(), 4))) == "TINY";
}

Result<object::Object> read_object(Bytes bytes, std::string_view file) {
  ByteReader reader(bytes, 0, ByteOrder::kBig);
  reader.bytes(4, "magic");
  const std::uint16_t size = reader.u16("code size");
  object::Section code{.name = "code", .kind = object::SectionKind::kCode, .size = size};
  code.file_offset = reader.offset();
  code.bytes = reader.bytes(size, "code");
  if (!reader.ok()) return fail(Error(reader.error()).in_file(file));
  object::Object out;
  out.file = file;
  out.arch = "8664";
  out.isa = object::isa_of(out.arch);
  out.sections.push_back(code);
  out.symbols.push_back({.name = "start",
                         .section = 0,
                         .binding = object::Binding::kGlobal,
                         .place = object::Place::kSection});
  return out;
}

const formats::Format kFormat{.name = "tiny",
                              .title = "tiny object",
                              .object_title = "tiny",
                              .matches = matches,
                              .object = read_object};

}  // namespace cmos::tiny
