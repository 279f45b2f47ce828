/* Files of CP/M for C programs: by byte over records of 128, each of which is read and written by its number. */
#include "file.h"

#include <string.h>

#define BDOS_CLOSE 16
#define BDOS_MAKE 22
#define BDOS_OPEN 15
#define BDOS_SET_DMA 26
#define BDOS_READ_RANDOM 33
#define BDOS_WRITE_RANDOM 34
#define BDOS_FILE_SIZE 35

#define RECORD 128
#define FCB_RANDOM 33

FILE __cpm_files[FOPEN_MAX];

static unsigned char call(unsigned char function, void *argument) { return (unsigned char)bdos(function, (unsigned)argument); }

unsigned char __cpm_name(unsigned char *fcb, const char *name) {
  unsigned char i, end = 8;
  memset(fcb, 0, 36);
  memset(fcb + 1, ' ', 11);
  if (name[0] && name[1] == ':') {
    fcb[0] = (name[0] & 0x5f) - '@';
    if (fcb[0] == 0 || fcb[0] > 16) return 0;
    name += 2;
  }
  for (i = 0; *name; ++name) {
    char c = *name;
    if (c == '.' && end == 8 && i > 0) {
      i = 8;
      end = 11;
      continue;
    }
    if (i == end || c <= ' ' || strchr("*?:;,=<>[]./|", c)) return 0;
    fcb[++i] = c >= 'a' && c <= 'z' ? c - 32 : c;
  }
  return fcb[1] != ' ';
}

/* Writes the buffer's record, if it was changed. */
static void put_record(FILE *file) {
  if (!(file->state & FILE_CHANGED)) return;
  file->state &= ~FILE_CHANGED;
  *(unsigned *)(file->fcb + FCB_RANDOM) = file->record;
  file->fcb[FCB_RANDOM + 2] = 0;
  call(BDOS_SET_DMA, file->buffer);
  if (call(BDOS_WRITE_RANDOM, file->fcb)) file->state |= FILE_ERROR;
}

/* The record of the next byte in the buffer; behind the end it is filled as the end of a text is. */
static unsigned char *byte_at(FILE *file) {
  const unsigned record = (unsigned)(file->at >> 7);
  if (!(file->state & FILE_LOADED) || file->record != record) {
    put_record(file);
    file->record = record;
    file->state |= FILE_LOADED;
    memset(file->buffer, CPM_END, RECORD);
    if (file->at - (file->at & (RECORD - 1)) < file->end) {
      *(unsigned *)(file->fcb + FCB_RANDOM) = record;
      file->fcb[FCB_RANDOM + 2] = 0;
      call(BDOS_SET_DMA, file->buffer);
      call(BDOS_READ_RANDOM, file->fcb); /* A record that was never written stays as it is filled. */
    }
  }
  return file->buffer + ((unsigned char)file->at & (RECORD - 1));
}

/* An appended text goes on where its ctrl-Z is. */
static void go_to_end(FILE *file) {
  file->at = file->end;
  if (file->mode & FILE_BINARY) return;
  while (file->at > 0) {
    --file->at;
    if (*byte_at(file) != CPM_END) {
      ++file->at;
      break;
    }
  }
  file->end = file->at;
}

static void close_all(void) {
  FILE *file;
  for (file = __cpm_files + 3; file < __cpm_files + FOPEN_MAX; ++file) fclose(file);
}

FILE *fopen(const char *name, const char *mode) {
  FILE *file = __cpm_files + 3;
  while (file->mode)
    if (++file == __cpm_files + FOPEN_MAX) return NULL;
  if (!__cpm_name(file->fcb, name)) return NULL;
  file->mode = *mode == 'r' ? FILE_READ : FILE_WRITE;
  if (strchr(mode, '+')) file->mode = FILE_READ | FILE_WRITE;
  if (strchr(mode, 'b')) file->mode |= FILE_BINARY;
  file->state = 0;
  file->pushed = EOF;
  file->at = file->end = 0;
  if (*mode == 'w') remove(name);
  if (*mode == 'w' || call(BDOS_OPEN, file->fcb) == 0xff) {
    if (*mode == 'r' || call(BDOS_MAKE, file->fcb) == 0xff) {
      file->mode = 0;
      return NULL;
    }
  } else {
    call(BDOS_FILE_SIZE, file->fcb);
    file->end = (unsigned long)*(unsigned *)(file->fcb + FCB_RANDOM) << 7;
    if (file->fcb[FCB_RANDOM + 2]) file->end |= 0x800000;
  }
  if (*mode == 'a') go_to_end(file);
  __cpm_at_exit = close_all;
  return file;
}

int fflush(FILE *file) {
  if (file == NULL) {
    for (file = __cpm_files + 3; file < __cpm_files + FOPEN_MAX; ++file)
      if (file->mode) put_record(file);
    return 0;
  }
  if (file >= __cpm_files + 3) put_record(file);
  return file->state & FILE_ERROR ? EOF : 0;
}

int fclose(FILE *file) {
  int result;
  if (file < __cpm_files + 3) return 0;
  if (!file->mode) return EOF;
  result = fflush(file);
  if (file->mode & FILE_WRITE && call(BDOS_CLOSE, file->fcb) == 0xff) result = EOF;
  file->mode = 0;
  return result;
}

int fgetc(FILE *file) {
  int c = file->pushed;
  if (file < __cpm_files + 3) {
    if (file->state & FILE_PUSHED) {
      file->state &= ~FILE_PUSHED;
      return c;
    }
    c = getchar();
    if (c == EOF) file->state |= FILE_END;
    return c;
  }
  if (c != EOF) {
    file->pushed = EOF;
    return c;
  }
  if (!(file->mode & FILE_READ)) {
    file->state |= FILE_ERROR;
    return EOF;
  }
  for (; file->at < file->end; ++file->at) {
    c = *byte_at(file);
    if (file->mode & FILE_BINARY) {
      ++file->at;
      return c;
    }
    if (c == CPM_END) break;
    if (c != '\r') {
      ++file->at;
      return c;
    }
  }
  file->state |= FILE_END;
  return EOF;
}

int ungetc(int c, FILE *file) {
  if (c == EOF) return EOF;
  file->pushed = (unsigned char)c;
  file->state = (file->state & ~FILE_END) | (file < __cpm_files + 3 ? FILE_PUSHED : 0);
  return file->pushed;
}

static void put_byte(FILE *file, unsigned char c) {
  *byte_at(file) = c;
  file->state |= FILE_CHANGED;
  if (++file->at > file->end) file->end = file->at;
}

int fputc(int c, FILE *file) {
  if (file < __cpm_files + 3) return putchar(c);
  if (!(file->mode & FILE_WRITE) || file->at >= CPM_LARGEST) {
    file->state |= FILE_ERROR;
    return EOF;
  }
  if (c == '\n' && !(file->mode & FILE_BINARY)) put_byte(file, '\r');
  put_byte(file, (unsigned char)c);
  if (file->state & FILE_ERROR) return EOF;
  return c & 0xff; /* sdcc 4.2 makes -1 of 0xff when both returns are one conditional expression with a cast */
}

int fseek(FILE *file, long offset, int whence) {
  if (file < __cpm_files + 3) return -1;
  if (whence == SEEK_CUR) offset += ftell(file);
  if (whence == SEEK_END) offset += file->end;
  if (offset < 0 || offset > CPM_LARGEST) return -1;
  file->at = offset;
  file->pushed = EOF;
  file->state &= ~FILE_END;
  return 0;
}

long ftell(FILE *file) {
  if (file < __cpm_files + 3) return -1;
  return file->at - (file->pushed != EOF);
}
