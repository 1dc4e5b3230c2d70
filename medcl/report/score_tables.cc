// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/score_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "medcl/core/error.h"
#include "medcl/evaluation/volume_bias.h"
#include "medcl/report/html.h"

namespace medcl {
namespace {

int digits_of(const Metric& metric) { return has_unit(metric) ? 1 : 3; }

/// Mean volumes say something about the patients, not about the method.
bool has_useful_mean(const Metric& metric) {
  const std::string key = metric.key;
  return key != "Volume_pred_ml" && key != "Volume_ref_ml";
}

std::size_t metric_index(const std::string& key) {
  const auto all = metrics();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Metric& m) { return m.key == key; });
  check(found != all.end(), "a metric of this name exists");
  return static_cast<std::size_t>(found - all.begin());
}

double mean_of_finite(const std::vector<double>& values) {
  const Statistic statistic = statistic_of(values);
  return statistic.count > 0 ? statistic.mean : std::numeric_limits<double>::quiet_NaN();
}

std::string signed_text(double value, int digits) {
  return (value > 0 ? "+" : "") + number_text(value, digits);
}

std::string difference_text(const Summary& first, const Summary& other) {
  std::map<std::string, double> reference;
  for (const CaseResult& one : first.cases) reference[one.id] = mean_dice(one);
  std::vector<double> differences;
  for (const CaseResult& one : other.cases) {
    const auto found = reference.find(one.id);
    if (found != reference.end()) differences.push_back(mean_dice(one) - found->second);
  }
  return signed_text(mean_of_finite(differences), 3);
}

std::string card(const Statistic& value, const std::string& name) {
  std::string html = "<div class=\"score\"><b>" + number_text(value.mean, 3) + "</b>";
  if (std::isfinite(value.sd)) html += "<small>± " + number_text(value.sd, 3) + "</small>";
  return html + "<span>" + escape_html(name) + "</span></div>\n";
}

}  // namespace

double mean_dice(const CaseResult& result) {
  return mean_over_classes(result, &ClassMetrics::dice);
}

std::vector<std::size_t> order_by_dice(const Summary& summary) {
  std::vector<double> keys;
  for (const CaseResult& one : summary.cases) {
    const double dice = mean_dice(one);
    keys.push_back(std::isfinite(dice) ? dice : -1);
  }
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  return order;
}

Table class_table(const Summary& summary) {
  Table table{"Mean ± standard deviation over cases", {"class"}, {}, 1};
  for (const Metric& metric : metrics()) {
    if (has_useful_mean(metric)) table.header.push_back(title_of(metric, summary.units));
  }
  table.header.emplace_back("cases");
  const auto add = [&](const std::string& name, const std::vector<Statistic>& statistics) {
    std::vector<std::string> row{name};
    for (std::size_t m = 0; m < statistics.size(); ++m) {
      if (!has_useful_mean(metrics()[m])) continue;
      const Metric& metric = metrics()[m];
      row.push_back(mean_sd_text(shown_value(metric, statistics[m].mean, summary.units),
                                 shown_value(metric, statistics[m].sd, summary.units),
                                 digits_of(metric)));
    }
    row.push_back(std::to_string(statistics.empty() ? 0 : statistics.front().count));
    table.rows.push_back(std::move(row));
  };
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    add(summary.labels.classes[c + 1].name, summary.per_class[c]);
  }
  add("mean of the classes", summary.over_classes);
  return table;
}

Table case_table(const Summary& summary) {
  Table table{"Every case", {"case", "class"}, {}, 2};
  for (const Metric& metric : metrics()) table.header.push_back(title_of(metric, summary.units));
  for (const CaseResult& one : summary.cases) {
    for (std::size_t c = 0; c < one.classes.size(); ++c) {
      const ClassMetrics& values = one.classes[c];
      const std::string note = values.policy_used ? " (empty mask)" : "";
      std::vector<std::string> row{one.id, summary.labels.classes[c + 1].name + note};
      for (const Metric& metric : metrics()) {
        row.push_back(number_text(shown_value(metric, values.*metric.value, summary.units),
                                  digits_of(metric)));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table volume_table(const Summary& summary) {
  Table table{"Predicted minus reference volume, over the cases whose reference has the class",
              {"class", "mean " + summary.units.volume(), "mean %", "larger", "smaller", "cases",
               "systematic"},
              {},
              1};
  const std::vector<VolumeBias> biases = volume_bias(summary);
  for (std::size_t c = 0; c < biases.size(); ++c) {
    const VolumeBias& one = biases[c];
    table.rows.push_back(
        {summary.labels.classes[c + 1].name, signed_text(summary.units.volume_of(one.mean_ml), 1),
         signed_text(one.mean_percent, 0), std::to_string(one.larger), std::to_string(one.smaller),
         std::to_string(one.cases), one.is_systematic() ? "yes" : "no"});
  }
  return table;
}

Table comparison_table(const std::vector<NamedSummary>& runs) {
  check(!runs.empty(), "something to compare");
  const std::size_t dice = metric_index("Dice"), hd95 = metric_index("HD95");
  Table table{"", {"run"}, {}, 1};
  const LabelMap& labels = runs.front().summary.labels;
  for (std::size_t c = 1; c < labels.classes.size(); ++c) {
    table.header.push_back("Dice " + labels.classes[c].name);
  }
  const std::string hd95_title = title_of(metrics()[hd95], runs.front().summary.units);
  for (const std::string& title :
       {std::string("mean Dice"), hd95_title, std::string("cases"), std::string("difference")}) {
    table.header.push_back(title);
  }
  for (const NamedSummary& run : runs) {
    const Summary& summary = run.summary;
    if (summary.per_class.size() + 1 != labels.classes.size()) {
      fail(ErrorCode::kInvalidData, {"runs with different classes cannot be compared", run.name,
                                     std::to_string(labels.foreground_count()),
                                     std::to_string(summary.per_class.size()), ""});
    }
    std::vector<std::string> row{run.name};
    for (const auto& one : summary.per_class) {
      row.push_back(mean_sd_text(one[dice].mean, one[dice].sd, 3));
    }
    const Statistic& mean = summary.over_classes[dice];
    row.push_back(mean_sd_text(mean.mean, mean.sd, 3));
    row.push_back(mean_sd_text(summary.over_classes[hd95].mean, summary.over_classes[hd95].sd, 1));
    row.push_back(std::to_string(summary.cases.size()));
    row.push_back(&run == &runs.front() ? "" : difference_text(runs.front().summary, summary));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string score_cards(const Summary& summary) {
  const std::size_t dice = metric_index("Dice");
  const Statistic& mean = summary.over_classes[dice];
  std::string html = card(mean, "mean Dice");
  for (std::size_t c = 0; c < summary.per_class.size(); ++c) {
    const Statistic& one = summary.per_class[c][dice];
    html += card(one, "Dice " + summary.labels.classes[c + 1].name);
  }
  return html;
}

std::string dice_text(const CaseResult& result, const LabelMap& labels) {
  std::string text = "Dice";
  for (std::size_t c = 0; c < result.classes.size(); ++c) {
    text += c == 0 ? " " : ", ";
    text += labels.classes[c + 1].name;
    text += " " + number_text(result.classes[c].dice, 3);
  }
  return text + " (mean " + number_text(mean_dice(result), 3) + ")";
}

std::string empty_policy_text(const Summary& summary) {
  const std::int64_t count =
      std::accumulate(summary.policy_cases.begin(), summary.policy_cases.end(), std::int64_t{0});
  const bool nan = summary.options.empty_policy() == EmptyPolicy::kNan;
  const std::string rule =
      nan ? "both masks empty: left out of the means; one empty: Dice 0, distances left out"
          : "both masks empty: Dice 1 and distance 0; one empty: Dice 0 and the diagonal of the "
            "image as distance";
  return "Empty masks (" + rule + ") occurred " + std::to_string(count) + " times. ";
}

}  // namespace medcl
