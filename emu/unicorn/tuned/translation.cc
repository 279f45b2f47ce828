// Translation: each block passes here when it is made. The other mends learn where its code stands
// (direct_stores.cc), what it counts (counting.cc) and whether it holds what must not be translated
// (refused_code.cc).
#ifdef CMOS_UNICORN_TUNED

#include "emu/unicorn/tuned/tuned.h"

namespace cmos::emu::unicorn {
namespace {

/// The head of QEMU's TranslationBlock, whose first fields have the guest's word size.
template <class Word>
struct BlockHead {
  Word pc, cs_base;
  std::uint32_t flags;
  std::uint16_t size, instructions;
};

}  // namespace

Result<void> Tuned::ready() {
  counting_ = setup_.options.count_instructions;
  return {};
}

Bytes Tuned::code_bytes(std::uint64_t address, std::uint64_t size,
                        std::vector<std::uint8_t>& buffer) const {
  if (const auto view = setup_.memory.view(address, size)) return *view;
  buffer.resize(size);
  return setup_.memory.peek(address, buffer) ? Bytes(buffer) : Bytes();
}

template <class Word, class Translate>
void Tuned::translate(void* cpu, void* block, Translate&& real) {
  replaced_ = kNowhere;
  whole_blocks();
  translating_ = counting_ ? &blocks_.emplace_back() : nullptr;
  real();
  auto* head = static_cast<BlockHead<Word>*>(block);
  Block shape{.address = head->pc, .size = head->size, .instructions = head->instructions};
  const std::uint64_t refused = find_refused(shape);
  if (refused != kNowhere) {
    target_.restart_translation(field<void*>(uc_, kUcTcgContext));
    replaced_ = refused;
    real();
    replaced_ = kNowhere;
    shape.size = head->size;
    shape.instructions = head->instructions;
  }
  if (translating_ != nullptr) {
    std::vector<std::uint8_t> buffer;
    shape.repeat =
        setup_.cpu.find_repeat(shape.address, code_bytes(shape.address, shape.size, buffer));
    *translating_ = shape;
    translating_ = nullptr;
  }
  mark_code(cpu, shape.address, shape.address + (shape.size > 0 ? shape.size - 1u : 0u));
}

}  // namespace cmos::emu::unicorn

using cmos::emu::unicorn::current;

// NOLINTBEGIN(bugprone-reserved-identifier)
#define CMOS_WRAP(suffix)                                                                   \
  void __real_gen_intermediate_code_##suffix(void*, void*, int);                            \
  void __wrap_gen_intermediate_code_##suffix(void* cpu, void* block, int most) {            \
    if (current == nullptr) return __real_gen_intermediate_code_##suffix(cpu, block, most); \
    current->translate<guest_##suffix>(                                                     \
        cpu, block, [&] { __real_gen_intermediate_code_##suffix(cpu, block, most); });      \
  }
CMOS_WRAP_EACH_TARGET(CMOS_WRAP)
// NOLINTEND(bugprone-reserved-identifier)

#endif  // CMOS_UNICORN_TUNED
