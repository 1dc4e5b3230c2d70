// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/resample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "medcl/core/random.h"
#include "medcl/core/test_paths.h"
#include "medcl/image/test_support.h"

namespace medcl {
namespace {

using Plane = std::vector<float>;

Plane random_plane(RandomStream& random, const PlaneSize& size) {
  Plane plane(static_cast<std::size_t>(size.count()));
  for (float& pixel : plane) {
    pixel = static_cast<float>(random.uniform(-5, 5));
  }
  return plane;
}

/// numpy.rot90(plane, 1)
Plane rot90(const Plane& plane, std::int64_t side) {
  Plane result(plane.size());
  for (std::int64_t row = 0; row < side; ++row) {
    for (std::int64_t column = 0; column < side; ++column) {
      result[static_cast<std::size_t>(row * side + column)] =
          plane[static_cast<std::size_t>(column * side + side - 1 - row)];
    }
  }
  return result;
}

Plane resampled(const Plane& plane, const PlaneSize& from, const Affine2& affine,
                Interpolation interpolation, const PlaneSize& to, float fill = -99) {
  Plane output(static_cast<std::size_t>(to.count()));
  resample(plane, from, affine, interpolation, fill, output, to);
  return output;
}

TEST(Resample, QuarterTurnsMoveWholePixels) {
  RandomStream random({.seed = 1});
  for (std::int64_t side = 1; side < 24; ++side) {
    const PlaneSize size{side, side};
    const Plane plane = random_plane(random, size);
    Plane expected = plane;
    for (int turns = 0; turns <= 8; ++turns) {
      const Affine2 affine = rotation_about_centre(size, turns * std::numbers::pi / 2);
      EXPECT_EQ(resampled(plane, size, affine, Interpolation::kLinear, size), expected)
          << side << " pixels, " << turns << " turns";
      EXPECT_EQ(resampled(plane, size, affine, Interpolation::kNearest, size), expected);
      expected = rot90(expected, side);
    }
  }
}

TEST(Resample, RotationAgreesWithTheReferenceNumbers) {
  const auto folder = fixtures_folder();
  if (!folder) {
    GTEST_SKIP() << "no fixtures";
  }
  const auto file = SafetensorsFile::open(*folder / "medcl_maths" / "mix.safetensors");
  int cases = 0;
  for (; file.contains("intra" + std::to_string(cases) + ".in.x"); ++cases) {
    const std::string name = "intra" + std::to_string(cases);
    const TensorView& x = file.at(name + ".in.x");
    const PlaneSize size{x.shape[1], x.shape[0]};
    const std::vector<double> source = testing::doubles_of(x);
    const std::vector<double> expected = testing::doubles_of(file.at(name + ".out.rotated"));
    const double degrees = testing::doubles_of(file.at(name + ".in.theta"))[0];
    const double radians = degrees * std::numbers::pi / 180;
    const Plane found =
        resampled(Plane(source.begin(), source.end()), size, rotation_about_centre(size, radians),
                  Interpolation::kLinear, size);
    for (std::size_t pixel = 0; pixel < found.size(); ++pixel) {
      EXPECT_EQ(found[pixel], static_cast<float>(expected[pixel])) << name << " pixel " << pixel;
    }
  }
  EXPECT_GT(cases, 0);
}

TEST(Resample, LinearReproducesAnyPlaneThatIsLinear) {
  RandomStream random({.seed = 2});
  const PlaneSize from{17, 12}, to{9, 11};
  Plane ramp;
  for (std::int64_t y = 0; y < from.height; ++y) {
    for (std::int64_t x = 0; x < from.width; ++x) {
      ramp.push_back(static_cast<float>(2 * x - 3 * y + 1));
    }
  }
  for (int trial = 0; trial < 50; ++trial) {
    const double angle = random.uniform(0, 6.3), scale = random.uniform(0.3, 2);
    const Affine2 affine{
        {{scale * std::cos(angle), -scale * std::sin(angle), random.uniform(0, 16)},
         {scale * std::sin(angle), scale * std::cos(angle), random.uniform(0, 11)}}};
    const Plane found = resampled(ramp, from, affine, Interpolation::kLinear, to);
    for (std::int64_t y = 0; y < to.height; ++y) {
      for (std::int64_t x = 0; x < to.width; ++x) {
        const double sx = affine[0][0] * double(x) + affine[0][1] * double(y) + affine[0][2];
        const double sy = affine[1][0] * double(x) + affine[1][1] * double(y) + affine[1][2];
        const float value = found[static_cast<std::size_t>(y * to.width + x)];
        if (sx < -0.5 || sx > 16.5 || sy < -0.5 || sy > 11.5) {
          EXPECT_EQ(value, -99);
        } else {
          EXPECT_NEAR(value, 2 * std::clamp(sx, 0., 16.) - 3 * std::clamp(sy, 0., 11.) + 1, 1e-4);
        }
      }
    }
  }
}

TEST(Resample, InverseUndoesCompose) {
  RandomStream random({.seed = 3});
  for (int trial = 0; trial < 100; ++trial) {
    Affine2 affine{};
    for (auto& row : affine) {
      for (double& value : row) {
        value = random.normal();
      }
    }
    const Affine2 product = compose(affine, inverse(affine));
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 3; ++column) {
        EXPECT_NEAR(product[row][column], row == column ? 1 : 0, 1e-9);
      }
    }
  }
}

TEST(Resample, LabelsStayLabels) {
  const PlaneSize size{2, 2}, doubled{4, 4};
  const std::vector<std::uint8_t> source{1, 2, 3, 255};
  std::vector<std::uint8_t> output(16);
  resample(std::span<const std::uint8_t>(source), size, scaling(size, doubled), 7, output, doubled);
  EXPECT_EQ(output,
            (std::vector<std::uint8_t>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 255, 255, 3, 3, 255, 255}));
}

TEST(Resample, NonFiniteTransformsGiveFill) {
  const Affine2 affine{{{NAN, 0, 0}, {0, 1, 0}}};
  const Plane found = resampled({1, 2, 3, 4}, {2, 2}, affine, Interpolation::kLinear, {2, 2});
  EXPECT_EQ(found, Plane(4, -99));
}

Affine3 random_affine3(RandomStream& random) {
  Affine3 affine{};
  for (auto& row : affine) {
    for (double& value : row) value = random.normal();
  }
  return affine;
}

TEST(ResampleVolume, TrilinearReproducesAnyVolumeThatIsLinear) {
  RandomStream random({.seed = 6});
  const Extent from{9, 12, 17}, to{5, 7, 6};
  Plane ramp;
  for (std::int64_t z = 0; z < from.z; ++z) {
    for (std::int64_t y = 0; y < from.y; ++y) {
      for (std::int64_t x = 0; x < from.x; ++x) {
        ramp.push_back(static_cast<float>(2 * x - 3 * y + 5 * z + 1));
      }
    }
  }
  int inside = 0;
  for (int trial = 0; trial < 50; ++trial) {
    Affine3 affine = random_affine3(random);
    affine[0][3] += 4;
    affine[1][3] += 6;
    affine[2][3] += 8;
    if (trial % 2 == 0) affine[0][1] = affine[0][2] = 0;  // a slice comes from one plane
    Plane found(static_cast<std::size_t>(to.count()));
    resample(ramp, from, affine, Interpolation::kLinear, -99, found, to);
    std::size_t voxel = 0;
    for (std::int64_t z = 0; z < to.z; ++z) {
      for (std::int64_t y = 0; y < to.y; ++y) {
        for (std::int64_t x = 0; x < to.x; ++x, ++voxel) {
          double at[3];
          bool outside = false;
          for (std::size_t row = 0; row < 3; ++row) {
            at[row] = affine[row][0] * double(z) + affine[row][1] * double(y) +
                      affine[row][2] * double(x) + affine[row][3];
            const double length[] = {9, 12, 17};
            outside = outside || at[row] < -0.5 || at[row] > length[row] - 0.5;
            at[row] = std::clamp(at[row], 0., length[row] - 1);
          }
          inside += outside ? 0 : 1;
          EXPECT_NEAR(found[voxel], outside ? -99 : 2 * at[2] - 3 * at[1] + 5 * at[0] + 1, 2e-4);
        }
      }
    }
  }
  EXPECT_GT(inside, 1000);
}

TEST(ResampleVolume, EachSliceIsThePlaneOfItBitForBit) {
  RandomStream random({.seed = 7});
  const Extent from{4, 21, 18}, to{3, 15, 16};
  const Plane volume = random_plane(random, {18, 21 * 4});
  const std::span<const float> voxels(volume);
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < volume.size(); ++i) {
    labels.push_back(static_cast<std::uint8_t>(random.integer(5)));
  }
  for (int trial = 0; trial < 20; ++trial) {
    const Affine2 plane = compose(rotation_about_centre({18, 21}, random.uniform(-3, 3)),
                                  scaling({18, 21}, {16, 15}));
    const bool flipped = trial % 2 == 1;
    const Affine3 affine = flipped ? slice_by_slice(plane, -1, 3) : slice_by_slice(plane, 1, 1);
    for (const Interpolation kind : {Interpolation::kLinear, Interpolation::kNearest}) {
      Plane found(static_cast<std::size_t>(to.count()));
      resample(voxels, from, affine, kind, 7, found, to);
      for (std::size_t z = 0; z < 3; ++z) {
        const std::size_t source = flipped ? 3 - z : z + 1;
        Plane expected(16 * 15);
        resample(voxels.subspan(source * 18 * 21, 18 * 21), {18, 21}, plane, kind, 7, expected,
                 {16, 15});
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(),
                               found.begin() + static_cast<std::ptrdiff_t>(z * 16 * 15)));
      }
    }
    std::vector<std::uint8_t> found(static_cast<std::size_t>(to.count())), expected(16 * 15);
    resample(std::span<const std::uint8_t>(labels), from, affine, 9, found, to);
    const std::size_t first = flipped ? 3 : 1;
    resample(std::span<const std::uint8_t>(labels).subspan(first * 18 * 21, 18 * 21), {18, 21},
             plane, 9, expected, {16, 15});
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), found.begin()));
  }
}

TEST(ResampleVolume, SlicesOutsideGetFill) {
  const Extent from{2, 1, 1}, to{5, 1, 1};
  Plane found(5);
  resample(Plane{10, 20}, from, slice_by_slice({{{1, 0, 0}, {0, 1, 0}}}, 0.5, -0.75),
           Interpolation::kLinear, -1, found, to);
  EXPECT_EQ(found, (Plane{-1, 10, 12.5, 17.5, 20}));
  resample(Plane{10, 20}, from, slice_by_slice({{{1, 0, 0}, {0, 1, 0}}}, NAN, 0),
           Interpolation::kLinear, -1, found, to);
  EXPECT_EQ(found, Plane(5, -1));
}

TEST(ResampleVolume, InverseUndoesCompose) {
  RandomStream random({.seed = 8});
  for (int trial = 0; trial < 100; ++trial) {
    const Affine3 affine = random_affine3(random);
    for (const Affine3& product :
         {compose(affine, inverse(affine)), compose(inverse(affine), affine)}) {
      for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 4; ++column) {
          EXPECT_NEAR(product[row][column], row == column ? 1 : 0, 1e-8);
        }
      }
    }
  }
}

TEST(ResizeArea, ShrinkingKeepsTheMean) {
  RandomStream random({.seed = 4});
  for (int trial = 0; trial < 100; ++trial) {
    const PlaneSize from{1 + random.integer(40), 1 + random.integer(40)};
    const PlaneSize to{1 + random.integer(from.width), 1 + random.integer(from.height)};
    const Plane plane = random_plane(random, from);
    Plane output(static_cast<std::size_t>(to.count()));
    resize_area(plane, from, output, to);
    const double before = std::accumulate(plane.begin(), plane.end(), 0.0) / double(from.count());
    const double after = std::accumulate(output.begin(), output.end(), 0.0) / double(to.count());
    EXPECT_NEAR(after, before, 1e-5);
  }
}

TEST(ResizeArea, AveragesTheFootprint) {
  Plane output(2);
  resize_area(Plane{1, 2, 6}, {3, 1}, output, {2, 1});
  EXPECT_FLOAT_EQ(output[0], (1 + 0.5F * 2) / 1.5F);
  EXPECT_FLOAT_EQ(output[1], (0.5F * 2 + 6) / 1.5F);
}

TEST(ResizeArea, EnlargingIsLinearResampling) {
  RandomStream random({.seed = 5});
  const PlaneSize from{5, 7}, to{13, 16};
  const Plane plane = random_plane(random, from);
  Plane output(static_cast<std::size_t>(to.count()));
  resize_area(plane, from, output, to);
  const Plane expected = resampled(plane, from, scaling(from, to), Interpolation::kLinear, to);
  for (std::size_t pixel = 0; pixel < output.size(); ++pixel) {
    EXPECT_NEAR(output[pixel], expected[pixel], 1e-5);
  }
  Plane same(plane.size());
  resize_area(plane, from, same, from);
  EXPECT_EQ(same, plane);
}

}  // namespace
}  // namespace medcl
