// SPDX-License-Identifier: Apache-2.0
#include "medcl/sampling/batch.h"

#include "medcl/core/error.h"
#include "medcl/sampling/sample.h"

namespace medcl {
namespace {

/// Nothing of a tensor that is not defined.
template <typename T>
std::span<T> row_of(const torch::Tensor& tensor, std::int64_t row) {
  if (!tensor.defined()) return {};
  const auto size = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
  return std::span<T>(tensor.data_ptr<T>() + static_cast<std::size_t>(row) * size, size);
}

SampleView row_of(const Batch& batch, std::int64_t row) {
  return {.image = row_of<float>(batch.image_bcs, row),
          .labels = row_of<std::uint8_t>(batch.annotation.labels_bs, row),
          .target = row_of<float>(batch.annotation.target_bks, row),
          .clean_image = row_of<float>(batch.clean_image_bcs, row),
          .clean_labels = row_of<std::uint8_t>(batch.clean_labels_bs, row),
          .present = row_of<float>(batch.present_bk, row),
          .kept_box = row_of<float>(batch.kept_box_b6, row)};
}

/// To be filled.
Batch empty_batch(std::int64_t count, std::int64_t channels, const SampleOptions& options) {
  const Extent crop = options.crop.extent();
  check(options.axes == 3 || crop.z == 1, "a network of slices sees one slice");
  const auto shape = [&](std::vector<std::int64_t> sizes) {
    if (options.axes == 3) sizes.push_back(crop.z);
    sizes.insert(sizes.end(), {crop.y, crop.x});
    return sizes;
  };
  Batch batch;
  batch.image_bcs = torch::empty(shape({count, channels}));
  if (options.intra_mix.enabled) {
    batch.annotation.target_bks = torch::empty(shape({count, options.classes}));
  } else {
    batch.annotation.labels_bs = torch::empty(shape({count}), torch::kUInt8);
  }
  if (options.clean_view) {
    batch.clean_image_bcs = torch::empty_like(batch.image_bcs);
    batch.clean_labels_bs = torch::empty(shape({count}), torch::kUInt8);
  }
  batch.present_bk = torch::empty({count, options.classes});
  batch.kept_box_b6 = torch::empty({count, 6});
  return batch;
}

}  // namespace

torch::Tensor Annotation::weights(std::int64_t classes) const {
  if (target_bks.defined()) return target_bks;
  check(labels_bs.defined(), "a batch without annotation");
  std::vector<std::int64_t> shape(static_cast<std::size_t>(labels_bs.dim()) + 1, 1);
  shape[1] = classes;
  const auto index_k = torch::arange(classes, labels_bs.options());
  return labels_bs.unsqueeze(1).eq(index_k.view(shape)).to(torch::kFloat32);
}

Batch Batch::to(torch::Device device) const {
  Batch moved = *this;
  moved.for_each_tensor(
      [device](const char*, torch::Tensor& tensor) { tensor = tensor.to(device, true); });
  return moved;
}

Batch Batch::pinned() const {
  Batch moved = *this;
  moved.for_each_tensor([](const char*, torch::Tensor& tensor) { tensor = tensor.pin_memory(); });
  return moved;
}

Batch make_batch(const CaseStore& store, const std::vector<SliceRef>& slices,
                 const SampleOptions& options, std::uint64_t seed, std::int64_t step) {
  const auto& cases = store.cases();
  Batch batch =
      empty_batch(std::ssize(slices),
                  cases[static_cast<std::size_t>(slices.front().case_index)].channels, options);
  batch.step = batch.image_step = step;
  for (std::int64_t i = 0; i < std::ssize(slices); ++i) {
    const SliceRef& slice = slices[static_cast<std::size_t>(i)];
    const StoredCase& one = cases[static_cast<std::size_t>(slice.case_index)];
    const RandomKey key{.seed = seed,
                        .epoch = static_cast<std::uint32_t>(step),
                        .sample = static_cast<std::uint32_t>(i)};
    fill_sample(one, slice, options, key, row_of(batch, i));
    batch.ids.push_back(one.id + "/" + std::to_string(slice.slice));
  }
  return batch;
}

}  // namespace medcl
