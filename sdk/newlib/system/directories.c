/* <dirent.h> on the call `list`. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmos.h"
#include "system.h"

struct __cmos_dir {
  int handle;
  long position;  /* entries delivered */
  intptr_t ahead; /* length of the name that `entry` already holds, 0 at the end, or an error */
  struct dirent entry; /* fetched one ahead: only `list` tells whether a handle is a directory's */
  struct dirent shown; /* what readdir() last returned */
  struct __cmos_path path; /* of the directory; a name is appended to ask for its kind */
};

static void fetch(DIR* directory) {
  directory->ahead = cmos_list(directory->handle, directory->entry.d_name, _CMOS_NAME_SIZE - 1);
  if (directory->ahead > 0) directory->entry.d_name[directory->ahead] = 0;
}

static int start(DIR* directory) {
  const intptr_t handle = cmos_open(directory->path.name, directory->path.length, CMOS_OPEN_READ);
  if (cmos_is_error(handle)) return __cmos_fail(handle);
  directory->handle = (int)handle;
  directory->position = 0;
  fetch(directory);
  if (!cmos_is_error(directory->ahead)) return 0;
  cmos_close(handle);
  return __cmos_fail(directory->ahead);
}

DIR* opendir(const char* path) {
  DIR* directory = malloc(sizeof *directory);
  if (directory == NULL) return NULL;
  if (__cmos_translate(path, &directory->path) == 0 && start(directory) == 0) return directory;
  free(directory);
  return NULL;
}

static unsigned char type_of(DIR* directory, const char* name, size_t length) {
  struct __cmos_path* path = &directory->path;
  struct cmos_stat found;
  intptr_t result;
  if (path->length + 1 + length > sizeof path->name) return DT_UNKNOWN;
  path->name[path->length] = '\\';
  memcpy(path->name + path->length + 1, name, length);
  result = cmos_stat(path->name, path->length + 1 + length, &found);
  if (cmos_is_error(result)) return DT_UNKNOWN;
  return found.kind == CMOS_KIND_DIRECTORY ? DT_DIR : DT_REG;
}

struct dirent* readdir(DIR* directory) {
  if (directory->ahead == 0) return NULL;
  if (cmos_is_error(directory->ahead)) {
    __cmos_fail(directory->ahead);
    return NULL;
  }
  directory->shown = directory->entry;
  directory->shown.d_type = type_of(directory, directory->shown.d_name, (size_t)directory->ahead);
  ++directory->position;
  fetch(directory);
  return &directory->shown;
}

int readdir_r(DIR* directory, struct dirent* entry, struct dirent** result) {
  const struct dirent* next;
  if (cmos_is_error(directory->ahead)) {
    __cmos_fail(directory->ahead);
    return errno;
  }
  next = readdir(directory);
  if (next != NULL) *entry = *next;
  *result = next == NULL ? NULL : entry;
  return 0;
}

int closedir(DIR* directory) {
  const intptr_t result = cmos_close(directory->handle);
  free(directory);
  return (int)__cmos_result(result);
}

int dirfd(DIR* directory) {
  return directory->handle;
}

/* A directory's handle cannot be sought. When it has vanished meanwhile, it has no more entries. */
void rewinddir(DIR* directory) {
  cmos_close(directory->handle);
  if (start(directory) != 0) {
    directory->handle = -1;
    directory->ahead = 0;
  }
}

long telldir(DIR* directory) {
  return directory->position;
}

void seekdir(DIR* directory, long position) {
  rewinddir(directory);
  while (directory->position < position && directory->ahead > 0) {
    ++directory->position;
    fetch(directory);
  }
}

int alphasort(const struct dirent** a, const struct dirent** b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

typedef int (*compare_entries)(const struct dirent**, const struct dirent**);

static int append(struct dirent*** list, size_t count, const struct dirent* entry) {
  struct dirent** longer = realloc(*list, (count + 1) * sizeof **list);
  if (longer == NULL) return -1;
  *list = longer;
  longer[count] = malloc(sizeof *entry);
  if (longer[count] == NULL) return -1;
  *longer[count] = *entry;
  return 0;
}

int scandir(const char* path, struct dirent*** out, int (*wanted)(const struct dirent*),
            compare_entries compare) {
  DIR* directory = opendir(path);
  struct dirent** list = NULL;
  const struct dirent* entry;
  size_t count = 0;
  int failed = 0;
  if (directory == NULL) return -1;
  while (!failed && (entry = readdir(directory)) != NULL) {
    if (wanted != NULL && !wanted(entry)) continue;
    failed = append(&list, count, entry);
    if (!failed) ++count;
  }
  failed = failed || cmos_is_error(directory->ahead);
  closedir(directory);
  if (failed) {
    while (count > 0) free(list[--count]);
    free(list);
    return -1;
  }
  /* The function takes pointers to the elements, as qsort() hands them on. */
  if (compare != NULL) qsort(list, count, sizeof *list, (int (*)(const void*, const void*))compare);
  *out = list;
  return (int)count;
}
