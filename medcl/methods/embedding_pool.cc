// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/embedding_pool.h"

#include "medcl/core/random.h"

namespace medcl {

void PoolOptions::describe(OptionTable table) {
  table.add("pool_reuse", reuse,
            "how often a mixed image is shown for one pass of a frozen encoder; always 1 with "
            "sam.adapter_rank",
            1, 1000);
  table.add("pool_batches", batches, "batches whose embeddings are kept at a time", 1, 100000);
}

EmbeddingPool::EmbeddingPool(const PoolOptions& options, std::uint64_t seed)
    : options_(options), seed_(seed) {}

std::int64_t EmbeddingPool::image_step(std::int64_t step) const {
  if (options_.reuse <= 1) return step;
  const std::int64_t round = step / options_.batches;
  RandomStream random(
      {.seed = seed_, .epoch = static_cast<std::uint32_t>(round), .purpose = Purpose::kPool});
  const auto order = random.permutation(options_.batches);
  const std::int64_t first = round / options_.reuse * options_.batches;
  return first + order[static_cast<std::size_t>(step % options_.batches)];
}

torch::Tensor EmbeddingPool::embedding(std::int64_t image_step, std::int64_t kind,
                                       const std::function<torch::Tensor()>& encode) {
  if (options_.reuse <= 1) return encode();
  const std::int64_t first = image_step / options_.batches * options_.batches;
  std::erase_if(kept_, [first](const auto& entry) { return entry.first.first < first; });
  torch::Tensor& kept = kept_[{image_step, kind}];
  if (!kept.defined()) kept = encode().detach().to(torch::kFloat16);
  return kept.to(torch::kFloat32);
}

}  // namespace medcl
