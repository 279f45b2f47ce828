// operator new and delete on malloc(), for programs without exceptions: one without memory aborts, unless it asks with
// std::nothrow. They are weak: a program may have some of its own, and the C++ library has others that throw.
#include <malloc.h>
#include <stdlib.h>

// The part of <new> that the names below need: the compiler's headers are not needed to build the C library.
namespace std {
enum class align_val_t : size_t {};
struct nothrow_t {
  explicit nothrow_t() = default;
};
extern const nothrow_t nothrow;
__attribute__((weak)) const nothrow_t nothrow{};
}  // namespace std

#define CMOS_WEAK __attribute__((weak))

static void* or_abort(void* memory) {
  if (memory == nullptr) abort();
  return memory;
}
static void* allocate(size_t size) {
  return malloc(size != 0 ? size : 1);
}
static void* allocate(size_t size, std::align_val_t alignment) {
  return memalign(static_cast<size_t>(alignment), size != 0 ? size : 1);
}

CMOS_WEAK void* operator new(size_t size) {
  return or_abort(allocate(size));
}
CMOS_WEAK void* operator new[](size_t size) {
  return or_abort(allocate(size));
}
CMOS_WEAK void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
CMOS_WEAK void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
CMOS_WEAK void* operator new(size_t size, std::align_val_t alignment) {
  return or_abort(allocate(size, alignment));
}
CMOS_WEAK void* operator new[](size_t size, std::align_val_t alignment) {
  return or_abort(allocate(size, alignment));
}
CMOS_WEAK void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}
CMOS_WEAK void* operator new[](size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(size, alignment);
}

CMOS_WEAK void operator delete(void* memory) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete[](void* memory) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete(void* memory, size_t) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete[](void* memory, size_t) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete(void* memory, const std::nothrow_t&) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete(void* memory, std::align_val_t) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete[](void* memory, std::align_val_t) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  free(memory);
}
CMOS_WEAK void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  free(memory);
}
