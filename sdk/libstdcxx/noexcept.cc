// What the headers call instead of throwing themselves (bits/functexcept.h), and what compiled exceptions call, for
// programs with -fno-exceptions: the message goes to standard error and the program aborts. With it they have no
// unwinder, and none of its tables. The names are weak, since the library's own are there as well.
#include <bits/functexcept.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace __gnu_cxx {
// The library's own, with %s and %zu alone.
int __snprintf_lite(char* out, std::size_t size, const char* format, va_list arguments);
}  // namespace __gnu_cxx

namespace {

void say(const char* text) {
  write(STDERR_FILENO, text, strlen(text));
}
[[noreturn]] void end(const char* what) {
  say("error without exceptions: ");
  say(what);
  say("\n");
  abort();
}

}  // namespace

#define CMOS_END __attribute__((weak)) void

namespace std {

CMOS_END __throw_bad_exception() { end("std::bad_exception"); }
CMOS_END __throw_bad_alloc() { end("std::bad_alloc"); }
CMOS_END __throw_bad_array_new_length() { end("std::bad_array_new_length"); }
CMOS_END __throw_bad_cast() { end("std::bad_cast"); }
CMOS_END __throw_bad_typeid() { end("std::bad_typeid"); }
CMOS_END __throw_logic_error(const char* what) { end(what); }
CMOS_END __throw_domain_error(const char* what) { end(what); }
CMOS_END __throw_invalid_argument(const char* what) { end(what); }
CMOS_END __throw_length_error(const char* what) { end(what); }
CMOS_END __throw_out_of_range(const char* what) { end(what); }
CMOS_END __throw_out_of_range_fmt(const char* format, ...) {
  char what[512];
  va_list arguments;
  va_start(arguments, format);
  __gnu_cxx::__snprintf_lite(what, sizeof what, format, arguments);
  va_end(arguments);
  end(what);
}
CMOS_END __throw_runtime_error(const char* what) { end(what); }
CMOS_END __throw_range_error(const char* what) { end(what); }
CMOS_END __throw_overflow_error(const char* what) { end(what); }
CMOS_END __throw_underflow_error(const char* what) { end(what); }
CMOS_END __throw_ios_failure(const char* what) { end(what); }
CMOS_END __throw_ios_failure(const char* what, int) { end(what); }
CMOS_END __throw_system_error(int number) { end(strerror(number)); }
CMOS_END __throw_bad_function_call() { end("std::bad_function_call"); }
CMOS_END terminate() noexcept { end("std::terminate"); }

}  // namespace std

// The library itself is compiled with exceptions, and names these.
extern "C" {
CMOS_END __cxa_throw(void*, void*, void (*)(void*)) { end("an exception"); }
CMOS_END __cxa_rethrow() { end("an exception"); }
CMOS_END __cxa_end_catch() { end("an exception"); }
CMOS_END __cxa_call_unexpected(void*) { end("an exception"); }
CMOS_END __cxa_end_cleanup() { end("an exception"); }
CMOS_END _Unwind_Resume(void*) { end("an exception"); }
__attribute__((weak)) void* __cxa_begin_catch(void*) { end("an exception"); }
__attribute__((weak)) int __gxx_personality_v0(...) { end("an exception"); }
#ifdef __arm__
__attribute__((weak)) int __aeabi_unwind_cpp_pr0(...) { end("an exception"); }
__attribute__((weak)) int __aeabi_unwind_cpp_pr1(...) { end("an exception"); }
__attribute__((weak)) int __aeabi_unwind_cpp_pr2(...) { end("an exception"); }
#endif
}
