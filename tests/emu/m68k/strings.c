// Text: searching, comparing, numbers in and out, reversing words.
#include "port.h"
static int length(const char* s) {
  const char* p = s;
  while (*p) ++p;
  return (int)(p - s);
}
static int compare(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *(const u8*)a - *(const u8*)b;
}
static const char* find(const char* in, const char* what) {
  for (; *in; ++in) {
    const char *a = in, *b = what;
    while (*b && *a == *b) ++a, ++b;
    if (!*b) return in;
  }
  return 0;
}
static char* decimal(char* to, i32 value) {
  char digits[12];
  int n = 0;
  u32 left = value < 0 ? -(u32)value : (u32)value;
  do digits[n++] = (char)('0' + left % 10);
  while (left /= 10);
  if (value < 0) *to++ = '-';
  while (n) *to++ = digits[--n];
  *to = 0;
  return to;
}
static i32 number(const char* s) {
  i32 v = 0;
  const int negative = *s == '-';
  for (s += negative; *s >= '0' && *s <= '9'; ++s) v = v * 10 + (*s - '0');
  return negative ? -v : v;
}
static void reverse(char* from, char* to) {
  while (from < to) {
    const char c = *from;
    *from++ = *--to;
    *to = c;
  }
}
void program(void) {
  static char text[] =
      "the quick brown fox jumps over the lazy dog while 68000 chips of 1979 still count";
  static char line[200];
  const char* words[] = {"fox", "the", "dog", "68000", "unicorn", "still count", "o"};
  char* p = line;
  for (int i = 0; i < 40; ++i) {
    const i32 value = (i32)wide_next() >> (i % 20);
    p = line;
    p = decimal(p, value);
    *p++ = '\n';
    put(line, (u32)(p - line));
    mix((u32)(number(line) == value));
  }
  for (u32 i = 0; i < sizeof words / sizeof *words; ++i) {
    const char* at = find(text, words[i]);
    mix(at ? (u32)(at - text) : 999);
    for (u32 j = 0; j < sizeof words / sizeof *words; ++j) mix((u32)compare(words[i], words[j]));
  }
  reverse(text, text + length(text));
  for (char *from = text, *to; *from; from = *to ? to + 1 : to) {
    for (to = from; *to && *to != ' '; ++to) {
    }
    reverse(from, to);
  }
  put(text, (u32)length(text));
  put("\n", 1);
}
