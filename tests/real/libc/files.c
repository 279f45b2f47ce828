/* Files through the C library: the transcript of a run on the host is what every ARCH must say. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* name_of(int number) {
  switch (number) {
    case 0: return "no error";
    case EINVAL: return "EINVAL";
    case ENOSYS: return "ENOSYS";
    case ENOENT: return "ENOENT";
    case EEXIST: return "EEXIST";
    case EACCES: return "EACCES";
    case ENOTDIR: return "ENOTDIR";
    case EISDIR: return "EISDIR";
    case ENOTEMPTY: return "ENOTEMPTY";
    case EBADF: return "EBADF";
    case EMFILE: return "EMFILE";
    case ESPIPE: return "ESPIPE";
    case ENOTTY: return "ENOTTY";
    default: return strerror(number);
  }
}

/* The outcome of a call that returns 0 or -1, and what it left in errno. */
#define SAY(call)                                                       \
  do {                                                                  \
    errno = 0;                                                          \
    const long result_ = (long)(call);                                  \
    printf("%s = %ld, %s\n", #call, result_, result_ == -1 ? name_of(errno) : "no error"); \
  } while (0)
#define SAY_POINTER(call)                                               \
  do {                                                                  \
    errno = 0;                                                          \
    printf("%s: %s\n", #call, (call) != NULL ? "yes" : name_of(errno)); \
  } while (0)

static void show(const char* path) {
  char text[200];
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    printf("%s: %s\n", path, name_of(errno));
    return;
  }
  const size_t size = fread(text, 1, sizeof text, file);
  printf("%s: %zu bytes, end %d, error %d: %.*s\n", path, size, feof(file) != 0, ferror(file) != 0,
         (int)size, text);
  fclose(file);
}

static void put(const char* path, const char* mode, const char* text) {
  FILE* file = fopen(path, mode);
  if (file == NULL) {
    printf("fopen %s %s: %s\n", path, mode, name_of(errno));
    return;
  }
  fputs(text, file);
  printf("fopen %s %s, at %ld", path, mode, ftell(file));
  printf(": fclose %d\n", fclose(file));
}

static int by_name(const void* a, const void* b) {
  return strcmp(a, b);
}

static void list(const char* path) {
  char names[20][40];
  size_t count = 0;
  DIR* directory = opendir(path);
  if (directory == NULL) {
    printf("opendir %s: %s\n", path, name_of(errno));
    return;
  }
  errno = 0;
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;)
    if (entry->d_name[0] != '.')
      snprintf(names[count++], 40, "%s%s", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  printf("%s (%s):", path, name_of(errno));
  qsort(names, count, sizeof names[0], by_name);
  for (size_t i = 0; i < count; ++i) printf(" %s", names[i]);
  rewinddir(directory);
  size_t again = 0;
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;)
    again += entry->d_name[0] != '.';
  printf("; again %zu, closedir %d\n", again, closedir(directory));
}

static void about(const char* path) {
  struct stat found;
  errno = 0;
  if (stat(path, &found) != 0) {
    printf("stat %s: %s\n", path, name_of(errno));
    return;
  }
  if (S_ISDIR(found.st_mode)) printf("stat %s: directory\n", path);
  else printf("stat %s: file of %ld bytes, written by now: %d\n", path, (long)found.st_size, found.st_mtime > 1000000000);
}

static void writing(void) {
  put("a.txt", "w", "one\ntwo\n");
  show("a.txt");
  put("a.txt", "a", "three\n");
  show("a.txt");
  put("a.txt", "wx", "never\n");
  put("b.txt", "wx", "new\n");
  put("a.txt", "w", "short\n");
  show("a.txt");
  put("nowhere/a.txt", "w", "never\n");
  show("nowhere.txt");
}

static void read_word(FILE* file, char* word) {
  const size_t items = fread(word, 7, 1, file);
  printf("%zu %.7s\n", items, word);
}

static void seeking(void) {
  FILE* file = fopen("seek.bin", "w+b");
  char word[8];
  for (int i = 0; i < 3000; ++i) fprintf(file, "%07d", i);
  SAY(fseek(file, 7 * 1234, SEEK_SET));
  read_word(file, word);
  SAY(ftell(file));
  SAY(fseek(file, -7, SEEK_END));
  read_word(file, word);
  SAY(fseek(file, -14, SEEK_CUR));
  read_word(file, word);
  SAY(fseek(file, 70, SEEK_SET));
  SAY(fputs("changed", file) >= 0);
  rewind(file);
  SAY(fseek(file, 63, SEEK_SET));
  read_word(file, word);
  read_word(file, word);
  SAY(fseek(file, 21100, SEEK_SET));
  SAY(fputc('!', file));
  SAY(fseek(file, -1, SEEK_SET));
  SAY(fclose(file));
  about("seek.bin");
  file = fopen("seek.bin", "rb");
  SAY(fseek(file, 21050, SEEK_SET));
  printf("a hole of %d", getc(file));
  SAY(fseek(file, 21100, SEEK_SET));
  printf("and then %c\n", getc(file));
  SAY(getc(file));
  SAY(fputs("x", file));
  SAY(fclose(file));
}

static void appending(void) {
  FILE* file = fopen("log.txt", "a+");
  fputs("first ", file);
  rewind(file);
  printf("%c\n", getc(file));
  fseek(file, 0, SEEK_SET);
  fputs("second", file);
  fclose(file);
  show("log.txt");
  file = fopen("log.txt", "r+");
  fputs("FIRST", file);
  fclose(file);
  show("log.txt");
}

static void folders(void) {
  SAY(mkdir("folder", 0777));
  SAY(mkdir("folder", 0777));
  SAY(mkdir("nowhere/folder", 0777));
  SAY(mkdir("a.txt/folder", 0777));
  put("folder/c.txt", "w", "c\n");
  SAY(mkdir("folder/inner", 0777));
  list(".");
  list("folder");
  list("folder/inner");
  list("a.txt");
  list("nowhere");
  about("folder");
  about("folder/c.txt");
  about("folder/nothing");
  about("a.txt/nothing");
  SAY(rmdir("folder"));
  SAY(remove("folder"));
  SAY(unlink("folder"));
  SAY(rmdir("a.txt"));
  put("folder", "w", "never\n");
  FILE* file = fopen("folder", "r");
  char byte;
  SAY_POINTER(file);
  SAY(fread(&byte, 1, 1, file) == 1 ? 0 : -1);
  fclose(file);
}

static void moving(void) {
  SAY(rename("a.txt", "folder/a.txt"));
  show("a.txt");
  show("folder/a.txt");
  SAY(rename("b.txt", "folder/a.txt"));
  show("folder/a.txt");
  SAY(rename("nothing", "folder/a.txt"));
  SAY(rename("folder/a.txt", "folder/inner"));
  SAY(rename("folder/inner", "moved"));
  list("folder");
  SAY(remove("folder/a.txt"));
  SAY(remove("folder/a.txt"));
  SAY(unlink("folder/c.txt"));
  SAY(remove("folder"));
  SAY(rmdir("moved"));
  list(".");
}

static void descriptors(void) {
  char text[10] = "";
  const int file = open("plain", O_RDWR | O_CREAT | O_EXCL, 0666);
  printf("open: %d\n", file >= 3);
  SAY(open("plain", O_RDWR | O_CREAT | O_EXCL, 0666));
  SAY(write(file, "0123456789", 10));
  SAY(lseek(file, 3, SEEK_SET));
  SAY(read(file, text, 4));
  SAY(lseek(file, 0, SEEK_CUR));
  SAY(lseek(file, -1, SEEK_SET));
  SAY(lseek(file, 0, 99));
  printf("%s\n", text);
  struct stat found;
  SAY(fstat(file, &found));
  printf("%ld bytes, still at %ld\n", (long)found.st_size, (long)lseek(file, 0, SEEK_CUR));
  SAY(isatty(file));
  SAY(close(file));
  SAY(close(file));
  SAY(read(file, text, 4));
  SAY(access("plain", F_OK));
  SAY(access("nothing", F_OK));
  const int input = open("plain", O_RDONLY);
  SAY(write(input, "x", 1));
  SAY(close(input));
  SAY(open("", O_RDONLY));
}

static void temporary(void) {
  FILE* file = tmpfile();
  if (file == NULL) {
    printf("tmpfile: %s\n", name_of(errno));
    return;
  }
  fputs("gone soon", file);
  rewind(file);
  char text[20];
  printf("tmpfile: %s\n", fgets(text, sizeof text, file));
  fclose(file);
}

int main(void) {
  writing();
  seeking();
  appending();
  folders();
  moving();
  descriptors();
  temporary();
  SAY_POINTER(freopen("log.txt", "r", stdin));
  char line[40];
  printf("%s\n", fgets(line, sizeof line, stdin));
  return 0;
}
