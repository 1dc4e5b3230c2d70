// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/batch.h"

#include <algorithm>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

/// Rows of the batch tensors that belong to one sample.
struct SampleView {
  std::span<float> image, target, present, box;
};

template <typename T>
std::span<T> row_of(const torch::Tensor& tensor, std::int64_t row) {
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return std::span<T>(tensor.data_ptr<T>() + static_cast<std::size_t>(row) * size, size);
}

/// How one slice becomes one sample: everything random is drawn already.
struct SamplePlan {
  PlaneSize plane, crop;
  Affine2 source_from_crop{};
  IntraMixDraw draw;  ///< over the crop, or over the plane when the mix comes first
  std::uint8_t border_label = kNotAnnotated;  ///< of pixels that no image covers
  bool mix = false, mix_first = false, harden = false;
};

SamplePlan draw_plan(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                     const RandomKey& key) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(
        {.seed = key.seed, .epoch = key.epoch, .sample = key.sample, .purpose = purpose});
  };
  RandomStream crop_random = stream(Purpose::kCrop);
  RandomStream flip_random = stream(Purpose::kFlip);
  RandomStream mix_random = stream(Purpose::kIntraMix);
  const IntraMixOptions& mix = options.intra_mix;
  SamplePlan plan{.plane = one.plane, .crop = {options.crop.size, options.crop.size}};
  plan.source_from_crop = random_crop(one.plane, options.crop, crop_random, flip_random);
  // An unlabelled image has no annotation anywhere, its corners included.
  plan.border_label = slice.scribbled ? options.crop.border_label() : kNotAnnotated;
  plan.mix = mix.enabled;
  plan.mix_first = mix.enabled && mix.order == MixOrder::kIntraFirst;
  plan.harden = mix.enabled && mix.labels == MixedLabels::kHard;
  const PlaneSize& mixed = plan.mix_first ? plan.plane : plan.crop;
  plan.draw.box = {0, 0, mixed.width, mixed.height};
  if (plan.mix) {
    plan.draw = draw_intra_mix(mix, mixed, mix_random);
  }
  return plan;
}

/// What no image covers looks like air: the darkest value of the slice.
std::vector<float> cropped(std::span<const float> source, const SamplePlan& plan) {
  std::vector<float> crop(static_cast<std::size_t>(plan.crop.count()));
  resample(source, plan.plane, plan.source_from_crop, Interpolation::kLinear,
           std::ranges::min(source), crop, plan.crop);
  return crop;
}

std::vector<float> mixed(std::span<const float> x, const PlaneSize& plane, const SamplePlan& plan) {
  return intra_mix(x, plane, plan.draw, std::ranges::min(x));
}

void fill_image(const StoredCase& one, std::int64_t slice, const SamplePlan& plan,
                const AugmentOptions& augment, RandomStream& intensity, std::span<float> image) {
  for (std::int64_t channel = 0; channel < one.channels; ++channel) {
    const auto source = one.image(slice, channel);
    auto crop =
        plan.mix_first ? cropped(mixed(source, plan.plane, plan), plan) : cropped(source, plan);
    augment_intensity(crop, augment, intensity);
    if (plan.mix && !plan.mix_first) {
      crop = mixed(crop, plan.crop, plan);
    }
    std::copy(crop.begin(), crop.end(),
              image.begin() + static_cast<std::ptrdiff_t>(channel * plan.crop.count()));
  }
}

/// Crops soft targets [classes][plane]; pixels that no image covers carry the border label.
std::vector<float> cropped_target(std::span<const float> target, std::int64_t classes,
                                  const SamplePlan& plan) {
  const auto area = static_cast<std::size_t>(plan.crop.count());
  const auto source_area = static_cast<std::size_t>(plan.plane.count());
  std::vector<float> crop(static_cast<std::size_t>(classes) * area);
  for (std::size_t k = 0; k < static_cast<std::size_t>(classes); ++k) {
    resample(target.subspan(k * source_area, source_area), plan.plane, plan.source_from_crop,
             Interpolation::kNearest, k == plan.border_label ? 1.0F : 0.0F,
             std::span(crop).subspan(k * area, area), plan.crop);
  }
  return crop;
}

std::vector<float> target_of(std::span<const std::uint8_t> labels, std::int64_t classes,
                             const SamplePlan& plan) {
  std::vector<float> target;
  if (plan.mix_first) {
    target = cropped_target(
        intra_mix_labels(labels, plan.plane, classes, plan.draw, plan.border_label), classes, plan);
  } else {
    std::vector<std::uint8_t> crop(static_cast<std::size_t>(plan.crop.count()));
    resample(labels, plan.plane, plan.source_from_crop, plan.border_label, crop, plan.crop);
    target = intra_mix_labels(crop, plan.crop, classes, plan.draw, plan.border_label);
  }
  if (plan.harden) {
    harden(target, classes, plan.crop);
  }
  return target;
}

void fill_categories(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                     std::span<float> present) {
  const auto categories = one.categories(slice.slice);
  const bool known =
      categories[0] != 255 && (slice.scribbled || options.unlabelled == UnlabelledUse::kCategories);
  for (std::size_t k = 0; k < present.size(); ++k) {
    present[k] = known && categories[k] != 255 ? static_cast<float>(categories[k]) : -1.0F;
  }
}

/// A box over the plane (mix before crop) has no simple place in the crop: then it is all of it.
void fill_box(const SamplePlan& plan, std::span<float> box) {
  const Box whole{0, 0, plan.crop.width, plan.crop.height};
  const Box& kept = plan.mix_first ? whole : plan.draw.box;
  std::size_t i = 0;
  for (const std::int64_t edge : {kept.left, kept.top, kept.right, kept.bottom}) {
    box[i++] = static_cast<float>(edge);
  }
}

void fill_sample(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                 const RandomKey& key, const SampleView& sample) {
  const SamplePlan plan = draw_plan(one, slice, options, key);
  RandomStream intensity(
      {.seed = key.seed, .epoch = key.epoch, .sample = key.sample, .purpose = Purpose::kAugment});
  fill_image(one, slice.slice, plan, options.augment, intensity, sample.image);
  fill_categories(one, slice, options, sample.present);
  fill_box(plan, sample.box);
  if (!slice.scribbled) {
    std::ranges::fill(sample.target, 0.0F);
    return;
  }
  const auto target = target_of(one.labels(slice.slice), options.classes, plan);
  std::copy(target.begin(), target.end(), sample.target.begin());
}

}  // namespace

Batch Batch::to(torch::Device device) const {
  return {image_bchw.to(device, true),
          target_bkhw.to(device, true),
          present_bk.to(device, true),
          box_b4.to(device, true),
          ids,
          step,
          image_step};
}

Batch Batch::pinned() const {
  return {image_bchw.pin_memory(),
          target_bkhw.pin_memory(),
          present_bk.pin_memory(),
          box_b4.pin_memory(),
          ids,
          step,
          image_step};
}

Batch make_batch(const CaseStore& store, const std::vector<SliceRef>& slices,
                 const SampleOptions& options, std::uint64_t seed, std::int64_t step) {
  const auto count = static_cast<std::int64_t>(slices.size());
  const std::int64_t side = options.crop.size;
  const auto& cases = store.cases();
  const std::int64_t channels = cases[static_cast<std::size_t>(slices.front().case_index)].channels;
  Batch batch;
  batch.image_bchw = torch::empty({count, channels, side, side});
  batch.target_bkhw = torch::empty({count, options.classes, side, side});
  batch.present_bk = torch::empty({count, options.classes});
  batch.box_b4 = torch::empty({count, 4});
  batch.step = batch.image_step = step;
  for (std::int64_t i = 0; i < count; ++i) {
    const SliceRef& slice = slices[static_cast<std::size_t>(i)];
    const StoredCase& one = cases[static_cast<std::size_t>(slice.case_index)];
    const RandomKey key{.seed = seed,
                        .epoch = static_cast<std::uint32_t>(step),
                        .sample = static_cast<std::uint32_t>(i)};
    fill_sample(one, slice, options, key,
                {row_of<float>(batch.image_bchw, i), row_of<float>(batch.target_bkhw, i),
                 row_of<float>(batch.present_bk, i), row_of<float>(batch.box_b4, i)});
    batch.ids.push_back(one.id + "/" + std::to_string(slice.slice));
  }
  return batch;
}

}  // namespace medcl
