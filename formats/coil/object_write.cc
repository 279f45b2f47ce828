// .coil and .coilo: structs to bytes.
#include <fmt/format.h>

#include <algorithm>

#include "base/checked.h"
#include "formats/coil/object_file.h"
#include "formats/coil/tables.h"

namespace cmos::coil {
namespace {

/// Contents lie at multiples of their alignment, of this at most: a page needs no larger hole.
constexpr std::uint64_t kMostPadding = 4096;

std::uint64_t symbols_size(const std::vector<Symbol>& symbols) {
  std::uint64_t size = 4;
  for (const Symbol& one : symbols) size += 13 + one.name.size();
  return size;
}

std::uint64_t file_alignment(const Section& section) {
  return std::clamp<std::uint64_t>(section.alignment, 1, kMostPadding);
}

bool has_contents(const Section& section) {
  return !section.uninitialised() && section.size != 0;
}

/// Offsets of the contents, and where the last one ends.
std::pair<std::vector<std::uint64_t>, std::uint64_t> places(const ObjectFile& file) {
  std::uint64_t at =
      row_of(file.kind).header_size() + symbols_size(file.symbols) + 4 + 23 * file.sections.size();
  std::vector<std::uint64_t> out;
  for (const Section& section : file.sections) {
    if (!has_contents(section)) {
      out.push_back(0);
      continue;
    }
    at = align_up(at, file_alignment(section));
    out.push_back(at);
    at += section.size;
  }
  return {std::move(out), at};
}

Result<void> check(const ObjectFile& file, std::uint64_t end) {
  CMOS_TRY_VOID(check_symbols(file.symbols));
  if (file.sections.size() >= kNoSection)
    return fail(ErrorCode::kLimit, fmt::format("{} sections: at most {} can be referred to",
                                               file.sections.size(), kNoSection - 1));
  if (end > UINT32_MAX)
    return fail(ErrorCode::kLimit,
                fmt::format("a file of {} bytes: at most {} fit the format", end, UINT32_MAX));
  for (const Section& section : file.sections) {
    if (section.alignment != 0 && (section.alignment & (section.alignment - 1)) != 0)
      return fail(ErrorCode::kUsage,
                  fmt::format("section alignment {} is no power of two", section.alignment));
    if (has_contents(section) && section.bytes.size() != section.size)
      return fail(ErrorCode::kUsage, fmt::format("section of {} bytes has {} bytes of contents",
                                                 section.size, section.bytes.size()));
  }
  return {};
}

void put_sections(const ObjectFile& file, const std::vector<std::uint64_t>& offsets,
                  ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(file.sections.size()));
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    const Section& one = file.sections[i];
    out.u16(one.name);
    out.u32(one.attributes);
    out.u32(static_cast<std::uint32_t>(offsets[i]));
    out.u32(one.size);
    out.u32(one.address);
    out.u32(one.alignment);
    out.u8(one.processor);
  }
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    if (!has_contents(file.sections[i])) continue;
    out.zeros(offsets[i] - out.size());
    out.bytes(file.sections[i].bytes);
  }
}

void put_relocations(const std::vector<Relocation>& relocations, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(relocations.size()));
  for (const Relocation& one : relocations) {
    out.u32(one.offset);
    out.u16(one.symbol);
    out.u16(one.section);
    out.u8(static_cast<std::uint8_t>(one.type));
    out.u8(one.size);
  }
}

std::vector<std::uint8_t> section_list(const std::vector<std::uint16_t>& list, ByteOrder order) {
  ByteWriter out(order);
  out.u16(static_cast<std::uint16_t>(list.size()));
  for (const std::uint16_t index : list) out.u16(index);
  return std::move(out).take();
}

struct Record {
  MetadataTag tag;
  std::vector<std::uint8_t> bytes;
};

/// All records but the one of debug information, whose place is not known yet.
std::vector<Record> records(const ObjectFile& file) {
  std::vector<Record> out;
  const OutputMetadata& output = file.output;
  if (output.target)
    out.push_back({MetadataTag::kTarget,
                   {output.target->device, output.target->architecture, output.target->mode, 0}});
  ByteWriter relocations(file.order);
  put_relocations(file.relocations, relocations);
  if (!file.relocations.empty())
    out.push_back({MetadataTag::kRelocations, std::move(relocations).take()});
  if (output.entry) {
    ByteWriter entry(file.order);
    entry.u16(*output.entry);
    out.push_back({MetadataTag::kEntry, std::move(entry).take()});
  }
  if (!output.cbc_sections.empty())
    out.push_back({MetadataTag::kCbcSections, section_list(output.cbc_sections, file.order)});
  if (!output.coil_sections.empty())
    out.push_back({MetadataTag::kCoilSections, section_list(output.coil_sections, file.order)});
  if (!output.abi.empty())
    out.push_back({MetadataTag::kAbi, {output.abi.begin(), output.abi.end()}});
  return out;
}

void put_record_head(MetadataTag tag, std::size_t size, ByteWriter& out) {
  out.u16(static_cast<std::uint16_t>(tag));
  out.u16(0);
  out.u32(static_cast<std::uint32_t>(size));
}

void put_metadata(const ObjectFile& file, ByteWriter& out) {
  const std::vector<Record> list = records(file);
  out.u32(static_cast<std::uint32_t>(list.size() + (file.debug ? 1 : 0)));
  for (const Record& one : list) {
    put_record_head(one.tag, one.bytes.size(), out);
    out.bytes(one.bytes);
  }
  if (!file.debug) return;
  put_record_head(MetadataTag::kDebug, 8, out);
  const std::uint64_t place = out.size();
  out.zeros(8);
  const std::uint64_t debug = out.size();
  write_debug(*file.debug, out);
  out.patch_u32(place, static_cast<std::uint32_t>(debug));
  out.patch_u32(place + 4, static_cast<std::uint32_t>(out.size() - debug));
}

std::uint8_t flags_of(const ObjectFile& file) {
  std::uint8_t flags = file.debug ? flag::kDebug : 0;
  if (file.kind == FileKind::kObject) return flags | flag::kObject;
  if (!file.output.cbc_sections.empty()) flags |= flag::kHasCbc;
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    if (file.sections[i].executable() && !file.holds_coil(i) && !file.holds_cbc(i))
      flags |= flag::kNative;
  }
  return flags;
}

}  // namespace

void put_symbols(const std::vector<Symbol>& symbols, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(symbols.size()));
  for (const Symbol& one : symbols) {
    out.u16(static_cast<std::uint16_t>(one.name.size()));
    out.text(one.name);
    out.u32(one.attributes);
    out.u32(one.value);
    out.u16(one.section);
    out.u8(one.processor);
  }
}

Result<void> check_symbols(const std::vector<Symbol>& symbols) {
  if (symbols.size() > kNoName)
    return fail(ErrorCode::kLimit,
                fmt::format("{} symbols: at most {} can be referred to", symbols.size(), kNoName));
  for (const Symbol& one : symbols) {
    if (one.name.size() > UINT16_MAX)
      return fail(ErrorCode::kLimit, fmt::format("a symbol's name of {} bytes: at most {} fit",
                                                 one.name.size(), UINT16_MAX));
  }
  return {};
}

std::vector<std::uint32_t> section_file_offsets(const ObjectFile& file) {
  const auto offsets = places(file).first;
  return {offsets.begin(), offsets.end()};
}

Result<std::vector<std::uint8_t>> write_object_file(const ObjectFile& file) {
  const auto [offsets, end] = places(file);
  CMOS_TRY_VOID(check(file, end));
  ByteWriter out(file.order);
  put_header(file.kind, file.version, flags_of(file), out);
  patch_offset(0, out.size(), out);
  put_symbols(file.symbols, out);
  patch_offset(1, out.size(), out);
  put_sections(file, offsets, out);
  patch_offset(2, out.size(), out);
  if (file.kind == FileKind::kOutput) {
    put_metadata(file, out);
  } else {
    put_relocations(file.relocations, out);
    if (file.debug) {
      patch_offset(3, out.size(), out);
      write_debug(*file.debug, out);
    }
  }
  if (out.size() > UINT32_MAX)
    return fail(ErrorCode::kLimit, fmt::format("a file of {} bytes: at most {} fit the format",
                                               out.size(), UINT32_MAX));
  patch_file_size(file.kind, out);
  return std::move(out).take();
}

}  // namespace cmos::coil
