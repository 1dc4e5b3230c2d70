// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "medcl/core/test_paths.h"
#include "medcl/dataset/label_map.h"
#include "medcl/format/safetensors.h"
#include "medcl/image/resample.h"
#include "medcl/mixing/crop.h"
#include "medcl/mixing/inter_mix.h"
#include "medcl/mixing/intra_mix.h"

namespace medcl {
namespace {

std::vector<float> floats(const TensorView& view) {
  std::vector<float> values(view.bytes.size() / sizeof(double));
  const auto* source = reinterpret_cast<const double*>(view.bytes.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(source[i]);
  }
  return values;
}

double scalar(const SafetensorsFile& file, const std::string& name) {
  return *reinterpret_cast<const double*>(file.at(name).bytes.data());
}

std::vector<std::string> cases_of(const SafetensorsFile& file, const std::string& prefix,
                                  const std::string& suffix) {
  std::vector<std::string> names;
  for (const auto& [name, view] : file.tensors()) {
    if (name.rfind(prefix, 0) == 0 && name.size() > suffix.size() &&
        name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) {
      names.push_back(name.substr(0, name.size() - suffix.size()));
    }
  }
  return names;
}

torch::Tensor tensor_of(const TensorView& view) {
  return torch::from_blob(const_cast<std::uint8_t*>(view.bytes.data()), view.shape, torch::kFloat64)
      .clone();
}

/// The formula of the paper with x1 = x, one plane at a time, box given as a mask.
std::vector<float> formula(const std::vector<float>& x, const std::vector<float>& box,
                           const std::vector<float>& rotated, float beta) {
  std::vector<float> mixed(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    mixed[i] = box[i] * x[i] + (1 - box[i]) * (beta * x[i] + (1 - beta) * rotated[i]);
  }
  return mixed;
}

/// The smallest box around the ones of a mask; the fixtures use boxes only.
Box box_of(const std::vector<float>& mask, const Extent& extent) {
  Box box{.first = {0, extent.y, extent.x}, .end = {1, 0, 0}};
  for (std::int64_t y = 0; y < extent.y; ++y) {
    for (std::int64_t x = 0; x < extent.x; ++x) {
      if (mask[static_cast<std::size_t>(y * extent.x + x)] > 0) {
        box.first = {0, std::min(box.first.y, y), std::min(box.first.x, x)};
        box.end = {1, std::max(box.end.y, y + 1), std::max(box.end.x, x + 1)};
      }
    }
  }
  return box;
}

TEST(IntraMix, AgreesWithTheReferenceNumbers) {
  const auto folder = fixtures_folder();
  if (!folder) {
    GTEST_SKIP() << "no fixtures";
  }
  const auto file = SafetensorsFile::open(*folder / "medcl_maths" / "mix.safetensors");
  const auto names = cases_of(file, "intra", ".in.box_mask");
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    const auto& shape = file.at(name + ".in.x").shape;
    const Extent plane{.y = shape[0], .x = shape[1]};
    const auto x = floats(file.at(name + ".in.x"));
    const auto mask = floats(file.at(name + ".in.box_mask"));
    const Box box = box_of(mask, plane);
    if (static_cast<std::int64_t>(std::count(mask.begin(), mask.end(), 1.0F)) !=
        std::max<std::int64_t>(0, box.end.x - box.first.x) *
            std::max<std::int64_t>(0, box.end.y - box.first.y)) {
      continue;  // not a box
    }
    IntraMixDraw draw{.theta1 = 0,
                      .theta2 = scalar(file, name + ".in.theta") * std::numbers::pi / 180,
                      .beta = scalar(file, name + ".in.beta"),
                      .box = box};
    const auto mixed = intra_mix(x, plane, draw);
    const auto expected = floats(file.at(name + ".out.x_mixed"));
    for (std::size_t i = 0; i < mixed.size(); ++i) {
      ASSERT_NEAR(mixed[i], expected[i], 1e-5) << name << " pixel " << i;
    }
  }
}

TEST(IntraMix, LabelsFollowTheSameFormulaAsImages) {
  RandomStream random({.seed = 5});
  const Extent plane{.y = 24, .x = 24};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(plane.count()));
    for (auto& label : labels) {
      const auto draw = random.integer(4);
      label = draw == 3 ? kNotAnnotated : static_cast<std::uint8_t>(draw);
    }
    IntraMixDraw draw = draw_intra_mix({}, plane, random);
    draw.theta1 = 0;
    draw.theta2 = std::numbers::pi / 2 * static_cast<double>(random.integer(4));
    const auto targets = intra_mix_labels(labels, plane, 3, draw, kNotAnnotated);
    for (std::uint8_t k = 0; k < 3; ++k) {
      std::vector<float> map(labels.size());
      std::vector<float> box(labels.size());
      for (std::size_t i = 0; i < map.size(); ++i) {
        map[i] = labels[i] == k ? 1.0F : 0.0F;
        const auto column = static_cast<std::int64_t>(i) % plane.x;
        const auto row = static_cast<std::int64_t>(i) / plane.x;
        box[i] = draw.box.contains(0, row, column) ? 1.0F : 0.0F;
      }
      std::vector<float> rotated(map.size());
      resample(map, plane.plane(), rotation_about_centre(plane.plane(), draw.theta2),
               Interpolation::kNearest, 0, rotated, plane.plane());
      const auto expected = formula(map, box, rotated, static_cast<float>(draw.beta));
      for (std::size_t i = 0; i < map.size(); ++i) {
        ASSERT_NEAR(targets[k * map.size() + i], expected[i], 1e-6);
      }
    }
  }
}

TEST(IntraMix, AnnotationNeverExceedsOneAndCornersFollowTheBorderRule) {
  const Extent plane{.y = 32, .x = 32};
  const std::vector<std::uint8_t> nothing(static_cast<std::size_t>(plane.count()), kNotAnnotated);
  RandomStream random({.seed = 6});
  for (int round = 0; round < 20; ++round) {
    IntraMixDraw draw = draw_intra_mix({}, plane, random);
    const auto ignored = intra_mix_labels(nothing, plane, 2, draw, kNotAnnotated);
    EXPECT_EQ(*std::max_element(ignored.begin(), ignored.end()), 0.0F);
    draw.box = {};
    draw.theta1 = draw.theta2 = std::numbers::pi / 4;
    const auto background = intra_mix_labels(nothing, plane, 2, draw, 0);
    EXPECT_NEAR(background[0], 1.0F, 1e-6);     // a corner that rotated in
    EXPECT_EQ(background[16 * 32 + 16], 0.0F);  // the centre is not annotated
    EXPECT_LE(*std::max_element(background.begin(), background.end()), 1.0F + 1e-6F);
  }
}

TEST(IntraMix, SlicesOfAPatchAreMixedAsSlicesAre) {
  const Extent patch{3, 20, 20}, slice{1, 20, 20};
  RandomStream random({.seed = 7});
  std::vector<float> x;
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = 0; i < patch.count(); ++i) {
    x.push_back(static_cast<float>(random.normal()));
    labels.push_back(random.chance(0.5) ? kNotAnnotated
                                        : static_cast<std::uint8_t>(random.integer(2)));
  }
  IntraMixDraw draw = draw_intra_mix({}, patch, random);
  draw.box.first.z = 1;
  draw.box.end.z = 2;
  const auto mixed = intra_mix(x, patch, draw, -1);
  const auto target = intra_mix_labels(labels, patch, 2, draw, 0);
  for (std::int64_t z = 0; z < 3; ++z) {
    IntraMixDraw one = draw;
    one.box.first.z = 0;
    one.box.end.z = z == 1 ? 1 : 0;
    const auto from = static_cast<std::size_t>(z) * 400;
    const auto expected = intra_mix(std::span(x).subspan(from, 400), slice, one, -1);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), mixed.data() + from));
    const auto weights = intra_mix_labels(std::span(labels).subspan(from, 400), slice, 2, one, 0);
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_TRUE(std::equal(weights.data() + k * 400, weights.data() + (k + 1) * 400,
                             target.data() + k * 1200 + from));
    }
  }
}

TEST(RandomBox, LiesInItsExtentAndDrawsNothingForTheDepthOfASlice) {
  RandomStream random({.seed = 8}), again({.seed = 8});
  for (int round = 0; round < 100; ++round) {
    const Box slice = random_box({1, 30, 40}, 0.4, 0.9, random);
    EXPECT_EQ(slice.first.z, 0);
    EXPECT_EQ(slice.end.z, 1);
    const Box patch = random_box({10, 30, 40}, 0.4, 0.9, again);
    for (const auto& [first, end, length] : {std::tuple{patch.first.z, patch.end.z, 10},
                                             {patch.first.y, patch.end.y, 30},
                                             {patch.first.x, patch.end.x, 40}}) {
      EXPECT_GE(first, 0);
      EXPECT_LE(end, length);
      EXPECT_GE(end - first, length * 4 / 10);
      EXPECT_LE(end - first, length * 9 / 10);
    }
    random = again = RandomStream({.seed = static_cast<std::uint64_t>(round)});
  }
}

TEST(IntraMix, HardLabelsAreTheHeaviestOnes) {
  const Extent plane{.y = 1, .x = 5};
  //                           pixel: 0    1     2    3    4
  std::vector<float> target{0.2F, 0.6F, 0.5F, 0.0F, 0.3F,   // class 0
                            0.7F, 0.1F, 0.5F, 0.0F, 0.1F};  // class 1
  harden(target, 2, plane);
  EXPECT_EQ(target, (std::vector<float>{0, 1, 1, 0, 0, 1, 0, 0, 0, 0}));
}

TEST(InterMix, AgreesWithTheReferenceNumbers) {
  const auto folder = fixtures_folder();
  if (!folder) {
    GTEST_SKIP() << "no fixtures";
  }
  const auto file = SafetensorsFile::open(*folder / "medcl_maths" / "mix.safetensors");
  const auto names = cases_of(file, "inter", ".in.x1");
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    for (const char* what : {"x", "tokens"}) {
      const auto first = tensor_of(file.at(name + ".in." + what + "1"));
      const auto second = tensor_of(file.at(name + ".in." + what + "2"));
      const auto both = torch::stack({first, second});
      const auto beta = torch::full({2}, scalar(file, name + ".in.beta"), torch::kFloat64);
      const InterMixDraw draw{torch::tensor({1, 0}, torch::kInt64), beta};
      const auto expected = tensor_of(file.at(name + ".out." + what + "12"));
      EXPECT_LT((draw.mix(both)[0] - expected).abs().max().item<double>(), 1e-10) << name;
    }
  }
}

TEST(InterMix, NobodyIsTheirOwnPartner) {
  for (std::uint32_t step = 0; step < 50; ++step) {
    RandomStream random({.seed = 1, .epoch = step, .purpose = Purpose::kInterMix});
    const std::int64_t batch = 2 + step % 7;
    const auto draw = draw_inter_mix({}, batch, random);
    const auto own = torch::arange(batch);
    EXPECT_FALSE((draw.partner_b == own).any().item<bool>());
    EXPECT_TRUE(std::get<0>(draw.partner_b.sort()).equal(own));
  }
}

TEST(InterMix, ABatchOfOneIsLeftAlone) {
  RandomStream random({.seed = 1});
  const auto draw = draw_inter_mix({}, 1, random);
  const auto x = torch::rand({1, 2, 3, 3});
  EXPECT_TRUE(torch::allclose(draw.mix(x), x));
}

TEST(Crop, StaysInsideTheImageWhereItFits) {
  const PlaneSize source{100, 90};
  CropOptions options{.size = 64, .scale_min = 0.5, .scale_max = 1.4};
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream where({.seed = 3, .sample = i, .purpose = Purpose::kCrop});
    RandomStream flip({.seed = 3, .sample = i, .purpose = Purpose::kFlip});
    const Affine2 a = random_crop(source, options, where, flip);
    for (const auto& [x, y] : {std::pair{0.0, 0.0}, {63.0, 0.0}, {0.0, 63.0}, {63.0, 63.0}}) {
      const double column = a[0][0] * x + a[0][1] * y + a[0][2];
      const double row = a[1][0] * x + a[1][1] * y + a[1][2];
      EXPECT_GE(column, -0.5);
      EXPECT_LE(column, 99.5);
      EXPECT_GE(row, -0.5);
      EXPECT_LE(row, 89.5);
    }
  }
}

TEST(Patch, LiesAroundItsSliceAndInTheVolumeWhereItFits) {
  EXPECT_EQ(patch_slices(4, 1, 9), (SliceRange{4, 1}));
  EXPECT_EQ(patch_slices(4, 3, 9), (SliceRange{3, 3}));
  EXPECT_EQ(patch_slices(4, 4, 9), (SliceRange{2, 4}));
  EXPECT_EQ(patch_slices(0, 5, 9), (SliceRange{0, 5}));
  EXPECT_EQ(patch_slices(8, 5, 9), (SliceRange{4, 5}));
  EXPECT_EQ(patch_slices(1, 16, 9), (SliceRange{0, 9}));
}

TEST(Patch, IsTheCropOfASliceInEachOfItsSlices) {
  const CropOptions slice{.size = 32, .rotation_degrees = 20};
  CropOptions deep = slice;
  deep.depth = 6;
  int flipped = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto stream = [i](Purpose purpose, std::uint32_t epoch = 0) {
      return RandomStream({.seed = 3, .epoch = epoch, .sample = i, .purpose = purpose});
    };
    RandomStream crop = stream(Purpose::kCrop), flip = stream(Purpose::kFlip);
    const Affine2 plane = random_crop({60, 50}, slice, crop, flip);
    RandomStream crop_again = stream(Purpose::kCrop), flip_again = stream(Purpose::kFlip);
    RandomStream depth = stream(Purpose::kFlip, 1), untouched = depth;
    EXPECT_EQ(random_patch({1, 50, 60}, slice, crop_again, flip_again, depth),
              slice_by_slice(plane));
    EXPECT_EQ(depth.next(), untouched.next());
    RandomStream crop_deep = stream(Purpose::kCrop), flip_deep = stream(Purpose::kFlip);
    const Affine3 patch = random_patch({4, 50, 60}, deep, crop_deep, flip_deep, depth);
    const bool is_flipped = patch[0][0] < 0;
    flipped += is_flipped ? 1 : 0;
    // Six slices, of which the four in the middle come from the volume.
    EXPECT_EQ(patch, is_flipped ? slice_by_slice(plane, -1, 4) : slice_by_slice(plane, 1, -1));
  }
  EXPECT_NEAR(flipped, 50, 20);  // half of the half that is flipped at all
}

TEST(Crop, LargerThanTheImageCoversIt) {
  const PlaneSize source{40, 40};
  CropOptions options{.size = 64, .scale_min = 1.0, .scale_max = 1.0, .flip = 0.0};
  for (std::uint32_t i = 0; i < 50; ++i) {
    RandomStream where({.seed = 3, .sample = i, .purpose = Purpose::kCrop});
    RandomStream flip({.seed = 3, .sample = i, .purpose = Purpose::kFlip});
    const Affine2 a = random_crop(source, options, where, flip);
    EXPECT_LE(a[0][2], 1e-9);
    EXPECT_GE(a[0][2] + 63, 39 - 1e-9);
  }
}

}  // namespace
}  // namespace medcl
