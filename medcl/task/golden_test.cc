// SPDX-License-Identifier: Apache-2.0
// Twenty steps of the U-Net and of a SAM on synthetic hearts, with one thread, against losses that
// were written down: to the bit where the kernels are those that wrote them.
//
// Source: tests/golden/*.json, made by these tests with MEDCL_RECORD_GOLDEN=1 (do so only when a
// change is meant to change the numbers, and say why).

#include <ATen/Version.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "medcl/format/json.h"
#include "medcl/kernels/each_processor.h"
#include "medcl/task/test_run.h"

namespace medcl {
namespace {

template <typename Function>
Function* loaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// "AVX512" and so on: for which libtorch's own loops were compiled that it runs here.
std::string capability_of_libtorch() {
  const std::string all = at::show_config(), key = "CPU capability usage: ";
  const auto at = all.find(key);
  return at == std::string::npos
             ? ""
             : all.substr(at + key.size(), all.find('\n', at) - at - key.size());
}

/// All that decides how sums are rounded.
Json kernels_here() {
  auto* const isa = loaded<int()>("dnnl_get_effective_cpu_isa");
  auto* const blas = loaded<const char*()>("openblas_get_corename");
  return {{"medcl", fast::kernel_level()},
          {"compiler", __VERSION__},
          {"libtorch", TORCH_VERSION},
          {"libtorch_capability", capability_of_libtorch()},
          {"onednn_isa", isa != nullptr ? isa() : 0},
          {"openblas", blas != nullptr ? blas() : ""}};
}

/// Other processors round otherwise, and Adam turns the sign of a rounding into a whole step: only
/// the first step can agree closely, the others as far as other processors do.
double tolerance(std::size_t step) { return step == 0 ? 1e-4 : 0.1; }

class GoldenRun : public TrainingRun {
 protected:
  /// One object per step: "total" and every term.
  Json losses(const std::string& name) {
    Json steps = Json::array();
    TrainingHooks hooks;
    hooks.on_step = [&steps](const StepReport& report, const StepProgress&) {
      Json one = {{"total", report.total}};
      for (const auto& [term, value] : report.terms) one[term] = value;
      steps.push_back(one);
    };
    run(name, false, hooks);
    return steps;
  }

  static std::vector<std::string> with_all_terms() {
    return {"train.steps=20",   "weight.mapping=1",   "weight.cluster=1",
            "weight.anatomy=1", "scribble.balance=0", "prepare.reach_mm=0"};
  }

  void expect_written_losses(const std::string& name) {
    ASSERT_EQ(options_.train.threads, 1) << "sums of libtorch depend on how work is shared out";
    const Json found = losses("one");
    EXPECT_EQ(found, losses("two")) << "two runs on one machine differ";
    const std::filesystem::path file =
        std::filesystem::path(MEDCL_SOURCE_DIR) / "tests" / "golden" / name;
    if (std::getenv("MEDCL_RECORD_GOLDEN") != nullptr) {
      write_json(file, {{"kernels", kernels_here()}, {"losses", found}});
      GTEST_SKIP() << "recorded " << file;
    }
    const Json golden = read_json(file);
    if (golden.value("kernels", Json()) == kernels_here()) {
      EXPECT_EQ(found, golden.at("losses")) << "the kernels are those that wrote " << name;
    } else {
      RecordProperty("kernels", "others than wrote the losses");
      expect_near(found, golden.at("losses"));
    }
  }

  static void expect_near(const Json& found, const Json& golden) {
    ASSERT_EQ(found.size(), 20U);
    ASSERT_EQ(golden.size(), found.size());
    for (std::size_t step = 0; step < found.size(); ++step) {
      ASSERT_EQ(found[step].size(), golden[step].size());
      for (const auto& [term, value] : golden[step].items()) {
        const double expected = value.get<double>();
        EXPECT_NEAR(found[step].at(term).get<double>(), expected,
                    tolerance(step) * std::max(1e-2, std::abs(expected)))
            << "step " << step + 1 << ", " << term;
      }
    }
  }
};

TEST_F(GoldenRun, TwentyStepsGiveTheWrittenLosses) {
  set(with_all_terms());
  expect_written_losses("unet_phantom.json");
}

TEST_F(GoldenRun, TwentyStepsOfASamGiveTheWrittenLosses) {
  set(with_all_terms(), tiny_sam());
  expect_written_losses("sam_phantom.json");
}

}  // namespace
}  // namespace medcl
