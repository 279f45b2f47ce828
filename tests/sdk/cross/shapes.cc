#include "shapes.h"

#include <math.h>

#include <new>
#ifdef __cpp_exceptions
#include <stdexcept>
#include <vector>
#endif

namespace {
struct Circle {
  explicit Circle(double r) : radius(r) {}
  double radius;
};
Circle* circle = new Circle(sqrt(2.0) * sqrt(2.0));
struct Guard {
  ~Guard() { delete circle; }
} guard;
}  // namespace

#ifdef __cpp_exceptions
double total_area() {
  try {
    return std::vector<double>().at(0);
  } catch (const std::out_of_range&) {
    return acos(-1.0) * circle->radius * circle->radius;
  }
}
#else
double total_area() { return acos(-1.0) * circle->radius * circle->radius; }
#endif
