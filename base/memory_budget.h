// What a run may take of the host's memory in all (--memory): one number, which everything that a
// guest can make grow is charged to. Nothing is allocated here.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace cmos {

/// Safe to use from several threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit = UINT64_MAX) : limit_(limit) {}

  /// All or nothing.
  bool take(std::uint64_t bytes) noexcept {
    std::uint64_t used = used_.load();
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }
  void give(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes); }

  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_.load(); }
  std::uint64_t left() const noexcept { return limit_ - used(); }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

/// What one holder has taken; given back at its end.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  explicit MemoryCharge(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
  MemoryCharge(MemoryCharge&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge() { clear(); }

  /// False, and nothing is taken, when the budget has not as much. A charge to no budget takes
  /// nothing.
  bool add(std::uint64_t bytes) noexcept {
    if (budget_ == nullptr) return true;
    if (!budget_->take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  /// It stays taken: who holds it now gives it back.
  void keep() noexcept { bytes_ = 0; }
  void clear() noexcept {
    if (budget_ != nullptr) budget_->give(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cmos
