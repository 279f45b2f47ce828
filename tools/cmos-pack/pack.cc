#include "tools/cmos-pack/pack.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"

namespace cmos::pack {
namespace {

constexpr std::uint64_t kEntryField = 24;  // e_entry, in both classes

/// The ARCHs that a machine's code runs on, the usual one first.
std::vector<std::string_view> archs_of(elf::Machine machine) {
  switch (machine) {
    case elf::Machine::kI386:
      return {"__86"};
    case elf::Machine::kX86_64:
      return {"8664"};
    case elf::Machine::kArm:
      return {"_ARM"};
    case elf::Machine::kAArch64:
      return {"AR64", "APPL"};
  }
  return {};
}

Result<std::string> choose_arch(elf::Machine machine, std::string_view file,
                                const std::string& wanted) {
  const std::vector<std::string_view> archs = archs_of(machine);
  if (wanted.empty()) return std::string(archs.front());
  if (std::find(archs.begin(), archs.end(), wanted) != archs.end()) return wanted;
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = std::string(file),
                    .offset = 18,
                    .field = "e_machine",
                    .found = std::string(elf::name(machine)),
                    .expected = fmt::format("code for --arch {}; this file packs as {}", wanted,
                                            fmt::join(archs, " or "))});
}

Result<std::uint64_t> entry_address(const elf::Executable& program, std::string_view file,
                                    const std::string& name) {
  if (name.empty()) return program.file.entry;
  const elf::Symbol* found = nullptr;
  for (const elf::Symbol& symbol : program.file.symbols) {
    if (symbol.name != name || !symbol.defined()) continue;
    if (found == nullptr || symbol.binding != elf::Binding::kLocal) found = &symbol;
  }
  if (found != nullptr) return found->value;
  return fail(Error{
      .code = ErrorCode::kUnsupported,
      .file = std::string(file),
      .field = "symbol table",
      .found = fmt::format("no symbol '{}'", name),
      .expected = "the one that --entry names",
      .message = program.file.symbols.empty() ? "the file is stripped: it has no symbols" : ""});
}

Result<std::uint32_t> entry_offset(const elf::Executable& program, std::string_view file,
                                   const Options& options) {
  CMOS_TRY(const std::uint64_t entry, entry_address(program, file, options.entry_symbol));
  const bool thumb = program.file.machine == elf::Machine::kArm && (entry & 1) != 0;
  const std::uint64_t first = entry - (thumb ? 1 : 0);
  for (const elf::LoadSegment& segment : program.segments) {
    const std::uint64_t start = segment.header.address;
    if (segment.executable() && first >= start && first - start < segment.bytes.size())
      return static_cast<std::uint32_t>(entry - cpe::kLoadAddress);
  }
  return fail(
      Error{.code = ErrorCode::kUnsupported,
            .file = std::string(file),
            .offset = kEntryField,
            .field = options.entry_symbol.empty() ? "e_entry" : options.entry_symbol,
            .found = fmt::format("0x{:x}", entry),
            .expected = "an address in the code; name the entry: ld -e SYMBOL, or --entry SYMBOL"});
}

}  // namespace

Result<Packed> pack(const elf::Executable& program, std::string_view file, const Options& options) {
  Packed out;
  cpe::Executable& executable = out.executable;
  CMOS_TRY(executable.arch, choose_arch(program.file.machine, file, options.arch));
  CMOS_TRY(Image image, make_image(program, file, options.program.protect));
  CMOS_TRY(executable.entry_offset, entry_offset(program, file, options));
  executable.symbols = make_symbols(program, image, options.program.symbols, out.warnings);
  executable.code = std::move(image.bytes);
  cpe::describe(options.program, executable);
  if (program.has_tls)
    out.warnings.push_back(
        "thread-local variables (PT_TLS): nothing on CalamOS sets them up, unless the program "
        "does");
  return out;
}

}  // namespace cmos::pack
