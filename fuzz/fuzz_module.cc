// The reader, the validator, the writer and the loader of modules over arbitrary bytes.
#include <algorithm>

#include "base/text.h"
#include "formats/module/edit.h"
#include "fuzz/require.h"
#include "loader/module/modules.h"

using namespace cmos;
using cmos::fuzz::require;

namespace {

void check(const Error& error) {
  require(!error.file.empty(), "an error says the file");
  require(!error.text().empty(), "an error says something");
}

/// What was written reads again, and is written as the same bytes.
void write_and_read(const mod::Module& module) {
  const auto bytes = mod::write(module);
  require(bytes.has_value(), "what was read can be written");
  const auto back = mod::read(*bytes, "back.mod");
  require(back.has_value(), "what was written can be read");
  const auto again = mod::write(*back);
  require(again && *again == *bytes, "writing is canonical");
}

void load(const mod::Module& module, mod::Family family) {
  loader::ModuleOptions options;
  options.host.family = family;
  const std::vector<loader::ModuleFile> files{{"a.mod", &module}, {"b.mod", &module}};
  const auto loaded = loader::load_modules(files, options);
  if (!loaded) {
    check(loaded.error());
    return;
  }
  const std::string map = loader::module_map(files, *loaded);
  require(presentable_lines(map) == map, "a map is printable");
  std::uint64_t end = 0;
  for (const loader::PlacedSegment& one : loaded->segments) {
    require(one.bytes.empty() || one.address >= end, "segments do not overlap");
    if (!one.bytes.empty()) end = one.end();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const auto findings = mod::validate(bytes, "a.mod");
  const bool errors = std::any_of(findings.begin(), findings.end(), [](const Finding& one) {
    return one.severity == Severity::kError;
  });
  const auto module = mod::read(bytes, "a.mod");
  require(module.has_value() != errors, "reader and validator agree");
  if (!module) {
    check(module.error());
    return 0;
  }
  write_and_read(*module);
  write_and_read(mod::strip(*module));
  for (const mod::Family family : module->families()) {
    write_and_read(mod::only(*module, family));
    load(*module, family);
  }
  load(*module, mod::Family::kNone);
  return 0;
}
