// SPDX-License-Identifier: Apache-2.0
#include "app/new_text.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <tuple>

#include "app/table.h"
#include "medcl/core/counted.h"
#include "medcl/core/finding_groups.h"
#include "medcl/core/shell_word.h"
#include "medcl/format/json_text.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

constexpr std::size_t kShown = 24;  // files, so that a table fits a screen

std::size_t count_of(const Findings& findings, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& one) { return one.severity == severity; }));
}

std::string name_of(const LabelMeaning& meaning, std::int32_t value) {
  const auto index = meaning.labels.index_of_value(value);
  return index ? meaning.labels.classes[*index].name : "not annotated";
}

/// What 0 means -> the cases.
std::map<std::string, std::vector<std::string>> cases_by_zero(const IntakeReport& report) {
  std::map<std::string, std::vector<std::string>> cases;
  for (const auto& [id, seen] : report.labels) cases[seen.zero.why].push_back(id);
  return cases;
}

std::string zero_text(const IntakeReport& report) {
  bool open = false, drawn = false;
  for (const auto& [id, seen] : report.labels) {
    (seen.zero.zero == Zero::kNotDrawn ? open : drawn) = true;
    open = open || seen.zero.zero == Zero::kDrawnSlices;
  }
  const std::string mapped = name_of(report.meaning, report.meaning.new_from_old.at(0));
  if (!open) return mapped;
  return drawn ? mapped + " or not annotated, see below" : "not annotated";
}

Json findings_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& one : findings) {
    list.push_back({{"severity", severity_name(one.severity)},
                    {"id", one.id},
                    {"message", to_line(one.problem)}});
  }
  return list;
}

/// The sources case by case, those of no case at the end.
std::vector<std::size_t> by_case(const IntakePlan& plan) {
  std::vector<std::size_t> order(plan.list.sources.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t n) {
    const std::string& place = plan.places[n];
    return std::tuple(place == "-", place.substr(0, place.find(": ")),
                      plan.list.sources[n].role == SourceRole::kLabels);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

/// Files, values and findings.
Json plan_json(const IntakePlan& plan, const IntakeReport& report) {
  Json json = {{"files", Json::array()}, {"values", Json::array()}, {"zero", Json::object()}};
  for (std::size_t n = 0; n < plan.list.sources.size(); ++n) {
    const Source& one = plan.list.sources[n];
    json["files"].push_back(
        {{"file", one.path.string()}, {"case", plan.places[n]}, {"taken_as", one.why}});
  }
  for (const auto& [old, count] : voxels_by_value(report.labels)) {
    const std::int32_t value = report.meaning.new_from_old.at(old);
    json["values"].push_back({{"value", old},
                              {"becomes", value},
                              {"meaning", name_of(report.meaning, value)},
                              {"voxels", count}});
  }
  for (const auto& [id, seen] : report.labels) json["zero"][id] = seen.zero.why;
  json["findings"] = findings_json(report.findings);
  return json;
}

}  // namespace

void print_plan(const IntakePlan& plan, bool all) {
  Table table{"", {"file", "case", "taken as"}, {}, 3};
  const std::vector<Source>& sources = plan.list.sources;
  for (const std::size_t n : by_case(plan)) {
    if (!all && table.rows.size() == kShown) break;
    table.rows.push_back({sources[n].shown, plan.places[n], sources[n].why});
  }
  print_table(table);
  if (!all && sources.size() > kShown) {
    print_wrapped("and " + std::to_string(sources.size() - kShown) +
                  " more files; --all lists them");
  }
}

void print_values(const IntakeReport& report) {
  Table table{"", {"value", "becomes", "meaning", "voxels"}, {}, 3};
  const auto voxels = voxels_by_value(report.labels);
  const bool colours = are_colours(voxels);
  for (const auto& [old, count] : voxels) {
    const std::int32_t value = report.meaning.new_from_old.at(old);
    table.rows.push_back({colours && old != 0 ? colour_name(old) : std::to_string(old),
                          old == 0 ? "" : std::to_string(value),
                          old == 0 ? zero_text(report) : name_of(report.meaning, value),
                          std::to_string(count)});
  }
  print_table(table);
  for (const auto& [why, cases] : cases_by_zero(report)) {
    print_wrapped(counted_names(cases, "cases") + ": " + why);
  }
}

void print_summary(const Dataset& made, const std::string& target, const Findings& check) {
  std::string text = target + ": " + counted_cases(made.cases);
  if (!made.splits.empty()) {
    text += ", " + std::to_string(made.splits[0].train.size()) + " to train on and " +
            std::to_string(made.splits[0].validation.size()) + " to validate on";
    if (made.splits.size() > 1) text += " in each of " + counted(made.splits.size(), "split");
  }
  print_wrapped(text);
  const std::size_t errors = count_of(check, Severity::kError);
  print_wrapped("check: " + counted(errors, "error") + ", " +
                counted(check.size() - errors, "further finding") + "; medcl check " +
                shell_word(target) + " lists them");
}

void print_plan_json(const IntakePlan& plan, const IntakeReport& report) {
  Json json = plan_json(plan, report);
  json["dry_run"] = true;
  std::printf("%s\n", json_text(json, 2).c_str());
}

void print_report_json(const IntakePlan& plan, const IntakeReport& report, const Dataset& made,
                       const Findings& check) {
  Json json = plan_json(plan, report);
  json["root"] = made.root.string();
  json["labels"] = made.labels.to_json();
  json["channels"] = made.channel_names;
  json["splits"] = splits_to_json(made.splits);
  json["check"] = findings_json(check);
  std::printf("%s\n", json_text(json, 2).c_str());
}

}  // namespace medcl
