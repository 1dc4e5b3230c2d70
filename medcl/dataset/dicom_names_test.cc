// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dicom_names.h"

#include <gmock/gmock.h>

namespace medcl {
namespace {

using ::testing::ElementsAre;

DicomSeries series(const std::string& file, const std::string& description = "",
                   const std::string& uid = "1.2") {
  DicomSeries one;
  one.uid = uid;
  one.description = description;
  one.files = {file};
  return one;
}

TEST(DicomNames, FoldersOfOneNameAreToldApartByThoseAbove) {
  EXPECT_THAT(dicom_case_names({series("/data/P1/DICOM/a"), series("/data/P2/DICOM/a"),
                                series("/data/P3/other/a")},
                               "/data/"),
              ElementsAre("P1-DICOM", "P2-DICOM", "other"));
  EXPECT_THAT(dicom_case_names({series("/data/A/x/1/a"), series("/data/B/x/1/a")}, "/data"),
              ElementsAre("A-x-1", "B-x-1"));
}

TEST(DicomNames, SeriesOfOneFolderAreToldApartByTheirDescription) {
  EXPECT_THAT(dicom_case_names({series("/data/a", "T2 TSE"), series("/data/b", "LGE (short axis)"),
                                series("/data/c", "LGE (short axis)"), series("/data/d")},
                               "/data"),
              ElementsAre("data-T2-TSE", "data-LGE-short-axis", "data-LGE-short-axis-2", "data"));
}

TEST(DicomNames, NamesAreSafeAndUniqueWhateverTheFoldersAreCalled) {
  const std::string uid(60, '7');
  EXPECT_THAT(dicom_case_names({series("/data/" + uid + "1/a"), series("/data/" + uid + "2/a"),
                                series("/data/.../a"), series("/data/M\u00fcller, J./a")},
                               "/data"),
              ElementsAre(uid.substr(0, 48), uid.substr(0, 48) + "-2", "series", "M-ller-J"));
}

TEST(DicomNames, TheTableSaysWhichIsWhich) {
  EXPECT_EQ(dicom_table({{"P1", series("/data/P1/a", "tab\there\n", "1.2.3"), "1.2"}}),
            "case\tstudy_instance_uid\tseries_instance_uid\tseries_description\tfiles\tfolder\n"
            "P1\t1.2\t1.2.3\ttab here \t1\t/data/P1\n");
}

}  // namespace
}  // namespace medcl
