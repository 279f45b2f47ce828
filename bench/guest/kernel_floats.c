/* kernel_floats.casm in C. */
long kernel(long n) {
  long steps = 0;
  for (long row = 0; row < n; ++row) {
    double c_imaginary = (double)row / (double)n * 2.0 - 1.0;
    for (long column = 0; column < n; ++column) {
      double c_real = (double)column / (double)n * 3.0 - 2.0;
      double real = 0.0, imaginary = 0.0;
      long step = 0;
      do {
        double a = real * real, b = imaginary * imaginary;
        if (a + b > 4.0) break;
        double twice = real * imaginary;
        imaginary = twice + twice + c_imaginary;
        real = a - b + c_real;
      } while (++step < 50);
      steps += step;
    }
  }
  return steps;
}
