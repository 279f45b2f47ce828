/* kernel_memory.casm in C. */
static unsigned char flags[4000000];

long kernel(long n) {
  long found = 0;
  for (long i = 2; i < n; ++i) {
    if (flags[i] != 0) continue;
    ++found;
    for (long at = i + i; at < n; at += i) flags[at] = 1;
  }
  return found;
}
