// Structures by value and by pointer, unions, arrays of them, a tree and a list in a pool.
#include "port.h"
struct point {
  i16 x;
  u8 tag;
  i32 y;
};
struct large {
  u8 head;
  struct point p[3];
  u16 tail;
};
union both {
  u32 word;
  u16 half[2];
  u8 byte[4];
};
struct node {
  struct node *left, *right;
  i16 key;
  u8 count;
};
static struct node pool[200];
static int used;
static struct point moved(struct point p, i16 by) {
  p.x += by;
  p.y -= by;
  p.tag ^= 0x55;
  return p;
}
static struct large made(u32 seed) {
  struct large l;
  l.head = (u8)seed;
  for (int i = 0; i < 3; ++i) {
    l.p[i].x = (i16)(seed >> i);
    l.p[i].tag = (u8)(seed >> (8 + i));
    l.p[i].y = (i32)(seed * (u32)(i + 1));
  }
  l.tail = (u16)(seed >> 16);
  return l;
}
static void mix_point(const struct point* p) {
  mix((u32)p->x);
  mix(p->tag);
  mix((u32)p->y);
}
static struct node* insert(struct node* at, i16 key) {
  if (!at) {
    at = &pool[used++];
    at->key = key;
    at->count = 1;
  } else if (key == at->key) {
    ++at->count;
  } else if (key < at->key) {
    at->left = insert(at->left, key);
  } else {
    at->right = insert(at->right, key);
  }
  return at;
}
static void walk(const struct node* at, int depth) {
  if (!at) return;
  walk(at->left, depth + 1);
  mix((u32)at->key * 256u + at->count + (u32)depth);
  walk(at->right, depth + 1);
}
void program(void) {
  static struct point p[40];
  struct node* root = 0;
  mix(sizeof(struct point)), mix(sizeof(struct large)), mix(sizeof(union both));
  for (int i = 0; i < 40; ++i) p[i] = (struct point){(i16)next(), (u8)next(), (i32)wide_next()};
  for (int i = 0; i < 40; i += 3) {
    const struct point q = p[i];
    p[i] = moved(p[39 - i], (i16)i);
    p[39 - i] = q;
  }
  for (int i = 0; i < 40; ++i) mix_point(&p[i]);
  for (int i = 0; i < 20; ++i) {
    const struct large l = made(wide_next());
    mix(l.head), mix(l.tail);
    for (int j = 0; j < 3; ++j) mix_point(&l.p[j]);
  }
  for (int i = 0; i < 20; ++i) {
    union both b = {wide_next()};
    b.half[0] += b.byte[3];
    b.byte[2] -= (u8)b.half[0];
    mix(b.word);
  }
  for (int i = 0; i < 150; ++i) root = insert(root, (i16)(next() % 90));
  walk(root, 0);
}
