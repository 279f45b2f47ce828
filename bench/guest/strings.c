// String work: words counted and turned round, numbers written and read, searches, edit distances, base64, bytes by bytes.
#include "port.h"

enum { kText = 1 << 16 };
static char text[kText + 1], copy[2 * kText + 8];
static const char* const kWords[] = {"alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel",
                                     "india", "juliett", "kilo", "lima", "mike", "november", "oscar", "papa"};

static u32 length_of(const char* s) {
  const char* end = s;
  while (*end) ++end;
  return (u32)(end - s);
}
static int compare(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return (u8)*a - (u8)*b;
}

static void write_text(u32 seed) {
  char* out = text;
  while (out < text + kText - 40) {
    seed = seed * 1664525u + 1013904223u;
    for (const char* word = kWords[seed >> 28]; *word;) *out++ = *word++;
    *out++ = ' ';
    if ((seed >> 20 & 3) == 0) {
      for (u32 number = seed >> 8 & 0xffff; number; number /= 10) *out++ = (char)('0' + number % 10);
      *out++ = seed & 64 ? '\n' : ',';
    }
  }
  *out = 0;
}

static u32 read_words(void) {
  u32 counts[16] = {0}, sum = 0, number = 0;
  char word[16];
  for (const char* at = text; *at;) {
    u32 length = 0;
    if (*at >= 'a' && *at <= 'z') {
      while (*at >= 'a' && *at <= 'z') word[length++] = *at++;
      word[length] = 0;
      for (u32 i = 0; i < 16; ++i)
        if (compare(word, kWords[i]) == 0) ++counts[i];
    } else if (*at >= '0' && *at <= '9') {
      for (number = 0; *at >= '0' && *at <= '9'; ++at) number = number * 10 + (u32)(*at - '0');
      sum += number;
    } else {
      ++at;
    }
  }
  for (u32 i = 0; i < 16; ++i) sum = sum * 31 + counts[i];
  return sum;
}

static u32 search(const char* wanted) {
  u32 found = 0, length = length_of(wanted);
  for (const char* at = text; *at; ++at) {
    u32 i = 0;
    while (i < length && at[i] == wanted[i]) ++i;
    found += i == length;
  }
  return found;
}

static u32 distance(const char* a, const char* b, u32 count) {
  static u32 row[256];
  for (u32 j = 0; j <= count; ++j) row[j] = j;
  for (u32 i = 1; i <= count; ++i) {
    u32 diagonal = row[0];
    row[0] = i;
    for (u32 j = 1; j <= count; ++j) {
      u32 best = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
    }
  }
  return row[count];
}

static u32 base64(void) {
  static const char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const u8* in = (const u8*)text;
  char* out = copy;
  for (u32 i = 0; i + 2 < kText; i += 3) {
    u32 three = (u32)in[i] << 16 | (u32)in[i + 1] << 8 | in[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kDigits[three >> shift & 63];
  }
  *out = 0;
  u32 sum = 0;
  for (const char* at = copy; *at; ++at) sum = sum * 33 + (u8)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
  return sum;
}

u32 workload(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 60; ++round) {
    write_text(round);
    sum = sum * 31 + read_words() + search("november ") + search("kilo lima") + length_of(text);
    sum = sum * 31 + distance(text + round, text + 1000, 250) + base64();
  }
  return sum;
}
