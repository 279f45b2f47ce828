// What CoreMark measures, written anew: list processing, a small matrix, a state machine over text, a CRC over it all.
#include "port.h"

typedef struct Node {
  struct Node* next;
  short value, index;
} Node;

enum { kNodes = 60, kSide = 12 };
static Node nodes[kNodes];
static short a[kSide * kSide], b[kSide * kSide];
static int c[kSide * kSide];
static const char text[] = "5012,1.2e4,-874,+122,0x1f,abc,-.5,35.54400,.1234500,-110.700,+0.64400,T0.3e-1F,-T.T++Tq,1T3.4e4z,";

static u32 crc(u32 value, u32 sum) {
  for (int i = 0; i < 16; ++i) {
    u32 carry = (value ^ sum) & 1;
    sum >>= 1;
    if (carry) sum ^= 0xa001;
    value >>= 1;
  }
  return sum;
}

static Node* merge(Node* x, Node* y) {
  Node head, *tail = &head;
  while (x && y) {
    if (x->value <= y->value) {
      tail->next = x;
      x = x->next;
    } else {
      tail->next = y;
      y = y->next;
    }
    tail = tail->next;
  }
  tail->next = x ? x : y;
  return head.next;
}

static Node* sort(Node* list) {
  if (!list || !list->next) return list;
  Node *slow = list, *fast = list->next;
  while (fast && fast->next) {
    slow = slow->next;
    fast = fast->next->next;
  }
  Node* second = slow->next;
  slow->next = 0;
  return merge(sort(list), sort(second));
}

static u32 lists(u32 sum, u32 round) {
  for (int i = 0; i < kNodes; ++i) {
    nodes[i].value = (short)((i * 7919u + round * 104729u) & 0x3fff);
    nodes[i].index = (short)i;
    nodes[i].next = i + 1 < kNodes ? &nodes[i + 1] : 0;
  }
  for (Node* n = sort(nodes); n; n = n->next) sum = crc((u32)n->index, sum);
  return sum;
}

static u32 matrices(u32 sum, u32 round) {
  for (int i = 0; i < kSide * kSide; ++i) {
    a[i] = (short)(i + (int)round);
    b[i] = (short)(i * 3 - (int)(round & 7));
  }
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      int total = 0;
      for (int k = 0; k < kSide; ++k) total += a[i * kSide + k] * b[k * kSide + j];
      c[i * kSide + j] = total;
    }
  }
  for (int i = 0; i < kSide * kSide; i += 5) sum = crc((u32)c[i] & 0xffff, sum);
  return sum;
}

static u32 states(u32 sum, u32 round) {
  u32 counts[6] = {0};
  int state = 0;
  for (u32 i = 0; i < sizeof text - 1; ++i) {
    char ch = (char)(text[i] ^ ((round & 15) == (i & 15)));
    switch (state) {
      case 0: state = ch == '+' || ch == '-' ? 1 : ch >= '0' && ch <= '9' ? 2 : ch == '.' ? 3 : ch == ',' ? 0 : 5; break;
      case 1: state = ch >= '0' && ch <= '9' ? 2 : ch == '.' ? 3 : 5; break;
      case 2: state = ch == '.' ? 3 : ch == 'e' ? 4 : ch == ',' ? 0 : ch >= '0' && ch <= '9' ? 2 : 5; break;
      case 3: state = ch == 'e' ? 4 : ch == ',' ? 0 : ch >= '0' && ch <= '9' ? 3 : 5; break;
      case 4: state = ch == ',' ? 0 : (ch >= '0' && ch <= '9') || ch == '-' || ch == '+' ? 4 : 5; break;
      default: state = ch == ',' ? 0 : 5;
    }
    ++counts[state];
  }
  for (int i = 0; i < 6; ++i) sum = crc(counts[i], sum);
  return sum;
}

u32 workload(void) {
  u32 sum = 0;
  for (u32 round = 0; round < 25000; ++round) sum = states(matrices(lists(sum, round), round), round);
  return sum;
}
