// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/predictions.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

/// One class, one piece each.
Predictions of_volumes(const std::vector<double>& volumes_ml) {
  Predictions predictions;
  predictions.labels.classes = {{"background", 0}, {"LV", 1}};
  for (const double volume_ml : volumes_ml) {
    PredictedCase one;
    one.volumes_ml = {volume_ml};
    one.pieces = {{volume_ml > 0 ? 1 : 0, volume_ml > 0 ? 1.0 : 0.0}};
    predictions.cases.push_back(one);
  }
  return predictions;
}

using Texts = std::vector<std::string>;

TEST(Unusual, NothingIsWhenCasesAreAlike) {
  const Predictions predictions = of_volumes({100, 110, 95, 120, 130});
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(unusual(predictions, i), Texts{}) << i;
}

TEST(Unusual, AVolumeFarFromTheOthersIs) {
  const Predictions predictions = of_volumes({100, 110, 95, 120, 12});
  EXPECT_EQ(unusual(predictions, 4),
            Texts{"LV: 12.0 ml, where the median of the other cases is 105.0 ml"});
  EXPECT_EQ(unusual(predictions, 0), Texts{});
}

TEST(Unusual, SizesOfPicturesWithoutASizeAreToldInPixels) {
  Predictions predictions = of_volumes({0.1, 0.11, 0.095, 0.12, 0.012});
  for (PredictedCase& one : predictions.cases) one.in_pixels = true;
  EXPECT_EQ(unusual(predictions, 4),
            Texts{"LV: 12 px, where the median of the other cases is 105 px"});
  predictions.cases[0].in_pixels = false;
  EXPECT_FALSE(predictions.units().pixels) << "one of them has a size";
}

TEST(Unusual, TooFewCasesTellNothingOfVolumes) {
  EXPECT_EQ(unusual(of_volumes({100, 110, 95, 12}), 3), Texts{});
}

TEST(Unusual, EqualVolumesDoNotMakeASmallDifferenceLarge) {
  EXPECT_EQ(unusual(of_volumes({100, 100, 100, 100, 101}), 4), Texts{});
}

TEST(Unusual, AMissingClassAndManyPiecesAre) {
  Predictions predictions = of_volumes({0, 50, 50});
  EXPECT_EQ(unusual(predictions, 0), Texts{"LV is missing"});
  predictions.cases[1].pieces = {{3, 0.6}};
  EXPECT_EQ(unusual(predictions, 1),
            Texts{"LV: 3 separate pieces, the largest with 60 % of the volume"});
  predictions.cases[2].pieces = {{2, 0.98}};
  EXPECT_EQ(unusual(predictions, 2), Texts{});
  predictions.cases[2].warnings = {"case c is unlike the training images"};
  EXPECT_EQ(unusual(predictions, 2), Texts{"case c is unlike the training images"});
}

TEST(Predictions, AFolderWithoutARecordIsNamed) {
  const TestFolder folder;
  try {
    read_predictions(folder.path());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("medcl predict"), std::string::npos);
  }
}

}  // namespace
}  // namespace medcl
