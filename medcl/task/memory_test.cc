// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/memory.h"

#include <gtest/gtest.h>

#include "medcl/core/error.h"

namespace medcl {
namespace {

std::string text(std::int64_t number) { return std::to_string(number); }

struct Measured {
  std::int64_t width, batch, size;
  Precision precision;
  const char* method;
  double mib;  ///< peak_mib of `medcl bench step --steps 1 --threads 2`, libtorch 1.13
};

RunOptions options_of(const Measured& one) {
  RunOptions options = resolve_options(
      "", {}, {std::string("method.name=") + one.method, "network.width=" + text(one.width)});
  options.sampler.batch = one.batch;
  options.sample.crop.size = one.size;
  options.train.precision = one.precision;
  return options;
}

TEST(TrainingMemory, IsWithinAFifthOfWhatWasMeasured) {
  for (const Measured& one : {Measured{16, 8, 256, Precision::kBf16, "medcl", 1391},
                              {16, 8, 256, Precision::kFp32, "medcl", 2207},
                              {16, 16, 256, Precision::kBf16, "medcl", 2394},
                              {32, 4, 256, Precision::kBf16, "medcl", 1480},
                              {16, 8, 80, Precision::kBf16, "medcl", 349},
                              {16, 8, 256, Precision::kBf16, "pce", 797},
                              {8, 4, 128, Precision::kFp32, "medcl", 358},
                              {16, 8, 128, Precision::kFp32, "mean_teacher", 460},
                              {16, 8, 128, Precision::kFp32, "wsl4", 611},
                              {16, 8, 128, Precision::kFp32, "sdt_net", 520},
                              {16, 8, 128, Precision::kFp32, "modelmix", 1019},
                              {64, 1, 256, Precision::kBf16, "medcl", 1678},
                              {64, 4, 256, Precision::kBf16, "medcl", 2885}}) {
    const double planned = static_cast<double>(training_bytes(options_of(one))) / (1 << 20);
    EXPECT_NEAR(planned / one.mib, 1, 0.2) << one.width << " " << one.batch << " " << one.size;
  }
}

TEST(TrainingMemory, CountsTheMapsOfManyClasses) {
  RunOptions options = options_of(Measured{16, 8, 144, Precision::kBf16, "medcl", 0});
  options.sample.classes = 31;
  EXPECT_NEAR(static_cast<double>(training_bytes(options)) / (1 << 20) / 1110, 1, 0.2)
      << "the peak of `medcl train` with 30 structures";
}

struct MeasuredSam {
  std::int64_t batch, image_size, adapter_rank;
  bool vit_b;
  double mib;  ///< peak of `medcl train PHANTOM --preset sam-phantom`, 1 to 20 steps
};

/// The small SAM of the preset sam-phantom, or one of ViT-B's size.
RunOptions options_of(const MeasuredSam& one, const std::vector<std::string>& more = {}) {
  std::vector<std::string> settings{"network.name=sam",
                                    "weight.mapping=0",
                                    "weight.cluster=0",
                                    "weight.anatomy=0",
                                    "sam.image_size=" + text(one.image_size),
                                    "sam.adapter_rank=" + text(one.adapter_rank)};
  if (!one.vit_b) {
    settings.insert(settings.end(),
                    {"sam.encoder_width=128", "sam.encoder_depth=4", "sam.encoder_heads=4",
                     "sam.encoder_patch=8", "sam.encoder_window=0", "sam.decoder_width=64"});
  }
  settings.insert(settings.end(), more.begin(), more.end());
  RunOptions options = resolve_options("", {}, settings);
  options.sampler.batch = one.batch;
  options.sample.classes = 4;
  return options;
}

TEST(TrainingMemory, IsWithinAFifthForASamToo) {
  for (const MeasuredSam& one : {MeasuredSam{8, 128, 16, false, 712},
                                 {16, 128, 16, false, 1260},
                                 {8, 128, 0, false, 466},
                                 {16, 128, 0, false, 718},
                                 {4, 256, 0, true, 1307},
                                 {2, 512, 0, true, 1692},
                                 {4, 256, 4, true, 4012},
                                 {2, 512, 4, true, 5136}}) {
    const double planned = static_cast<double>(training_bytes(options_of(one))) / (1 << 20);
    EXPECT_NEAR(planned / one.mib, 1, 0.2) << one.batch << " " << one.image_size << " " << planned;
  }
}

TEST(TrainingMemory, CountsThePoolOfEmbeddings) {
  const MeasuredSam published{2, 1024, 0, true, 0};
  const std::int64_t pooled = training_bytes(options_of(published));
  const std::int64_t alone = training_bytes(options_of(published, {"sam.pool_reuse=1"}));
  const std::int64_t embeddings = 2 * 2 * 16;
  EXPECT_EQ(pooled - alone, embeddings * (2 << 20)) << "2 MiB each";
}

TEST(TrainingMemory, NamesTheBatchThatFits) {
  const RunOptions paper = options_of({64, 64, 256, Precision::kBf16, "medcl", 0});
  const std::int64_t available = std::int64_t{16} << 30;
  try {
    require_memory(paper, available);
    FAIL() << "34 GB in 16";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfResources);
    const std::string text = error.what();
    EXPECT_NE(text.find("--preset laptop"), std::string::npos) << text;
    EXPECT_EQ(text.find("phantom"), std::string::npos) << text;
    const auto at = text.find("--set sampler.batch=");
    ASSERT_NE(at, std::string::npos) << text;
    RunOptions smaller = paper;
    smaller.sampler.batch = std::stoll(text.substr(at + 20));
    EXPECT_NO_THROW(require_memory(smaller, available));
    ++smaller.sampler.batch;
    EXPECT_THROW(require_memory(smaller, available), Error);
  }
}

TEST(VolumeMemory, IsWithinAFifthOfWhatWasMeasured) {
  // `medcl train` and `medcl prepare` of one case of 512 x 512 x 600, strokes of one class, crops
  // of 144 pixels of 2.1 mm, width 16: peaks of /usr/bin/time.
  constexpr std::int64_t kVoxels = 512 * 512 * 600, kTraining = 600'000'000;
  const auto near = [](std::int64_t planned, double measured_kb) {
    EXPECT_NEAR(static_cast<double>(planned), 1024 * measured_kb, 0.2 * 1024 * measured_kb);
  };
  near(bytes_with_volumes(kTraining, kVoxels, 1, 1), 2323868);
  near(bytes_with_volumes(0, kVoxels, 1, 0), 1706388);
}

TEST(VolumeMemory, GrowsWithTheCasesThatAreKeptAndNoFurther) {
  constexpr std::int64_t kVoxels = 100'000'000;
  const auto of = [](std::int64_t cases) {
    return bytes_with_volumes(500'000'000, kVoxels, 1, cases);
  };
  EXPECT_EQ(of(2) - of(1), 5 * kVoxels);
  EXPECT_EQ(of(50), of(3)) << "two are kept, the third is read when it is needed";
  EXPECT_EQ(bytes_with_volumes(500'000'000, 1000, 1, 5), 500'000'000 + 5 * 5000 + 6000);
}

TEST(TrainingMemory, IsNotAskedForAGpuOrWhenSwitchedOff) {
  RunOptions options = options_of({64, 64, 256, Precision::kBf16, "medcl", 0});
  EXPECT_THROW(require_memory(options, 1 << 30), Error);
  options.train.memory_check = false;
  EXPECT_NO_THROW(require_memory(options, 1 << 30));
  options.train.memory_check = true;
  options.train.device = "cuda";
  EXPECT_NO_THROW(require_memory(options, 1 << 30));
}

}  // namespace
}  // namespace medcl
