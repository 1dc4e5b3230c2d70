// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/mscmr_dense.h"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

#include "medcl/core/error.h"
#include "medcl/dataset/intake/found_files.h"
#include "medcl/dataset/slice_match.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr double kSameSlice = 0.93;  // others of the same patients correlate less than .89
constexpr double kAgree = 0.7;
constexpr std::int32_t kRightVentricle = 600, kScribbledBackground = 3000;

/// The subject of MSCMRseg that case 1 to 45 of MyoPS is.
constexpr std::array<int, 45> kSubjectOfCase = {
    19, 2,  15, 3,  28, 41, 38, 11, 33, 17, 7,  27, 44, 34, 22, 6,  16, 35, 32, 24, 13, 29, 4,
    9,  25, 45, 20, 18, 14, 10, 8,  5,  43, 37, 42, 1,  31, 23, 40, 39, 21, 30, 26, 36, 12};

/// "Case3007" is case 7; of the official names those to train on come first, those to test on after
/// the 25th.
std::optional<int> case_number(const std::smatch& match) {
  const int number = std::stoi(match[2].str());
  const std::string kind = match[1].str();
  const int index = kind == "myops_test_2" ? 25 + number : number;
  const bool is_one = index >= 1 && index <= static_cast<int>(kSubjectOfCase.size());
  return is_one ? std::optional(index) : std::nullopt;
}

void enter(fs::path& place, const fs::path& file) {
  if (!place.empty()) {
    fail(ErrorCode::kInvalidData, {.what = "two files for one case of MyoPS",
                                   .where = file.string(),
                                   .expected = "one",
                                   .found = place.string(),
                                   .remedy = "name the folder of one release"});
  }
  place = file;
}

std::int32_t class_of(std::int32_t value, const std::string& where) {
  switch (value) {
    case 0:
      return 0;
    case kRightVentricle:
      return 1;
    case 200:
    case 1220:
    case 2221:
      return 2;
    case 500:
      return 3;
    default:
      fail(ErrorCode::kInvalidData, {.what = "not the gold standard of MyoPS",
                                     .where = where,
                                     .expected = "0, 200, 500, 600, 1220 and 2221",
                                     .found = std::to_string(value)});
  }
}

/// A scribble file has the same name. It says of most pixels nothing.
bool is_scribble(const Labels& labels) {
  return std::ranges::find(labels.voxels, kScribbledBackground) != labels.voxels.end();
}

/// Moves one slice of the gold standard onto slice `match.slice`; what it does not reach is
/// background.
void place_slice(const Labels& gold, std::int64_t from, const SliceMatch& match, Labels& labels,
                 const std::string& where) {
  const auto [columns, rows, slices] = labels.geometry.size;
  std::span<std::int32_t> target = labels.slice(match.slice);
  std::ranges::fill(target, 0);
  const std::span<const std::int32_t> source = gold.slice(from);
  for (std::int64_t j = 0; j < gold.geometry.size[1]; ++j) {
    for (std::int64_t i = 0; i < gold.geometry.size[0]; ++i) {
      const std::int64_t x = i + match.right, y = j + match.down;
      if (x < 0 || y < 0 || x >= columns || y >= rows) continue;
      target[static_cast<std::size_t>(y * columns + x)] =
          class_of(source[static_cast<std::size_t>(j * gold.geometry.size[0] + i)], where);
    }
  }
}

/// The share of the drawn structures of a slice that both call the same; 1 where none is drawn.
double agreement(std::span<const std::int32_t> scribble, std::span<const std::int32_t> dense,
                 std::int32_t undrawn) {
  double drawn = 0, equal = 0;
  for (std::size_t n = 0; n < scribble.size(); ++n) {
    if (scribble[n] == undrawn || scribble[n] == 0) continue;
    ++drawn;
    if (scribble[n] == dense[n]) ++equal;
  }
  return drawn > 0 ? equal / drawn : 1;
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(100 * share + 0.5)) + " %";
}

Finding finding_of(Severity severity, const std::string& id, const std::string& what,
                   const fs::path& file, std::int64_t slice, const std::string& found) {
  return {severity,
          id,
          {what, file.string() + ", slice " + std::to_string(slice), "", found, ""},
          false};
}

}  // namespace

std::map<std::string, DenseSource> find_dense_sources(const fs::path& folder) {
  std::map<std::string, DenseSource> found;
  const std::regex pattern(
      R"((Case30|myops_training_1|myops_test_2)(\d\d)_(LGE|gd)\.nii(?:\.gz)?)");
  for (const fs::path& file : find_files({folder}).images) {
    const std::string name = file.filename().string();
    std::smatch match;
    if (!std::regex_match(name, match, pattern)) continue;
    const std::optional<int> number = case_number(match);
    if (!number) continue;
    const int subject = kSubjectOfCase[static_cast<std::size_t>(*number - 1)];
    DenseSource& source = found["subject" + std::to_string(subject)];
    enter(match[3].str() == "gd" ? source.labels : source.image, file);
  }
  std::erase_if(found, [](const auto& one) {
    return one.second.image.empty() || one.second.labels.empty() ||
           is_scribble(read_labels(one.second.labels, {.assume = "spacing"}).volume);
  });
  if (!found.empty()) return found;
  fail(ErrorCode::kInvalidData,
       {.what = "no gold standard of MyoPS 2020",
        .where = folder.string(),
        .expected = "Case3001_LGE.nii.gz and Case3001_gd.nii.gz, or myops_training_101_LGE.nii.gz "
                    "and myops_training_101_gd.nii.gz, at any depth",
        .found = "none with dense labels"});
}

DenseLabels dense_labels_for(const Image& image, const Labels& scribbles, const DenseSource& source,
                             std::int32_t undrawn) {
  const ReadOptions options{.assume = "spacing"};
  const Image lge = read_image(source.image, options).volume;
  const Labels gold = read_labels(source.labels, options).volume;
  if (lge.geometry.size != gold.geometry.size) {
    fail(ErrorCode::kInvalidData, {.what = "labels and image differ in size",
                                   .where = source.labels.string(),
                                   .found = difference(gold.geometry, lge.geometry)});
  }
  DenseLabels result{
      {image.geometry, std::vector<std::int32_t>(image.voxels.size(), undrawn)}, 0, {}};
  std::vector<bool> taken(static_cast<std::size_t>(image.geometry.size[2]), false);
  for (std::int64_t from = 0; from < lge.geometry.size[2]; ++from) {
    const SliceMatch match =
        find_slice({lge.slice(from), lge.geometry.size[0], lge.geometry.size[1]}, image);
    const bool is_found = match.correlation >= kSameSlice;
    if (!is_found || taken[static_cast<std::size_t>(match.slice)]) {
      result.findings.push_back(finding_of(
          Severity::kWarning, "slice-not-found",
          is_found ? "two slices of MyoPS in one slice of the volume: the second is left out"
                   : "a slice of MyoPS that no slice of the volume looks like: left out",
          source.image, from, "correlation " + percent(match.correlation)));
      continue;
    }
    taken[static_cast<std::size_t>(match.slice)] = true;
    place_slice(gold, from, match, result.labels, source.labels.string());
    ++result.slices;
    const double share =
        agreement(scribbles.slice(match.slice), result.labels.slice(match.slice), undrawn);
    if (share >= kAgree) continue;
    result.findings.push_back(finding_of(
        Severity::kWarning, "observers-differ",
        "scribbles and gold standard differ: kept, for two people drew them", source.labels, from,
        percent(share) + " of the drawn structures in slice " + std::to_string(match.slice) +
            " agree"));
  }
  return result;
}

}  // namespace medcl
