// Branchy interpreters: a stack machine by a switch, a register machine by a table of functions, a regular expression matcher.
#include "port.h"

enum Operation { kPush, kAdd, kSubtract, kMultiply, kDuplicate, kJumpIf, kLoad, kStore, kAnd, kHalt };

static u32 stack_machine(const u32* code) {
  u32 stack[64], variables[8] = {0}, *top = stack, t;
  for (const u32* pc = code;;) {
    switch ((enum Operation)*pc++) {
      case kPush: *++top = *pc++; break;
      case kAdd: --top; top[0] += top[1]; break;
      case kSubtract: --top; top[0] -= top[1]; break;
      case kMultiply: --top; top[0] *= top[1]; break;
      case kDuplicate: t = *top; *++top = t; break;
      case kJumpIf: t = *pc++; if (*top--) pc = code + t; break;
      case kLoad: *++top = variables[*pc++]; break;
      case kStore: variables[*pc++] = *top--; break;
      case kAnd: --top; top[0] &= top[1]; break;
      case kHalt: return *top;
    }
  }
}

typedef struct Machine {
  u32 registers[8], pc, left;
} Machine;
typedef void (*Step)(Machine*, u32);
static void add(Machine* m, u32 w) { m->registers[w & 7] += m->registers[w >> 3 & 7]; }
static void exclusive(Machine* m, u32 w) { m->registers[w & 7] ^= m->registers[w >> 3 & 7] + (w >> 6); }
static void turn(Machine* m, u32 w) { m->registers[w & 7] = m->registers[w & 7] << 7 | m->registers[w & 7] >> 25; }
static void skip(Machine* m, u32 w) { if (m->registers[w & 7] & 1u << (w >> 3 & 31)) ++m->pc; }
static void count(Machine* m, u32 w) { m->registers[w & 7] += w >> 3; }
static void move(Machine* m, u32 w) { m->registers[w & 7] = m->registers[w >> 3 & 7]; }
static void multiply(Machine* m, u32 w) { m->registers[w & 7] *= m->registers[w >> 3 & 7] | 1; }
static void back(Machine* m, u32 w) { m->pc = w & 15; --m->left; }

static u32 register_machine(u32 loops) {
  static const Step kSteps[8] = {add, exclusive, turn, skip, count, move, multiply, back};
  Machine m = {{1, 2, 3, 4, 5, 6, 7, 8}, 0, loops};
  u32 code[64], seed = 11;
  for (u32 i = 0; i < 64; ++i) {
    seed = seed * 1664525u + 1013904223u;
    code[i] = i >= 62 ? 7u << 24 : (seed >> 9) % 7 << 24 | seed >> 12;
  }
  while (m.left) {
    u32 word = code[m.pc++];
    kSteps[word >> 24](&m, word & 0xffffff);
  }
  u32 sum = 0;
  for (int i = 0; i < 8; ++i) sum = sum * 31 + m.registers[i];
  return sum;
}

static int match_here(const char* pattern, const char* text);
static int match_star(char c, const char* pattern, const char* text) {
  do {
    if (match_here(pattern, text)) return 1;
  } while (*text && (*text++ == c || c == '.'));
  return 0;
}
static int match_here(const char* pattern, const char* text) {
  if (!*pattern) return 1;
  if (pattern[1] == '*') return match_star(pattern[0], pattern + 2, text);
  if (*pattern == '$' && !pattern[1]) return !*text;
  return *text && (*pattern == '.' || *pattern == *text) ? match_here(pattern + 1, text + 1) : 0;
}
static u32 matches(u32 rounds) {
  static const char* const kPatterns[] = {"a.*b", "ab*a$", ".*c.*c.*c", "b.c*a", "cc*b*a.*a$"};
  char text[33];
  u32 found = 0, seed = 3;
  for (u32 round = 0; round < rounds; ++round) {
    for (int i = 0; i < 32; ++i) {
      seed = seed * 1664525u + 1013904223u;
      text[i] = (char)('a' + (seed >> 24) % 3);
    }
    text[32] = 0;
    for (int p = 0; p < 5; ++p) {
      for (const char* at = text; *at; ++at) found += (u32)match_here(kPatterns[p], at);
    }
  }
  return found;
}

u32 workload(void) {
  // Variable 0 counts down; variable 1 sums its squares up, and is multiplied by 7 unless a bit of it is set.
  // clang-format off
  static const u32 kCode[] = {
      kPush, 300000, kStore, 0,
      kLoad, 0, kDuplicate, kMultiply, kLoad, 1, kAdd, kStore, 1,
      kLoad, 0, kPush, 5, kAnd, kJumpIf, 27,
      kLoad, 1, kPush, 7, kMultiply, kStore, 1,
      kLoad, 0, kPush, 1, kSubtract, kDuplicate, kStore, 0, kJumpIf, 4,
      kLoad, 1, kHalt};
  // clang-format on
  return stack_machine(kCode) + register_machine(60000) + matches(2500);
}
