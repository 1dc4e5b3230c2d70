// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/batch.h"

#include <algorithm>

#include "medcl/dataset/label_map.h"

namespace medcl {
namespace {

/// Rows of the batch tensors that belong to one sample.
struct SampleView {
  std::span<float> image, target, present;
};

template <typename T>
std::span<T> row_of(const torch::Tensor& tensor, std::int64_t row) {
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return std::span<T>(tensor.data_ptr<T>() + static_cast<std::size_t>(row) * size, size);
}

std::vector<std::uint8_t> cropped_labels(const StoredCase& one, const SliceRef& slice,
                                         const Affine2& source_from_crop,
                                         const SampleOptions& options, const PlaneSize& crop) {
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(crop.count()), kNotAnnotated);
  if (!slice.scribbled) {
    return labels;
  }
  resample(one.labels(slice.slice), one.plane, source_from_crop, options.crop.border_label(),
           labels, crop);
  return labels;
}

void fill_image(const StoredCase& one, const SliceRef& slice, const Affine2& source_from_crop,
                const SampleOptions& options, const IntraMixDraw& draw, RandomStream& intensity,
                std::span<float> image) {
  const PlaneSize crop{options.crop.size, options.crop.size};
  const auto area = static_cast<std::size_t>(crop.count());
  std::vector<float> plane(area);
  for (std::int64_t channel = 0; channel < one.channels; ++channel) {
    // What no image covers looks like air: the darkest value of the slice.
    const auto source = one.image(slice.slice, channel);
    resample(source, one.plane, source_from_crop, Interpolation::kLinear, std::ranges::min(source),
             plane, crop);
    augment_intensity(plane, options.augment, intensity);
    const auto mixed = options.intra_mix.enabled
                           ? intra_mix(plane, crop, draw, std::ranges::min(plane))
                           : plane;
    std::copy(mixed.begin(), mixed.end(),
              image.begin() + static_cast<std::ptrdiff_t>(channel * crop.count()));
  }
}

void fill_sample(const StoredCase& one, const SliceRef& slice, const SampleOptions& options,
                 const RandomKey& key, const SampleView& sample) {
  const auto stream = [&](Purpose purpose) {
    return RandomStream(
        {.seed = key.seed, .epoch = key.epoch, .sample = key.sample, .purpose = purpose});
  };
  RandomStream crop_random = stream(Purpose::kCrop);
  RandomStream flip_random = stream(Purpose::kFlip);
  RandomStream mix_random = stream(Purpose::kIntraMix);
  RandomStream intensity = stream(Purpose::kAugment);
  const PlaneSize crop{options.crop.size, options.crop.size};
  const Affine2 source_from_crop = random_crop(one.plane, options.crop, crop_random, flip_random);
  IntraMixDraw draw{.box = {0, 0, crop.width, crop.height}};
  if (options.intra_mix.enabled) {
    draw = draw_intra_mix(options.intra_mix, crop, mix_random);
  }
  fill_image(one, slice, source_from_crop, options, draw, intensity, sample.image);
  const auto labels = cropped_labels(one, slice, source_from_crop, options, crop);
  // An unlabelled image has no annotation anywhere, its rotated-in corners included.
  const std::uint8_t border = slice.scribbled ? options.crop.border_label() : kNotAnnotated;
  const auto target = intra_mix_labels(labels, crop, options.classes, draw, border);
  std::copy(target.begin(), target.end(), sample.target.begin());
  const auto categories = one.categories(slice.slice);
  const bool known =
      categories[0] != 255 && (slice.scribbled || options.unlabelled == "categories");
  for (std::size_t k = 0; k < sample.present.size(); ++k) {
    sample.present[k] = known ? static_cast<float>(categories[k]) : -1.0F;
  }
}

}  // namespace

Batch Batch::to(torch::Device device) const {
  return {image_bchw.to(device, true), target_bkhw.to(device, true), present_bk.to(device, true),
          ids, step};
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
  batch.step = step;
  for (std::int64_t i = 0; i < count; ++i) {
    const SliceRef& slice = slices[static_cast<std::size_t>(i)];
    const StoredCase& one = cases[static_cast<std::size_t>(slice.case_index)];
    const RandomKey key{.seed = seed,
                        .epoch = static_cast<std::uint32_t>(step),
                        .sample = static_cast<std::uint32_t>(i)};
    fill_sample(one, slice, options, key,
                {row_of<float>(batch.image_bchw, i), row_of<float>(batch.target_bkhw, i),
                 row_of<float>(batch.present_bk, i)});
    batch.ids.push_back(one.id + "/" + std::to_string(slice.slice));
  }
  return batch;
}

}  // namespace medcl
