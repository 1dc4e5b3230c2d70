// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/sample.h"

#include <algorithm>
#include <vector>

#include "medcl/dataset/label_map.h"
#include "medcl/image/resample.h"

namespace medcl {
namespace {

/// Tells the second stream of a purpose from the first: of the third axis of a sample from that of
/// its plane, of changes by chance from those that always happen. Batches are smaller.
constexpr std::uint32_t kSecondStream = 1U << 31;

/// How the slices around one become one sample: everything random is drawn already.
struct SamplePlan {
  SliceRange slices;    ///< of the case
  Extent source, crop;  ///< of these slices, of the sample
  Affine3 source_from_crop{};
  IntraMixDraw draw;  ///< over the crop, or over the source when the mix comes first
  std::uint8_t border_label = kNotAnnotated;  ///< of pixels that no image covers
  bool mix = false, mix_first = false, harden = false;
};

SamplePlan draw_plan(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                     const RandomKey& key) {
  const auto stream = [&](Purpose purpose, std::uint32_t axis = 0) {
    return RandomStream(
        {.seed = key.seed, .epoch = key.epoch, .sample = key.sample | axis, .purpose = purpose});
  };
  RandomStream crop_random = stream(Purpose::kCrop);
  RandomStream flip_random = stream(Purpose::kFlip);
  RandomStream depth_random = stream(Purpose::kFlip, kSecondStream);
  RandomStream mix_random = stream(Purpose::kIntraMix);
  const IntraMixOptions& mix = options.intra_mix;
  SamplePlan plan{.slices = patch_slices(slice.slice, options.crop.depth, one.slices)};
  plan.source = extent_of(one.plane, plan.slices.count);
  plan.crop = options.crop.extent();
  plan.source_from_crop =
      random_patch(plan.source, options.crop, crop_random, flip_random, depth_random);
  // An unlabelled image has no annotation anywhere, its corners included.
  plan.border_label = slice.scribbled ? options.crop.border_label() : kNotAnnotated;
  plan.mix = mix.enabled;
  plan.mix_first = mix.enabled && mix.order == MixOrder::kIntraFirst;
  plan.harden = mix.enabled && mix.labels == MixedLabels::kHard;
  const Extent& mixed = plan.mix_first ? plan.source : plan.crop;
  plan.draw.box = Box::whole(mixed);
  if (plan.mix) {
    plan.draw = draw_intra_mix(mix, mixed, mix_random);
  }
  return plan;
}

/// The slices of one channel in one piece, copied where the store has other channels between them.
class ChannelSlices {
 public:
  ChannelSlices(const StoredCase& one, const SliceRange& slices, std::int64_t channel) {
    const auto first = one.image(slices.first, channel);
    const auto count = static_cast<std::size_t>(slices.count);
    if (count == 1 || one.channels == 1) {
      values_ = {first.data(), count * first.size()};
      return;
    }
    copy_.reserve(count * first.size());
    for (std::int64_t k = 0; k < slices.count; ++k) {
      const auto slice = one.image(slices.first + k, channel);
      copy_.insert(copy_.end(), slice.begin(), slice.end());
    }
    values_ = copy_;
  }
  ChannelSlices(const ChannelSlices&) = delete;
  ChannelSlices& operator=(const ChannelSlices&) = delete;
  [[nodiscard]] std::span<const float> values() const { return values_; }

 private:
  std::vector<float> copy_;
  std::span<const float> values_;
};

std::span<const std::uint8_t> labels_of(const StoredCase& one, const SliceRange& slices) {
  const auto first = one.labels(slices.first);
  return {first.data(), first.size() * static_cast<std::size_t>(slices.count)};
}

/// What no image covers looks like air: the darkest value of the slices.
std::vector<float> cropped(std::span<const float> source, const SamplePlan& plan) {
  std::vector<float> crop(static_cast<std::size_t>(plan.crop.count()));
  resample(source, plan.source, plan.source_from_crop, Interpolation::kLinear,
           std::ranges::min(source), crop, plan.crop);
  return crop;
}

std::vector<float> mixed(std::span<const float> x, const Extent& extent, const SamplePlan& plan) {
  return intra_mix(x, extent, plan.draw, std::ranges::min(x));
}

void copy_channel(const std::vector<float>& crop, std::int64_t channel, std::span<float> image) {
  std::ranges::copy(crop, image.begin() + channel * std::ssize(crop));
}

/// Those that change the intensities of a sample.
struct IntensityStreams {
  RandomStream always, by_chance;
  explicit IntensityStreams(RandomKey key) : always(of(key)), by_chance(of(second(key))) {}

 private:
  static RandomKey second(RandomKey key) {
    key.sample |= kSecondStream;
    return key;
  }
  static RandomStream of(const RandomKey& key) {
    return RandomStream(
        {.seed = key.seed, .epoch = key.epoch, .sample = key.sample, .purpose = Purpose::kAugment});
  }
};

void fill_image(const StoredCase& one, const SamplePlan& plan, const AugmentOptions& augment,
                IntensityStreams random, const SampleView& sample) {
  const auto changes = draw_changes(augment.chance, one.channels, random.by_chance);
  for (std::int64_t channel = 0; channel < one.channels; ++channel) {
    const ChannelSlices slices(one, plan.slices, channel);
    const auto source = slices.values();
    const bool clean = !sample.clean_image.empty();
    std::vector<float> crop;
    if (clean || !plan.mix_first) crop = cropped(source, plan);
    if (clean) copy_channel(crop, channel, sample.clean_image);
    if (plan.mix_first) crop = cropped(mixed(source, plan.source, plan), plan);
    augment_intensity(crop, augment, random.always);
    change_intensity(crop, plan.crop, changes[static_cast<std::size_t>(channel)], random.by_chance);
    if (plan.mix && !plan.mix_first) {
      crop = mixed(crop, plan.crop, plan);
    }
    copy_channel(crop, channel, sample.image);
  }
}

/// Crops soft targets [classes][source]; pixels that no image covers carry the border label.
std::vector<float> cropped_target(std::span<const float> target, std::int64_t classes,
                                  const SamplePlan& plan) {
  const auto area = static_cast<std::size_t>(plan.crop.count());
  const auto source_area = static_cast<std::size_t>(plan.source.count());
  std::vector<float> crop(static_cast<std::size_t>(classes) * area);
  for (std::size_t k = 0; k < static_cast<std::size_t>(classes); ++k) {
    resample(target.subspan(k * source_area, source_area), plan.source, plan.source_from_crop,
             Interpolation::kNearest, k == plan.border_label ? 1.0F : 0.0F,
             std::span(crop).subspan(k * area, area), plan.crop);
  }
  return crop;
}

void crop_labels(std::span<const std::uint8_t> labels, const SamplePlan& plan,
                 std::span<std::uint8_t> crop) {
  resample(labels, plan.source, plan.source_from_crop, plan.border_label, crop, plan.crop);
}

std::vector<float> mixed_target(std::span<const std::uint8_t> labels, std::int64_t classes,
                                const SamplePlan& plan) {
  std::vector<float> target;
  if (plan.mix_first) {
    target =
        cropped_target(intra_mix_labels(labels, plan.source, classes, plan.draw, plan.border_label),
                       classes, plan);
  } else {
    std::vector<std::uint8_t> crop(static_cast<std::size_t>(plan.crop.count()));
    crop_labels(labels, plan, crop);
    target = intra_mix_labels(crop, plan.crop, classes, plan.draw, plan.border_label);
  }
  if (plan.harden) {
    harden(target, classes, plan.crop);
  }
  return target;
}

/// The labels or, where they are mixed, their weights.
void fill_annotation(const StoredCase& one, bool scribbled, const SampleOptions& options,
                     const SamplePlan& plan, const SampleView& sample) {
  std::ranges::fill(sample.labels, kNotAnnotated);
  std::ranges::fill(sample.target, 0.0F);
  std::ranges::fill(sample.clean_labels, kNotAnnotated);
  if (!scribbled) return;
  const auto labels = labels_of(one, plan.slices);
  if (!sample.clean_labels.empty()) crop_labels(labels, plan, sample.clean_labels);
  if (sample.target.empty()) {
    crop_labels(labels, plan, sample.labels);
  } else {
    std::ranges::copy(mixed_target(labels, options.classes, plan), sample.target.begin());
  }
}

/// What is known of class k in one slice: 1, 0, or -1 where nobody knows.
float known_category(const StoredCase& one, std::int64_t slice, std::size_t k) {
  const auto categories = one.categories(slice);
  return categories[0] != 255 && categories[k] != 255 ? static_cast<float>(categories[k]) : -1.0F;
}

/// A class is in a patch where it is in one of its slices, and absent where it is in none.
void fill_categories(const StoredCase& one, bool scribbled, const SliceRange& slices,
                     const SampleOptions& options, std::span<float> present) {
  const bool used = scribbled || options.unlabelled == UnlabelledUse::kCategories;
  for (std::size_t k = 0; k < present.size(); ++k) {
    present[k] = used ? 0.0F : -1.0F;
    for (std::int64_t n = 0; used && n < slices.count && present[k] != 1; ++n) {
      const float category = known_category(one, slices.first + n, k);
      if (category != 0) present[k] = category;
    }
  }
}

/// A box over the source (mix before crop) has no simple place in the crop: then it is all of it.
void fill_box(const SamplePlan& plan, std::span<float> box) {
  const Box kept = plan.mix_first ? Box::whole(plan.crop) : plan.draw.box;
  std::size_t i = 0;
  for (const Extent& corner : {kept.first, kept.end}) {
    for (const std::int64_t edge : {corner.z, corner.y, corner.x}) {
      box[i++] = static_cast<float>(edge);
    }
  }
}

}  // namespace

void fill_sample(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                 const RandomKey& key, const SampleView& sample) {
  const SamplePlan plan = draw_plan(one, slice, options, key);
  fill_image(one, plan, options.augment, IntensityStreams(key), sample);
  fill_categories(one, slice.scribbled, plan.slices, options, sample.present);
  fill_box(plan, sample.kept_box);
  fill_annotation(one, slice.scribbled, options, plan, sample);
}

}  // namespace medcl
