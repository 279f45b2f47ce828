/* Numbers of the CalamOS interface, for C, C++ and assembly alike: nothing here but #define.
 * `cmos-run --list-syscalls=json` prints the same table; a test compares the two. */
#ifndef CMOS_ABI_H
#define CMOS_ABI_H

/* System calls. 0-2 are numbered by the CalamOS document, the others are extensions of cmos (abi 3). */
#define CMOS_SYS_exit 0x00
#define CMOS_SYS_stdout 0x01
#define CMOS_SYS_stdin 0x02
#define CMOS_SYS_open 0x10
#define CMOS_SYS_close 0x11
#define CMOS_SYS_read 0x12
#define CMOS_SYS_write 0x13
#define CMOS_SYS_seek 0x14
#define CMOS_SYS_stat 0x15
#define CMOS_SYS_list 0x16
#define CMOS_SYS_mkdir 0x17
#define CMOS_SYS_remove 0x18
#define CMOS_SYS_rename 0x19
#define CMOS_SYS_md_read 0x20
#define CMOS_SYS_md_write 0x21
#define CMOS_SYS_md_size 0x22
#define CMOS_SYS_md_flush 0x23
#define CMOS_SYS_md_lock 0x24
#define CMOS_SYS_md_unlock 0x25
#define CMOS_SYS_exec_cpe 0x30
#define CMOS_SYS_query_cpe 0x31
#define CMOS_SYS_grow 0x40
#define CMOS_SYS_clock 0x41
#define CMOS_SYS_arguments 0x42
#define CMOS_SYS_random 0x43
#define CMOS_SYS_overlay 0x44
#define CMOS_SYS_stderr 0x45
#define CMOS_SYS_environment 0x46

/* Results of a failed call, sign-extended to the register; -1 ... -4095 are never a success (abi 2). */
#define CPE_ERROR_INVALID (-1)
#define CPE_ERROR_NOSYS (-2)
#define CPE_ERROR_FAULT (-3)
#define CPE_ERROR_NOT_FOUND (-4)
#define CPE_ERROR_EXISTS (-5)
#define CPE_ERROR_ACCESS (-6)
#define CPE_ERROR_NOT_DIRECTORY (-7)
#define CPE_ERROR_IS_DIRECTORY (-8)
#define CPE_ERROR_NOT_EMPTY (-9)
#define CPE_ERROR_BAD_HANDLE (-10)
#define CPE_ERROR_TOO_MANY (-11)
#define CPE_ERROR_NO_SPACE (-12)
#define CPE_ERROR_NO_MEMORY (-13)
#define CPE_ERROR_IO (-14)
#define CPE_ERROR_BAD_EXECUTABLE (-15)
#define CPE_ERROR_MINIDISK_BUSY (-16)
#define CPE_ERROR_MINIDISK_CLOSED (-17)
#define CPE_ERROR_CHILD_FAULT (-18)

/* stdin: style */
#define CMOS_STDIN_TERMINAL 0
#define CMOS_STDIN_NO_ECHO 1
#define CMOS_STDIN_RAW_KEY 2

/* open: flags, to be combined */
#define CMOS_OPEN_READ 1
#define CMOS_OPEN_WRITE 2
#define CMOS_OPEN_CREATE 4
#define CMOS_OPEN_TRUNCATE 8
#define CMOS_OPEN_APPEND 16
#define CMOS_OPEN_EXCLUSIVE 32

/* seek: whence */
#define CMOS_SEEK_START 0
#define CMOS_SEEK_CURRENT 1
#define CMOS_SEEK_END 2

/* stat: kind and flags */
#define CMOS_KIND_FILE 1
#define CMOS_KIND_DIRECTORY 2
#define CMOS_KIND_PROGRAM 3
#define CMOS_KIND_MINIDISK 4
#define CMOS_STAT_READ_ONLY 1

/* md_lock: mode */
#define CMOS_LOCK_WAIT 0
#define CMOS_LOCK_TRY 1

/* query_cpe: what */
#define CMOS_QUERY_VERSION 0
#define CMOS_QUERY_ARCH 1
#define CMOS_QUERY_AUTHOR 2
#define CMOS_QUERY_SITE 3
#define CMOS_QUERY_AUTHOR_HASH 4
#define CMOS_QUERY_MINI_DISK_SIZE 5
#define CMOS_QUERY_ENTRY_OFFSET 6
#define CMOS_QUERY_PATH 7
#define CMOS_QUERY_SYMBOL_COUNT 8

/* clock: which */
#define CMOS_CLOCK_MONOTONIC 0
#define CMOS_CLOCK_UTC 1

/* Colours are 0xAARRGGBB; alpha 0 stands for the default colour. */
#define CMOS_ARGB(a, r, g, b) \
  (((a) & 0xffu) << 24 | ((r) & 0xffu) << 16 | ((g) & 0xffu) << 8 | ((b) & 0xffu))
#define CMOS_RGB(r, g, b) CMOS_ARGB(0xffu, r, g, b)

#endif
