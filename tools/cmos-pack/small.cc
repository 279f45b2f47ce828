#include "tools/cmos-pack/small.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "linker/whitesmith/program.h"

namespace cmos::pack {
namespace {

/// The value of the symbol that --entry names, if it does.
template <class Symbols>
Result<std::optional<std::uint32_t>> entry_of(const Symbols& symbols, std::string_view file,
                                              const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto found = std::find_if(symbols.begin(), symbols.end(),
                                  [&](const auto& one) { return one.name == name; });
  if (found != symbols.end()) return found->value;
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .field = "symbol table",
                    .found = fmt::format("no symbol {}", quote(as_bytes(name), 64)),
                    .expected = "the one that --entry names",
                    .message = symbols.empty() ? "the file is stripped: it has no symbols" : ""});
}

Result<linker::Program> pack_elf(Bytes bytes, std::string_view file, const Options& options) {
  CMOS_TRY(const elf::SmallProgram program, elf::read_small_program(bytes, file));
  wslink::ProgramOptions out{.arch = options.arch, .program = options.program};
  CMOS_TRY(out.entry, entry_of(program.symbols, file, options.entry_symbol));
  return wslink::make_program(program, file, out);
}

}  // namespace

bool is_small_program(Bytes bytes) {
  return whitesmith::looks_like_object(bytes) || elf::looks_like_small_program(bytes);
}

Result<linker::Program> pack_small(Bytes bytes, std::string_view file, const Options& options) {
  if (elf::looks_like_small_program(bytes)) return pack_elf(bytes, file, options);
  CMOS_TRY(const whitesmith::ReadResult read, whitesmith::read(bytes, file));
  if (!read.file.is_program())
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = std::string(file),
                      .field = "program",
                      .found = "an object that is not linked",
                      .expected = "a program: link it with cmos-ld or cmos-wslink"});
  wslink::ProgramOptions out{.arch = options.arch, .program = options.program};
  CMOS_TRY(out.entry, entry_of(read.file.symbols, file, options.entry_symbol));
  return wslink::make_program(read.file, file, out);
}

Result<linker::Program> pack_flat(Bytes bytes, std::string_view file, const Options& options) {
  if (options.arch.empty() || !options.entry_symbol.empty())
    return fail(ErrorCode::kUsage, options.arch.empty()
                                       ? "--flat needs --arch: the image does not name its CPU"
                                       : "--flat with --entry: the image has no symbols");
  return wslink::make_flat_program(bytes, file, {.arch = options.arch, .program = options.program});
}

}  // namespace cmos::pack
