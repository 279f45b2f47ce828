// Constructors, COMDAT functions and virtual tables.
struct Base {
  virtual int value() const { return 1; }
  virtual ~Base() {}
  static void operator delete(void*, unsigned long) {}
  static void operator delete(void*, unsigned int) {}
};
struct Derived : Base {
  int value() const override { return 2; }
};
template <class T>
inline T twice(T value) {
  static T last;
  return last = value * 2;
}
struct Counter {
  Counter() { ++count; }
  static int count;
};
int Counter::count;
static Counter first;
__attribute__((init_priority(200))) static Counter early;
extern "C" int other(int);
extern "C" int cxx(int value) {
  Derived derived;
  const Base& base = derived;
  return base.value() + twice(value) + static_cast<int>(twice(2.0)) + other(Counter::count);
}
