// SPDX-License-Identifier: Apache-2.0
// From the disk to a batch: reading a volume, resampling a slice, making samples.
#include <benchmark/benchmark.h>

#include "medcl/core/test_folder.h"
#include "medcl/dataset/phantom.h"
#include "medcl/image/volume_io.h"
#include "medcl/sampling/batch.h"

namespace medcl {
namespace {

/// A phantom of the size of a cardiac scan (256 x 256 x 8), prepared once.
struct Scan {
  Scan() {
    PhantomDatasetOptions options;
    options.phantom.size = 256;
    options.scribbled = 1;
    options.unlabelled = options.validation = options.test = 0;
    dataset = write_phantom_dataset(folder.path() / "data", options);
    store = CaseStore::build(dataset, {}, folder.path() / "prepared");
  }
  TestFolder folder;
  Dataset dataset;
  CaseStore store;
};

const Scan& scan() {
  static const Scan one;
  return one;
}

void ReadCompressedVolume(benchmark::State& state) {
  const auto path = scan().dataset.cases.front().images.front();
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_image(path));
  }
}
BENCHMARK(ReadCompressedVolume)->Unit(benchmark::kMillisecond);

void ResampleRotatedSlice(benchmark::State& state) {
  const StoredCase& one = scan().store.cases().front();
  const PlaneSize crop{256, 256};
  const Affine2 turn = rotation_about_centre(crop, 0.3);
  std::vector<float> output(static_cast<std::size_t>(crop.count()));
  for (auto _ : state) {
    resample(one.image(3, 0), one.plane, turn, Interpolation::kLinear, 0.0F, output, crop);
    benchmark::DoNotOptimize(output.data());
  }
  state.SetItemsProcessed(state.iterations() * crop.count());
}
BENCHMARK(ResampleRotatedSlice)->Unit(benchmark::kMicrosecond);

void MakeBatchOfEight(benchmark::State& state) {
  SampleOptions options;
  options.classes = 4;
  const std::vector<SliceRef> slices(8, SliceRef{0, 3, true});
  std::int64_t step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(make_batch(scan().store, slices, options, 1, step++));
  }
  state.SetItemsProcessed(state.iterations() * 8);
}
BENCHMARK(MakeBatchOfEight)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace medcl
