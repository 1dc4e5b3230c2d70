// SPDX-License-Identifier: Apache-2.0
#include "medcl/kernels/by_image.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "medcl/core/error.h"

namespace medcl::fast {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What was made of one image, and what it was made of.
struct OneImage {
  Tensors inputs, outputs;
};

/// Kept from a pass to its gradients.
struct Images final : torch::CustomClassHolder {
  ImageWork work;
  std::vector<bool> needs_gradient;  ///< of each input
  std::vector<OneImage> of;
};

OneImage worked_on(const Images& images, at::TensorList inputs, std::int64_t b) {
  const torch::AutoGradMode recorded(true);
  OneImage image;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    image.inputs.push_back(
        inputs[i].detach().narrow(0, b, 1).set_requires_grad(images.needs_gradient[i]));
  }
  image.outputs = images.work(image.inputs);
  return image;
}

torch::Tensor room_for(const torch::Tensor& of_one, std::int64_t batch) {
  check(of_one.dim() >= 1 && of_one.size(0) == 1, "work on one image has outputs of one image");
  std::vector<std::int64_t> shape = of_one.sizes().vec();
  shape[0] = batch;
  return torch::empty(shape, of_one.options().requires_grad(false));
}

void put(const torch::Tensor& of_one, const torch::Tensor& batch, std::int64_t b) {
  const torch::NoGradGuard no_grad;
  batch.narrow(0, b, 1).copy_(of_one);
}

/// Into the image's part of `batch`; 0 for what is not defined.
void put_or_zero(const torch::Tensor& of_one, const torch::Tensor& batch, std::int64_t b) {
  if (of_one.defined()) return put(of_one, batch, b);
  const torch::NoGradGuard no_grad;
  batch.narrow(0, b, 1).zero_();
}

/// Of each input of image `b` that needs one; undefined where no output depends on it.
Tensors gradients_of_image(const OneImage& image, const std::vector<bool>& needs_gradient,
                           const variable_list& of_outputs, std::int64_t b) {
  Tensors roots, of_roots, wanted;
  for (std::size_t o = 0; o < image.outputs.size(); ++o) {
    if (!of_outputs[o].defined() || !image.outputs[o].requires_grad()) continue;
    roots.push_back(image.outputs[o]);
    of_roots.push_back(of_outputs[o].narrow(0, b, 1));
  }
  for (std::size_t i = 0; i < image.inputs.size(); ++i) {
    if (needs_gradient[i]) wanted.push_back(image.inputs[i]);
  }
  if (roots.empty()) return Tensors(wanted.size());
  return torch::autograd::grad(roots, wanted, of_roots, /*retain_graph=*/false,
                               /*create_graph=*/false, /*allow_unused=*/true);
}

/// An image's graph is used up by its gradients: they are asked for once.
class ByImage : public torch::autograd::Function<ByImage> {
 public:
  static variable_list forward(AutogradContext* context, const c10::intrusive_ptr<Images>& images,
                               at::TensorList inputs) {
    const std::int64_t batch = inputs.front().size(0);
    images->of.resize(static_cast<std::size_t>(batch));
    variable_list outputs;
    std::once_flag shapes_known;
    for_each(batch, [&](std::int64_t b) {
      OneImage image = worked_on(*images, inputs, b);
      std::call_once(shapes_known, [&] {
        for (const torch::Tensor& of_one : image.outputs) {
          outputs.push_back(room_for(of_one, batch));
        }
      });
      for (std::size_t o = 0; o < outputs.size(); ++o) put(image.outputs[o], outputs[o], b);
      images->of[static_cast<std::size_t>(b)] = std::move(image);
    });
    context->saved_data["images"] = torch::IValue::make_capsule(images);
    context->set_materialize_grads(false);
    return outputs;
  }

  static variable_list backward(AutogradContext* context, const variable_list& of_outputs) {
    const auto capsule = context->saved_data["images"].toCapsule();
    auto& images = static_cast<Images&>(*capsule);
    const std::vector<bool>& needs = images.needs_gradient;
    variable_list of_inputs(1 + needs.size());  // the first is `images`
    for (std::size_t i = 0; i < needs.size(); ++i) {
      const torch::Tensor& of_one = images.of[0].inputs[i];
      if (needs[i]) of_inputs[1 + i] = room_for(of_one, std::ssize(images.of));
    }
    for_each(std::ssize(images.of), [&](std::int64_t b) {
      const OneImage image = std::exchange(images.of[static_cast<std::size_t>(b)], {});
      check(!image.inputs.empty(), "gradients by image are asked for once");
      const Tensors gradients = gradients_of_image(image, needs, of_outputs, b);
      std::size_t next = 0;
      for (std::size_t i = 0; i < needs.size(); ++i) {
        if (needs[i]) put_or_zero(gradients[next++], of_inputs[1 + i], b);
      }
    });
    return of_inputs;
  }
};

/// A tensor under several names, whose gradients meet here.
class Uses : public torch::autograd::Function<Uses> {
 public:
  static variable_list forward(AutogradContext* context, const torch::Tensor& tensor_b,
                               std::int64_t count) {
    context->set_materialize_grads(false);
    variable_list same;
    for (std::int64_t use = 0; use < count; ++use) same.push_back(tensor_b.detach());
    return same;
  }

  static variable_list backward(AutogradContext* /*context*/, const variable_list& of_uses) {
    Tensors parts;
    for (const torch::Tensor& part : of_uses) {
      if (part.defined()) parts.push_back(part);
    }
    if (parts.size() < 2) return {parts.empty() ? torch::Tensor() : parts[0], {}};
    const torch::Tensor sum = torch::empty_like(parts[0], torch::MemoryFormat::Contiguous);
    for_images(sum.size(0), [&](std::int64_t b) {
      torch::Tensor own = sum.select(0, b);
      torch::add_out(own, parts[0].select(0, b), parts[1].select(0, b));
      for (std::size_t i = 2; i < parts.size(); ++i) own.add_(parts[i].select(0, b));
    });
    return {sum, {}};
  }
};

}  // namespace

Tensors by_image(const ImageWork& work, const Tensors& inputs) {
  check(!inputs.empty() && inputs[0].dim() >= 1 && inputs[0].size(0) >= 1, "images of a batch");
  const bool on_cpu = std::all_of(inputs.begin(), inputs.end(),
                                  [](const torch::Tensor& input) { return input.is_cpu(); });
  if (!on_cpu) return work(inputs);
  auto images = c10::make_intrusive<Images>();
  images->work = work;
  for (const torch::Tensor& input : inputs) {
    check(input.size(0) == inputs[0].size(0), "inputs of one batch");
    images->needs_gradient.push_back(torch::GradMode::is_enabled() && input.requires_grad());
  }
  return ByImage::apply(images, at::TensorList(inputs));
}

Tensors uses(const torch::Tensor& tensor_b, std::int64_t count) {
  check(count >= 1, "a tensor is used");
  if (!tensor_b.is_cpu() || count == 1) {
    return Tensors(static_cast<std::size_t>(count), tensor_b);
  }
  return Uses::apply(tensor_b, count);
}

}  // namespace medcl::fast
