// SIMD code, written with the compilers' vectors of 16 bytes: what the CPU has becomes instructions, the rest is taken apart.
#include "port.h"

typedef u8 Bytes __attribute__((vector_size(16)));
typedef u32 Words __attribute__((vector_size(16)));
typedef int Masks __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(16)));

enum { kVectors = 4096 };
static Bytes bytes[kVectors];
static Words words[kVectors];
static Floats floats[kVectors];
static Doubles doubles[kVectors];

static void blend(u32 round) {
  Bytes weight = (Bytes){} + (u8)round;
  for (int i = 1; i < kVectors; ++i) {
    Bytes average = (bytes[i] >> 1) + (bytes[i - 1] >> 1);
    Bytes larger = (Bytes)(average > weight);
    bytes[i] = (average & larger) | ((weight ^ bytes[i]) & ~larger);
  }
}

static void scramble(void) {
  Words a = {1, 2, 3, 4};
  for (int i = 0; i < kVectors; ++i) {
    Words b = words[i] + a;
    b ^= b << 13;
    b ^= b >> 17;
    a = __builtin_shufflevector(b, a, 1, 6, 3, 0) + (b << 5 | b >> 27);
    words[i] = a;
  }
}

static void smooth(void) {
  Floats third = {0.25f, 0.5f, 0.125f, 0.25f};
  for (int i = 1; i + 1 < kVectors; ++i) floats[i] = (floats[i - 1] + floats[i] + floats[i + 1]) * third + 1.0f;
}

static void iterate(void) {
  for (int i = 0; i < kVectors; i += 4) {
    Doubles x = {(double)(i % 64) / 32.0 - 1.5, (double)(i % 61) / 30.0 - 1.5}, y = {(double)i / kVectors - 0.5, 0.25}, u = {0, 0}, v = {0, 0};
    for (int step = 0; step < 12; ++step) {
      Doubles uu = u * u, vv = v * v;
      v = 2.0 * u * v / 4.0 + y;
      u = (uu - vv) / 4.0 + x;
    }
    doubles[i] = u + v;
  }
}

u32 workload(void) {
  for (u32 i = 0; i < kVectors; ++i) {
    words[i] = (Words){i, i * 3, i * 5, i * 7};
    bytes[i] = (Bytes)(words[i] * 2654435761u);
    floats[i] = (Floats){(float)i, (float)(i * 3 % 101), 2.0f, 0.5f};
  }
  for (u32 round = 0; round < 300; ++round) {
    blend(round);
    scramble();
    smooth();
    if (round % 8 == 0) iterate();
  }
  u32 sum = 0;
  for (u32 i = 0; i < kVectors; i += 4) {
    Words w = words[i] ^ (Words)bytes[i];
    sum = sum * 31 + w[0] + w[1] * 3 + w[2] * 5 + w[3] * 7;
    sum += (u32)(int)(floats[i][0] * 16.0f) + (u32)(int)(doubles[i][0] * 256.0);
  }
  return sum;
}
