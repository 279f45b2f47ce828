/* stdout with colours: on a terminal they show, elsewhere the bytes pass untouched. */
#include "text.h"

struct colour {
  const char* name;
  uint32_t argb;
};

static const struct colour palette[] = {
    {"red", CMOS_RGB(0xe0, 0x40, 0x40)},    {"orange", CMOS_RGB(0xf0, 0x90, 0x20)},
    {"yellow", CMOS_RGB(0xe0, 0xd0, 0x20)}, {"green", CMOS_RGB(0x40, 0xc0, 0x40)},
    {"blue", CMOS_RGB(0x50, 0x80, 0xf0)},   {"violet", CMOS_RGB(0xb0, 0x60, 0xe0)},
};

static void gradient(void) {
  for (uint32_t i = 0; i < 32; ++i) {
    const uint32_t argb = CMOS_RGB(i * 8, 64, 255 - i * 8);
    cmos_stdout("#", 1, &argb);
  }
  cmos_print("\n");
}

int main(void) {
  for (size_t i = 0; i < sizeof palette / sizeof palette[0]; ++i) {
    cmos_print_colour(palette[i].name, palette[i].argb);
    cmos_print("\n");
  }
  gradient();
  cmos_print_colour("alpha 0 means the default colour\n", CMOS_ARGB(0, 0xff, 0, 0));
  return 0;
}
