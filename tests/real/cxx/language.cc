// What C++ asks of its run-time support: exceptions, run-time types, new, static and thread-local objects. The same
// lines come out on the host.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <vector>

namespace {

struct Trace {
  explicit Trace(const char* text) : name(text) {}
  ~Trace() { std::printf("~%s\n", name); }
  const char* name;
};

struct Shape {
  virtual ~Shape() = default;
  virtual int corners() const = 0;
};
struct Named {
  virtual ~Named() = default;
  std::string name = "square";
};
struct Square : Shape, virtual Named {
  int corners() const override { return 4; }
};
struct Round : Shape {
  int corners() const override { return 0; }
};

__attribute__((noinline)) int deep(int levels, double weight) {
  Trace trace("deep");
  if (levels == 0) throw std::out_of_range("the bottom");
  return deep(levels - 1, weight * 1.5) + static_cast<int>(weight);
}

void through_frames() {
  const double kept = 2.5;
  try {
    deep(3, kept);
  } catch (const std::logic_error& error) {
    std::printf("caught %s, %.1f\n", error.what(), kept);
  }
  try {
    try {
      throw 42;
    } catch (int& number) {
      ++number;
      throw;
    }
  } catch (int number) {
    std::printf("thrown again: %d\n", number);
  }
  try {
    throw "text";
  } catch (const std::exception&) {
    std::puts("no");
  } catch (...) {
    std::puts("anything");
  }
}

struct Member {
  explicit Member(bool fail) {
    if (fail) throw std::runtime_error("a member");
  }
  ~Member() { std::puts("~Member"); }
};
struct Whole {
  Whole() try : first(false), second(true) {
  } catch (const std::runtime_error& error) {
    std::printf("constructor: %s\n", error.what());
  }
  Member first;
  Member second;
};

void kept_for_later() {
  std::exception_ptr kept;
  try {
    try {
      throw std::invalid_argument("inner");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  } catch (...) {
    kept = std::current_exception();
  }
  std::printf("uncaught: %d\n", std::uncaught_exceptions());
  try {
    std::rethrow_exception(kept);
  } catch (const std::exception& outer) {
    try {
      std::rethrow_if_nested(outer);
    } catch (const std::exception& inner) {
      std::printf("%s of %s\n", inner.what(), outer.what());
    }
  }
  try {
    Whole whole;
  } catch (const std::exception& error) {
    std::printf("and on: %s\n", error.what());
  }
}

void types() {
  Square square;
  Round round;
  Shape* shapes[] = {&square, &round};
  for (Shape* shape : shapes) {
    const Named* named = dynamic_cast<Named*>(shape);
    std::printf("%d %s\n", shape->corners(), named != nullptr ? named->name.c_str() : "nameless");
  }
  std::printf("%d %d\n", typeid(*shapes[0]) == typeid(Square), std::type_index(typeid(*shapes[1])) == typeid(Square));
  try {
    (void)dynamic_cast<Square&>(*shapes[1]);
  } catch (const std::bad_cast& error) {
    std::puts(error.what());
  }
}

struct alignas(256) Wide {
  char bytes[300];
};

void memory() {
  std::vector<Wide*> wide;
  for (int i = 0; i < 3; ++i) wide.push_back(new Wide);
  for (Wide* one : wide) {
    std::printf("%d", static_cast<int>(reinterpret_cast<std::uintptr_t>(one) % 256));
    delete one;
  }
  volatile std::size_t much = SIZE_MAX / 2;
  std::printf(" %d", static_cast<char*>(::operator new(much, std::nothrow)) == nullptr);
  try {
    void* volatile place = ::operator new(much);
    ::operator delete(place);
  } catch (const std::bad_alloc& error) {
    std::printf(" %s\n", error.what());
  }
  try {
    volatile int negative = -1;
    int* volatile numbers = new int[static_cast<std::size_t>(negative)];
    delete[] numbers;
  } catch (const std::bad_array_new_length& error) {
    std::puts(error.what());
  } catch (const std::bad_alloc&) {
    std::puts("std::bad_array_new_length");
  }
}

thread_local int counted = 7;
thread_local std::string text = "made at its first use";
int next() {
  thread_local int calls = 0;
  return ++calls;
}

struct Dies {
  ~Dies() { std::puts("a static object ends"); }
};
Dies& once() {
  static Dies dies;
  return dies;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "uncaught") throw std::runtime_error("nobody waits for this");
  if (argc > 1 && std::string(argv[1]) == "noexcept") []() noexcept { deep(1, 1); }();
  through_frames();
  kept_for_later();
  types();
  memory();
  next();
  counted += next();
  std::printf("%d %s\n", counted, text.c_str());
  once();
  std::puts("end");
}
