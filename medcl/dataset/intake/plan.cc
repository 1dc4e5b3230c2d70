// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/intake/plan.h"

#include <algorithm>
#include <map>

#include "medcl/core/error.h"
#include "medcl/core/names.h"
#include "medcl/dataset/intake/channel_words.h"
#include "medcl/dataset/intake/plan_parts.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

/// Case -> the sources of its channels, those that are missing being SIZE_MAX.
using ImagesOfCase = std::map<std::string, Indices>;

void enter_image(IntakePlan& plan, ImagesOfCase& cases, std::size_t source, std::string id,
                 std::size_t channel) {
  const auto known = std::find_if(cases.begin(), cases.end(), [&](const auto& one) {
    return folded_name(one.first) == folded_name(id);
  });
  if (known != cases.end()) id = known->first;
  Indices& images = cases[id];
  images.resize(plan.channel_names.size(), SIZE_MAX);
  plan.places[source] = id + (plan.channels_named ? ": " + plan.channel_names[channel] : "");
  if (images[channel] == SIZE_MAX) {
    images[channel] = source;
    return;
  }
  add_error(plan, "two-images",
            {"two images of one name", plan.list.sources[source].shown, "one image for case " + id,
             plan.list.sources[images[channel]].shown,
             "say which of them are labels (--labels) or images (--images), which words of the "
             "names are channels (--channels), or leave one out"});
}

ImagesOfCase cases_of(IntakePlan& plan, const PlanOptions& options) {
  const Indices images = of_role(plan, SourceRole::kImage);
  std::vector<std::vector<std::string>> words;
  for (const std::size_t n : images) words.push_back(plan.list.sources[n].words);
  std::vector<std::string> labels;
  for (const std::size_t n : of_role(plan, SourceRole::kLabels)) {
    labels.push_back(joined_words(plan.list.sources[n].words));
  }
  const ChannelWords channels = find_channel_words(words, options.channels, labels);
  plan.channels_named = !channels.names.empty();
  plan.channel_names = plan.channels_named ? channels.names : std::vector<std::string>{"image"};
  ImagesOfCase cases;
  for (std::size_t n = 0; n < images.size(); ++n) {
    Source& source = plan.list.sources[images[n]];
    const int place = channels.places[n];
    if (plan.channels_named && place < 0) {
      source.role = SourceRole::kLeftOut;
      source.why = "left out: none of the channels " +
                   join_names({channels.names.begin(), channels.names.end()}) +
                   " in its name (--channels says others)";
      continue;
    }
    std::size_t channel = 0;
    std::vector<std::string> own = words[n];
    if (place >= 0) {
      channel = channel_of(own[static_cast<std::size_t>(place)], channels.names);
      own.erase(own.begin() + place);
    }
    enter_image(plan, cases, images[n], id_of(own, plan.list), channel);
  }
  return cases;
}

void enter_cases(IntakePlan& plan, const ImagesOfCase& cases) {
  for (const auto& [id, images] : cases) {
    for (std::size_t c = 0; c < images.size(); ++c) {
      if (images[c] != SIZE_MAX) continue;
      add_error(plan, "channel-missing",
                {"a channel is missing", "case " + id,
                 "one file for each of " +
                     join_names({plan.channel_names.begin(), plan.channel_names.end()}),
                 "none for " + plan.channel_names[c],
                 "say which channels there are: --channels " + plan.channel_names[c == 0 ? 1 : 0] +
                     "; images without one of them are left out"});
    }
    plan.cases.push_back({id, images, std::nullopt});
  }
}

std::size_t source_named(const IntakePlan& plan, const std::string& name, const std::string& pair) {
  Indices found;
  for (std::size_t n = 0; n < plan.list.sources.size(); ++n) {
    const Source& one = plan.list.sources[n];
    const bool is_shown = one.shown == name || one.shown == name + "/";
    if (one.path == name || one.path.filename() == name || is_shown) found.push_back(n);
  }
  if (found.size() == 1) return found.front();
  fail(ErrorCode::kUsage, {found.empty() ? "no such file among those given" : "several files",
                           "--pair", "IMAGE=LABELS, a name or path of one file each", pair, ""});
}

/// The pairs that the user gave; the files are of these roles then.
std::vector<std::pair<std::size_t, std::size_t>> given_pairs(IntakePlan& plan,
                                                             const PlanOptions& options) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const std::string& pair : options.pairs) {
    const std::size_t sign = pair.find('=');
    if (sign == std::string::npos) {
      fail(ErrorCode::kUsage, {"no pair", "--pair", "IMAGE=LABELS", pair, ""});
    }
    const std::size_t image = source_named(plan, pair.substr(0, sign), pair);
    const std::size_t labels = source_named(plan, pair.substr(sign + 1), pair);
    plan.list.sources[image].role = SourceRole::kImage;
    plan.list.sources[labels].role = SourceRole::kLabels;
    plan.list.sources[image].why = plan.list.sources[labels].why = "as --pair says";
    pairs.emplace_back(image, labels);
  }
  return pairs;
}

void require_something(IntakePlan& plan) {
  if (plan.cases.empty()) {
    add_error(
        plan, "no-images",
        {"no images", plan.list.root.string(), "NIfTI, NRRD, MetaImage, DICOM, PNG, TIFF, JPEG",
         std::to_string(plan.list.sources.size()) + " files",
         "say which files are images: --images"});
    return;
  }
  if (!of_role(plan, SourceRole::kLabels).empty()) return;
  add_error(plan, "no-labels",
            {"no file is labels by its name, its folder or its content", plan.list.root.string(),
             "names such as anna_seg.nii.gz, or a folder such as masks", "none",
             "say which they are: --labels 'PATTERN', a folder or files; for images alone: medcl "
             "import dicom, or draw some first"});
}

/// "0000" is no name to learn by.
void name_numbered_channels(IntakePlan& plan) {
  const bool numbered = plan.channel_names.front() == "0000";
  for (std::size_t c = 0; numbered && c < plan.channel_names.size(); ++c) {
    plan.channel_names[c] =
        plan.channel_names.size() == 1 ? "image" : "channel " + std::to_string(c);
  }
  plan.channels_named = plan.channels_named && !numbered;
}

}  // namespace

IntakePlan plan_intake(const std::vector<fs::path>& inputs, const PlanOptions& options) {
  IntakePlan plan;
  plan.list = find_sources(inputs, options.sources);
  plan.places.assign(plan.list.sources.size(), "-");
  const auto given = given_pairs(plan, options);
  enter_cases(plan, cases_of(plan, options));
  pair_labels(plan, given);
  require_something(plan);
  name_numbered_channels(plan);
  return plan;
}

}  // namespace medcl
