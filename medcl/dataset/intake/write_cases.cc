// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/write_cases.h"

#include <algorithm>
#include <set>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/dataset/check_files.h"
#include "medcl/dataset/intake/held_out.h"
#include "medcl/dataset/intake/read_source.h"
#include "medcl/image/picture.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHeldOut = "_heldout";

/// The volumes of a case as they will be written.
struct CaseContent {
  std::string id;
  std::vector<Loaded<float>> channels;
  std::optional<Labels> labels;
  bool is_open = false;  ///< some of the labels say that nobody drew
};

/// Grey pictures and pictures in colours get the same number of channels.
void fit_channels(ImportJob& job, std::vector<Loaded<float>>& channels, std::size_t count,
                  const std::string& id) {
  const bool picture = is_picture_path(channels.front().source.path);
  if (picture && count == 1) merge_equal_channels(channels);
  if (picture && channels.size() == 1 && count > 1) {
    job.add_finding(Severity::kWarning, "grey-among-colours",
                    {"a grey picture among pictures in colours: all three are set to its grey",
                     "case " + id, "", "", ""});
    while (channels.size() < count) channels.push_back(channels.front());
  }
  if (channels.size() == count) return;
  fail(ErrorCode::kInvalidData,
       {"cases with different numbers of channels", "case " + id, std::to_string(count),
        std::to_string(channels.size()),
        "leave out the ones that differ, or give them to another dataset"});
}

/// The labels with their new values; nothing where nobody drew.
std::optional<Labels> new_labels(ImportJob& job, const Source& source, const Loaded<float>& image,
                                 SeenLabels& seen, LookedAt& looked) {
  if (seen.zero.is_empty && seen.zero.zero == Zero::kNotDrawn) return std::nullopt;
  Labels labels = read_planned_labels(job, source, image);
  constexpr std::int32_t kOpen = INT32_MAX;  // of no file: readers take labels up to 2^24
  open_what_nobody_drew(labels, seen.zero, kOpen);
  auto new_from_old = looked.meaning.new_from_old;
  new_from_old[kOpen] = ignore_of(looked.meaning.labels);
  remap_labels(labels, new_from_old, source.path.string());
  seen.is_open = std::find(labels.voxels.begin(), labels.voxels.end(), new_from_old[kOpen]) !=
                 labels.voxels.end();
  return labels;
}

CaseContent content_of(ImportJob& job, const IntakePlan& plan, const PlannedCase& one,
                       LookedAt& looked) {
  CaseContent content{one.id, read_planned_images(job, plan, one), std::nullopt};
  fit_channels(job, content.channels, looked.channels, one.id);
  if (one.labels) {
    SeenLabels& seen = looked.labels.at(one.id);
    content.labels =
        new_labels(job, plan.list.sources[*one.labels], content.channels.front(), seen, looked);
    content.is_open = seen.is_open;
  }
  return content;
}

/// NIfTI files keep their bytes.
void write_channel(const Loaded<float>& channel, const fs::path& path, bool as_it_is) {
  const fs::path& source = channel.source.path;
  if (as_it_is && split_image_name(source).ending.starts_with(".nii") &&
      orientation_errors(source).empty()) {
    carry_image(channel, channel.source.path, path);
    return;
  }
  FileSystem::get().create_folders(path.parent_path());
  write_image(path, channel.volume, make_source_header(channel.volume.geometry));
}

void write_case(ImportJob& job, const CaseContent& content, bool as_it_is) {
  Case entered{content.id, {}, std::nullopt};
  for (std::size_t c = 0; c < content.channels.size(); ++c) {
    entered.images.push_back(image_path(job.dataset, content.id, static_cast<int>(c)));
    write_channel(content.channels[c], entered.images.back(), as_it_is);
  }
  if (content.labels) {
    entered.labels = label_path(job.dataset, content.id);
    FileSystem::get().create_folders(entered.labels->parent_path());
    const Loaded<float>& image = content.channels.front();
    write_labels(
        *entered.labels, *content.labels,
        as_it_is && image.source.nifti ? image.source : make_source_header(image.volume.geometry));
  }
  job.dataset.cases.push_back(std::move(entered));
}

CaseContent part_of(const CaseContent& whole, const Cut& cut, bool second) {
  const std::int64_t size = whole.labels->geometry.size[cut.axis];
  const std::int64_t begin = second ? cut.at : 0, end = second ? size : cut.at;
  CaseContent part{whole.id, {}, slab(*whole.labels, cut.axis, begin, end), whole.is_open};
  for (const Loaded<float>& channel : whole.channels) {
    part.channels.push_back(
        {slab(channel.volume, cut.axis, begin, end), {.path = channel.source.path}, {}});
  }
  return part;
}

/// The only labelled scan as two cases, one of them to validate on.
void write_in_two(ImportJob& job, const CaseContent& content, const IntakeOptions& options,
                  const ZeroMeaning& zero, std::int32_t ignore) {
  const auto cut = cut_to_hold_out(*content.labels, zero.axis, ignore, options.split.validation);
  if (!cut) {
    job.add_finding(Severity::kWarning, "no-validation",
                    {"nothing to validate on: the only labelled scan is annotated in one slice, or "
                     "its classes share no slices",
                     "case " + content.id, "", "", "annotate another slice or scan"});
    write_case(job, content, true);
    return;
  }
  const CaseContent train = part_of(content, *cut, !cut->holds_out_end);
  CaseContent judged = part_of(content, *cut, cut->holds_out_end);
  judged.id += kHeldOut;
  write_case(job, train, false);
  write_case(job, judged, false);
  job.dataset.splits = {{{train.id}, {judged.id}}};
  job.add_finding(
      Severity::kWarning, "held-out-slices",
      {"only one scan is labelled: slices of it are kept back to validate on, as case " + judged.id,
       "case " + content.id, "", "",
       "slices of one scan are alike: how well the model does on another scan, this cannot tell"});
}

/// Whether the training cases of a split show every class.
bool teaches_all(const Split& split, const LookedAt& looked) {
  std::set<std::int32_t> shown;
  for (const std::string& id : split.train) {
    const auto seen = looked.labels.find(id);
    if (seen == looked.labels.end()) continue;
    for (const auto& [value, count] : seen->second.voxels) {
      shown.insert(looked.meaning.new_from_old.at(value));
    }
  }
  const auto& classes = looked.meaning.labels.classes;
  return std::all_of(classes.begin() + 1, classes.end(),
                     [&](const LabelClass& one) { return shown.count(one.value) != 0; });
}

/// Splits that teach every class, with the first seed from that of the options on that gives some.
std::vector<Split> sound_splits(ImportJob& job, const std::vector<SplitCase>& cases,
                                const IntakeOptions& options, const LookedAt& looked) {
  constexpr std::uint64_t kTries = 64;
  SplitOptions split = options.split;
  for (; split.seed < options.split.seed + kTries; ++split.seed) {
    std::vector<Split> splits = make_splits(cases, split);
    std::erase_if(splits, [&](const Split& one) { return !teaches_all(one, looked); });
    if (!splits.empty()) return splits;
  }
  job.add_finding(Severity::kWarning, "no-validation",
                  {"nothing to validate on: without any one of the labelled cases a class is never "
                   "shown",
                   "splits_final.json", "", "", "annotate more cases"});
  return {};
}

/// Dense masks are validated on where there are scribbles to learn from, else labels of all kinds.
void split_cases(ImportJob& job, const IntakeOptions& options, const LookedAt& looked) {
  const auto open = std::count_if(looked.labels.begin(), looked.labels.end(),
                                  [](const auto& one) { return one.second.is_open; });
  std::vector<SplitCase> cases;
  std::size_t labelled = 0;
  for (const Case& one : job.dataset.cases) {
    labelled += one.labels ? 1 : 0;
    cases.push_back({one.id, one.labels.has_value()});
  }
  const bool mixed = open > 0 && static_cast<std::size_t>(open) < labelled;
  if (!mixed) {
    job.dataset.splits = sound_splits(job, cases, options, looked);
    return;
  }
  Split split;
  for (const Case& one : job.dataset.cases) {
    const bool judges = one.labels && !looked.labels.at(one.id).is_open;
    (judges ? split.validation : split.train).push_back(one.id);
  }
  job.dataset.splits = {split};
  job.add_finding(
      Severity::kInfo, "masks-validate",
      {"the cases with masks are validated on, those with scribbles are learned from",
       std::to_string(split.validation.size()) + " masks", "", "", "another choice: medcl split"});
}

}  // namespace

void write_cases(ImportJob& job, const IntakePlan& plan, const IntakeOptions& options,
                 LookedAt& looked, const IntakeProgress& progress) {
  const auto total = static_cast<std::int64_t>(plan.cases.size());
  const auto labelled =
      std::count_if(looked.labels.begin(), looked.labels.end(), [](const auto& one) {
        return !(one.second.zero.is_empty && one.second.zero.zero == Zero::kNotDrawn);
      });
  for (std::size_t n = 0; n < plan.cases.size(); ++n) {
    const PlannedCase& one = plan.cases[n];
    if (progress) progress("writing", static_cast<std::int64_t>(n) + 1, total, one.id);
    const CaseContent content = content_of(job, plan, one, looked);
    const Source& source = plan.list.sources[one.images.front()];
    const bool as_it_is = source.slices.empty() && content.channels.size() == one.images.size();
    if (content.labels && labelled == 1) {
      write_in_two(job, content, options, looked.labels.at(one.id).zero,
                   ignore_of(looked.meaning.labels));
    } else {
      write_case(job, content, as_it_is);
    }
  }
  std::sort(job.dataset.cases.begin(), job.dataset.cases.end(),
            [](const Case& a, const Case& b) { return a.id < b.id; });
  if (labelled != 1) split_cases(job, options, looked);
}

std::string sources_table(const IntakePlan& plan) {
  std::string text = "case\trole\tfile\n";
  const auto cell = [](std::string value) {
    std::replace_if(
        value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return value;
  };
  for (std::size_t n = 0; n < plan.list.sources.size(); ++n) {
    const Source& one = plan.list.sources[n];
    text += cell(plan.places[n]) + "\t" + cell(one.why) + "\t" + cell(one.path.string()) + "\n";
  }
  return text;
}

}  // namespace medcl
