// Double-precision work: planets and a Mandelbrot set.
#include "port.h"

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

static Body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.47841760435743},
    {4.84143144246472090, -1.16032004402742839, -0.103622044471123109, 0.606326392995832, 2.81198684491626, -0.02521836165988763, 0.037693674870389486},
    {8.34336671824457987, 4.12479856412430479, -0.403523417114321381, -1.01077434617879, 1.82566237123041, 0.00841576137658415, 0.011286326131968767},
    {12.8943695621391310, -15.1111514016986312, -0.223307578892655734, 1.08279100644153, 0.868713018169608, -0.0108326374013636, 0.0017237240570597112},
    {15.3796971148509165, -25.9193146099879641, 0.179258772950371181, 0.979090732243898, 0.594698998647676, -0.034755955504078, 0.0020336868699246304},
};

/// Newton's method: no libm, and the same operations on every ISA.
static double root(double v) {
  double r = v > 1 ? v : 1;
  for (int i = 0; i < 12; ++i) r = 0.5 * (r + v / r);
  return r;
}

static void advance(double dt) {
  for (int i = 0; i < 5; ++i) {
    for (int j = i + 1; j < 5; ++j) {
      double dx = bodies[i].x - bodies[j].x, dy = bodies[i].y - bodies[j].y, dz = bodies[i].z - bodies[j].z;
      double d2 = dx * dx + dy * dy + dz * dz;
      double mag = dt / (d2 * root(d2));
      bodies[i].vx -= dx * bodies[j].mass * mag;
      bodies[i].vy -= dy * bodies[j].mass * mag;
      bodies[i].vz -= dz * bodies[j].mass * mag;
      bodies[j].vx += dx * bodies[i].mass * mag;
      bodies[j].vy += dy * bodies[i].mass * mag;
      bodies[j].vz += dz * bodies[i].mass * mag;
    }
  }
  for (int i = 0; i < 5; ++i) {
    bodies[i].x += dt * bodies[i].vx;
    bodies[i].y += dt * bodies[i].vy;
    bodies[i].z += dt * bodies[i].vz;
  }
}

static u32 mandelbrot(int side) {
  u32 total = 0;
  for (int py = 0; py < side; ++py) {
    for (int px = 0; px < side; ++px) {
      double cx = 3.0 * px / side - 2.25, cy = 2.5 * py / side - 1.25, x = 0, y = 0;
      int n = 0;
      while (n < 60 && x * x + y * y < 4.0) {
        double t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
        ++n;
      }
      total += (u32)n;
    }
  }
  return total;
}

u32 workload(void) {
  for (int i = 0; i < 40000; ++i) advance(0.01);
  return (u32)(int)(bodies[1].x * 1000 + 100000) * 31 + mandelbrot(700);
}
