// A value that most of its owners leave empty: it takes a pointer's room until it is changed.
#pragma once

#include <memory>
#include <utility>

namespace cmos {

/// Behaves as a T that begins default-constructed; copies are deep. Reading an empty one allocates
/// nothing.
template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT: a T is one
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) { return *this = Boxed(other); }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  const T& operator*() const {
    static const T kEmpty{};
    return value_ ? *value_ : kEmpty;
  }
  const T* operator->() const { return &**this; }
  /// The value to be changed.
  T& edit() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace cmos
