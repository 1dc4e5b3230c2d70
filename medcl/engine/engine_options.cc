// SPDX-License-Identifier: Apache-2.0
#include "medcl/engine/engine_options.h"

#include "medcl/core/threads.h"

namespace medcl {

void LoopOptions::describe(OptionTable table) {
  table.add("seed", seed, "seed of every random draw", 0, 9e15);
  table.add("steps", steps, "optimiser steps; 0 = by epochs or time", 0, 1e9);
  table.add("epochs", epochs, "epochs; 0 = by steps or time", 0, 1e9);
  table.add("time_s", time_s, "training time in seconds, validation included; 0 = no limit", 0,
            1e8);
  table.add("patience", patience, "validations without improvement before stopping; 0 = never", 0,
            1e6);
  table.add("validate_every", validate_every, "steps between validations", 1, 1e9);
  table.add("checkpoint_every", checkpoint_every, "steps between checkpoints", 1, 1e9);
  table.add("average_decay", average_decay, "moving average of the weights; 0 = off", 0, 0.99999);
  table.add("optimiser", optimiser,
            "adam, or sgd: gradient descent with Nesterov's momentum, as nnU-Net");
  table.add("momentum", momentum, "of sgd", 0, 0.9999);
  table.add("weight_decay", weight_decay,
            "weight decay: decoupled with adam, in the gradient with sgd", 0, 1);
  table.add("clip_norm", clip_norm, "gradients with a larger norm are scaled down to it; 0 = never",
            0, 1e6);
  table.add("precision", precision, "type of the convolutions");
  table.add("fused", fused, "fused operations on the CPU instead of libtorch's own");
  table.add("graphs", graphs,
            "on a GPU: record the passes of a UNet once and replay them (CUDA graphs)");
  table.add("device", device, "where to train", {"cpu", "cuda"});
  table.add(
      "threads", threads,
      "most compute threads; a UNet takes fewer while other programs want the cores; 0 = all cores",
      0, kMostThreads);
  table.add("workers", workers, "threads that make batches; does not change the result", 0, 256);
  table.add(
      "untrained", untrained,
      "no steps: the model is the network as it starts, such as a SAM with published weights");
}

}  // namespace medcl
