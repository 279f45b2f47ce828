/* Notes, one per line, that live on the program's mini-disk from run to run.
 *
 *     notes add TEXT     adds a note
 *     notes list         shows all of them
 *     notes clear        forgets them
 *     notes              asks for such commands until the input ends, or `exit`
 *
 * The mini-disk holds their length in bytes as a u32, then the notes, each with a line break.
 * Packed with: --mini-disk 16384 --backup-name notes.minidisk
 */
#include "text.h"

enum { kLineSize = 512, kStart = 4 };

/* The bytes that the notes take; CPE_ERROR_INVALID when the mini-disk holds something else. */
static intptr_t used_bytes(intptr_t capacity) {
  uint32_t used = 0;
  const intptr_t done = cmos_md_read(0, &used, sizeof used);
  if (cmos_is_error(done)) return done;
  return used <= (uint32_t)capacity ? (intptr_t)used : CPE_ERROR_INVALID;
}

static intptr_t set_used_bytes(uint32_t used) {
  return cmos_md_write(0, &used, sizeof used);
}

/* Puts `text`, which has room for one more byte, behind the others. */
static intptr_t add(char* text, intptr_t used, intptr_t capacity) {
  const size_t length = cmos_length(text);
  if (length + 1 > (size_t)(capacity - used)) return CPE_ERROR_NO_SPACE;
  text[length] = '\n';
  const intptr_t done = cmos_md_write((size_t)(kStart + used), text, length + 1);
  if (cmos_is_error(done)) return done;
  return set_used_bytes((uint32_t)used + (uint32_t)length + 1);
}

static intptr_t list(intptr_t used) {
  char piece[256];
  uint32_t number = 0;
  int at_start = 1;
  for (intptr_t place = 0; place < used;) {
    const intptr_t wanted =
        used - place < (intptr_t)sizeof piece ? used - place : (intptr_t)sizeof piece;
    const intptr_t count = cmos_md_read((size_t)(kStart + place), piece, (size_t)wanted);
    if (cmos_is_error(count)) return count;
    for (intptr_t first = 0, i = 0; i < count; ++i) {
      if (at_start) {
        print_number(++number);
        cmos_print(". ");
      }
      at_start = piece[i] == '\n';
      if (!at_start && i + 1 < count) continue;
      cmos_stdout(piece + first, (size_t)(i + 1 - first), NULL);
      first = i + 1;
    }
    place += count;
  }
  if (number == 0) cmos_print("No notes yet.\n");
  return 0;
}

/* What follows "add " in `line`; null when it is not so, or nothing follows. */
static char* text_to_add(char* line) {
  for (const char* word = "add "; *word != 0; ++line, ++word) {
    if (*line != *word) return NULL;
  }
  while (*line == ' ') ++line;
  return *line != 0 ? line : NULL;
}

/* `text` is null when the notes are to be shown. */
static intptr_t add_or_list(char* text) {
  const intptr_t capacity = cmos_md_size() - kStart;
  const intptr_t used = used_bytes(capacity);
  if (cmos_is_error(used)) return used;
  return text != NULL ? add(text, used, capacity) : list(used);
}

/* Carries out one command; the exit status. The mini-disk is held no longer than that, so that
 * others get at it. */
static int execute(char* line) {
  char* text = text_to_add(line);
  const int clears = same_text(line, "clear");
  if (text == NULL && !clears && !same_text(line, "list")) {
    cmos_print("usage: notes [add TEXT | list | clear]\n");
    return 2;
  }
  intptr_t done = cmos_md_lock(CMOS_LOCK_WAIT);
  if (!cmos_is_error(done)) {
    done = clears ? set_used_bytes(0) : add_or_list(text);
    const intptr_t saved = cmos_md_unlock();
    if (!cmos_is_error(done)) done = saved;
  }
  if (!cmos_is_error(done)) return 0;
  if (done == CPE_ERROR_INVALID) {
    cmos_print("notes: something else is on the mini-disk; `notes clear` makes it usable\n");
  } else {
    print_failure("notes", done);
  }
  return 1;
}

/* The arguments as one line; 0 when they are too long. Line breaks become spaces: a note is one
 * line. */
static int join(char* line, int argc, char** argv) {
  size_t length = 0;
  for (int i = 1; i < argc; ++i) {
    if (i > 1) line[length++] = ' ';
    for (const char* from = argv[i]; *from != 0; ++from) {
      if (length + 2 >= kLineSize) return 0;
      line[length++] = *from == '\n' ? ' ' : *from;
    }
    if (length + 2 >= kLineSize) return 0;
  }
  line[length] = 0;
  return 1;
}

int main(int argc, char** argv) {
  char line[kLineSize];
  if (argc > 1) {
    if (join(line, argc, argv)) return execute(line);
    cmos_print("notes: this is too long\n");
    return 2;
  }
  cmos_print("add TEXT, list, clear, exit\n");
  for (;;) {
    cmos_print("notes> ");
    const int length = read_line(line, kLineSize);
    if (length < 0) cmos_print("\n");
    if (length < 0 || same_text(line, "exit")) return 0;
    if (length == kLineSize - 1) {
      cmos_print("notes: this is too long\n");
    } else if (length > 0) {
      execute(line);
    }
  }
}
