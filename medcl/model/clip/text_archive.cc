// SPDX-License-Identifier: Apache-2.0
// The names of published CLIP archives; see text_encoder.h.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/model/clip/text_encoder.h"
#include "medcl/model/libtorch_state.h"

namespace medcl::clip {
namespace {

constexpr double kLogitScale = 2.6592600369327783;  // ln(1 / 0.07), CLIP's start value

[[noreturn]] void refuse(const std::string& where, const std::string& expected) {
  fail(ErrorCode::kModelMismatch, {.what = "these are not the weights of a CLIP text tower",
                                   .where = where,
                                   .expected = expected,
                                   .found = "no such entry"});
}

/// The beginning of the name that ends with `ending`; empty optional when there is none.
std::optional<std::string> prefix_before(const NamedTensors& archive, std::string_view ending) {
  for (const auto& [name, tensor] : archive) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return std::nullopt;
}

/// Parts of Hugging Face's names and OpenAI's for them, in a block.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBlockNames = {{
    {"self_attn.out_proj.", "attn.out_proj."},
    {"layer_norm1.", "ln_1."},
    {"layer_norm2.", "ln_2."},
    {"mlp.fc1.", "mlp.c_fc."},
    {"mlp.fc2.", "mlp.c_proj."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOuterNames = {{
    {"text_model.embeddings.token_embedding.weight", "token_embedding.weight"},
    {"text_model.embeddings.position_embedding.weight", "positional_embedding"},
    {"text_model.final_layer_norm.weight", "ln_final.weight"},
    {"text_model.final_layer_norm.bias", "ln_final.bias"},
}};

constexpr std::array<std::string_view, 5> kOpenAiParts = {
    "token_embedding.weight", "positional_embedding", "transformer.resblocks.", "ln_final.",
    "text_projection"};

const torch::Tensor& at(const NamedTensors& tensors, const std::string& name,
                        const std::string& where) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) refuse(where, name);
  return found->second;
}

void add_hugging_face_block(const NamedTensors& archive, const std::string& from,
                            const std::string& to, const std::string& where, NamedTensors& state) {
  for (const char* kind : {"weight", "bias"}) {
    for (const auto& [theirs, ours] : kBlockNames) {
      state[to + std::string(ours) + kind] = at(archive, from + std::string(theirs) + kind, where);
    }
    std::vector<torch::Tensor> parts;
    for (const char* part : {"q", "k", "v"}) {
      parts.push_back(at(archive, from + "self_attn." + part + "_proj." + kind, where));
    }
    state[to + "attn.in_proj_" + kind] = torch::cat(parts);
  }
}

NamedTensors from_hugging_face(const NamedTensors& archive, const std::string& prefix,
                               const std::string& where) {
  NamedTensors state;
  for (const auto& [theirs, ours] : kOuterNames) {
    state[std::string(ours)] = at(archive, prefix + std::string(theirs), where);
  }
  const std::string layers = prefix + "text_model.encoder.layers.";
  for (int k = 0; archive.count(layers + std::to_string(k) + ".layer_norm1.weight") != 0; ++k) {
    add_hugging_face_block(archive, layers + std::to_string(k) + ".",
                           "transformer.resblocks." + std::to_string(k) + ".", where, state);
  }
  const auto projection = archive.find(prefix + "text_projection.weight");
  if (projection != archive.end()) state["text_projection"] = projection->second.t();
  return state;
}

NamedTensors from_openai(const NamedTensors& archive, const std::string& prefix) {
  NamedTensors state;
  for (const auto& [name, tensor] : archive) {
    if (!name.starts_with(prefix)) continue;
    const std::string own = name.substr(prefix.size());
    for (const std::string_view part : kOpenAiParts) {
      if (own.starts_with(part)) state[own] = tensor;
    }
  }
  return state;
}

}  // namespace

NamedTensors text_state(const NamedTensors& archive, const std::string& where) {
  NamedTensors state;
  std::string prefix;
  if (const auto before = prefix_before(archive, kOuterNames[0].first)) {
    prefix = *before;
    state = from_hugging_face(archive, prefix, where);
  } else if (const auto own = prefix_before(archive, kOpenAiParts[0])) {
    prefix = *own;
    state = from_openai(archive, prefix);
  } else {
    refuse(where, std::string(kOpenAiParts[0]));
  }
  const auto scale = archive.find(prefix + "logit_scale");
  state["logit_scale"] = scale != archive.end() ? scale->second : torch::tensor(kLogitScale);
  return state;
}

TextEncoderOptions text_encoder_options(const NamedTensors& state, const std::string& where) {
  const auto size = [&](const std::string& name, std::int64_t dimension) {
    const torch::Tensor& tensor = at(state, name, where);
    if (tensor.dim() != 2) refuse(where, name + " with two dimensions");
    return tensor.size(dimension);
  };
  TextEncoderOptions options;
  options.vocabulary = size("token_embedding.weight", 0);
  options.width = size("token_embedding.weight", 1);
  options.context = size("positional_embedding", 0);
  options.mlp_width = size("transformer.resblocks.0.mlp.c_fc.weight", 0);
  options.projection = state.count("text_projection") != 0 ? size("text_projection", 1) : 0;
  options.depth = 0;
  while (state.count("transformer.resblocks." + std::to_string(options.depth) + ".ln_1.weight")) {
    ++options.depth;
  }
  return options;
}

TextEncoder make_text_encoder(const NamedTensors& archive, const std::string& where) {
  const SeededGenerators generators(0, torch::kCPU);  // constructors of modules draw
  const NamedTensors state = text_state(archive, where);
  TextEncoder encoder(text_encoder_options(state, where));
  load_state(*encoder, state, where);
  encoder->eval();
  return encoder;
}

}  // namespace medcl::clip
