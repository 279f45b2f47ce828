/* cmos for hosts, in C: load a program of CalamOS, give it input, run it, look at its registers and
 * memory, and learn how it ended. The library behind it is libcmos; the C++ interface, of which
 * this is the stable part, is described in docs/embedding.md.
 *
 * Versions. cmos_api_version() is what the library has, CMOS_API_VERSION what this header
 * describes. It grows with what is added: functions, enumerators, members at the end of cmos_call.
 * What was there keeps its meaning; when it cannot, the number in the library's soname changes.
 *
 * Errors. What can fail returns a cmos_status, and cmos_error() has the text of the handle's last
 * failure: file, offset, field, found and expected where they are known. No exception leaves a
 * function of this file. A null handle is CMOS_USAGE, and harmless.
 *
 * Ownership. A cmos_process is yours from cmos_new() to cmos_free(). Everything given to it is
 * copied, but for callbacks and their `user`, which outlive the handle. What it returns belongs to
 * it, and stays as it is until the time that the function names.
 *
 * Threads. A handle belongs to one thread at a time; different handles may be used by different
 * threads at once, and share nothing. cmos_request_stop() alone may be called from any thread and
 * from a signal handler, as long as the handle is not freed meanwhile.
 *
 * Callbacks run in the thread that called cmos_run() or cmos_step(). They may ask for the handle's
 * registers, memory and symbols, and call cmos_request_stop(); what would run, load, change options
 * or free is CMOS_USAGE there, and cmos_free() does nothing. They return: no longjmp, no exception.
 */
#ifndef CMOS_CMOS_H
#define CMOS_CMOS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CMOS_NOTHROW noexcept
extern "C" {
#else
#define CMOS_NOTHROW
#endif

#ifndef CMOS_FUNCTION
#define CMOS_FUNCTION __attribute__((visibility("default")))
#endif

#define CMOS_API_VERSION 1u

/* Of the library that runs: at least CMOS_API_VERSION, else it lacks functions of this header. */
CMOS_FUNCTION unsigned cmos_api_version(void) CMOS_NOTHROW;
/* Of cmos itself, for people: "0.1.0". */
CMOS_FUNCTION const char* cmos_version(void) CMOS_NOTHROW;

typedef enum cmos_status {
  CMOS_OK = 0,
  CMOS_USAGE = 1,       /* the call makes no sense here, or a value has no meaning */
  CMOS_HOST_IO = 2,     /* the host refused to read, write, start a thread ... */
  CMOS_NOT_FOUND = 3,   /* no such file, register, symbol or address */
  CMOS_UNREADABLE = 4,  /* the file is there but cannot be read */
  CMOS_MALFORMED = 5,   /* bytes that break the format's rules */
  CMOS_UNSUPPORTED = 6, /* well-formed, but there is no engine for this ARCH, say */
  CMOS_LIMIT = 7,       /* a limit that was set, or the host's */
  CMOS_NO_MEMORY = 8,   /* of the host */
  CMOS_INTERNAL = 9     /* a bug of cmos */
} cmos_status;

/* One program, from its options to its end. */
typedef struct cmos_process cmos_process;

/* A process without a program; NULL when the host has no memory. */
CMOS_FUNCTION cmos_process* cmos_new(void) CMOS_NOTHROW;
/* NULL is allowed. The process must not be running. */
CMOS_FUNCTION void cmos_free(cmos_process* process) CMOS_NOTHROW;
/* Of the last call that failed, in one line; "" before. Valid until the next one that fails. */
CMOS_FUNCTION const char* cmos_error(const cmos_process* process) CMOS_NOTHROW;

/* ---- options: before a program is loaded ----------------------------------------------------- */

/* Argument 0 is the program's own path, made from its name; these follow it. */
CMOS_FUNCTION cmos_status cmos_add_argument(cmos_process* process, const char* text) CMOS_NOTHROW;
/* "NAME=VALUE" */
CMOS_FUNCTION cmos_status cmos_add_environment(cmos_process* process,
                                               const char* text) CMOS_NOTHROW;

typedef enum cmos_limit {
  CMOS_LIMIT_INSTRUCTIONS = 0, /* executed, exactly; makes cmos_instructions() count, too */
  CMOS_LIMIT_OUTPUT = 1,       /* bytes of standard output; the write that exceeds it is cut */
  CMOS_LIMIT_MEMORY = 2,       /* bytes of image, heap and stack; 1 GiB when it is not set */
  CMOS_LIMIT_STACK = 3         /* bytes of the stack */
} cmos_limit;
/* `limit` is one of these; functions take enumerators as int, whatever a language makes of them. */
CMOS_FUNCTION cmos_status cmos_set_limit(cmos_process* process, int limit,
                                         uint64_t value) CMOS_NOTHROW;
/* Of wall-clock time, more than 0, from the first cmos_run() or cmos_step() on. */
CMOS_FUNCTION cmos_status cmos_set_timeout(cmos_process* process, double seconds) CMOS_NOTHROW;

/* The host folder that holds Cmos:\ (made when something is first written there). Without one the
 * calls on files, mini-disks and programs answer CPE_ERROR_NOSYS. */
CMOS_FUNCTION cmos_status cmos_set_root(cmos_process* process, const char* folder) CMOS_NOTHROW;
/* "Cmos:\\src=FOLDER", with ":ro" behind it for reading only. Needs a root. */
CMOS_FUNCTION cmos_status cmos_add_mount(cmos_process* process, const char* mount) CMOS_NOTHROW;

typedef enum cmos_stream { CMOS_STDOUT = 0, CMOS_STDERR = 1 } cmos_stream;
/* Called with each piece that the program writes, at once; 0 says that it was taken, anything else
 * that it was not: the program's call answers CPE_ERROR_IO. Colours are not told. */
typedef int (*cmos_output_function)(void* user, cmos_stream stream, const void* bytes, size_t size);
/* NULL: what is written is kept for cmos_take_output(). */
CMOS_FUNCTION cmos_status cmos_set_output(cmos_process* process, cmos_output_function function,
                                          void* user) CMOS_NOTHROW;

/* How the program asks for input. Where no person types it means nothing. */
typedef enum cmos_input_style {
  CMOS_INPUT_LINE = 0,    /* as a terminal does: with echo, a line at a time */
  CMOS_INPUT_NO_ECHO = 1, /* a password, say */
  CMOS_INPUT_KEY = 2      /* each key at once, without echo */
} cmos_input_style;
/* Called when the program waits for input and has used up what it got: puts at least one and at
 * most `size` bytes into `buffer` and returns how many; 0 is the end of input, and stays it. */
typedef size_t (*cmos_input_function)(void* user, cmos_input_style style, void* buffer,
                                      size_t size);
/* NULL: input is what cmos_feed() gave. */
CMOS_FUNCTION cmos_status cmos_set_input(cmos_process* process, cmos_input_function function,
                                         void* user) CMOS_NOTHROW;

/* One system call that has been served, or that ended the program. */
typedef struct cmos_call {
  size_t size;       /* of this struct, as the library knows it */
  uint64_t process;  /* 1; from 2 on for programs that the program launched */
  uint64_t sequence; /* of that process, from 1 */
  uint64_t address;  /* of the instruction that made the call */
  uint64_t number;   /* as the program gave it */
  const char* name;  /* "stdout"; NULL when there is no such call */
  const char* text;  /* as cmos-run --trace shows it: main+0x1c: stdout("Hi\n", 3) = 3 */
  int returned;      /* 0: the program ended in it */
  int64_t result;    /* when it returned */
  const char* error; /* "CPE_ERROR_FAULT" when the result is one; else NULL */
} cmos_call;
/* `call` and its texts are valid during the callback. */
typedef void (*cmos_trace_function)(void* user, const cmos_call* call);
CMOS_FUNCTION cmos_status cmos_set_trace(cmos_process* process, cmos_trace_function function,
                                         void* user) CMOS_NOTHROW;

/* Counts instructions, which takes some time, without limiting them. */
CMOS_FUNCTION cmos_status cmos_count_instructions(cmos_process* process) CMOS_NOTHROW;

/* ---- load ------------------------------------------------------------------------------------ */

/* A file of the host: a CPE, or CIL bytecode (CBC). One program for each handle; after a failure
 * another one can be tried. */
CMOS_FUNCTION cmos_status cmos_load_file(cmos_process* process, const char* path) CMOS_NOTHROW;
/* The same from memory. `name` is what messages call it, and gives the program its own path. */
CMOS_FUNCTION cmos_status cmos_load(cmos_process* process, const void* bytes, size_t size,
                                    const char* name) CMOS_NOTHROW;
/* The program's ARCH code, "8664"; NULL when there is none. As long as the handle. */
CMOS_FUNCTION const char* cmos_arch(const cmos_process* process) CMOS_NOTHROW;

/* ---- run ------------------------------------------------------------------------------------- */

/* Adds to what the program will read; behind the last byte it finds the end of input. Before or
 * after loading, and between steps. CMOS_USAGE with an input callback. */
CMOS_FUNCTION cmos_status cmos_feed(cmos_process* process, const void* bytes,
                                    size_t size) CMOS_NOTHROW;
/* Runs to the end, and is CMOS_OK however the program ends. */
CMOS_FUNCTION cmos_status cmos_run(cmos_process* process) CMOS_NOTHROW;
/* Executes up to `count` instructions, and serves the calls among them; fewer when it ends.
 * `executed` (may be NULL) gets their number. */
CMOS_FUNCTION cmos_status cmos_step(cmos_process* process, uint64_t count,
                                    uint64_t* executed) CMOS_NOTHROW;
/* The process ends soon, as CMOS_INTERRUPTED, unless it has ended. Does nothing before a program is
 * loaded. An input callback that waits is waited for. */
CMOS_FUNCTION void cmos_request_stop(cmos_process* process) CMOS_NOTHROW;

/* What was written to the stream since this was last called for it. `size` may not be NULL. Valid
 * until the next call for this stream; never NULL but for a null handle or an unknown stream. */
CMOS_FUNCTION const char* cmos_take_output(cmos_process* process, int stream,
                                           size_t* size) CMOS_NOTHROW;

/* ---- outcome --------------------------------------------------------------------------------- */

typedef enum cmos_ending {
  CMOS_RUNNING = 0,    /* not ended, or not loaded */
  CMOS_EXITED = 1,     /* by itself */
  CMOS_FAULTED = 2,    /* by a fault, which the report describes */
  CMOS_LIMITED = 3,    /* by one of its limits, which the report names */
  CMOS_INTERRUPTED = 4 /* by cmos_request_stop() */
} cmos_ending;
CMOS_FUNCTION cmos_ending cmos_how_ended(const cmos_process* process) CMOS_NOTHROW;
/* As that of cmos-run: the program's own & 0xff, 124 a limit, 128 + n a fault or a stop; -1 while
 * it has not ended. */
CMOS_FUNCTION int cmos_exit_status(const cmos_process* process) CMOS_NOTHROW;
/* All bits of what the program gave to exit; 0 when it did not end by itself. */
CMOS_FUNCTION uint64_t cmos_exit_code(const cmos_process* process) CMOS_NOTHROW;
/* Executed so far. CMOS_USAGE when they are not counted. */
CMOS_FUNCTION cmos_status cmos_instructions(cmos_process* process, uint64_t* count) CMOS_NOTHROW;
/* What cmos-run prints about a program that did not end well, of several lines; "" of one that
 * exited. NULL while it has not ended, or without memory. As long as the handle. */
CMOS_FUNCTION const char* cmos_report_text(cmos_process* process) CMOS_NOTHROW;
/* The same as cmos-run --report writes it (docs/report.schema.json), of every ending. */
CMOS_FUNCTION const char* cmos_report_json(cmos_process* process) CMOS_NOTHROW;

/* ---- registers and memory: once a program is loaded, also after its end ---------------------- */

/* Registers are named as assemblers name them ("rax", "x0", "pc"), parts of them included where
 * there are some ("eax", "ah", "w0"). */
CMOS_FUNCTION size_t cmos_register_count(const cmos_process* process) CMOS_NOTHROW;
/* Of whole registers, by index; NULL behind the last. As long as the handle. */
CMOS_FUNCTION const char* cmos_register_name(const cmos_process* process,
                                             size_t index) CMOS_NOTHROW;
CMOS_FUNCTION cmos_status cmos_read_register(cmos_process* process, const char* name,
                                             uint64_t* value) CMOS_NOTHROW;
/* Of a part no other bits change. Written to the program counter of ARM, bit 0 chooses Thumb. */
CMOS_FUNCTION cmos_status cmos_write_register(cmos_process* process, const char* name,
                                              uint64_t value) CMOS_NOTHROW;
/* All or nothing, whatever the memory's permissions are. CMOS_NOT_FOUND where none is mapped. */
CMOS_FUNCTION cmos_status cmos_read_memory(cmos_process* process, uint64_t address, void* bytes,
                                           size_t size) CMOS_NOTHROW;
CMOS_FUNCTION cmos_status cmos_write_memory(cmos_process* process, uint64_t address,
                                            const void* bytes, size_t size) CMOS_NOTHROW;
/* Where a symbol of the program lies; the first of this name. */
CMOS_FUNCTION cmos_status cmos_find_symbol(cmos_process* process, const char* name,
                                           uint64_t* address) CMOS_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
