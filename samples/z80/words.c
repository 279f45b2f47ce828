/* Counts the words of standard input by their first letters: one C program for CalamOS and CP/M.
 *
 *   sdcc -mz80 -I sdk/include -c words.c
 *   cmos-ld -l :start.rel words.rel -lcmos -L /usr/share/sdcc/lib/z80 -l :z80.lib -o words.cpe
 *   cmos-ld --oformat=com -l :cpm.rel words.rel -lcpm -L /usr/share/sdcc/lib/z80 -l :z80.lib -o words.com
 */
#include <cmos_z80.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct Word {
  struct Word* next;
  char first;
  int count;
};

static struct Word* words;
static int most = 1;

static struct Word* find(char first) {
  struct Word* one;
  for (one = words; one != NULL; one = one->next) {
    if (one->first == first) return one;
  }
  one = malloc(sizeof *one);
  if (one == NULL) exit(2);
  one->next = words;
  one->first = first;
  one->count = 0;
  words = one;
  return one;
}

int main(int argc, char** argv) {
  int byte;
  char inside = 0;
  struct Word* one;
  if (argc > 1) most = atoi(argv[1]);
  while ((byte = getchar()) != EOF) {
    if (!isalpha(byte)) {
      inside = 0;
    } else if (!inside) {
      inside = 1;
      ++find((char)tolower(byte))->count;
    }
  }
  for (one = words; one != NULL; one = one->next) {
    if (one->count >= most) printf("%c %d\n", one->first, one->count);
  }
  return words == NULL;
}
