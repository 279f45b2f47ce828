#include "shapes.h"

#include <math.h>

#include <new>

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

double total_area() { return acos(-1.0) * circle->radius * circle->radius; }
