// Matrices: products of integers and of doubles, a decomposition, a transposition, a discrete cosine transform of blocks.
#include "port.h"

enum { kSide = 96, kBlock = 8 };
static double a[kSide][kSide], b[kSide][kSide], c[kSide][kSide];
static u32 p[kSide][kSide], q[kSide][kSide], r[kSide][kSide];
static float cosines[kBlock][kBlock];

static void fill(u32 seed) {
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      seed = seed * 1664525u + 1013904223u;
      p[i][j] = seed >> 8;
      q[i][j] = seed >> 4 & 0xffff;
      a[i][j] = (double)(int)(seed >> 16) / 1024.0 + (i == j ? 1000.0 : 0.0);
      b[i][j] = (double)(int)(seed >> 20) / 64.0;
    }
  }
}

static u32 integers(void) {
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      u32 sum = 0;
      for (int k = 0; k < kSide; ++k) sum += p[i][k] * q[k][j];
      r[j][i] = sum;
    }
  }
  u32 sum = 0;
  for (int i = 0; i < kSide; ++i) sum = sum * 31 + r[i][(i * 7) % kSide];
  return sum;
}

static void product(void) {
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) c[i][j] = 0;
    for (int k = 0; k < kSide; ++k) {
      for (int j = 0; j < kSide; ++j) c[i][j] += a[i][k] * b[k][j];
    }
  }
}

static void decompose(void) {
  for (int k = 0; k < kSide; ++k) {
    for (int i = k + 1; i < kSide; ++i) {
      double factor = a[i][k] /= a[k][k];
      for (int j = k + 1; j < kSide; ++j) a[i][j] -= factor * a[k][j];
    }
  }
}

static float transform(int y, int x) {
  float sum = 0;
  for (int v = 0; v < kBlock; ++v) {
    for (int u = 0; u < kBlock; ++u) {
      float value = 0;
      for (int i = 0; i < kBlock; ++i) value += (float)(p[y + v][x + i] & 255) * cosines[u][i];
      sum += value * cosines[v][u];
    }
  }
  return sum;
}

u32 workload(void) {
  static const float kQuarter[5] = {1.0f, 0.98078528f, 0.92387953f, 0.83146961f, 0.70710678f};
  for (int u = 0; u < kBlock; ++u) {
    for (int x = 0; x < kBlock; ++x) cosines[u][x] = kQuarter[(u * x) % 5] * (((u + x) & 2) ? -1.0f : 1.0f);
  }
  u32 sum = 0;
  for (u32 round = 0; round < 12; ++round) {
    fill(round);
    sum = sum * 31 + integers();
    product();
    decompose();
    for (int i = 0; i < kSide; ++i) sum = sum * 31 + (u32)(int)(c[i][kSide - 1 - i] / 4096.0) + (u32)(int)(a[i][i] * 16.0);
    for (int y = 0; y < kSide; y += kBlock) {
      for (int x = 0; x < kSide; x += kBlock) sum += (u32)(int)(transform(y, x) / 16.0f);
    }
  }
  return sum;
}
