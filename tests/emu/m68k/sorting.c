// Sorting by insertion, by halves, by a heap, and through a pointer to a function.
#include "port.h"
static void insertion(u16* v, int n) {
  for (int i = 1; i < n; ++i) {
    const u16 x = v[i];
    int j = i;
    for (; j > 0 && v[j - 1] > x; --j) v[j] = v[j - 1];
    v[j] = x;
  }
}
static void quick(i32* v, int low, int high) {
  if (low >= high) return;
  const i32 pivot = v[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (v[i] < pivot) ++i;
    while (v[j] > pivot) --j;
    if (i <= j) {
      const i32 x = v[i];
      v[i++] = v[j];
      v[j--] = x;
    }
  }
  quick(v, low, j);
  quick(v, i, high);
}
static void sift(u8* v, int from, int n) {
  for (int child; (child = 2 * from + 1) < n; from = child) {
    if (child + 1 < n && v[child] < v[child + 1]) ++child;
    if (v[from] >= v[child]) return;
    const u8 x = v[from];
    v[from] = v[child];
    v[child] = x;
  }
}
static void heap(u8* v, int n) {
  for (int i = n / 2; i-- > 0;) sift(v, i, n);
  for (int i = n; i-- > 1;) {
    const u8 x = v[0];
    v[0] = v[i];
    v[i] = x;
    sift(v, 0, i);
  }
}
static int descending(i16 a, i16 b) {
  return b - a;
}
static int by_low_byte(i16 a, i16 b) {
  return (u8)a - (u8)b;
}
static void shell(i16* v, int n, int (*compare)(i16, i16)) {
  for (int gap = n / 2; gap > 0; gap /= 2)
    for (int i = gap; i < n; ++i)
      for (int j = i; j >= gap && compare(v[j - gap], v[j]) > 0; j -= gap) {
        const i16 x = v[j];
        v[j] = v[j - gap];
        v[j - gap] = x;
      }
}
void program(void) {
  static u16 a[150];
  static i32 b[300];
  static u8 c[250];
  static i16 d[200];
  for (int i = 0; i < 150; ++i) a[i] = (u16)next();
  for (int i = 0; i < 300; ++i) b[i] = (i32)wide_next();
  for (int i = 0; i < 250; ++i) c[i] = (u8)next();
  for (int i = 0; i < 200; ++i) d[i] = (i16)next();
  insertion(a, 150);
  quick(b, 0, 299);
  heap(c, 250);
  for (int i = 0; i < 150; ++i) mix(a[i]);
  for (int i = 0; i < 300; ++i) mix((u32)b[i]);
  for (int i = 0; i < 250; ++i) mix(c[i]);
  shell(d, 200, descending);
  for (int i = 0; i < 200; ++i) mix((u32)d[i]);
  shell(d, 200, by_low_byte);
  for (int i = 0; i < 200; ++i) mix((u32)(u8)d[i]);
}
