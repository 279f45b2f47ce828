/* malloc on CP/M, over all memory that a program leaves: sdcc's own has a heap of 1 KiB. Free blocks are a list in the order of
 * their addresses; the first that fits is taken. */
#include <stdlib.h>
#include <string.h>

struct block {
  size_t size;        /* with this member */
  struct block *next; /* of a free block */
};

char *__cpm_heap_begin(void);
char *__cpm_heap_end(void);

static struct block *unused;
static unsigned char begun;

static void begin(void) {
  struct block *first = (struct block *)__cpm_heap_begin();
  const size_t end = (size_t)__cpm_heap_end();
  begun = 1;
  if (end < (size_t)first + sizeof(struct block)) return;
  first->size = end - (size_t)first;
  first->next = NULL;
  unused = first;
}

void *malloc(size_t size) {
  struct block **at, *found, *rest;
  if (!begun) begin();
  if (size == 0 || size > 0xfff0) return NULL;
  size += sizeof(size_t);
  if (size < sizeof(struct block)) size = sizeof(struct block);
  for (at = &unused; (found = *at) != NULL; at = &found->next) {
    if (found->size < size) continue;
    if (found->size - size < sizeof(struct block)) {
      *at = found->next;
    } else {
      rest = (struct block *)((char *)found + size);
      rest->size = found->size - size;
      rest->next = found->next;
      found->size = size;
      *at = rest;
    }
    return &found->next;
  }
  return NULL;
}

static void join(struct block *one) {
  struct block *next = one->next;
  if (next == NULL || (char *)one + one->size != (char *)next) return;
  one->size += next->size;
  one->next = next->next;
}

void free(void *memory) {
  struct block *given, *before = NULL, *behind;
  if (memory == NULL) return;
  given = (struct block *)((char *)memory - sizeof(size_t));
  for (behind = unused; behind != NULL && behind < given; behind = behind->next) before = behind;
  given->next = behind;
  join(given);
  if (before == NULL) {
    unused = given;
    return;
  }
  before->next = given;
  join(before);
}

void *calloc(size_t count, size_t size) {
  void *memory;
  if (size != 0 && count > 0xffff / size) return NULL;
  memory = malloc(count * size);
  if (memory != NULL) memset(memory, 0, count * size);
  return memory;
}

void *realloc(void *memory, size_t size) {
  void *moved;
  size_t had;
  if (memory == NULL) return malloc(size);
  had = ((struct block *)((char *)memory - sizeof(size_t)))->size - sizeof(size_t);
  if (size != 0 && size <= had) return memory;
  moved = malloc(size);
  if (moved != NULL) memcpy(moved, memory, had);
  if (moved != NULL || size == 0) free(memory);
  return moved;
}
