// Calls of abi 3 that are declared but not served: their argument lists, from which traces and
// listings decode them. A call moves to calls.h as an ordinary handler with the same parameters
// when its service arrives in Kernel's `Services`.
#pragma once

#include "syscalls/arguments.h"
#include "syscalls/row.h"

namespace cmos::syscalls {

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

// ---- files ----
inline constexpr auto kOpen = &not_served<PathIn<"path">, Flags<"flags", kOpenFlags>>;
inline constexpr auto kClose = &not_served<Handle<"handle">>;
inline constexpr auto kReadFile = &not_served<Handle<"handle">, BytesOut<"buffer">>;
inline constexpr auto kWriteFile = &not_served<Handle<"handle">, BytesIn<"buffer">>;
inline constexpr auto kSeek =
    &not_served<Handle<"handle">, Signed<"offset">, Named<"whence", kWhenceNames>>;
inline constexpr auto kStat = &not_served<PathIn<"path">, StatOut<"out">>;
inline constexpr auto kList = &not_served<Handle<"handle">, BytesOut<"buffer">>;
inline constexpr auto kMkdir = &not_served<PathIn<"path">>;
inline constexpr auto kRemove = &not_served<PathIn<"path">>;
inline constexpr auto kRename = &not_served<PairPointer<"pair">>;
// ---- mini-disk ----
inline constexpr auto kMdRead = &not_served<Unsigned<"offset">, BytesOut<"buffer">>;
inline constexpr auto kMdWrite = &not_served<Unsigned<"offset">, BytesIn<"buffer">>;
inline constexpr auto kMdSize = &not_served<>;
inline constexpr auto kMdFlush = &not_served<>;
inline constexpr auto kMdLock = &not_served<Named<"mode", kLockModeNames>>;
inline constexpr auto kMdUnlock = &not_served<>;
// ---- launch ----
inline constexpr auto kExecCpe = &not_served<PathIn<"path">, ArgumentsPointer<"arguments">>;
inline constexpr auto kQueryCpe = &not_served<Named<"what", kQueryNames>, BytesOut<"buffer">>;

}  // namespace cmos::syscalls
