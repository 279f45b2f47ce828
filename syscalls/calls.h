// The handlers. A parameter list here is the one and only declaration of a call's arguments.
#pragma once

#include "syscalls/arguments.h"

namespace cmos::syscalls {

inline constexpr std::array<NamedValue, 3> kStyleNames{
    {{0, "terminal"}, {1, "no-echo"}, {2, "raw-key"}}};
inline constexpr std::array<NamedValue, 2> kClockNames{{{0, "monotonic"}, {1, "utc"}}};
inline constexpr std::array<NamedValue, 6> kOpenFlags{
    {{1, "read"}, {2, "write"}, {4, "create"}, {8, "truncate"}, {16, "append"}, {32, "exclusive"}}};
inline constexpr std::array<NamedValue, 3> kWhenceNames{{{0, "start"}, {1, "current"}, {2, "end"}}};
inline constexpr std::array<NamedValue, 2> kLockModeNames{{{0, "wait"}, {1, "try"}}};
inline constexpr std::array<NamedValue, 9> kQueryNames{{{0, "version"},
                                                        {1, "arch"},
                                                        {2, "author"},
                                                        {3, "site"},
                                                        {4, "author-hash"},
                                                        {5, "mini-disk-size"},
                                                        {6, "entry-offset"},
                                                        {7, "path"},
                                                        {8, "symbol-count"}}};

// ---- calls_process.cc ----
CallResult sys_exit(Kernel& kernel, Unsigned<"code"> code);
CallResult sys_arguments(Kernel& kernel, BytesOut<"buffer"> buffer);
CallResult sys_environment(Kernel& kernel, BytesOut<"buffer"> buffer);
// ---- calls_console.cc ----
CallResult sys_stdout(Kernel& kernel, BytesIn<"text"> text, ColourPointer<"colour"> colour);
CallResult sys_stderr(Kernel& kernel, BytesIn<"text"> text);
CallResult sys_stdin(Kernel& kernel, Named<"style", kStyleNames> style);
// ---- calls_file.cc ----
CallResult sys_open(Kernel& kernel, PathIn<"path"> path, Flags<"flags", kOpenFlags> flags);
CallResult sys_close(Kernel& kernel, Handle<"handle"> handle);
CallResult sys_read(Kernel& kernel, Handle<"handle"> handle, BytesOut<"buffer"> buffer);
CallResult sys_write(Kernel& kernel, Handle<"handle"> handle, BytesIn<"buffer"> buffer);
CallResult sys_seek(Kernel& kernel, Handle<"handle"> handle, Signed<"offset"> offset,
                    Named<"whence", kWhenceNames> whence);
CallResult sys_stat(Kernel& kernel, PathIn<"path"> path, StatOut<"out"> out);
CallResult sys_list(Kernel& kernel, Handle<"handle"> handle, BytesOut<"buffer"> buffer);
CallResult sys_mkdir(Kernel& kernel, PathIn<"path"> path);
CallResult sys_remove(Kernel& kernel, PathIn<"path"> path);
CallResult sys_rename(Kernel& kernel, PairPointer<"pair"> pair);
// ---- calls_minidisk.cc ----
CallResult sys_md_read(Kernel& kernel, Unsigned<"offset"> offset, BytesOut<"buffer"> buffer);
CallResult sys_md_write(Kernel& kernel, Unsigned<"offset"> offset, BytesIn<"buffer"> buffer);
CallResult sys_md_size(Kernel& kernel);
CallResult sys_md_flush(Kernel& kernel);
CallResult sys_md_lock(Kernel& kernel, Named<"mode", kLockModeNames> mode);
CallResult sys_md_unlock(Kernel& kernel);
// ---- calls_launch.cc ----
CallResult sys_exec_cpe(Kernel& kernel, PathIn<"path"> path,
                        ArgumentsPointer<"arguments"> arguments);
CallResult sys_query_cpe(Kernel& kernel, Named<"what", kQueryNames> what,
                         BytesOut<"buffer"> buffer);
// ---- calls_memory.cc ----
CallResult sys_grow(Kernel& kernel, Signed<"bytes"> bytes);
CallResult sys_clock(Kernel& kernel, Named<"which", kClockNames> which, TimeOut<"out"> out);
CallResult sys_random(Kernel& kernel, BytesOut<"buffer"> buffer);
CallResult sys_overlay(Kernel& kernel, Unsigned<"number"> number);

}  // namespace cmos::syscalls
