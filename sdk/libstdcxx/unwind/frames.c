/* Where the unwinder looks for the frames of functions: libgcc's search, told once of the program's one table. */
#include "unwind-dw2-fde.c"

extern const char __eh_frame_start[] __attribute__((__visibility__("hidden")));
extern const char __eh_frame_end[] __attribute__((__visibility__("hidden")));

static struct object table;

__attribute__((constructor(101))) static void register_frames(void) {
  if (__eh_frame_start == __eh_frame_end) return;
  __register_frame_info(__eh_frame_start, &table);
  table.fde_end = (char*)__eh_frame_end;
}
