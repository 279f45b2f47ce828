// The canonical bytes of an executable. What may be written is decided by the reader: the output is
// read back, so a rule stands in one place only, and an inferred end of CODE (abi 1.5) is known to
// be found again.
#include <fmt/format.h>

#include <algorithm>

#include "formats/cpe/parse.h"

namespace cmos::cpe {
namespace {

tl::unexpected<Error> cannot_write(std::string_view field, std::string found,
                                   std::string expected) {
  return fail(Error{.code = ErrorCode::kUsage,
                    .field = std::string(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

/// Sizes first, so that no count is cut to 32 bits silently.
Result<void> check_sizes(const Executable& executable, std::uint64_t table_size) {
  constexpr std::uint64_t kMost = UINT32_MAX;
  auto check = [](std::string_view field, std::uint64_t size) -> Result<void> {
    if (size <= kMost) return {};
    return cannot_write(field, fmt::format("{} bytes", size), "a size that fits 32 bits");
  };
  if (executable.arch.size() != 4) {
    return cannot_write("ARCH", fmt::format("{} bytes", executable.arch.size()), "4 bytes");
  }
  if (executable.signature) {
    CMOS_TRY_VOID(check("author name", executable.signature->author.size()));
    CMOS_TRY_VOID(check("author site name", executable.signature->site.size()));
  }
  CMOS_TRY_VOID(check("symbol table", table_size));
  CMOS_TRY_VOID(check("code section", 4 + table_size + executable.code.size() + kCodeAlignment));
  return check("backup file name", executable.backup_name.size());
}

void write_signature(ByteWriter& out, const Signature& signature) {
  out.u32(static_cast<std::uint32_t>(signature.author.size()));
  out.text(signature.author);
  out.u32(static_cast<std::uint32_t>(signature.site.size()));
  out.text(signature.site);
  out.u32(signature.author_hash);
}

/// The size of the section.
std::uint64_t write_code(ByteWriter& out, const Executable& executable, std::uint64_t table_size) {
  const std::uint64_t start = out.size();
  out.u32(static_cast<std::uint32_t>(table_size));
  for (const Symbol& symbol : executable.symbols) {
    out.u32(static_cast<std::uint32_t>(symbol.name.size()));
    out.text(symbol.name);
    out.u32(symbol.offset);
  }
  out.bytes(executable.code);
  out.pad_to(kCodeAlignment, start);
  return out.size() - start;
}

Result<void> check_readable(const Executable& executable, Bytes bytes) {
  auto back = read(bytes, "");
  if (!back) {
    // An entry that counts from the start of CODE may lie outside under our own reading.
    auto literal = read(bytes, "", {.strict = false, .entry_base = EntryBase::kSection});
    if (!literal) {
      Error error = std::move(back).error();
      error.code = ErrorCode::kUsage;
      error.offset.reset();
      return fail(std::move(error));
    }
    back = std::move(literal);
  }
  Executable& again = back->executable;
  if (again.code.size() > executable.code.size()) {
    const Bytes padding = Bytes(again.code).subspan(executable.code.size());
    if (std::ranges::all_of(padding, [](std::uint8_t byte) { return byte == 0; }))
      again.code.resize(executable.code.size());
  }
  if (again == executable) return {};
  if (again.has_checksum != executable.has_checksum) {
    return cannot_write("checksum", "0", "a sum that is not 0, which means none");
  }
  if (again.has_mini_disk_section != executable.has_mini_disk_section) {
    return cannot_write("mini-disk section", "code that ends like one",
                        "a stated code size, or other code");
  }
  return cannot_write("executable", "a field that the file does not keep",
                      "a backup name and a lock only with a mini-disk section");
}

}  // namespace

Result<std::vector<std::uint8_t>> write(const Executable& executable) {
  std::uint64_t table_size = 0;
  for (const Symbol& symbol : executable.symbols) table_size += 8 + symbol.name.size();
  CMOS_TRY_VOID(check_sizes(executable, table_size));

  ByteWriter out;
  out.text(kMagic);
  out.u8(executable.version);
  out.text(executable.arch);
  out.u32(executable.mini_disk_size);
  out.u32(executable.entry_offset);
  out.u32(executable.signature ? kHeaderSize : 0);
  out.u32(0);
  out.u32(0);
  if (executable.signature) write_signature(out, *executable.signature);
  const std::uint64_t code_size = write_code(out, executable, table_size);
  if (executable.states_code_size) {
    out.patch_u32(kCodeSizeField, static_cast<std::uint32_t>(code_size));
  }
  if (executable.has_mini_disk_section) {
    out.u8(executable.mini_disk_locked ? 1 : 0);
    out.u32(static_cast<std::uint32_t>(executable.backup_name.size()));
    out.text(executable.backup_name);
  }
  if (executable.has_checksum) out.patch_u32(kChecksumField, checksum(out.data()));

  CMOS_TRY_VOID(check_readable(executable, out.data()));
  return std::move(out).take();
}

}  // namespace cmos::cpe
