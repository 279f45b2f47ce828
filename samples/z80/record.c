/* Makes a file of two records on a CP/M drive, and prints what the drive has of it.
 *
 *   sdcc -mz80 -I sdk/include -c record.c
 *   cmos-ld --oformat=com -l :cpm.rel record.rel -lcpm -L /usr/share/sdcc/lib/z80 -l :z80.lib -o record.com
 */
#include <cmos_z80.h>
#include <stdio.h>

#define MAKE 22
#define WRITE 21
#define CLOSE 16
#define OPEN 15
#define READ 20
#define SET_DMA 26

static unsigned char fcb[36];
static char record[128];

static void name_file(void) {
  memset(fcb, 0, sizeof fcb);
  memcpy(fcb + 1, "RECORD  TXT", 11);
}

int main(void) {
  char i;
  int count = 0;
  name_file();
  if ((unsigned char)bdos(MAKE, (unsigned)fcb) == 0xff) return 1;
  bdos(SET_DMA, (unsigned)record);
  for (i = 0; i < 2; ++i) {
    memset(record, 0x1a, sizeof record);
    sprintf(record, "record %d\r\n", i);
    if ((unsigned char)bdos(WRITE, (unsigned)fcb) != 0) return 2;
  }
  if ((unsigned char)bdos(CLOSE, (unsigned)fcb) == 0xff) return 3;
  name_file();
  if ((unsigned char)bdos(OPEN, (unsigned)fcb) == 0xff) return 4;
  while ((unsigned char)bdos(READ, (unsigned)fcb) == 0) {
    *strchr(record, '\r') = '\0';
    printf("%d: %s\n", count++, record);
  }
  return count == 2 ? 0 : 5;
}
