#include "tests/runtime/error_cases.h"

namespace cmos::runtime {
namespace {

using syscalls::Status;

constexpr std::uint32_t kRead = 1, kWrite = 2, kCreate = 4, kExclusive = 32;
constexpr std::uint32_t kUnmapped = 0x10;
constexpr std::uint32_t kNoHandle = 77;
/// What the guest's first open answers.
constexpr std::uint32_t kFirst = 3;

std::vector<ErrorCase> open_and_handle_cases() {
  return {
      {"open", Status::kInvalid, [](auto& s) { s.path("open", "a/b", kRead); }},
      {"open", Status::kFault,
       [](auto& s) {
         s.call("open", {kUnmapped, 4, kRead});
       }},
      {"open", Status::kNotFound, [](auto& s) { s.path("open", "none", kRead); }},
      {"open", Status::kExists,
       [](auto& s) { s.file("f").path("open", "f", kWrite | kCreate | kExclusive); }},
      {"open", Status::kAccess, [](auto& s) { s.link_out("out").path("open", "out\\etc", kRead); }},
      {"open", Status::kNotDirectory, [](auto& s) { s.file("f").path("open", "f\\x", kRead); }},
      {"open", Status::kIsDirectory, [](auto& s) { s.folder("d").path("open", "d", kWrite); }},
      {"open", Status::kNoSpace,
       [](auto& s) {
         s.config.max_files = 0;
         s.path("open", "new", kWrite | kCreate);
       }},
      {"open", Status::kIo,
       [](auto& s) {
         s.has_root = false;
         s.path("open", "f", kRead);
       }},

      {"close", Status::kBadHandle, [](auto& s) { s.call("close", {kNoHandle}); }},

      {"read", Status::kFault,
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("read", {kFirst, kUnmapped, 1});
       }},
      {"read", Status::kAccess,
       [](auto& s) {
         s.file("f").path("open", "f", kWrite).call("read", {kFirst, s.buffer(), 1});
       }},
      {"read", Status::kIsDirectory,
       [](auto& s) {
         s.folder("d").path("open", "d", kRead).call("read", {kFirst, s.buffer(), 1});
       }},
      {"read", Status::kBadHandle,
       [](auto& s) {
         s.call("read", {kNoHandle, s.buffer(), 1});
       }},

      {"write", Status::kFault,
       [](auto& s) {
         s.path("open", "f", kWrite | kCreate).call("write", {kFirst, kUnmapped, 1});
       }},
      {"write", Status::kAccess,
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("write", {kFirst, s.buffer(), 1});
       }},
      {"write", Status::kIsDirectory,
       [](auto& s) {
         s.folder("d").path("open", "d", kRead).call("write", {kFirst, s.buffer(), 1});
       }},
      {"write", Status::kBadHandle,
       [](auto& s) {
         s.call("write", {kNoHandle, s.buffer(), 1});
       }},
      {"write", Status::kNoSpace,
       [](auto& s) {
         s.config.max_bytes = 2;
         s.path("open", "f", kWrite | kCreate).call("write", {kFirst, s.buffer(), 3});
       }},

      {"seek", Status::kInvalid,
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("seek", {kFirst, 0, 3});
       }},
      {"seek", Status::kIsDirectory,
       [](auto& s) {
         s.folder("d").path("open", "d", kRead).call("seek", {kFirst, 0, 0});
       }},
      {"seek", Status::kBadHandle,
       [](auto& s) {
         s.call("seek", {kNoHandle, 0, 0});
       }},

      {"list", Status::kInvalid,
       [](auto& s) {
         s.file("d/name").path("open", "d", kRead).call("list", {kFirst, s.buffer(), 3});
       }},
      {"list", Status::kFault,
       [](auto& s) {
         s.folder("d").path("open", "d", kRead).call("list", {kFirst, kUnmapped, 9});
       }},
      {"list", Status::kNotFound,
       [](auto& s) {
         s.folder("d").path("open", "d", kRead).path("remove", "d");
         s.call("list", {kFirst, s.buffer(), 9});
       }},
      {"list", Status::kNotDirectory,
       [](auto& s) {
         s.file("f").path("open", "f", kRead).call("list", {kFirst, s.buffer(), 9});
       }},
      {"list", Status::kBadHandle,
       [](auto& s) {
         s.call("list", {kNoHandle, s.buffer(), 9});
       }},
  };
}

std::vector<ErrorCase> path_cases() {
  return {
      {"stat", Status::kInvalid, [](auto& s) { s.path("stat", "a:b", s.buffer()); }},
      {"stat", Status::kFault, [](auto& s) { s.file("f").path("stat", "f", kUnmapped); }},
      {"stat", Status::kNotFound, [](auto& s) { s.path("stat", "none", s.buffer()); }},
      {"stat", Status::kAccess,
       [](auto& s) { s.link_out("out").path("stat", "out\\etc", s.buffer()); }},
      {"stat", Status::kNotDirectory,
       [](auto& s) { s.file("f").path("stat", "f\\x", s.buffer()); }},

      {"mkdir", Status::kInvalid, [](auto& s) { s.path("mkdir", ""); }},
      {"mkdir", Status::kFault,
       [](auto& s) {
         s.call("mkdir", {kUnmapped, 4});
       }},
      {"mkdir", Status::kNotFound, [](auto& s) { s.path("mkdir", "none\\d"); }},
      {"mkdir", Status::kExists, [](auto& s) { s.folder("d").path("mkdir", "d"); }},
      {"mkdir", Status::kAccess, [](auto& s) { s.path("mkdir", "Cmos:\\new"); }},
      {"mkdir", Status::kNotDirectory, [](auto& s) { s.file("f").path("mkdir", "f\\d"); }},
      {"mkdir", Status::kNoSpace,
       [](auto& s) {
         s.config.max_files = 0;
         s.path("mkdir", "d");
       }},

      {"remove", Status::kInvalid, [](auto& s) { s.path("remove", "a:b"); }},
      {"remove", Status::kFault,
       [](auto& s) {
         s.call("remove", {kUnmapped, 4});
       }},
      {"remove", Status::kNotFound, [](auto& s) { s.path("remove", "none"); }},
      {"remove", Status::kAccess, [](auto& s) { s.path("remove", "Cmos:\\sys_apps"); }},
      {"remove", Status::kNotDirectory, [](auto& s) { s.file("f").path("remove", "f\\x"); }},
      {"remove", Status::kNotEmpty, [](auto& s) { s.file("d/f").path("remove", "d"); }},

      {"rename", Status::kInvalid, [](auto& s) { s.folder("d").rename("d", "d\\inside"); }},
      {"rename", Status::kFault, [](auto& s) { s.call("rename", {kUnmapped}); }},
      {"rename", Status::kNotFound, [](auto& s) { s.rename("none", "b"); }},
      {"rename", Status::kAccess, [](auto& s) { s.file("f").rename("f", "Cmos:\\new"); }},
      {"rename", Status::kNotDirectory, [](auto& s) { s.folder("d").file("f").rename("d", "f"); }},
      {"rename", Status::kIsDirectory, [](auto& s) { s.folder("d").file("f").rename("f", "d"); }},
      {"rename", Status::kNotEmpty, [](auto& s) { s.folder("d").file("e/f").rename("d", "e"); }},
  };
}

std::vector<ErrorCase> minidisk_cases() {
  std::vector<ErrorCase> out{
      {"md_read", Status::kFault,
       [](auto& s) {
         s.call("md_read", {0, kUnmapped, 1});
       }},
      {"md_write", Status::kFault,
       [](auto& s) {
         s.call("md_write", {0, kUnmapped, 1});
       }},
      {"md_lock", Status::kInvalid, [](auto& s) { s.call("md_lock", {2}); }},
      {"md_size", Status::kIo,
       [](auto& s) {
         s.has_root = false;
         s.call("md_size");
       }},
      {"md_flush", Status::kNoSpace,
       [](auto& s) {
         s.config.max_bytes = 2;
         s.call("md_write", {0, s.buffer(), 1}).call("md_flush");
       }},
      {"md_unlock", Status::kNoSpace,
       [](auto& s) {
         s.config.max_bytes = 2;
         s.call("md_write", {0, s.buffer(), 1}).call("md_unlock");
       }},
  };
  const auto access = [](ErrorStage& s, std::string_view call) {
    if (call == "md_lock") {
      s.call(call, {1});
    } else if (call == "md_read" || call == "md_write") {
      s.call(call, {0, s.buffer(), 1});
    } else {
      s.call(call);
    }
  };
  for (const std::string_view call : {"md_read", "md_write", "md_lock"}) {
    out.push_back({call, Status::kInvalid, [=](ErrorStage& s) {
                     testing::put(s.backing(), "more than 16 bytes");
                     access(s, call);
                   }});
    out.push_back({call, Status::kAccess, [=](ErrorStage& s) {
                     testing::fs::create_directories(s.backing());
                     access(s, call);
                   }});
    out.push_back({call, Status::kMinidiskBusy, [=](ErrorStage& s) {
                     s.minidisk_is_busy();
                     access(s, call);
                   }});
  }
  for (const std::string_view call :
       {"md_read", "md_write", "md_size", "md_flush", "md_lock", "md_unlock"}) {
    out.push_back({call, Status::kMinidiskClosed, [=](ErrorStage& s) {
                     s.after_the_end();
                     access(s, call);
                   }});
  }
  return out;
}

cpe::Executable image_larger_than_memory(ErrorStage& stage) {
  cpe::Executable file = stage.guest().call(0, {0}).executable();
  file.symbols.push_back({std::string(cpe::kImageEnd), 0x6000'0000});
  return file;
}

std::vector<ErrorCase> other_cases() {
  return {
      {"stdout", Status::kFault,
       [](auto& s) {
         s.call("stdout", {kUnmapped, 1, 0});
       }},
      {"stdout", Status::kIo,
       [](auto& s) {
         s.console_refuses = true;
         s.call("stdout", {s.buffer(), 1, 0});
       }},
      {"stderr", Status::kFault,
       [](auto& s) {
         s.call("stderr", {kUnmapped, 1});
       }},
      {"stderr", Status::kIo,
       [](auto& s) {
         s.console_refuses = true;
         s.call("stderr", {s.buffer(), 1});
       }},

      {"exec_cpe", Status::kInvalid, [](auto& s) { s.path("exec_cpe", "", 0); }},
      {"exec_cpe", Status::kFault, [](auto& s) { s.path("exec_cpe", "p", kUnmapped); }},
      {"exec_cpe", Status::kNotFound, [](auto& s) { s.path("exec_cpe", "none", 0); }},
      {"exec_cpe", Status::kAccess, [](auto& s) { s.link_out("o").path("exec_cpe", "o\\p", 0); }},
      {"exec_cpe", Status::kNotDirectory, [](auto& s) { s.file("f").path("exec_cpe", "f\\x", 0); }},
      {"exec_cpe", Status::kIsDirectory, [](auto& s) { s.folder("d").path("exec_cpe", "d", 0); }},
      {"exec_cpe", Status::kTooMany,
       [](auto& s) {
         s.system.max_depth = 1;
         s.program("p", s.guest().call(0, {0}).executable()).path("exec_cpe", "p", 0);
       }},
      {"exec_cpe", Status::kNoMemory,
       [](auto& s) { s.program("p", image_larger_than_memory(s)).path("exec_cpe", "p", 0); }},
      {"exec_cpe", Status::kBadExecutable, [](auto& s) { s.file("f").path("exec_cpe", "f", 0); }},
      {"exec_cpe", Status::kChildFault,
       [](auto& s) {
         s.program("p", s.guest().null_read().executable()).path("exec_cpe", "p", 0);
       }},

      {"query_cpe", Status::kInvalid,
       [](auto& s) {
         s.call("query_cpe", {9, s.buffer(), 4});
       }},
      {"query_cpe", Status::kFault,
       [](auto& s) {
         s.call("query_cpe", {0, kUnmapped, 4});
       }},

      {"grow", Status::kInvalid,  // -1 byte of an empty heap
       [](auto& s) {
         s.call("query_cpe", {9, s.buffer(), 4}).call_with_result("grow");
       }},
      {"grow", Status::kNoMemory, [](auto& s) { s.call("grow", {0x7fff'ffff}); }},
      {"overlay", Status::kInvalid, [](auto& s) { s.call("overlay", {0}); }},
      {"clock", Status::kInvalid,
       [](auto& s) {
         s.call("clock", {2, s.buffer()});
       }},
      {"clock", Status::kFault,
       [](auto& s) {
         s.call("clock", {0, kUnmapped});
       }},
      {"arguments", Status::kFault,
       [](auto& s) {
         s.call("arguments", {kUnmapped, 4});
       }},
      {"environment", Status::kFault,
       [](auto& s) {
         s.call("environment", {kUnmapped, 4});
       }},
      {"random", Status::kFault,
       [](auto& s) {
         s.call("random", {kUnmapped, 4});
       }},
  };
}

}  // namespace

std::vector<ErrorCase> guest_error_cases() {
  std::vector<ErrorCase> out;
  for (auto& part : {open_and_handle_cases(), path_cases(), minidisk_cases(), other_cases()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace cmos::runtime
