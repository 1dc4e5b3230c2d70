// SPDX-License-Identifier: Apache-2.0
#include "medcl/evaluation/volume_bias.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace medcl {
namespace {

constexpr std::int64_t kFewestCases = 3;
constexpr double kLeastPercent = 10, kLeastShare = 0.9;

}  // namespace

bool VolumeBias::is_systematic() const {
  const std::int64_t same_way = mean_percent > 0 ? larger : smaller;
  return cases >= kFewestCases && std::abs(mean_percent) >= kLeastPercent &&
         static_cast<double>(same_way) >= kLeastShare * static_cast<double>(cases);
}

std::vector<VolumeBias> volume_bias(const Summary& summary) {
  std::vector<VolumeBias> biases;
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    std::vector<double> differences_ml, percents;
    VolumeBias bias;
    for (const CaseResult& one : summary.cases) {
      const ClassMetrics& values = one.classes[c];
      if (!(values.volume_ref_ml > 0) || !std::isfinite(values.volume_difference_ml)) continue;
      differences_ml.push_back(values.volume_difference_ml);
      percents.push_back(100 * values.volume_difference_ml / values.volume_ref_ml);
      bias.larger += values.volume_difference_ml > 0 ? 1 : 0;
      bias.smaller += values.volume_difference_ml < 0 ? 1 : 0;
    }
    bias.cases = static_cast<std::int64_t>(percents.size());
    bias.mean_ml = statistic_of(differences_ml).mean;
    bias.mean_percent = statistic_of(percents).mean;
    biases.push_back(bias);
  }
  return biases;
}

std::string systematic_text(const VolumeBias& bias, const std::string& name, const Units& units) {
  if (!bias.is_systematic()) return "";
  const bool large = bias.mean_percent > 0;
  char text[160];
  std::snprintf(text, sizeof text,
                ": predicted %.0f %% too %s on average (%+.*f %s), too %s in %lld of %lld cases",
                std::abs(bias.mean_percent), large ? "large" : "small", units.volume_digits(),
                units.volume_of(bias.mean_ml), units.volume().c_str(), large ? "large" : "small",
                static_cast<long long>(large ? bias.larger : bias.smaller),
                static_cast<long long>(bias.cases));
  return name + text;
}

}  // namespace medcl
