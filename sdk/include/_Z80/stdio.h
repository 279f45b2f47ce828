/* <stdio.h> for CP/M programs by sdcc, with files; with -I sdk/include/_Z80 it stands before sdcc's own, which has none.
 * Implemented in libcpm.a (docs/cpm.md, Files of C programs). */
#ifndef CMOS_CPM_STDIO_H
#define CMOS_CPM_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define BUFSIZ 128
#define FILENAME_MAX 15 /* A:NAMENAME.TYP */
#define FOPEN_MAX 8     /* the console's three among them */

/* Members are the library's own. */
typedef struct {
  unsigned char mode;    /* what it was opened for */
  unsigned char state;   /* end, error, what the buffer is */
  int pushed;            /* of ungetc, or EOF */
  unsigned long at, end; /* the next byte, and behind the last */
  unsigned record;       /* that is in the buffer */
  unsigned char fcb[36];
  unsigned char buffer[128];
} FILE;

typedef long fpos_t;

extern FILE __cpm_files[FOPEN_MAX];
#define stdin (&__cpm_files[0])
#define stdout (&__cpm_files[1])
#define stderr (&__cpm_files[2])

/* Modes are r, w and a, with + and b. Texts (without b) end at a ctrl-Z, and their lines have the console's two characters. */
FILE *fopen(const char *name, const char *mode);
int fclose(FILE *file);
int fflush(FILE *file);
int fgetc(FILE *file);
int fputc(int c, FILE *file);
int ungetc(int c, FILE *file);
#define getc(file) fgetc(file)
#define putc(c, file) fputc(c, file)
char *fgets(char *line, int size, FILE *file);
int fputs(const char *text, FILE *file);
size_t fread(void *to, size_t size, size_t count, FILE *file);
size_t fwrite(const void *from, size_t size, size_t count, FILE *file);
int fseek(FILE *file, long offset, int whence);
long ftell(FILE *file);
int fgetpos(FILE *file, fpos_t *place);
int fsetpos(FILE *file, const fpos_t *place);
void rewind(FILE *file);
int feof(FILE *file);
int ferror(FILE *file);
void clearerr(FILE *file);
int remove(const char *name);
int rename(const char *from, const char *to);
void perror(const char *text);

int fprintf(FILE *file, const char *format, ...);
int vfprintf(FILE *file, const char *format, va_list list);
/* Conversions d, i, u, x, c and s, with *, a width, h and l. */
int fscanf(FILE *file, const char *format, ...);
int vfscanf(FILE *file, const char *format, va_list list);

/* sdcc's own. */
int printf(const char *format, ...);
int vprintf(const char *format, va_list list);
int sprintf(char *to, const char *format, ...);
int vsprintf(char *to, const char *format, va_list list);
int puts(const char *text);
int getchar(void);
int putchar(int c);

#endif
