/* A counter on the mini-disk. Two runs may fight for it: none of their counts is lost.
 *
 *     counter wait [TIMES]    adds 1, TIMES times, and waits whenever another run holds the
 * mini-disk counter fail [TIMES]    gives up instead, and exits with 1 counter hold            adds
 * 1, and keeps the mini-disk until Enter is pressed: start another run meanwhile counter as
 * `counter wait 1`
 *
 * Packed with: --mini-disk 4
 */
#include "text.h"

static intptr_t add_one(uint32_t* value) {
  intptr_t done = cmos_md_read(0, value, sizeof *value);
  if (cmos_is_error(done)) return done;
  ++*value;
  done = cmos_md_write(0, value, sizeof *value);
  return done;
}

static void hold(void) {
  char line[16];
  cmos_print("The counter is mine until you press Enter.\n");
  read_line(line, sizeof line);
}

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "wait";
  const int holds = same_text(mode, "hold");
  const int fails = same_text(mode, "fail");
  const int32_t times = argc > 2 ? parse_number(argv[2]) : 1;
  if (argc > 3 - holds || times < 0 || !(holds || fails || same_text(mode, "wait"))) {
    cmos_print("usage: counter [wait | fail] [TIMES], counter hold\n");
    return 2;
  }
  uint32_t value = 0;
  for (int32_t i = 0; i < times; ++i) {
    /* Holding the lock from reading to writing is what keeps another run's count from being lost.
     */
    intptr_t done = cmos_md_lock(fails ? CMOS_LOCK_TRY : CMOS_LOCK_WAIT);
    if (!cmos_is_error(done)) {
      if (holds) hold();
      done = add_one(&value);
      const intptr_t saved = cmos_md_unlock();
      if (!cmos_is_error(done)) done = saved;
    }
    if (cmos_is_error(done)) {
      print_failure("counter", done);
      return 1;
    }
  }
  if (times > 0) {
    cmos_print("counter: ");
    print_number(value);
    cmos_print("\n");
  }
  return 0;
}
