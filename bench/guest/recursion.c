// Recursion: deep and wide, with one function calling itself, two each other, and calls through pointers.
#include "port.h"

static u32 ackermann(u32 m, u32 n) { return m == 0 ? n + 1 : ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1)); }

static int tak(int x, int y, int z) { return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)); }

static u32 hanoi(u32 disks, u32 from, u32 to, u32 sum) {
  if (disks == 0) return sum;
  u32 spare = 3 - from - to;
  sum = hanoi(disks - 1, from, spare, sum);
  return hanoi(disks - 1, spare, to, sum * 5 + from * 3 + to);
}

static u32 male(u32 n);
static u32 female(u32 n) { return n == 0 ? 1 : n - male(female(n - 1)); }
static u32 male(u32 n) { return n == 0 ? 0 : n - female(male(n - 1)); }

static u32 permutations(u8* items, u32 count, u32 sum) {
  if (count == 1) return sum * 31 + items[0] + items[3];
  for (u32 i = 0; i < count; ++i) {
    sum = permutations(items, count - 1, sum);
    u32 other = count & 1 ? 0 : i;
    u8 t = items[other];
    items[other] = items[count - 1];
    items[count - 1] = t;
  }
  return sum;
}

// An expression as a tree of nodes that know how to work themselves out.
typedef struct Node {
  u32 (*value)(const struct Node*, u32);
  const struct Node *a, *b;
} Node;
static u32 sum_of(const Node* n, u32 x) { return n->a->value(n->a, x) + n->b->value(n->b, x + 1); }
static u32 product_of(const Node* n, u32 x) { return n->a->value(n->a, x ^ 1) * n->b->value(n->b, x) + 3; }
static u32 difference_of(const Node* n, u32 x) { return n->a->value(n->a, x) - n->b->value(n->b, x * 3); }
static u32 variable(const Node* n, u32 x) { return (u32)(n->a == n->b) + x; }
static Node nodes[2048];

static u32 expression(u32 rounds) {
  static u32 (*const kKinds[3])(const Node*, u32) = {sum_of, product_of, difference_of};
  for (u32 i = 0; i < 2048; ++i) {
    nodes[i].value = i < 1024 ? kKinds[i % 3] : variable;
    nodes[i].a = &nodes[(2 * i) & 2047];
    nodes[i].b = &nodes[(2 * i + 1) & 2047];
  }
  u32 sum = 0;
  for (u32 i = 0; i < rounds; ++i) sum = sum * 31 + nodes[1].value(&nodes[1], i);
  return sum;
}

u32 workload(void) {
  u8 items[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  u32 sum = ackermann(2, 600) + ackermann(3, 7) + (u32)tak(18, 12, 6);
  sum = sum * 31 + hanoi(19, 0, 2, 1);
  sum = sum * 31 + female(90) + permutations(items, 9, 1);
  return sum * 31 + expression(4000);
}
