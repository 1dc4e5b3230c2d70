// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests only: tiny volumes and datasets.

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/random.h"
#include "medcl/core/test_folder.h"
#include "medcl/dataset/dataset.h"
#include "medcl/image/volume_io.h"

namespace medcl {

inline Geometry small_geometry(Size3 size = {6, 5, 4}) {
  return {size, {{{-0.75, 0, 0, 10}, {0, -0.5, 0, 20}, {0, 0, 5, -30}}}};
}

inline void write_test_image(const std::filesystem::path& path, const Geometry& geometry,
                             std::uint64_t seed) {
  RandomStream stream({.seed = seed, .purpose = Purpose::kTest});
  Image image{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) {
    image.voxels.push_back(static_cast<float>(stream.integer(1000)));
  }
  std::filesystem::create_directories(path.parent_path());
  write_image(path, image, make_source_header(geometry));
}

/// Voxel v gets value(v).
inline void write_test_labels(const std::filesystem::path& path, const Geometry& geometry,
                              const std::function<std::int32_t(std::int64_t)>& value) {
  Labels labels{geometry, {}};
  for (std::int64_t v = 0; v < geometry.voxel_count(); ++v) labels.voxels.push_back(value(v));
  std::filesystem::create_directories(path.parent_path());
  write_labels(path, labels, make_source_header(geometry));
}

/// Half of the voxels are not annotated (4); the others show the classes 0 to 3.
inline std::int32_t scribble_value(std::int64_t v) {
  return v % 2 == 0 ? 4 : static_cast<std::int32_t>(v / 2 % 4);
}

/// Cases a, b, c (scribbles), d (dense), one split: train a, b, c; validation d.
inline Dataset write_small_dataset(const std::filesystem::path& root) {
  Dataset dataset;
  dataset.root = root;
  dataset.name = "small";
  dataset.channel_names = {"LGE"};
  dataset.labels = {{{"background", 0}, {"RV", 1}, {"MYO", 2}, {"LV", 3}}, 4};
  dataset.splits = {{{"a", "b", "c"}, {"d"}}};
  std::uint64_t seed = 1;
  for (const char* id : {"a", "b", "c", "d"}) {
    write_test_image(image_path(dataset, id, 0), small_geometry(), seed++);
    const bool dense = std::string(id) == "d";
    write_test_labels(label_path(dataset, id), small_geometry(), [&](std::int64_t v) {
      return dense ? static_cast<std::int32_t>(v % 6 % 4) : scribble_value(v);
    });
    dataset.cases.push_back({id, {image_path(dataset, id, 0)}, label_path(dataset, id)});
  }
  write_dataset_json(dataset);
  return read_dataset(root);
}

/// The message of the Error that `work` throws; fails the test when it throws none of `code`.
inline std::string message_of(ErrorCode code, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace medcl
