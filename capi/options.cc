// A handle's life and its options.
#include <cmath>
#include <cstring>

#include "capi/process.h"
#include "vfs/setup.h"

namespace cmos::capi {

cmos_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return CMOS_USAGE;
    case ErrorCode::kHostIo:
      return CMOS_HOST_IO;
    case ErrorCode::kNotFound:
      return CMOS_NOT_FOUND;
    case ErrorCode::kUnreadable:
      return CMOS_UNREADABLE;
    case ErrorCode::kMalformed:
      return CMOS_MALFORMED;
    case ErrorCode::kUnsupported:
      return CMOS_UNSUPPORTED;
    case ErrorCode::kLimit:
      return CMOS_LIMIT;
    case ErrorCode::kInternal:
      return CMOS_INTERNAL;
  }
  return CMOS_INTERNAL;
}

cmos_status fail(cmos_process& handle, cmos_status status, std::string_view text) noexcept {
  try {
    handle.error = text;
  } catch (const std::exception&) {
    handle.error.assign(text.substr(0, handle.error.capacity()));
  }
  return status;
}

cmos_status fail(cmos_process& handle, const Error& error) noexcept {
  try {
    return fail(handle, status_of(error.code), error.text());
  } catch (const std::exception&) {
    return fail(handle, status_of(error.code), error.message);
  }
}

}  // namespace cmos::capi

using cmos::capi::fail;
using cmos::capi::guarded_option;

unsigned cmos_api_version(void) noexcept {
  return CMOS_API_VERSION;
}

const char* cmos_version(void) noexcept {
  return CMOS_VERSION;
}

cmos_process* cmos_new(void) noexcept {
  try {
    return new cmos_process;
  } catch (const std::exception&) {
    return nullptr;
  }
}

void cmos_free(cmos_process* process) noexcept {
  if (process != nullptr && !process->busy) delete process;
}

const char* cmos_error(const cmos_process* process) noexcept {
  return process == nullptr ? "there is no process" : process->error.c_str();
}

cmos_status cmos_add_argument(cmos_process* process, const char* text) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (text == nullptr) return fail(self, CMOS_USAGE, "an argument is NULL");
    self.options.arguments.emplace_back(text);
    return CMOS_OK;
  });
}

cmos_status cmos_add_environment(cmos_process* process, const char* text) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (text == nullptr || std::strchr(text, '=') == nullptr || *text == '=')
      return fail(self, CMOS_USAGE, "a variable of the environment is not NAME=VALUE");
    self.options.environment.emplace_back(text);
    return CMOS_OK;
  });
}

cmos_status cmos_set_limit(cmos_process* process, int limit, uint64_t value) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    cmos::runtime::Limits& limits = self.options.limits;
    switch (limit) {
      case CMOS_LIMIT_INSTRUCTIONS:
        limits.max_instructions = value;
        return CMOS_OK;
      case CMOS_LIMIT_OUTPUT:
        limits.max_output = value;
        return CMOS_OK;
      case CMOS_LIMIT_MEMORY:
        limits.memory = value;
        return CMOS_OK;
      case CMOS_LIMIT_STACK:
        limits.stack_size = value;
        return CMOS_OK;
      default:
        return fail(self, CMOS_USAGE, "there is no such limit");
    }
  });
}

cmos_status cmos_set_timeout(cmos_process* process, double seconds) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (!std::isfinite(seconds) || seconds <= 0)
      return fail(self, CMOS_USAGE, "a time limit is not more than 0 seconds");
    self.options.limits.timeout = seconds;
    return CMOS_OK;
  });
}

cmos_status cmos_set_root(cmos_process* process, const char* folder) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (folder == nullptr || *folder == '\0') return fail(self, CMOS_USAGE, "the root has no name");
    self.root = folder;
    return CMOS_OK;
  });
}

cmos_status cmos_add_mount(cmos_process* process, const char* mount) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    if (mount == nullptr) return fail(self, CMOS_USAGE, "a mount is NULL");
    auto parsed = cmos::vfs::parse_mount(mount);
    if (!parsed) return fail(self, parsed.error());
    self.mounts.push_back(*std::move(parsed));
    return CMOS_OK;
  });
}

cmos_status cmos_set_output(cmos_process* process, cmos_output_function function,
                            void* user) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    self.console.set_output(function, user);
    return CMOS_OK;
  });
}

cmos_status cmos_set_input(cmos_process* process, cmos_input_function function,
                           void* user) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    self.console.set_input(function, user);
    return CMOS_OK;
  });
}

cmos_status cmos_set_trace(cmos_process* process, cmos_trace_function function,
                           void* user) noexcept {
  return guarded_option(process, [&](cmos_process& self) {
    self.trace =
        function == nullptr ? nullptr : std::make_unique<cmos::capi::CallTrace>(function, user);
    return CMOS_OK;
  });
}

cmos_status cmos_count_instructions(cmos_process* process) noexcept {
  return guarded_option(process, [](cmos_process& self) {
    self.options.count_instructions = true;
    return CMOS_OK;
  });
}
