// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/near_names.h"

#include <gtest/gtest.h>

namespace medcl {
namespace {

const std::vector<std::string> kIds{"anna",      "case_07", "case_08", "hippocampus_001",
                                    "ren\u00e9", "a_b"};

TEST(NearNames, NamesThatWereMeantForACase) {
  for (const auto& [stem, id] :
       std::vector<std::pair<std::string, std::string>>{{"anna_0000", "anna"},
                                                        {"Anna", "anna"},
                                                        {"anna.seg", "anna"},
                                                        {"anna-label", "anna"},
                                                        {"anna_scribbles_gt", "anna"},
                                                        {"anna_LGE", "anna"},
                                                        {"case_7", "case_07"},
                                                        {"case07", "case_07"},
                                                        {"case-08_0000", "case_08"},
                                                        {"hipocampus_001", "hippocampus_001"},
                                                        {"hippocampsu_001", "hippocampus_001"},
                                                        {"rene\u0301", "ren\u00e9"},
                                                        {"a b", "a_b"}}) {
    EXPECT_EQ(NearNames(kIds).find(stem), id) << stem;
  }
}

TEST(NearNames, AnotherNumberIsAnotherCase) {
  for (const char* stem : {"case_09", "case_70", "case_7_2", "hippocampus_002", "ben", "nana_seg",
                           "x", "", "label", "0000", "_0000"}) {
    EXPECT_EQ(NearNames(kIds).find(stem), std::nullopt) << stem;
  }
}

TEST(NearNames, TwoNamesAsNearAreNone) {
  EXPECT_EQ(NearNames({"case_1", "case-1"}).find("case_1_seg"), std::nullopt);
  EXPECT_EQ(NearNames({"a_LGE", "a_cine"}).find("a_seg"), std::nullopt);
  EXPECT_EQ(NearNames({"a", "a_T2"}).find("a_seg"), "a");
}

TEST(NearNames, SeesNamesThatLookAlike) {
  EXPECT_TRUE(look_alike("rene\u0301", "ren\u00e9"));
  EXPECT_TRUE(look_alike("\u304b\u3099", "\u304c"));
  EXPECT_FALSE(look_alike("rene", "ren\u00e9"));
  EXPECT_FALSE(look_alike("anna", "anna"));
  EXPECT_FALSE(look_alike("\xe9", "\xe8x"));  // no UTF-8: bytes stand for themselves
}

}  // namespace
}  // namespace medcl
