// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/held_setting.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

namespace medcl {
namespace {

class HeldSettingTest : public ::testing::Test {
 protected:
  int value_ = 7, writes_ = 0;
  bool refuses_ = false;
  HeldSetting<int> setting_{[this] { return value_; },
                            [this](const int& value) {
                              if (refuses_) throw std::runtime_error("no room");
                              value_ = value;
                              ++writes_;
                            }};
  using Holder = HeldSetting<int>::Holder;
};

TEST_F(HeldSettingTest, IsThatOfWhoeverTookItLast) {
  Holder one(setting_, 1);
  Holder two(setting_, 2);
  EXPECT_EQ(value_, 2);
  EXPECT_FALSE(one.has_it());
  one.take();
  EXPECT_EQ(value_, 1);
  EXPECT_TRUE(one.has_it());
  one.take(3);
  EXPECT_EQ(value_, 3);
}

TEST_F(HeldSettingTest, IsAsItWasAfterTheLastHolderWhateverTheOrder) {
  for (const bool first_ends_first : {false, true}) {
    std::optional<Holder> one, two;
    one.emplace(setting_, 1);
    two.emplace(setting_, 2);
    (first_ends_first ? one : two).reset();
    EXPECT_EQ(value_, first_ends_first ? 2 : 1);
    (first_ends_first ? two : one).reset();
    EXPECT_EQ(value_, 7);
  }
}

TEST_F(HeldSettingTest, IsPutRightWhenSomebodyElseChangedIt) {
  Holder one(setting_, 1);
  value_ = 5;
  one.take();
  EXPECT_EQ(value_, 1);
  const int writes = writes_;
  one.take();
  EXPECT_EQ(writes_, writes) << "it was right";
}

TEST_F(HeldSettingTest, StaysWhereItCannotBeSet) {
  refuses_ = true;
  EXPECT_THROW(Holder(setting_, 1), std::runtime_error);
  refuses_ = false;
  {
    const Holder two(setting_, 2);
    refuses_ = true;
  }
  EXPECT_EQ(value_, 2) << "what ends cannot throw";
  refuses_ = false;
  { const Holder three(setting_, 3); }
  EXPECT_EQ(value_, 2) << "the refused holders are gone";
}

}  // namespace
}  // namespace medcl
