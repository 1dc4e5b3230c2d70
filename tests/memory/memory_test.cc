// SPDX-License-Identifier: Apache-2.0
// Peak memory of `predict` and `evaluate` per voxel of a large volume, against the caps of
// docs/reference/reliability.md. What the program needs for any volume is measured with a tiny one
// and subtracted. MEDCL_MEMORY_SIZE=1024x1024x500 asks for another size.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/sanitizer.h"
#include "medcl/core/test_folder.h"
#include "medcl/format/nifti_pieces.h"
#include "medcl/image/volume_io.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Bytes per voxel that a command may take on top of what it takes for a tiny volume.
constexpr double kPredictCap = 8.5, kComponentsCap = 10, kBothCap = 11, kEvaluateCap = 7;

Size3 asked_size() {
  Size3 size{512, 512, 160};
  if (const char* text = std::getenv("MEDCL_MEMORY_SIZE"); text != nullptr) {
    long long x = 0, y = 0, z = 0;
    if (std::sscanf(text, "%lldx%lldx%lld", &x, &y, &z) == 3) size = {x, y, z};
  }
  return size;
}

class PeakMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    if (kAddressSpaceIsShadowed) GTEST_SKIP() << "sanitizers take memory of their own";
    ASSERT_GT(peak_bytes({"phantom", path("data"), "--size", "48", "--slices", "2", "--scribbled",
                          "2", "--unlabelled", "1", "--validation", "0", "--test", "0"}),
              0);
    ASSERT_GT(peak_bytes({"train", path("data"), "-o", path("run"), "--preset", "phantom",
                          "--method", "pce", "--steps", "1", "--threads", "1", "--set",
                          "network.width=4", "--set", "crop.size=32", "--set", "sampler.batch=2"}),
              0);
    write_atomically(folder_ / "dataset.json", R"({"labels": {"background": 0, "ball": 1}})");
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  /// Runs the program; 0 when it fails.
  double peak_bytes(std::vector<std::string> words) {
    words.insert(words.begin(), MEDCL_PROGRAM);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execv(MEDCL_PROGRAM, arguments.data());
      ::_exit(127);
    }
    int status = 0;
    rusage usage{};
    EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
    const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    EXPECT_TRUE(good) << words[1] << " ended with status " << status;
    return good ? 1024.0 * static_cast<double>(usage.ru_maxrss) : 0;
  }

  /// An image that compresses well, of 0.25 mm pixels so that the network sees small slices.
  void write_scan(const Size3& size) {
    write(path("scan.nii.gz"), size, NiftiType::kInt16, [&size](const Point3& at) {
      return static_cast<float>(std::lround(40 * at[0] * at[1]) + std::lround(30 * at[2]));
    });
  }

  /// A ball around the middle, of a sixth of each side.
  void write_ball(const std::string& folder, const Size3& size, double shift) {
    fs::create_directories(folder_ / folder);
    write(path(folder + "/case.nii.gz"), size, NiftiType::kUint8, [shift](const Point3& at) {
      const double x = at[0] - 0.5 - shift, y = at[1] - 0.5, z = at[2] - 0.5;
      return x * x + y * y + z * z < 1.0 / 144 ? 1.0F : 0.0F;
    });
  }

  /// `value` of the position in units of the sides, made slice by slice.
  template <typename Value>
  void write(const std::string& file, const Size3& size, NiftiType type, Value value) {
    Geometry geometry{.size = size};
    geometry.world_from_index = {{{0.25, 0, 0, 0}, {0, 0.25, 0, 0}, {0, 0, 1, 0}}};
    const auto source = [&](std::uint64_t first, std::span<float> piece) {
      for (std::size_t n = 0; n < piece.size(); ++n) {
        const auto voxel = static_cast<std::int64_t>(first + n);
        const std::int64_t row = voxel / size[0];
        piece[n] = value({static_cast<double>(voxel % size[0]) / static_cast<double>(size[0]),
                          static_cast<double>(row % size[1]) / static_cast<double>(size[1]),
                          static_cast<double>(row / size[1]) / static_cast<double>(size[2])});
      }
    };
    write_nifti(file, *make_source_header(geometry).nifti, source, type);
  }

  double predict(const Size3& size, const std::string& components = "") {
    write_scan(size);
    std::vector<std::string> words = {"predict",           "-m",        path("run"),
                                      path("scan.nii.gz"), "-o",        path("labels.nii.gz"),
                                      "--force",           "--threads", "2"};
    words.push_back(components.empty() ? "--no-postprocess" : components);
    return peak_bytes(words);
  }

  double evaluate(const Size3& size) {
    write_ball("predictions", size, 0);
    write_ball("references", size, 0.01);
    return peak_bytes({"evaluate", "--predictions", path("predictions"), "--reference",
                       path("references"), "-o", path("scores.json"), "--force"});
  }

  static void compare(const char* what, double tiny, double large, const Size3& size, double cap) {
    ASSERT_GT(tiny, 0);
    const double voxels = static_cast<double>(size[0] * size[1] * size[2]);
    const double per_voxel = (large - tiny) / voxels;
    std::printf(
        "%s of %lld x %lld x %lld: peak %.0f MB (a tiny volume %.0f MB), %.2f bytes per "
        "voxel, cap %.1f\n",
        what, static_cast<long long>(size[0]), static_cast<long long>(size[1]),
        static_cast<long long>(size[2]), large / 1e6, tiny / 1e6, per_voxel, cap);
    EXPECT_LE(per_voxel, cap) << what;
    EXPECT_GT(per_voxel, 0.5) << what << ": the volume was not read at all";
  }

  TestFolder folder_;
};

constexpr Size3 kTiny{32, 32, 4};

TEST_F(PeakMemory, OfPredictStaysBelowTheCap) {
  const Size3 size = asked_size();
  compare("predict", predict(kTiny), predict(size), size, kPredictCap);
}

TEST_F(PeakMemory, OfPredictWithComponentsStaysBelowTheCap) {
  const Size3 size = asked_size();
  const std::string each = "--largest-component", both = each + "=both";
  compare(each.c_str(), predict(kTiny, each), predict(size, each), size, kComponentsCap);
  compare(both.c_str(), predict(kTiny, both), predict(size, both), size, kBothCap);
}

TEST_F(PeakMemory, OfEvaluateStaysBelowTheCap) {
  const Size3 size = asked_size();
  compare("evaluate", evaluate(kTiny), evaluate(size), size, kEvaluateCap);
}

}  // namespace
}  // namespace medcl
