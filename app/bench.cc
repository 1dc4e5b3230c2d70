// SPDX-License-Identifier: Apache-2.0
// medcl bench: how fast this machine trains, predicts, makes batches and computes SAM's embeddings.

#include <cstdarg>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "app/option_flags.h"
#include "app/table.h"
#include "medcl/core/threads.h"
#include "medcl/format/json.h"
#include "medcl/kernels/each_processor.h"
#include "medcl/methods/all_methods.h"
#include "medcl/pretraining/encoder_speed.h"
#include "medcl/task/speed.h"

namespace medcl {
namespace {

struct Arguments {
  std::string what;
  SpeedOptions options;
  std::string model = "vit_b";
  bool json = false, plain = false, single = false;
};

SpeedReport measure(const Arguments& arguments) {
  if (arguments.what == "predict") return measure_prediction(arguments.options);
  if (arguments.what == "pipeline") return measure_pipeline(arguments.options);
  return measure_step(arguments.options);
}

void print_json(const Arguments& arguments, const SpeedReport& report) {
  const SpeedOptions& options = arguments.options;
  const Json json = {{"what", arguments.what},
                     {"device", options.device},
                     {"precision", name_of(report.precision)},
                     {"width", options.width},
                     {"size", options.size},
                     {"batch", options.batch},
                     {"threads", report.threads},
                     {"fused", options.fused},
                     {"kernels", fast::kernel_level()},
                     {"seconds_per_step", report.seconds_per_step},
                     {"images_per_second", report.images_per_second},
                     {"convolution_seconds", report.convolution_seconds},
                     {"convolution_fraction", report.convolution_fraction()},
                     {"peak_mib", report.peak_mib}};
  std::printf("%s\n", json.dump().c_str());
}

/// printf, wrapped to the terminal.
[[gnu::format(printf, 1, 2)]] void print_line(const char* format, ...) {
  char text[256];
  std::va_list values;
  va_start(values, format);
  std::vsnprintf(text, sizeof text, format, values);
  va_end(values);
  print_wrapped(text);
}

void print_text(const Arguments& arguments, const SpeedReport& report) {
  const SpeedOptions& options = arguments.options;
  print_line("%s: %.2f images/s (%.3f s for %lld images of %lld x %lld)", arguments.what.c_str(),
             report.images_per_second, report.seconds_per_step,
             static_cast<long long>(options.batch), static_cast<long long>(options.size),
             static_cast<long long>(options.size));
  if (report.convolution_seconds > 0) {
    print_line("libtorch's convolutions alone: %.3f s, %.0f %% of it", report.convolution_seconds,
               100 * report.convolution_fraction());
  }
  print_line("%s, %s, %s, width %lld, %lld threads, at most %lld MiB", options.device.c_str(),
             name_of(report.precision).c_str(), fast::kernel_level(),
             static_cast<long long>(options.width), static_cast<long long>(report.threads),
             static_cast<long long>(report.peak_mib));
}

EncoderSpeedOptions encoder_options(const Arguments& arguments) {
  const SpeedOptions& options = arguments.options;
  return {.model = arguments.model,
          .size = options.size,
          .batch = options.batch,
          .steps = options.steps,
          .threads = options.threads,
          .device = options.device,
          .precision = options.precision == Precision::kBf16 ? Precision::kBf16 : Precision::kFp32};
}

void print(const Arguments& arguments, const EncoderSpeedOptions& options,
           const EncoderSpeedReport& report) {
  if (arguments.json) {
    const Json json = {{"what", "encode"},
                       {"model", options.model},
                       {"device", options.device},
                       {"precision", name_of(options.precision)},
                       {"size", options.size},
                       {"batch", options.batch},
                       {"threads", report.threads},
                       {"seconds_per_image", report.seconds_per_image},
                       {"images_per_second", 1 / report.seconds_per_image},
                       {"cpu_seconds_per_image", report.cpu_seconds_per_image},
                       {"peak_mib", report.peak_mib}};
    std::printf("%s\n", json.dump().c_str());
    return;
  }
  print_line("encode: %.3f images/s (%.3f s and %.3f CPU seconds for an image of %lld x %lld)",
             1 / report.seconds_per_image, report.seconds_per_image, report.cpu_seconds_per_image,
             static_cast<long long>(options.size), static_cast<long long>(options.size));
  print_line("%s, %s, %s, batch %lld, %lld threads, at most %lld MiB", options.model.c_str(),
             options.device.c_str(), name_of(options.precision).c_str(),
             static_cast<long long>(options.batch), static_cast<long long>(report.threads),
             static_cast<long long>(report.peak_mib));
}

void run_bench(Arguments& arguments) {
  if (arguments.what == "encode") {
    const EncoderSpeedOptions options = encoder_options(arguments);
    print(arguments, options, measure_encoding(options));
    return;
  }
  arguments.options.fused = !arguments.plain;
  arguments.options.graphs = !arguments.single;
  const SpeedReport report = measure(arguments);
  arguments.json ? print_json(arguments, report) : print_text(arguments, report);
}

}  // namespace

void add_bench(Program& program) {
  auto arguments = std::make_shared<Arguments>();
  SpeedOptions& options = arguments->options;
  CLI::App* verb = program.app.add_subcommand("bench", "Measure the speed of this machine");
  verb->add_option("what", arguments->what, "What to measure: step is of a training, encode of SAM")
      ->required()
      ->check(CLI::IsMember({"step", "predict", "pipeline", "encode"}));
  const CLI::Range positive(1, 1 << 20);
  verb->add_option("--width", options.width, "Channels of the first level")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  verb->add_option("--size", options.size, "Side of the images, a multiple of 16")
      ->check(CLI::Range(16, 4096))
      ->capture_default_str();
  verb->add_option("--batch", options.batch, "Images in a batch")
      ->check(positive)
      ->capture_default_str();
  verb->add_option("--steps", options.steps, "Measured steps; the median counts")
      ->check(positive)
      ->capture_default_str();
  verb->add_option("--threads", options.threads, "Compute threads; 0 = all cores")
      ->check(CLI::Range(0, kMostThreads))
      ->capture_default_str();
  verb->add_option("--device", options.device, "Where to compute")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  const auto table = std::make_shared<OptionTable>();
  table->add("precision", options.precision, "Type of the convolutions");
  add_flags(*verb, table, "");
  verb->add_option("--method", options.method, "Method of a training step")
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  verb->add_option("--model", arguments->model, "SAM encoder of encode")
      ->check(CLI::IsMember({"vit_b", "vit_l", "vit_h"}))
      ->capture_default_str();
  verb->add_flag("--plain", arguments->plain,
                 "With the operations of libtorch instead of the fused ones");
  verb->add_flag("--no-graphs", arguments->single,
                 "Start every kernel of a GPU by itself (train.graphs)");
  verb->add_flag("--json", arguments->json, "Print one line of JSON");
  verb->callback([arguments] { run_bench(*arguments); });
}

}  // namespace medcl
