// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_files.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include "medcl/core/error.h"
#include "medcl/core/finding_groups.h"
#include "medcl/core/log.h"
#include "medcl/dataset/case_listing.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffixLength = 5;  // "_0000"

bool is_of_test_cases(const Finding& one) {
  const std::string folder = fs::path(one.problem.where).parent_path().filename().string();
  return folder == "imagesTs" || folder == "labelsTs";
}

}  // namespace

std::optional<ImageName> image_name_of(const std::string& stem) {
  if (stem.size() <= kSuffixLength) return std::nullopt;
  const std::string suffix = stem.substr(stem.size() - kSuffixLength);
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  if (suffix[0] != '_' || !std::all_of(suffix.begin() + 1, suffix.end(), is_digit)) {
    return std::nullopt;
  }
  return ImageName{stem.substr(0, stem.size() - kSuffixLength), std::stoi(suffix.substr(1))};
}

std::string list_channels(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t c = 0; c < names.size(); ++c) {
    text += (c == 0 ? "" : ", ") + std::to_string(c) + " " + names[c];
  }
  return text;
}

CaseListing list_cases(const Dataset& dataset, bool test) {
  CaseListing listing;
  const fs::path images = dataset.root / (test ? "imagesTs" : "imagesTr");
  for (const auto& [id, files] : list_images(images, dataset.file_ending, listing.findings)) {
    std::vector<fs::path> channels = channels_of_case(dataset, id, test, files, listing.findings);
    if (!channels.empty()) listing.cases.push_back({id, std::move(channels), std::nullopt});
  }
  attach_labels(listing.cases, dataset.root / (test ? "labelsTs" : "labelsTr"), dataset,
                listing.findings);
  return listing;
}

void warn_of_listing(const Dataset& dataset) {
  for (const std::string& line : warnings_of(dataset.findings)) log(LogLevel::kWarning, line);
}

void require_sound_listing(const Dataset& dataset) {
  Findings errors;
  std::copy_if(dataset.findings.begin(), dataset.findings.end(), std::back_inserter(errors),
               [](const Finding& one) {
                 return one.severity == Severity::kError && !is_of_test_cases(one);
               });
  if (errors.empty()) {
    warn_of_listing(dataset);
    return;
  }
  Problem problem = errors.front().problem;
  if (errors.size() > 1) {
    problem.remedy += " (" + std::to_string(errors.size() - 1) + " more: medcl check " +
                      dataset.root.string() + ")";
  }
  fail(ErrorCode::kInvalidData, problem);
}

}  // namespace medcl
