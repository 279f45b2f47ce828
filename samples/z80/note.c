/* Writes a file and reads it back by CalamOS' own calls.
 *
 *   sdcc -mz80 -I sdk/include -c note.c
 *   cmos-ld -l :start.rel note.rel -lcmos -L /usr/share/sdcc/lib/z80 -l :z80.lib -o note.cpe
 */
#include <cmos_z80.h>

static const char path[] = "Cmos:\\data\\note.txt";
static const char text[] = "a note of eight bits\n";
static char back[40];

int main(void) {
  int length;
  int handle = cmos_open(path, sizeof path - 1, CMOS_OPEN_WRITE | CMOS_OPEN_CREATE | CMOS_OPEN_TRUNCATE);
  if (handle < 0) return 1;
  if (cmos_write(handle, text, sizeof text - 1) != sizeof text - 1) return 2;
  if (cmos_close(handle) != 0) return 3;
  handle = cmos_open(path, sizeof path - 1, CMOS_OPEN_READ);
  length = cmos_read(handle, back, sizeof back);
  cmos_stdout(back, length, 0);
  return cmos_open("Cmos:\\none", 10, CMOS_OPEN_READ) == CPE_ERROR_NOT_FOUND ? 0 : 4;
}
