// Origins and a side file put together by hand.
#pragma once

#include "formats/debugmap/side_file.h"

namespace cmos::debugmap {

inline Origins sample_origins() {
  Origins out;
  out.digest = {0x12345678, 99};
  out.names = {"foo.o", ".text", "libx.a(bar.o)", ".rodata.str1.1", "bar", "buffer"};
  using Kind = Placement::Kind;
  out.placements = {
      {.address = 0x400000, .size = 0x18, .kind = Kind::kSection, .file = 0, .section = 1},
      {.address = 0x400020, .size = 5, .kind = Kind::kMerged, .file = 2, .section = 3, .offset = 7},
      {.address = 0x400030, .size = 8, .kind = Kind::kGot, .file = 0, .symbol = 4},
      {.address = 0x400038, .size = 8, .kind = Kind::kVeneer, .file = 0, .symbol = 4},
      {.address = 0x402000, .size = 0x10, .kind = Kind::kCommon, .file = 0, .symbol = 5}};
  out.relocations = {
      {.place = 0x400011, .type = object::RelocationType::kPc32, .symbol = 4, .addend = -4},
      {.place = 0x400030, .type = object::RelocationType::kAbs64, .symbol = kNoName, .addend = 0}};
  return out;
}

/// `code` must outlive the result.
inline SideFile sample_side_file(object::Isa isa, Bytes code) {
  SideFile out;
  out.isa = isa;
  out.entry = 0x400000;
  out.image.push_back({.name = ".text",
                       .address = 0x400000,
                       .size = code.size(),
                       .bytes = code,
                       .executable = true});
  out.image.push_back({.name = ".bss", .address = 0x402000, .size = 0x10, .writable = true});
  out.symbols.push_back({.name = "main", .value = 0x400000, .size = 4, .type = 2, .binding = 1});
  out.symbols.push_back({.name = "helper", .value = 0x400004, .type = 2, .binding = 0});
  out.symbols.push_back({.name = "buffer", .value = 0x402000, .size = 16, .type = 1, .binding = 1});
  out.origins = sample_origins();
  return out;
}

}  // namespace cmos::debugmap
