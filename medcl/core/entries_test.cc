// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/entries.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace medcl {
namespace {

struct Entry {
  std::string name, help;
};

const std::vector<Entry>& all() {
  static const std::vector<Entry> kAll{{"one", "the first"}, {"two", "another"}};
  return kAll;
}

TEST(Entries, AreFoundByName) {
  EXPECT_EQ(names_of(all()), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(&entry_of(all(), "two", "thing"), &all()[1]);
  EXPECT_EQ(help_of(all(), "which thing"), "which thing: one (the first); two (another)");
  try {
    (void)entry_of(all(), "three", "thing");
    FAIL() << "there is no three";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    const std::string text = error.what();
    for (const char* part : {"unknown thing", "thing.name", "one, two", "three"}) {
      EXPECT_NE(text.find(part), std::string::npos) << text;
    }
  }
}

TEST(Entries, TakeSettingsByTheNamesOfTheirTable) {
  struct Holder {
    std::int64_t width = 1;
    void describe(OptionTable table) { table.add("thing.width", width, "its width", 1, 9); }
  } holder;
  take_settings(holder, {"thing.width=4"}, "thing");
  EXPECT_EQ(holder.width, 4);
  EXPECT_THROW(take_settings(holder, {"thing.width=10"}, "thing"), Error);
  EXPECT_THROW(take_settings(holder, {"thing.depth=4"}, "thing"), Error);
  EXPECT_THROW(take_settings(holder, {"thing.width"}, "thing"), Error);
}

}  // namespace
}  // namespace medcl
