// C++: constructors of global objects run before main, destructors after it.
#include "text.h"

namespace {

class Guest {
 public:
  explicit Guest(const char* name) : name_(name) {
    cmos_print(name_);
    cmos_print(" arrives\n");
  }
  ~Guest() {
    cmos_print(name_);
    cmos_print(" leaves\n");
  }

 private:
  const char* name_;
};

Guest first("the first");
Guest second("the second");

}  // namespace

// A freestanding compiler gives main no C linkage by itself.
extern "C" int main() {
  cmos_print("main\n");
  return 0;
}
