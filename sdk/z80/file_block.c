/* Blocks and lines of files, and what was met in them. */
#include "file.h"

size_t fread(void *to, size_t size, size_t count, FILE *file) {
  unsigned char *out = to;
  size_t done, i;
  if (size == 0) return 0;
  for (done = 0; done < count; ++done)
    for (i = 0; i < size; ++i) {
      const int c = fgetc(file);
      if (c == EOF) return done;
      *out++ = (unsigned char)c;
    }
  return done;
}

size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
  const unsigned char *in = from;
  size_t done, i;
  if (size == 0) return 0;
  for (done = 0; done < count; ++done)
    for (i = 0; i < size; ++i)
      if (fputc(*in++, file) == EOF) return done;
  return done;
}

char *fgets(char *line, int size, FILE *file) {
  char *out = line;
  int c = 0;
  while (--size > 0 && c != '\n') {
    c = fgetc(file);
    if (c == EOF) break;
    *out++ = (char)c;
  }
  if (out == line) return NULL;
  *out = '\0';
  return line;
}

int fputs(const char *text, FILE *file) {
  for (; *text; ++text)
    if (fputc(*text, file) == EOF) return EOF;
  return 0;
}

void rewind(FILE *file) {
  fseek(file, 0, SEEK_SET);
  clearerr(file);
}

int fgetpos(FILE *file, fpos_t *place) {
  *place = ftell(file);
  return *place < 0 ? -1 : 0;
}

int fsetpos(FILE *file, const fpos_t *place) { return fseek(file, *place, SEEK_SET); }

int feof(FILE *file) { return file->state & FILE_END; }
int ferror(FILE *file) { return file->state & FILE_ERROR; }
void clearerr(FILE *file) { file->state &= ~(FILE_END | FILE_ERROR); }
