// SPDX-License-Identifier: Apache-2.0
#pragma once

// All that is known of a kind of network before one is made: its options, what it asks of crops,
// how to make it, and the memory that its training takes. networks.h lists the kinds.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "medcl/core/any_options.h"
#include "medcl/format/json.h"
#include "medcl/model/network.h"

namespace medcl {

/// What a network is made for.
struct NetworkShape {
  std::int64_t channels = 1;  ///< of an image
  std::int64_t classes = 2;   ///< m + 1
  NetworkWish wish{};
};

/// What the options of a network are settled with.
struct NetworkSurroundings {
  std::int64_t crop_size = 256;            ///< side of the training crops in prepared pixels
  std::vector<std::string> class_names{};  ///< of the foreground; empty: not known
};

/// The work of one pass, as far as memory depends on it.
struct PassShape {
  Extent extent{1, 256, 256};              ///< of an image
  Precision precision = Precision::kFp32;  ///< settled
};

/// The memory of a training on the CPU, in bytes unless said otherwise. What a method adds is in
/// MethodNeeds.
struct NetworkFootprint {
  double fixed = 0;           ///< beside the values that learn
  double trained_values = 0;  ///< how many values learn
  double per_pass = 0;        ///< kept of each image in each pass until the gradient is known
  /// The same of each decoder that a method wishes for.
  double decoder_values = 0, decoder_per_pass = 0;
  double per_mask = 0;       ///< the same, more, for each mask that an image is asked for
  double per_embedding = 0;  ///< of an embedding that a method keeps
  /// The options that decide about it, as a person would lower them.
  std::vector<std::string> sizes{};
};

struct NetworkEntry {
  std::string name;
  std::string help;   ///< for the list of networks; starts in lower case
  std::string scope;  ///< of its options: in the scope sam they are called sam.image_size and so on

  AnyOptions (*options)();
  NetworkTraits (*traits)(const AnyOptions& options);
  /// Weights are a function of the arguments and of the files that the options name. Weights that
  /// training must leave alone do not require a gradient. The options are settled.
  /// @throws Error(kUsage) for a wish that it cannot grant.
  std::shared_ptr<Network> (*make)(const AnyOptions& options, const NetworkShape& shape,
                                   std::uint64_t seed);
  NetworkFootprint (*footprint)(const AnyOptions& options, const PassShape& pass);
  /// A lower bound of the values of a network, buffers included, for images of so many channels.
  std::uint64_t (*least_values)(const AnyOptions& options, std::int64_t channels);

  // The rest is null where there is nothing to do or to say.
  /// Replaces what is open in the options and checks that they fit together and to what is around
  /// them. @throws Error(kUsage), and for files that the options name Error(kIo) and
  /// Error(kModelMismatch).
  void (*settle)(AnyOptions& options, const NetworkSurroundings& around) = nullptr;
  /// Leaves the sizes and forgets the files, for a network that is filled with weights at hand.
  void (*forget_files)(AnyOptions& options) = nullptr;
  /// What a person must know about the weights before results are believed; one line each.
  std::vector<std::string> (*warnings)(const AnyOptions& options) = nullptr;
  /// The files with their SHA-256, for a model that holds their weights. @throws Error(kIo)
  Json (*sources)(const AnyOptions& options) = nullptr;
};

}  // namespace medcl
