#include "base/memory_budget.h"

#include <gtest/gtest.h>

namespace cmos {
namespace {

TEST(MemoryBudget, GivesUpToItsLimitAndNotAByteMore) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_EQ(budget.left(), 40u);
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  budget.give(100);
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, DoesNotWrap) {
  MemoryBudget budget(100);
  ASSERT_TRUE(budget.take(1));
  EXPECT_FALSE(budget.take(UINT64_MAX));
  EXPECT_EQ(budget.used(), 1u);
}

TEST(MemoryCharge, IsGivenBackAtItsEnd) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  {
    MemoryCharge charge(budget);
    EXPECT_TRUE(charge.add(30));
    EXPECT_FALSE(charge.add(71));
    EXPECT_TRUE(charge.add(70));
    MemoryCharge moved(std::move(charge));
    EXPECT_EQ(budget->left(), 0u);
  }
  EXPECT_EQ(budget->left(), 100u);
}

TEST(MemoryCharge, StaysTakenWhenItIsKept) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  {
    MemoryCharge charge(budget);
    ASSERT_TRUE(charge.add(30));
    charge.keep();
  }
  EXPECT_EQ(budget->used(), 30u);
}

TEST(MemoryCharge, ToNoBudgetIsFree) {
  MemoryCharge charge;
  EXPECT_TRUE(charge.add(UINT64_MAX));
}

}  // namespace
}  // namespace cmos
