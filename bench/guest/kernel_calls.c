/* kernel_calls.casm in C. */
long kernel(long n) {
  if (n < 2) return n;
  return kernel(n - 1) + kernel(n - 2);
}
