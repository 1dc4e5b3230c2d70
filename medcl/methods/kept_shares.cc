// SPDX-License-Identifier: Apache-2.0
#include "medcl/methods/kept_shares.h"

#include <charconv>
#include <span>

#include "medcl/core/error.h"
#include "medcl/objective/class_margins.h"
#include "medcl/objective/class_shares.h"

namespace medcl {
namespace {

std::vector<float> given_shares(const std::vector<std::string>& texts, std::int64_t classes) {
  const auto refuse = [&](const std::string& found) {
    fail(ErrorCode::kUsage,
         {.what = "not the shares of the classes",
          .where = "shares.given",
          .expected = std::to_string(classes) +
                      " numbers from 0 to 1, one for each class, background first",
          .found = found});
  };
  if (std::ssize(texts) != classes) refuse(std::to_string(texts.size()) + " numbers");
  std::vector<float> shares;
  for (const std::string& text : texts) {
    float share = -1;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, share);
    if (read.ec != std::errc() || read.ptr != end || !(share >= 0 && share <= 1)) refuse(text);
    shares.push_back(share);
  }
  return shares;
}

std::span<const float> values_of(const torch::Tensor& contiguous) {
  return {contiguous.data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

double share_by_scores(const torch::Tensor& score_bs, const torch::Tensor& positive_bs,
                       const torch::Tensor& unlabelled_bs) {
  const auto scores_where = [&](const torch::Tensor& mask_bs) {
    return score_bs.masked_select(mask_bs).to(torch::kCPU, torch::kFloat32).contiguous();
  };
  const torch::Tensor positive = scores_where(positive_bs),
                      unlabelled = scores_where(unlabelled_bs);
  return best_bin_share(values_of(positive), values_of(unlabelled));
}

}  // namespace

void KeptShareOptions::describe(OptionTable table) {
  table.add("source", source,
            "share of a class among pixels that nobody annotated: by the scores of the network, as "
            "among the strokes, or shares.given");
  table.add("given", given, "shares of the classes, background first");
  table.add("momentum", momentum, "of the mean of shares over batches", 0, 1);
}

KeptSharesImpl::KeptSharesImpl(const KeptShareOptions& options, std::int64_t classes)
    : options_(options) {
  const bool given = options.source == ShareSource::kGiven;
  share_k_ = register_buffer("share_k", given ? torch::tensor(given_shares(options.given, classes))
                                              : torch::full({classes}, -1.0F));
}

double KeptSharesImpl::share(std::int64_t k) const { return share_k()[k].item<double>(); }

void KeptSharesImpl::see(const torch::Tensor& score_bks, const torch::Tensor& target_bks) {
  if (options_.source == ShareSource::kGiven) return;
  const torch::NoGradGuard no_gradient;
  const torch::Tensor unlabelled_bs = nobody_annotated(target_bks);
  const torch::Tensor strokes_k = target_bks.transpose(0, 1).flatten(1).sum(1).cpu();
  const float strokes = strokes_k.sum().item<float>();
  for (std::int64_t k = 0; k < score_bks.size(1); ++k) {
    const float of_class = strokes_k[k].item<float>();
    if (of_class > 0) {
      see_class(k, score_bks.select(1, k), target_bks.select(1, k).gt(0), unlabelled_bs,
                of_class / strokes);
    }
  }
}

void KeptSharesImpl::see_class(std::int64_t k, const torch::Tensor& score_bs,
                               const torch::Tensor& positive_bs, const torch::Tensor& unlabelled_bs,
                               float share_of_strokes) {
  const float before = share_k_[k].item<float>();
  const bool by_scores =
      options_.source == ShareSource::kScores && unlabelled_bs.any().item<bool>();
  const double now =
      by_scores ? share_by_scores(score_bs, positive_bs, unlabelled_bs) : share_of_strokes;
  const double start = before < 0 ? share_of_strokes : before;
  share_k_[k] = options_.momentum * start + (1 - options_.momentum) * now;
}

}  // namespace medcl
