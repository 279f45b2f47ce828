// Switches by tables and by comparisons, a state machine, a small bytecode with computed jumps,
// long jumps of loops.
#include "port.h"
static i32 dense(u32 n) {
  switch (n) {
    case 0:
      return -3;
    case 1:
      return 17;
    case 2:
      return (i32)n * 5;
    case 3:
      return -(i32)n;
    case 4:
    case 5:
      return 40;
    case 6:
      n += 3; /* fall through */
    case 7:
      return (i32)n;
    case 9:
      return 0x12345;
    case 10:
      return -70000;
    default:
      return 99;
  }
}
static i32 sparse(i32 n) {
  switch (n) {
    case -2147483647:
      return 1;
    case -70000:
      return 2;
    case -1:
      return 3;
    case 0:
      return 4;
    case 255:
      return 5;
    case 256:
      return 6;
    case 65536:
      return 7;
    case 2147483647:
      return 8;
    default:
      return n > 0 ? 9 : 10;
  }
}
enum { kStart, kWord, kNumber, kSpace };
static void scan(const char* s) {
  int now = kStart;
  for (; *s; ++s) {
    switch (now) {
      case kStart:
      case kSpace:
        now = *s >= '0' && *s <= '9' ? kNumber : *s == ' ' ? kSpace : kWord;
        break;
      case kNumber:
        if (*s == ' ')
          now = kSpace;
        else if (*s > '9')
          now = kWord;
        break;
      case kWord:
        if (*s == ' ') now = kSpace;
        break;
    }
    mix((u32)now);
  }
}
static u32 execute(const u8* code, u32 x) {
  static const void* const jumps[] = {&&end, &&add, &&shift, &&swap, &&loop};
  u32 y = 1, left = 20;
  const u8* p = code;
  goto* jumps[*p];
add:
  x += y + 7;
goto_next:
  ++p;
  goto* jumps[*p];
shift:
  y = y << 3 ^ x >> 5;
  goto goto_next;
swap : {
  const u32 z = x;
  x = y, y = z;
}
  goto goto_next;
loop:
  if (--left) {
    p = code;
    goto* jumps[*p];
  }
  goto goto_next;
end:
  return x ^ y;
}
void program(void) {
  static const i32 values[] = {-2147483647, -70000, -1, 0, 255, 256, 65536, 2147483647, 5, -5};
  static const u8 code[] = {1, 2, 3, 1, 2, 4, 0};
  for (u32 i = 0; i < 14; ++i) mix((u32)dense(i));
  for (u32 i = 0; i < 10; ++i) mix((u32)sparse(values[i]));
  scan("abc 123 4x5  y 99");
  for (u32 i = 0; i < 10; ++i) mix(execute(code, wide_next()));
}
