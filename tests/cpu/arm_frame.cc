#include "tests/cpu/arm.h"

namespace cmos::cpu_test {
namespace {

class Writer {
 public:
  void word(std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) code_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void pad_to(std::uint64_t address) { code_.resize(address - kCode, 0); }
  std::vector<std::uint8_t> take() { return std::move(code_); }

 private:
  std::vector<std::uint8_t> code_;
};

constexpr std::uint64_t kEntryOffset = kEntry - kState, kReturnOffset = kReturn - kState;

namespace wide {

constexpr unsigned kLink = kLayout64.link;
constexpr std::uint32_t kPointLink = 0xd2a40012;  // movz x18, #0x2000, lsl #16
static_assert(kState == 0x2000'0000);
constexpr std::uint32_t kLoad = 0xf9400000, kStore = 0xf9000000, kLoadVector = 0x3dc00000,
                        kStoreVector = 0x3d800000;

std::uint64_t access(std::uint32_t opcode, unsigned reg, std::uint64_t offset) {
  const std::uint64_t unit = opcode < kStore ? 16 : 8;
  return opcode | offset / unit << 10 | kLink << 5 | reg;
}

void write_head(Writer& w) {
  w.word(kPointLink);
  for (const auto& [offset, move] :
       std::array<std::pair<std::size_t, std::uint32_t>, 3>{{{kLayout64.flags, 0xd51b4200},
                                                             {kLayout64.control, 0xd51b4400},
                                                             {kLayout64.status, 0xd51b4420}}}) {
    w.word(access(kLoad, 0, offset));
    w.word(move);  // msr nzcv, fpcr, fpsr
  }
  for (unsigned i = 0; i < 32; ++i) w.word(access(kLoadVector, i, kLayout64.vectors + 16 * i));
  w.word(access(kLoad, 0, 8 * 31));
  w.word(0x9100001f);  // mov sp, x0
  w.word(0xd5033f5f);  // clrex
  for (unsigned i = 0; i < 31; ++i)
    if (i != kLink) w.word(access(kLoad, i, 8 * i));
  w.word(access(kLoad, kLink, kEntryOffset));
  w.word(0xd61f0000 | kLink << 5);  // br
}

void write_tail(Writer& w, bool native) {
  w.word(kPointLink);
  for (unsigned i = 0; i < 31; ++i)
    if (i != kLink) w.word(access(kStore, i, 8 * i));
  w.word(0x910003e0);  // mov x0, sp
  w.word(access(kStore, 0, 8 * 31));
  for (const auto& [offset, move] :
       std::array<std::pair<std::size_t, std::uint32_t>, 3>{{{kLayout64.flags, 0xd53b4200},
                                                             {kLayout64.control, 0xd53b4400},
                                                             {kLayout64.status, 0xd53b4420}}}) {
    w.word(move);  // mrs
    w.word(access(kStore, 0, offset));
  }
  for (unsigned i = 0; i < 32; ++i) w.word(access(kStoreVector, i, kLayout64.vectors + 16 * i));
  if (!native) {
    w.word(0xd4000001);  // svc #0
    return;
  }
  w.word(access(kLoad, 0, kReturnOffset));
  w.word(0xd61f0000);  // br x0
}

std::vector<std::uint8_t> leave(std::uint64_t at, bool) {
  Writer w;
  w.word(0x14000000 | ((kTail - at) >> 2 & 0x3ff'ffff));
  return w.take();
}

}  // namespace wide

namespace narrow {

constexpr unsigned kLink = kLayout32.link, kPc = 15;
constexpr std::uint32_t kPointLink = 0xe3a0c202;  // mov r12, #0x20000000
constexpr std::uint32_t kLoad = 0xe5900000, kStore = 0xe5800000;
/// Thumb code leaves by way of `bx pc`, behind which a jump to the tail stands.
constexpr std::uint64_t kThumbTail = kTail - 8;

std::uint64_t access(std::uint32_t opcode, unsigned reg, std::uint64_t offset) {
  return opcode | kLink << 16 | reg << 12 | offset;
}

void write_head(Writer& w) {
  w.word(kPointLink);
  w.word(access(kLoad, 0, kLayout32.flags));
  w.word(0xe12cf000);  // msr apsr_nzcvqg, r0
  w.word(access(kLoad, 0, kLayout32.status));
  w.word(0xeee10a10);                      // vmsr fpscr, r0
  w.word(0xe28c0000 | kLayout32.vectors);  // add r0, r12, …
  w.word(0xecb00b20);                      // vldmia r0!, {d0-d15}
  w.word(0xecf00b20);                      // vldmia r0!, {d16-d31}
  w.word(0xf57ff01f);                      // clrex
  for (unsigned i = 0; i < kPc; ++i)
    if (i != kLink) w.word(access(kLoad, i, 4 * i));
  w.word(access(kLoad, kPc, kEntryOffset));
}

void write_tail(Writer& w, bool native) {
  w.word(kPointLink);
  for (unsigned i = 0; i < kPc; ++i)
    if (i != kLink) w.word(access(kStore, i, 4 * i));
  w.word(0xe10f0000);  // mrs r0, apsr
  w.word(access(kStore, 0, kLayout32.flags));
  w.word(0xeef10a10);  // vmrs r0, fpscr
  w.word(access(kStore, 0, kLayout32.status));
  w.word(0xe28c0000 | kLayout32.vectors);
  w.word(0xeca00b20);                                               // vstmia r0!, {d0-d15}
  w.word(0xece00b20);                                               // vstmia r0!, {d16-d31}
  w.word(native ? access(kLoad, kPc, kReturnOffset) : 0xef000000);  // or svc #0
}

std::vector<std::uint8_t> leave(std::uint64_t at, bool thumb) {
  Writer w;
  if (!thumb) {
    w.word(0xea000000 | ((kTail - at - 8) >> 2 & 0xff'ffff));
    return w.take();
  }
  const std::uint64_t distance = kThumbTail - at - 4;
  const std::uint64_t sign = distance >> 24 & 1, j1 = (distance >> 23 & 1) ^ sign ^ 1,
                      j2 = (distance >> 22 & 1) ^ sign ^ 1;
  const std::uint64_t first = 0xf000 | sign << 10 | (distance >> 12 & 0x3ff),
                      second = 0x9000 | j1 << 13 | j2 << 11 | (distance >> 1 & 0x7ff);
  w.word(first | second << 16);
  return w.take();
}

}  // namespace narrow

}  // namespace

Framing arm_framing(bool wide, bool native) {
  Writer w;
  if (wide) {
    wide::write_head(w);
    w.pad_to(kTail);
    wide::write_tail(w, native);
  } else {
    narrow::write_head(w);
    w.pad_to(narrow::kThumbTail);
    w.word(0xbf00'4778);  // bx pc; nop
    w.word(0xeaffffff);   // b to the tail
    narrow::write_tail(w, native);
  }
  w.pad_to(kFirstSlot);
  return {.frame = w.take(), .leave = wide ? &wide::leave : &narrow::leave};
}

}  // namespace cmos::cpu_test
