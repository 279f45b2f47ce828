// Sorting: heap, merge, radix and insertion sort, and a treap that is filled and emptied.
#include "port.h"

enum { kItems = 1 << 16 };
static u32 items[kItems], other[kItems];
typedef struct Tree {
  struct Tree *left, *right;
  u32 key, rank;
} Tree;
static Tree trees[kItems];
static u32 seed = 99;
static u32 next_random(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  return seed ^= seed << 5;
}

static void sink(u32* a, u32 at, u32 count) {
  u32 value = a[at];
  for (u32 child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && a[child] < a[child + 1]) ++child;
    if (value >= a[child]) break;
    a[at] = a[child];
  }
  a[at] = value;
}
static void heap_sort(u32* a, u32 count) {
  for (u32 i = count / 2; i-- > 0;) sink(a, i, count);
  for (u32 last = count - 1; last > 0; --last) {
    u32 t = a[0];
    a[0] = a[last];
    a[last] = t;
    sink(a, 0, last);
  }
}

static void insertion_sort(u32* a, u32 count) {
  for (u32 i = 1; i < count; ++i) {
    u32 value = a[i], at = i;
    for (; at > 0 && a[at - 1] > value; --at) a[at] = a[at - 1];
    a[at] = value;
  }
}
static void merge_sort(u32* a, u32* scratch, u32 count) {
  if (count <= 24) return insertion_sort(a, count);
  u32 half = count / 2, i = 0, j = half, k = 0;
  merge_sort(a, scratch, half);
  merge_sort(a + half, scratch, count - half);
  while (i < half && j < count) scratch[k++] = a[i] <= a[j] ? a[i++] : a[j++];
  while (i < half) scratch[k++] = a[i++];
  for (u32 n = 0; n < k; ++n) a[n] = scratch[n];
}

static void radix_sort(u32* a, u32* scratch, u32 count) {
  for (u32 shift = 0; shift < 32; shift += 8) {
    u32 starts[257] = {0};
    for (u32 i = 0; i < count; ++i) ++starts[(a[i] >> shift & 255) + 1];
    for (u32 i = 0; i < 256; ++i) starts[i + 1] += starts[i];
    for (u32 i = 0; i < count; ++i) scratch[starts[a[i] >> shift & 255]++] = a[i];
    u32* t = a;
    a = scratch;
    scratch = t;
  }
}

static Tree* join(Tree* a, Tree* b) {
  if (!a || !b) return a ? a : b;
  if (a->rank > b->rank) {
    a->right = join(a->right, b);
    return a;
  }
  b->left = join(a, b->left);
  return b;
}
static void split(Tree* tree, u32 key, Tree** low, Tree** high) {
  if (!tree) {
    *low = *high = 0;
  } else if (tree->key < key) {
    *low = tree;
    split(tree->right, key, &tree->right, high);
  } else {
    *high = tree;
    split(tree->left, key, low, &tree->left);
  }
}
static u32 treap(u32 count) {
  Tree* root = 0;
  for (u32 i = 0; i < count; ++i) {
    Tree *low, *high, *one = &trees[i];
    one->left = one->right = 0;
    one->key = next_random();
    one->rank = next_random();
    split(root, one->key, &low, &high);
    root = join(join(low, one), high);
  }
  u32 sum = 0;
  while (root) {
    sum = sum * 31 + root->key;
    root = join(root->left, root->right);
  }
  return sum;
}

static u32 shuffled(void (*sort)(u32*, u32*, u32)) {
  for (u32 i = 0; i < kItems; ++i) items[i] = next_random();
  sort(items, other, kItems);
  u32 sum = 0;
  for (u32 i = 0; i < kItems; i += 7) sum = sum * 31 + items[i];
  return sum;
}
static void heap(u32* a, u32* scratch, u32 count) {
  (void)scratch;
  heap_sort(a, count);
}

u32 workload(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 3; ++round) {
    sum = sum * 31 + shuffled(heap) + shuffled(merge_sort) + shuffled(radix_sort);
    sum = sum * 31 + treap(kItems / 2);
  }
  return sum;
}
