/* Files of C programs on CP/M, each step by what it prints; z80.py has what is expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char line[40];

static void show(const char *what, int value) { printf("%s %d\n", what, value); }

static void texts(void) {
  FILE *file = fopen("a:text.txt", "w");
  int i, number;
  long large;
  unsigned hexadecimal;
  for (i = 0; i < 20; ++i) fprintf(file, "line %d of twenty\n", i);
  show("closed", fclose(file));
  file = fopen("TEXT.TXT", "a");
  fputs("-70000 12x beef word,z\n", file);
  show("appended", fclose(file));
  file = fopen("text.txt", "r");
  for (i = 0; fgets(line, sizeof line, file); ++i)
    if (i == 7 || i == 19) fputs(line, stdout);
  show("lines", i);
  show("end", feof(file) != 0);
  fseek(file, 0, SEEK_SET);
  for (i = 0; i < 20; ++i) fgets(line, sizeof line, file);
  show("items", fscanf(file, "%ld %dx %x", &large, &number, &hexadecimal));
  printf("%ld %d %x\n", large, number, hexadecimal);
  show("word", fscanf(file, "%6s%*c", line));
  printf("%s\n", line);
  show("nothing", fscanf(file, "%d", &number));
  show("read only", fputc('x', file));
  show("error", ferror(file) != 0);
  fclose(file);
}

static void bytes(void) {
  FILE *file = fopen("b.dat", "w+b");
  unsigned i;
  int c, wrong = 0;
  for (i = 0; i < 700; ++i) putc(i * 7, file);
  show("place", (int)ftell(file));
  rewind(file);
  for (i = 0; i < 700; ++i) wrong += fgetc(file) != (unsigned char)(i * 7);
  show("wrong", wrong);
  fseek(file, 130, SEEK_SET);
  show("written", (int)fwrite("\n\x1a\xff", 1, 3, file));
  fseek(file, -4, SEEK_CUR);
  memset(line, 0, sizeof line);
  show("read", (int)fread(line, 1, 5, file));
  for (i = 0; i < 5; ++i) show("byte", line[i] & 0xff);
  c = getc(file);
  show("pushed", ungetc(c, file) == c && getc(file) == c);
  fseek(file, 1000, SEEK_SET);
  putc('!', file);
  fclose(file);
  file = fopen("b.dat", "rb");
  fseek(file, 0, SEEK_END);
  show("size", (int)ftell(file));
  fclose(file);
}

static void names(void) {
  show("renamed", rename("b.dat", "c.dat"));
  show("old", fopen("b.dat", "rb") == NULL);
  show("removed", remove("c.dat"));
  show("again", remove("c.dat"));
  show("none", fopen("none.txt", "r") == NULL);
  show("bad", fopen("much-too-long.txt", "w") == NULL && fopen("a*.txt", "w") == NULL && fopen("../x", "w") == NULL);
}

static void memory(void) {
  char *one = malloc(10000), *two = malloc(10000), *three;
  show("memory", one != NULL && two != NULL);
  free(one);
  free(two);
  three = calloc(1, 20000);
  show("joined", three == one && three[19999] == 0);
  three = realloc(three, 22000);
  show("grown", three != NULL);
  show("too much", malloc(60000) == NULL);
}

int main(void) {
  FILE *left;
  texts();
  bytes();
  names();
  memory();
  left = fopen("left.txt", "w");
  fputs("left open\n", left);
  exit(3);
  return 0;
}
