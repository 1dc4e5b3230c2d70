// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/sam/network.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "medcl/core/error.h"
#include "medcl/core/random.h"
#include "medcl/model/initialise.h"
#include "medcl/model/sam/prepost.h"
#include "medcl/model/sam/prompt_texts.h"

namespace medcl::sam {
namespace {

constexpr std::uint32_t kEmbeddingPart = 3;
constexpr double kPositionSpread = 0.02;
constexpr double kSurelyOutside = -20;  ///< a logit
/// As large as what patches of brightness 0 to 1 give: layer norms take away the length of what
/// they see, so that without an offset a dark and a bright patch look the same to a random encoder.
constexpr double kPatchBiasSpread = 0.5;

torch::Tensor three_channels(const torch::Tensor& image_bchw) {
  switch (image_bchw.size(1)) {
    case 1:
      return image_bchw.expand({-1, 3, -1, -1});
    case 2:
      return torch::cat({image_bchw, image_bchw.mean(1, /*keepdim=*/true)}, 1);
    case 3:
      return image_bchw;
    default:
      fail(ErrorCode::kModelMismatch, {.what = "SAM sees colours",
                                       .where = "image",
                                       .expected = "one, two or three channels",
                                       .found = std::to_string(image_bchw.size(1))});
  }
}

constexpr const char* kTextLayer = "prompt_encoder.text_encoder_head.";

/// What MedCL-SAM adds to a published SAM.
bool is_added(const std::string& name) {
  return name.starts_with(kTextLayer) || name.find(".adapter_") != std::string::npos;
}

/// What initialise_weights does not know: embeddings and the Fourier matrix of positions are normal
/// in SAM, position tables of the encoder nearly so.
void initialise_embeddings(Sam& sam, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  RandomStream stream({.seed = seed, .sample = kEmbeddingPart, .purpose = Purpose::kInitialise});
  auto generator = at::make_generator<at::CPUGeneratorImpl>(stream.next());
  const auto fill = [&](torch::Tensor& tensor, double spread) {
    tensor.copy_(torch::empty(tensor.sizes(), torch::kFloat32).normal_(0, spread, generator));
  };
  for (auto& entry : sam->named_parameters()) {
    const std::string& name = entry.key();
    if (name.find(".adapter_") != std::string::npos && name.ends_with(".1.weight")) {
      entry.value().zero_();  // at first an adapter adds nothing
    } else if (name.ends_with("pos_embed") || name.find("rel_pos") != std::string::npos) {
      fill(entry.value(), kPositionSpread);
    } else if (name.ends_with("patch_embed.proj.bias")) {
      fill(entry.value(), kPatchBiasSpread);
    } else if (name.find("_embed") != std::string::npos && name.starts_with("prompt_encoder.")) {
      fill(entry.value(), 1);
    } else if (name.find("iou_token") != std::string::npos ||
               name.find("mask_tokens") != std::string::npos) {
      fill(entry.value(), 1);
    }
  }
  for (auto& entry : sam->named_buffers()) fill(entry.value(), 1);
}

}  // namespace

SamNetwork::SamNetwork(const SamNetworkOptions& options, std::int64_t channels,
                       std::int64_t classes, std::uint64_t seed)
    : options_(options),
      foreground_(classes - 1),
      sam_(register_module("sam", Sam(sizes_of(options)))) {
  (void)three_channels(torch::empty({1, channels, 1, 1}));
  initialise_weights(*sam_, seed);
  initialise_embeddings(sam_, seed);
  features_svc_ = register_buffer("prompt_features", prompt_features(options, foreground_, seed));
  freeze();
}

void SamNetwork::freeze() {
  for (auto& entry : sam_->named_parameters()) {
    const std::string& name = entry.key();
    const bool decoder = name.starts_with("mask_decoder.");
    // Only the first mask is asked for: nothing teaches the others and the estimate of the IoU.
    const bool unused = name.starts_with("mask_decoder.iou_prediction_head.") ||
                        (name.starts_with("mask_decoder.output_hypernetworks_mlps.") &&
                         !name.starts_with("mask_decoder.output_hypernetworks_mlps.0.")) ||
                        (name.starts_with(kTextLayer) && options_.prompts == PromptKind::kBox);
    entry.value().set_requires_grad((decoder || is_added(name)) && !unused);
  }
}

torch::Tensor SamNetwork::model_input(const torch::Tensor& image_bchw) const {
  const auto image = image_bchw.to(features_svc_.scalar_type());
  const auto coloured = three_channels(medsam_images(image, options_.image_size));
  return options_.intensity == Intensity::kSam ? imagenet_normalised(coloured * 255) : coloured;
}

torch::Tensor SamNetwork::embed(const torch::Tensor& image_bchw) {
  const torch::AutoGradMode gradient(options_.adapter_rank > 0 && torch::GradMode::is_enabled());
  return sam_->encode(model_input(image_bchw));
}

torch::Tensor SamNetwork::prompt_logits(const torch::Tensor& embedding_bchw,
                                        const torch::Tensor& box_bp4,
                                        const torch::Tensor& features_bpc) {
  const std::int64_t images = features_bpc.size(0), prompts = features_bpc.size(1);
  check(box_bp4.dim() == 3 && box_bp4.size(0) == images && box_bp4.size(1) == prompts &&
            embedding_bchw.size(0) == images,
        "every image has an embedding and every prompt a box");
  Prompts asked;
  if (options_.prompts != PromptKind::kText) {
    asked.boxes_p4 = (box_bp4 * static_cast<double>(options_.image_size)).flatten(0, 1);
  }
  if (options_.prompts != PromptKind::kBox) {
    asked.features_pnc = features_bpc.flatten(0, 1).unsqueeze(1);
  }
  const auto logits_n1hw = sam_->decode(embedding_bchw, asked, MaskChoice::kSingle).logits_pkhw;
  return logits_n1hw.view({images, prompts, logits_n1hw.size(2), logits_n1hw.size(3)});
}

ClassScores SamNetwork::class_scores(const torch::Tensor& logits_bmhw) const {
  const auto scores_bkhw = sam::class_scores(logits_bmhw, options_.background);
  const bool exclusive = options_.background != Background::kOneMinusMax;
  return {scores_bkhw, exclusive ? scores_bkhw.softmax(1) : scores_bkhw.exp(), exclusive};
}

torch::Tensor SamNetwork::text_tokens(const torch::Tensor& features_bpc) {
  const Prompts asked{.features_pnc = features_bpc};
  const PixelSize one{1, 1};
  return sam_->prompt_encoder(asked, one, one).sparse_pnc;
}

void SamNetwork::set_class_feature(std::int64_t i, const torch::Tensor& feature_c) {
  check(i >= 0 && i < foreground_ && feature_c.sizes() == features_svc_.sizes().slice(2),
        "a text feature belongs to a class and has text_width channels");
  features_svc_[i][0].copy_(feature_c);
}

torch::Tensor SamNetwork::class_logits(const torch::Tensor& embedding_bchw,
                                       const torch::Tensor& box_bm4) {
  const auto plain_mc = features_svc_.narrow(0, 0, foreground_).select(1, 0);
  return prompt_logits(embedding_bchw, box_bm4,
                       plain_mc.unsqueeze(0).expand({embedding_bchw.size(0), -1, -1}));
}

NetworkOutput SamNetwork::pass(const torch::Tensor& image_bchw, const ClassPrompts* prompts) {
  const ClassPrompts whole;
  const ClassPrompts& asked = prompts == nullptr ? whole : *prompts;
  const auto embedding = embed(image_bchw);
  const auto box_bm4 = asked.box_bm4.defined()
                           ? asked.box_bm4.to(embedding.options())
                           : torch::tensor({0.0F, 0.0F, 1.0F, 1.0F}, embedding.options())
                                 .expand({image_bchw.size(0), foreground_, 4});
  auto logits_bmhw = class_logits(embedding, box_bm4);
  if (asked.first_pass) {
    logits_bmhw = class_logits(embedding, boxes_around(logits_bmhw, asked.margin));
  }
  if (asked.absent_bm.defined()) {
    const auto absent_bm11 = asked.absent_bm.to(logits_bmhw.device()).unsqueeze(2).unsqueeze(3);
    logits_bmhw = logits_bmhw.masked_fill(absent_bm11, kSurelyOutside);
  }
  const auto resized = resize_bilinear(logits_bmhw, {image_bchw.size(2), image_bchw.size(3)});
  return {.logits_bks = sam::class_scores(resized, options_.background)};
}

void SamNetwork::load_checkpoint(NamedTensors state, const std::string& where) {
  for (const auto& [name, tensor] : state_of(*sam_)) {
    if (is_added(name)) state.try_emplace(name, tensor);
  }
  load_state(*sam_, state, where);
}

torch::Tensor class_scores(const torch::Tensor& logits_bmhw, Background background) {
  const auto strongest_b1hw = logits_bmhw.amax(1, /*keepdim=*/true);
  if (background == Background::kSoftmax) {
    return torch::cat({torch::zeros_like(strongest_b1hw), logits_bmhw}, 1);
  }
  return torch::log_sigmoid(torch::cat({-strongest_b1hw, logits_bmhw}, 1));
}

torch::Tensor boxes_around(const torch::Tensor& map_bmhw, double margin) {
  const auto inside_bmhw = map_bmhw.detach().gt(0);
  // First and last row or column that holds something, as edges between 0 and 1.
  const auto edges = [margin](const torch::Tensor& occupied_bmn) {
    const std::int64_t n = occupied_bmn.size(2);
    const auto position = torch::arange(n, occupied_bmn.options().dtype(torch::kFloat32));
    const auto first = torch::where(occupied_bmn, position, torch::full_like(position, n)).amin(2);
    const auto last = torch::where(occupied_bmn, position + 1, torch::zeros_like(position)).amax(2);
    const auto none = last.eq(0);
    const auto low = (first / n - margin).clamp_min(0).masked_fill(none, 0);
    const auto high = (last / n + margin).clamp_max(1).masked_fill(none, 1);
    return std::make_pair(low, high);
  };
  const auto [left, right] = edges(inside_bmhw.any(2));
  const auto [top, bottom] = edges(inside_bmhw.any(3));
  return torch::stack({left, top, right, bottom}, 2);
}

}  // namespace medcl::sam
