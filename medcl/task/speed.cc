// SPDX-License-Identifier: Apache-2.0
#include "medcl/task/speed.h"

#include <unistd.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "medcl/dataset/phantom.h"
#include "medcl/engine/step.h"
#include "medcl/engine/stopwatch.h"
#include "medcl/inference/most_probable.h"
#include "medcl/model/network_threads.h"
#include "medcl/model/unet/blocks.h"
#include "medcl/task/learner.h"

namespace medcl {
namespace {

constexpr std::int64_t kClasses = 4;

RunOptions run_options(const SpeedOptions& options) {
  RunOptions run = resolve_options(
      "", {}, {"method.name=" + options.method, "network.width=" + std::to_string(options.width)});
  run.train.steps = 1000000;
  run.train.threads = options.threads;
  run.train.device = options.device;
  run.train.precision = options.precision;
  run.train.fused = options.fused;
  run.train.graphs = options.graphs;
  run.sample.crop.size = options.size;
  run.sampler.batch = options.batch;
  run.prepare.orientation = "array";
  Dataset dataset;
  dataset.labels.classes = {{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}};
  settle_options(run, dataset);
  return run;
}

/// Noise with 5 % of its pixels annotated.
Batch made_batch(const SpeedOptions& options, const torch::Device& device) {
  const SeededGenerators generators(0, torch::kCPU);
  Batch batch;
  batch.image_bcs = torch::randn({options.batch, 1, options.size, options.size});
  const auto annotated = torch::rand({options.batch, 1, options.size, options.size}) < 0.05;
  const auto labels = torch::randint(0, kClasses, annotated.sizes(), torch::kInt64);
  batch.annotation.target_bks =
      (labels.eq(torch::arange(kClasses).view({1, kClasses, 1, 1})) & annotated)
          .to(torch::kFloat32);
  batch.present_bk = torch::ones({options.batch, kClasses});
  const auto side = static_cast<float>(options.size);
  batch.kept_box_b6 =
      torch::tensor({0.0F, 0.0F, 0.0F, 1.0F, side, side}).repeat({options.batch, 1});
  return batch.to(device);
}

/// The steps of a run on one batch, as often as wanted.
class OneBatch final : public Task {
 public:
  OneBatch(const RunOptions& run, Batch batch)
      : learner_(run, needs_of(run), 1), batch_(std::move(batch)) {}
  [[nodiscard]] Batch batch(std::int64_t /*step*/) const override { return batch_; }
  [[nodiscard]] std::int64_t steps_per_epoch() const override { return 1; }
  std::vector<ModuleGroup> modules() override { return learner_.modules(); }
  LossTerms losses(const Batch& batch) override { return learner_.losses(batch); }
  [[nodiscard]] Json data() const override { return {}; }
  void save_last(const NamedTensors&, std::int64_t, const Json&) override {}

 private:
  Learner learner_;
  Batch batch_;
};

/// Every convolution of the network on an input of the size, type and layout that it last had.
double convolution_seconds(const torch::nn::Module& network, std::int64_t steps, bool training,
                           const torch::Device& device, torch::ScalarType type,
                           std::int64_t threads) {
  const LibtorchThreads libtorch(static_cast<int>(threads));
  const SeededGenerators generators(0, device);
  const DeterministicCudnn deterministic;
  struct One {
    torch::Tensor input, weight, gradient;
    std::int64_t padding;
  };
  std::vector<One> all;
  for (const auto& module : network.modules()) {
    const auto* conv = module->as<unet::ConvImpl>();
    if (conv == nullptr || conv->input_sizes().empty()) continue;
    const auto weight = conv->kernel().weight.detach().to(type).requires_grad_(training);
    const bool is_first = weight.size(1) == 1;
    const auto input = unet::prepare_input(torch::randn(conv->input_sizes(), device), type)
                           .requires_grad_(training && !is_first);
    const auto output = torch::conv2d(input, weight, {}, 1, conv->padding());
    all.push_back({input, weight, torch::ones_like(output), conv->padding()});
  }
  const auto convolve = [&all, training] {
    for (const One& one : all) {
      const auto output = torch::conv2d(one.input, one.weight, {}, 1, one.padding);
      if (!training) continue;
      std::vector<torch::Tensor> wanted{one.weight};
      if (one.input.requires_grad()) wanted.push_back(one.input);
      (void)torch::autograd::grad({output}, wanted, {one.gradient});
    }
  };
  return median_timing(steps, device, convolve).seconds;
}

/// With the threads that a run would take on an idle machine.
Timing timing_of(const torch::nn::Module& network, const RunOptions& run, std::int64_t steps,
                 const std::function<void()>& work) {
  const NetworkThreads threads(network, type_of(run.train.precision),
                               static_cast<int>(run.train.threads));
  const DeterministicCudnn deterministic;
  return median_timing(steps, torch::Device(run.train.device), work);
}

SpeedReport report_of(const RunOptions& run, const Timing& timing) {
  SpeedReport report;
  report.precision = run.train.precision;
  report.threads = run.train.threads;
  report.seconds_per_step = timing.seconds;
  report.images_per_second = static_cast<double>(run.sampler.batch) / timing.seconds;
  report.peak_mib = peak_mib(torch::Device(run.train.device));
  return report;
}

struct TemporaryFolder {
  TemporaryFolder()
      : path(std::filesystem::temp_directory_path() / ("medcl-speed-" + std::to_string(getpid()))) {
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

}  // namespace

SpeedReport measure_step(const SpeedOptions& options) {
  const RunOptions run = run_options(options);
  const torch::Device device(run.train.device);
  const Batch batch = made_batch(options, device);
  OneBatch task(run, batch);
  TrainingState state(task.modules(), {.fused = run.train.fused}, run.train.average_decay);
  const torch::nn::Module& network = *state.groups.front().module;
  const auto seed = static_cast<std::uint64_t>(run.train.seed);
  SpeedReport report = report_of(run, timing_of(network, run, options.steps, [&] {
                                   (void)train_step(state, task, batch, run.schedule, seed);
                                 }));
  report.convolution_seconds =
      needs_of(run).passes * convolution_seconds(network, options.steps, true, device,
                                                 type_of(report.precision), run.train.threads);
  return report;
}

namespace {

/// [B, H, W], as a predictor finds them.
torch::Tensor classes_of(const torch::Tensor& logits_bks) {
  const torch::Tensor prob_bks = logits_bks.softmax(1);
  if (!prob_bks.is_cpu()) return prob_bks.argmax(1);
  const std::int64_t pixels = prob_bks[0][0].numel();
  torch::Tensor classes_bs = torch::zeros({prob_bks.size(0), pixels}, torch::kUInt8);
  const auto count = static_cast<std::size_t>(pixels);
  for (std::int64_t b = 0; b < prob_bks.size(0); ++b) {
    std::vector<float> best(count, -1.0F);
    for (std::int64_t c = 0; c < prob_bks.size(1); ++c) {
      keep_most_probable({prob_bks[b][c].data_ptr<float>(), count}, static_cast<std::uint8_t>(c),
                         best, {classes_bs[b].data_ptr<std::uint8_t>(), count});
    }
  }
  return classes_bs;
}

}  // namespace

SpeedReport measure_prediction(const SpeedOptions& options) {
  const RunOptions run = run_options(options);
  const torch::Device device(run.train.device);
  const auto network = network_for(run, {.channels = 1, .classes = kClasses});
  network->eval();
  const torch::NoGradGuard no_grad;
  const auto image_bchw = made_batch(options, device).image_bcs;
  SpeedReport report = report_of(run, timing_of(*network, run, options.steps, [&] {
                                   (void)classes_of(network->forward(image_bchw).logits_bks);
                                 }));
  report.convolution_seconds = convolution_seconds(*network, options.steps, false, device,
                                                   type_of(report.precision), run.train.threads);
  return report;
}

SpeedReport measure_pipeline(const SpeedOptions& options) {
  const RunOptions run = run_options(options);
  const TemporaryFolder folder;
  PhantomDatasetOptions phantom;
  phantom.phantom.size = options.size;
  phantom.scribbled = 1;
  phantom.unlabelled = phantom.validation = phantom.test = 0;
  const Dataset dataset = write_phantom_dataset(folder.path / "data", phantom);
  const CaseStore store = CaseStore::build(dataset, run.prepare, folder.path / "prepared");
  std::vector<SliceRef> slices;
  for (std::int64_t i = 0; i < options.batch; ++i) {
    slices.push_back({0, i % store.cases().front().slices, true});
  }
  std::int64_t step = 0;
  return report_of(run, median_timing(options.steps, torch::kCPU, [&] {
                     (void)make_batch(store, slices, run.sample, 1, step++);
                   }));
}

}  // namespace medcl
