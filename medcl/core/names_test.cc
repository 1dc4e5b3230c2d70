// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/names.h"

#include <gtest/gtest.h>

#include "medcl/core/test_text.h"

namespace medcl {
namespace {

TEST(Names, EditDistanceCountsASwapAsOne) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("verison", "version"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Names, EditDistanceIsSymmetricAndZeroOnlyForEqualTexts) {
  RandomStream random({3, 0, 0, Purpose::kTest});
  for (int trial = 0; trial < 300; ++trial) {
    const std::string a = random_text(random, 10), b = random_text(random, 10);
    EXPECT_EQ(edit_distance(a, b), edit_distance(b, a));
    EXPECT_EQ(edit_distance(a, b) == 0, a == b);
    EXPECT_LE(edit_distance(a, b), std::max(a.size(), b.size()));
  }
}

TEST(Names, FindsWhatWasMeant) {
  const std::vector<std::string> options = {"--model", "--output", "--device", "--version"};
  EXPECT_EQ(similar_name("--modle", options), "--model");
  EXPECT_EQ(similar_name("--verison", options), "--version");
  EXPECT_EQ(similar_name("--out", options), "--output");
  EXPECT_EQ(similar_name("--DEVICE", options), "--device");
  EXPECT_EQ(did_you_mean("cdua", {"cpu", "cuda"}), "did you mean 'cuda'?");
}

TEST(Names, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(similar_name("help", {"train", "predict"}), "");
  EXPECT_EQ(similar_name("x", {"a", "ab"}), "");
  EXPECT_EQ(similar_name("", {"a"}), "");
  EXPECT_EQ(did_you_mean("elephants", {"cpu", "cuda"}), "");
  EXPECT_EQ(similar_name(std::string(5000, 'a'), {"a"}), "");
}

TEST(Names, FoldedNamesHaveSmallLettersAndNoSpacesAround) {
  EXPECT_EQ(folded_name("  Not Annotated "), "not annotated");
  EXPECT_EQ(folded_name("RV"), "rv");
  EXPECT_EQ(folded_name("  "), "");
}

TEST(Names, ListsAreSplitAtCommasOutsideQuotes) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(split_at_commas(""), Parts());
  EXPECT_EQ(split_at_commas("a"), Parts({"a"}));
  EXPECT_EQ(split_at_commas(" a , b c,"), Parts({"a", "b c", ""}));
  EXPECT_EQ(split_at_commas(R"("a,b", c)"), Parts({"a,b", "c"}));
  EXPECT_EQ(split_at_commas(R"(x,"a, b")"), Parts({"x", "a, b"}));
  EXPECT_EQ(split_at_commas(R"(a"b,c)"), Parts({"a\"b", "c"}));
}

}  // namespace
}  // namespace medcl
