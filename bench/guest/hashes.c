// Hashing: SHA-256, a CRC by table, FNV-1a, and a chained hash table that grows.
#include "port.h"

enum { kBytes = 1 << 18, kEntries = 1 << 16 };
static u8 bytes[kBytes];
static u32 table[256];
typedef struct Entry {
  struct Entry* next;
  u32 key, count;
} Entry;
static Entry entries[kEntries];
static Entry* buckets[kEntries];

static const u32 kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static u32 turn(u32 value, u32 by) { return value >> by | value << (32 - by); }

static void sha256_block(u32 state[8], const u8* block) {
  u32 w[64], s[8];
  for (int i = 0; i < 16; ++i) w[i] = (u32)block[4 * i] << 24 | (u32)block[4 * i + 1] << 16 | (u32)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; ++i) {
    u32 a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3, b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  for (int i = 0; i < 8; ++i) s[i] = state[i];
  for (int i = 0; i < 64; ++i) {
    u32 a = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRound[i] + w[i];
    u32 b = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; --j) s[j] = s[j - 1];
    s[4] += a;
    s[0] = a + b;
  }
  for (int i = 0; i < 8; ++i) state[i] += s[i];
}

static u32 crc32(u32 length) {
  u32 sum = ~0u;
  for (u32 i = 0; i < length; ++i) sum = table[(sum ^ bytes[i]) & 255] ^ sum >> 8;
  return ~sum;
}

static u32 fnv(u32 length) {
  u64 sum = 14695981039346656037ull;
  for (u32 i = 0; i < length; ++i) sum = (sum ^ bytes[i]) * 1099511628211ull;
  return (u32)(sum ^ sum >> 32);
}

static u32 count_keys(u32 seed, u32 lookups) {
  u32 used = 0, most = 0;
  for (u32 i = 0; i < kEntries; ++i) buckets[i] = 0;
  for (u32 i = 0; i < lookups; ++i) {
    seed = seed * 1664525u + 1013904223u;
    u32 key = seed >> 17, at = key * 2654435761u >> 16;
    Entry* entry = buckets[at];
    while (entry && entry->key != key) entry = entry->next;
    if (!entry) {
      entry = &entries[used++];
      entry->key = key;
      entry->count = 0;
      entry->next = buckets[at];
      buckets[at] = entry;
    }
    if (++entry->count > most) most = entry->count;
  }
  return used * 100 + most;
}

u32 workload(void) {
  for (u32 i = 0; i < 256; ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
  }
  for (u32 i = 0; i < kBytes; ++i) bytes[i] = (u8)(i * i >> 3);
  u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, sum = 0;
  for (u32 round = 0; round < 20; ++round) {
    for (u32 at = 0; at < kBytes; at += 64) sha256_block(state, bytes + at);
    sum = sum * 31 + crc32(kBytes) + fnv(kBytes) + count_keys(round, 300000) + state[round & 7];
    bytes[round] ^= (u8)sum;
  }
  return sum;
}
