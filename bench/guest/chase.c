// Pointer chasing: one cycle through nodes in random order, which no cache and no TLB foresees, then many short lists.
#include "port.h"

typedef struct Node {
  struct Node* next;
  u32 value, seen;
} Node;

enum { kNodes = 1 << 18, kShort = 1 << 10, kSteps = 4000000 };
static Node nodes[kNodes];
static u32 order[kNodes];

static u32 walk(Node* at, u32 steps) {
  u32 sum = 0;
  while (steps--) {
    sum = sum * 3 + at->value;
    at->seen++;
    at = at->next;
  }
  return sum;
}

static void link_randomly(u32 count, u32 seed) {
  for (u32 i = 0; i < count; ++i) order[i] = i;
  for (u32 i = count - 1; i > 0; --i) {
    seed = seed * 1664525u + 1013904223u;
    u32 j = (u32)((u64)seed * (i + 1) >> 32), t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  for (u32 i = 0; i < count; ++i) {
    nodes[order[i]].next = &nodes[order[(i + 1) % count]];
    nodes[order[i]].value = i ^ seed;
  }
}

u32 workload(void) {
  link_randomly(kNodes, 7);
  u32 sum = walk(&nodes[0], kSteps);
  for (u32 round = 0; round < 20; ++round) {
    link_randomly(kShort, round);
    sum ^= walk(&nodes[round], 8 * kSteps / 20);
  }
  return sum;
}
