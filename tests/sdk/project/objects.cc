#include <cmos.h>

#include <new>

class Guest {
 public:
  explicit Guest(const char* name) : name_(name) { say(" comes\n"); }
  virtual ~Guest() { say(" goes\n"); }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

 private:
  void say(const char* what) const {
    cmos_print(name_);
    cmos_print(what);
  }
  const char* name_;
};

static Guest first("1");
static Guest second("2");

// Without a C library there is no heap: deleting through a base class is never done here.
void operator delete(void*) noexcept {}
void operator delete(void*, size_t) noexcept {}

extern "C" int main() {
  cmos_print("main\n");
  return 0;
}
