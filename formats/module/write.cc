#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/module/module.h"

namespace cmos::mod {
namespace {

/// What a name is made of (docs/module-format.md).
bool is_text(std::string_view name) {
  return name.find('\0') == std::string_view::npos && !first_invalid_utf8(as_bytes(name));
}

Error wrong(std::string field, std::string found, std::string expected) {
  return {.code = ErrorCode::kUsage,
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected)};
}

class Writer {
 public:
  explicit Writer(const Module& module) : module_(module) {}

  Result<std::vector<std::uint8_t>> write() {
    CMOS_TRY_VOID(header());
    if (module_.has_imports) CMOS_TRY_VOID(imports());
    if (module_.has_exports) CMOS_TRY_VOID(exports());
    for (const Segment& one : module_.segments) CMOS_TRY_VOID(segment(one));
    for (const Unknown& one : module_.unknown) out_.bytes(one.bytes);
    return std::move(out_).take();
  }

 private:
  /// Names of a CPU's model and of a platform.
  Result<void> text_option(const Option& one) {
    const std::size_t begin = one.id == option::kCpu ? 2 : 0;
    if (one.id == option::kCpu || one.id == option::kPlatform) {
      if (one.data.size() < std::max<std::size_t>(begin, 1) ||
          first_invalid_utf8(one.data.subspan(begin)))
        return fail(wrong(one.id == option::kCpu ? "extended cpuid" : "platform",
                          quote(one.data.subspan(std::min(begin, one.data.size())), 64),
                          "a name in UTF-8"));
    }
    return {};
  }

  Result<void> header() {
    out_.bytes(kMagic);
    out_.u16(0);
    out_.u32(0);
    for (const MemoryField& one : kMemoryFields) out_.u16(module_.memory.*one.value);
    for (const Option& one : module_.options) {
      out_.u8(one.id);
      if (one.id == option::kPad) continue;
      if (one.data.size() > UINT8_MAX)
        return fail(wrong(fmt::format("option {}", one.id),
                          fmt::format("{} bytes", one.data.size()), "at most 255"));
      CMOS_TRY_VOID(text_option(one));
      out_.u8(static_cast<std::uint8_t>(one.data.size()));
      out_.bytes(one.data);
    }
    if (out_.size() > UINT16_MAX)
      return fail(wrong("hlen", fmt::format("{}", out_.size()), "at most 65535"));
    out_.patch_u16(6, static_cast<std::uint16_t>(out_.size()));
    return {};
  }

  void prefix(SectionType type, std::uint16_t flags) {
    start_ = out_.size();
    out_.u16(0);
    out_.u16(static_cast<std::uint16_t>(type));
    out_.u16(flags);
  }

  Result<void> count(std::string_view what, std::size_t number) {
    if (number > UINT16_MAX)
      return fail(
          wrong(fmt::format("{} entries", what), fmt::format("{}", number), "at most 65535"));
    out_.u16(static_cast<std::uint16_t>(number));
    return {};
  }

  Result<void> end(std::string_view what) {
    const std::uint64_t length = out_.size() - start_;
    if (length > UINT16_MAX)
      return fail(
          wrong(fmt::format("{} length", what), fmt::format("{}", length), "at most 65535"));
    out_.patch_u16(start_, static_cast<std::uint16_t>(length));
    return {};
  }

  Result<void> entry_name(std::string_view name, std::size_t least) {
    if (name.size() < least || name.size() > UINT8_MAX || !is_text(name))
      return fail(wrong("name", quote(as_bytes(name), 64),
                        fmt::format("{} to 255 bytes of UTF-8 without NUL", least)));
    out_.u8(static_cast<std::uint8_t>(name.size()));
    out_.text(name);
    return {};
  }

  Result<void> imports() {
    prefix(SectionType::kImport, module_.imports_required ? flag::kRequired : 0);
    CMOS_TRY_VOID(count("import table", module_.imports.size()));
    for (const Import& one : module_.imports) {
      out_.u16(one.ordinal);
      out_.u8(static_cast<std::uint8_t>(one.type));
      CMOS_TRY_VOID(entry_name(one.name, 1));
    }
    return end("import table");
  }

  Result<void> exports() {
    prefix(SectionType::kExport, module_.exports_required ? flag::kRequired : 0);
    CMOS_TRY_VOID(count("export table", module_.exports.size()));
    for (const Export& one : module_.exports) {
      out_.u16(one.segment);
      out_.u16(one.ordinal);
      out_.u16(one.offset);
      out_.u8(static_cast<std::uint8_t>(one.type));
      CMOS_TRY_VOID(entry_name(one.name, 0));
    }
    return end("export table");
  }

  static std::uint16_t flags_of(const Segment& one) {
    return static_cast<std::uint16_t>(
        (one.required ? flag::kRequired : 0) | (one.big_endian ? flag::kBigEndian : 0) |
        (one.origin ? flag::kOrigin : 0) | (one.name ? flag::kName : 0) |
        (one.cpu ? flag::kCpu : 0) | (one.payload ? flag::kPayload : 0) |
        (one.has_relocations ? flag::kRelocations : 0));
  }

  Result<void> segment(const Segment& one) {
    if (one.payload && one.payload->size() != one.size)
      return fail(wrong(fmt::format("{} payload", one.label()),
                        fmt::format("{} bytes", one.payload->size()),
                        fmt::format("{}, as its length says", one.size)));
    prefix(one.type, flags_of(one));
    out_.u16(one.id);
    if (one.origin) out_.u32(*one.origin);
    if (one.name) {
      if (!is_text(*one.name))
        return fail(wrong("segment name", quote(as_bytes(*one.name), 64), "UTF-8 without NUL"));
      const std::uint64_t at = out_.size();
      out_.text(*one.name);
      out_.u8(0);
      out_.pad_to(4, at);
    }
    if (one.cpu) {
      out_.u8(static_cast<std::uint8_t>(one.cpu->family));
      out_.u8(one.cpu->stepping);
    }
    out_.u16(one.size);
    CMOS_TRY_VOID(end("segment header"));
    if (one.payload) out_.bytes(*one.payload);
    return one.has_relocations ? relocations(one) : Result<void>();
  }

  Result<void> relocations(const Segment& segment) {
    prefix(SectionType::kRelocations, segment.relocations_required ? flag::kRequired : 0);
    out_.u16(segment.id);
    CMOS_TRY_VOID(count("relocation table", segment.relocations.size()));
    for (const Relocations& entry : segment.relocations) {
      out_.u16(entry.ordinal);
      CMOS_TRY_VOID(count("relocation", entry.items.size()));
      for (const Item& one : entry.items) {
        out_.u8(static_cast<std::uint8_t>(one.type));
        out_.u16(one.offset);
      }
    }
    return end("relocation table");
  }

  const Module& module_;
  ByteWriter out_;
  std::uint64_t start_ = 0;  // of the section that is being written
};

}  // namespace

Result<std::vector<std::uint8_t>> write(const Module& module) {
  return Writer(module).write();
}

}  // namespace cmos::mod
