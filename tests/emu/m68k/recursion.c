// Recursion: queens, Ackermann, hanoi, permutations, an evaluator of expressions by mutual descent.
#include "port.h"
static int queens(int n, int row, u32 columns, u32 left, u32 right) {
  int count = 0;
  if (row == n) return 1;
  for (int c = 0; c < n; ++c) {
    const u32 bit = (u32)1 << c;
    if ((columns | left | right) & bit) continue;
    count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}
static u32 ackermann(u32 m, u32 n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}
static void hanoi(int n, int from, int to) {
  if (n == 0) return;
  hanoi(n - 1, from, 6 - from - to);
  mix((u32)(n * 16 + from * 4 + to));
  hanoi(n - 1, 6 - from - to, to);
}
static void permute(u8* v, int at, int n) {
  if (at == n) {
    u32 all = 0;
    for (int i = 0; i < n; ++i) all = all << 3 | v[i];
    mix(all);
    return;
  }
  for (int i = at; i < n; ++i) {
    u8 x = v[at];
    v[at] = v[i], v[i] = x;
    permute(v, at + 1, n);
    x = v[at];
    v[at] = v[i], v[i] = x;
  }
}
static const char* at;
static i32 sum_of(void);
static i32 value_of(void) {
  if (*at == '-') return ++at, -value_of();
  if (*at == '(') {
    ++at;
    const i32 v = sum_of();
    ++at;
    return v;
  }
  i32 v = 0;
  while (*at >= '0' && *at <= '9') v = v * 10 + *at++ - '0';
  return v;
}
static i32 product_of(void) {
  i32 v = value_of();
  while (*at == '*' || *at == '/') {
    const char operation = *at++;
    const i32 other = value_of();
    v = operation == '*' ? v * other : v / other;
  }
  return v;
}
static i32 sum_of(void) {
  i32 v = product_of();
  while (*at == '+' || *at == '-') {
    const char operation = *at++;
    const i32 other = product_of();
    v = operation == '+' ? v + other : v - other;
  }
  return v;
}
void program(void) {
  EVEN u8 v[] = {0, 1, 2, 3, 4, 5};
  hexadecimal((u32)queens(7, 0, 0, 0, 0));
  hexadecimal(ackermann(2, 40));
  hanoi(8, 1, 3);
  permute(v, 0, 6);
  at = "2*(3+4)*-(5-90/(7+-1))-1000000/(3*(2-5))";
  hexadecimal((u32)sum_of());
}
