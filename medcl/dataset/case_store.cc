// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_store.h"

#include <algorithm>
#include <cmath>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/core/memory.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/fingerprint.h"
#include "medcl/dataset/reach.h"
#include "medcl/dataset/read_case.h"
#include "medcl/image/resize_labels.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormatVersion = "3";
constexpr std::uint8_t kUnknownCategory = 255;

std::span<const std::uint8_t> as_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

std::string options_text(PrepareOptions options) {
  OptionTable table;
  options.describe(table);
  std::string text;
  for (const Option& option : table.options()) {
    text += option.name + " = " + option.value_text() + "\n";
  }
  return text;
}

std::string categories_text(const SliceCategories& slices) {
  std::string text;
  for (const auto& slice : slices) {
    text += '/';
    if (!slice) continue;
    for (const bool present : *slice) text += present ? '1' : '0';
  }
  return text;
}

/// Everything that decides the content of a prepared file.
std::string key_of(const Case& one, const Dataset& dataset, const PrepareOptions& options,
                   const Categories& categories) {
  std::string text = std::string("version ") + kFormatVersion + "\n" + options_text(options) +
                     dataset.labels.to_json().dump() + "\n";
  for (const fs::path& image : one.images) text += "image " + sha256_of_file(image) + "\n";
  if (one.labels) text += "labels " + sha256_of_file(*one.labels) + "\n";
  const auto listed = categories.find(one.id);
  if (listed != categories.end()) text += "categories " + categories_text(listed->second) + "\n";
  return sha256_hex(text);
}

std::vector<std::uint8_t> category_bytes(const SliceCategories& slices, std::int64_t slice_count,
                                         std::int64_t class_count) {
  const auto classes = static_cast<std::size_t>(class_count);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(slice_count) * classes,
                                  kUnknownCategory);
  for (std::size_t k = 0; k < std::min(slices.size(), bytes.size() / classes); ++k) {
    for (std::size_t c = 0; slices[k] && c < classes; ++c) {
      bytes[k * classes + c] = slices[k]->at(c) ? 1 : 0;
    }
  }
  return bytes;
}

std::vector<float> prepare_images(const CaseVolumes& volumes, const PrepareOptions& options) {
  const Geometry& geometry = volumes.channels.front().volume.geometry;
  const auto area = static_cast<std::size_t>(prepared_size(geometry, options).count());
  const std::size_t channels = volumes.channels.size();
  std::vector<float> image(static_cast<std::size_t>(geometry.size[2]) * channels * area);
  for (std::size_t c = 0; c < channels; ++c) {
    const Image& channel = volumes.channels[c].volume;
    const std::vector<float> statistics = volume_statistics(channel, options);
    for (std::int64_t k = 0; k < geometry.size[2]; ++k) {
      const PreparedPlane plane = prepare_plane(channel, k, options, statistics);
      const std::size_t start = (static_cast<std::size_t>(k) * channels + c) * area;
      std::copy(plane.pixels.begin(), plane.pixels.end(),
                image.begin() + static_cast<std::ptrdiff_t>(start));
    }
  }
  return image;
}

std::vector<std::uint8_t> resize_volume(const std::vector<std::uint8_t>& indices, const Size3& size,
                                        const PlaneSize& to) {
  const PlaneSize from{size[0], size[1]};
  if (from == to) return indices;
  const auto source_area = static_cast<std::size_t>(from.count());
  const auto area = static_cast<std::size_t>(to.count());
  std::vector<std::uint8_t> result(static_cast<std::size_t>(size[2]) * area);
  for (std::size_t k = 0; k < static_cast<std::size_t>(size[2]); ++k) {
    resize_labels(std::span(indices).subspan(k * source_area, source_area), from,
                  std::span(result).subspan(k * area, area), to, kNotAnnotated);
  }
  return result;
}

/// Pixel sizes after resampling.
std::array<double, 2> pixel_mm(const Geometry& geometry, const PlaneSize& plane) {
  const Point3 spacing_mm = geometry.spacing_mm();
  return {
      spacing_mm[0] * static_cast<double>(geometry.size[0]) / static_cast<double>(plane.width),
      spacing_mm[1] * static_cast<double>(geometry.size[1]) / static_cast<double>(plane.height)};
}

/// What `work` gives; an error of it names the file.
template <typename Work>
auto named(const std::string& file, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(error.code(), file + ": " + error.what());
  }
}

/// A prepared case lies in memory as a whole before it is written.
void check_memory(const PlaneSize& plane, std::int64_t planes, const std::string& where) {
  const auto bytes = static_cast<std::uint64_t>(plane.count() * planes) * sizeof(float);
  if (bytes <= memory_for_a_volume()) return;
  fail(ErrorCode::kOutOfResources,
       {"the resampled case does not fit into memory", where,
        "at most " + std::to_string(memory_for_a_volume()) + " bytes",
        std::to_string(bytes) + " for " + std::to_string(planes) + " slices of " +
            std::to_string(plane.width) + " x " + std::to_string(plane.height),
        "free memory, or choose a larger prepare.spacing_mm"});
}

void prepare_case(const Case& one, const Dataset& dataset, const PrepareOptions& options,
                  const Categories& categories, const std::string& key, const fs::path& path) {
  const CaseVolumes volumes = read_case(one, dataset, options.assume);
  const Geometry& geometry = volumes.channels.front().volume.geometry;
  const std::string file = volumes.channels.front().source.path.string();
  const PlaneSize plane = named(file, [&] { return prepared_size(geometry, options); });
  const std::int64_t depth = geometry.size[2];
  const auto channels = static_cast<std::int64_t>(volumes.channels.size());
  check_memory(plane, depth * channels, file);
  const std::vector<float> image = prepare_images(volumes, options);
  const auto listed = categories.find(one.id);
  SliceCategories slices = listed != categories.end() ? listed->second : SliceCategories{};
  std::vector<std::uint8_t> labels;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata{{"key", key}, {"case", one.id}};
  if (one.labels) {
    if (listed == categories.end()) {
      slices = categories_from_labels(volumes.class_indices, geometry.size,
                                      dataset.labels.class_count());
    }
    labels = resize_volume(volumes.class_indices, geometry.size, plane);
    metadata["habit"] = to_text(habit_of(volumes.class_indices, volumes.channels.front().volume,
                                         dataset.labels.ignore_value.has_value()));
    metadata["kept"] =
        to_text(count_kept(volumes.class_indices, geometry.size[0] * geometry.size[1], labels,
                           plane.count(), dataset.labels.class_count()));
    if (options.reach_mm > 0) {
      assume_background_beyond(options.reach_mm, labels, plane, pixel_mm(geometry, plane));
    }
    tensors["labels"] = {DType::kU8, {depth, plane.height, plane.width}, labels};
  }
  const auto flags = category_bytes(slices, depth, dataset.labels.class_count());
  tensors["image"] = {DType::kF32, {depth, channels, plane.height, plane.width}, as_bytes(image)};
  tensors["categories"] = {DType::kU8, {depth, dataset.labels.class_count()}, flags};
  metadata["look"] = look_of(volumes.channels).to_json().dump();
  write_safetensors(path, tensors, metadata);
}

bool has_shape(const SafetensorsFile& file, const std::string& name, DType dtype,
               std::size_t rank) {
  if (!file.contains(name)) return false;
  const TensorView& view = file.at(name);
  return view.dtype == dtype && view.shape.size() == rank;
}

std::string entry_of(const SafetensorsFile& file, const std::string& name) {
  const auto found = file.metadata().find(name);
  return found == file.metadata().end() ? "" : found->second;
}

/// False when the file does not say what is known of its labels.
bool take_label_facts(StoredCase& stored, std::int64_t class_count) {
  const auto kept = kept_from_text(entry_of(stored.file, "kept"), class_count);
  const auto habit = habit_from_text(entry_of(stored.file, "habit"));
  if (!kept || !habit) return false;
  stored.kept = *kept;
  stored.habit = *habit;
  return true;
}

/// nullopt when the file is stale or not one of ours.
std::optional<StoredCase> open_stored(const Case& one, const Dataset& dataset,
                                      const std::string& key, const fs::path& path) {
  if (!is_there(path)) return std::nullopt;
  try {
    StoredCase stored;
    stored.id = one.id;
    stored.file = SafetensorsFile::open(path);
    const auto found = stored.file.metadata().find("key");
    if (found == stored.file.metadata().end() || found->second != key) return std::nullopt;
    if (!has_shape(stored.file, "image", DType::kF32, 4) ||
        !has_shape(stored.file, "categories", DType::kU8, 2)) {
      return std::nullopt;
    }
    const auto& shape = stored.file.at("image").shape;
    stored.slices = shape[0];
    stored.channels = shape[1];
    stored.plane = {shape[3], shape[2]};
    const std::vector<std::int64_t> label_shape{shape[0], shape[2], shape[3]};
    const std::vector<std::int64_t> category_shape{shape[0], dataset.labels.class_count()};
    if (stored.file.at("categories").shape != category_shape) return std::nullopt;
    if (one.labels && (!has_shape(stored.file, "labels", DType::kU8, 3) ||
                       stored.file.at("labels").shape != label_shape)) {
      return std::nullopt;
    }
    if (one.labels && !take_label_facts(stored, dataset.labels.class_count())) return std::nullopt;
    return stored;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::span<const float> StoredCase::image(std::int64_t slice, std::int64_t channel) const {
  check(slice >= 0 && slice < slices && channel >= 0 && channel < channels, "no such slice");
  const auto area = static_cast<std::size_t>(plane.count());
  const auto bytes = file.at("image").bytes;
  const auto start = static_cast<std::size_t>(slice * channels + channel) * area;
  return std::span(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float))
      .subspan(start, area);
}

std::span<const std::uint8_t> StoredCase::labels(std::int64_t slice) const {
  check(slice >= 0 && slice < slices, "no such slice");
  if (!file.contains("labels")) return {};
  const auto area = static_cast<std::size_t>(plane.count());
  return file.at("labels").bytes.subspan(static_cast<std::size_t>(slice) * area, area);
}

std::span<const std::uint8_t> StoredCase::categories(std::int64_t slice) const {
  check(slice >= 0 && slice < slices, "no such slice");
  const TensorView& view = file.at("categories");
  const auto classes = static_cast<std::size_t>(view.shape[1]);
  return view.bytes.subspan(static_cast<std::size_t>(slice) * classes, classes);
}

CaseStore CaseStore::build(const Dataset& dataset, const PrepareOptions& options,
                           const fs::path& folder,
                           const std::function<void(std::int64_t, std::int64_t)>& progress) {
  FileSystem::get().create_folders(folder);
  const Categories categories = read_categories(dataset);
  CaseStore store;
  const auto total = static_cast<std::int64_t>(dataset.cases.size());
  for (const Case& one : dataset.cases) {
    const fs::path path = folder / (one.id + ".safetensors");
    const std::string key = key_of(one, dataset, options, categories);
    auto stored = open_stored(one, dataset, key, path);
    if (!stored) {
      prepare_case(one, dataset, options, categories, key, path);
      stored = open_stored(one, dataset, key, path);
    }
    if (!stored) {
      fail(ErrorCode::kIo, {"prepared case cannot be read back", path.string(), "", "", ""});
    }
    store.cases_.push_back(std::move(*stored));
    if (progress) progress(static_cast<std::int64_t>(store.cases_.size()), total);
  }
  return store;
}

const StoredCase& CaseStore::at(const std::string& id) const {
  for (const StoredCase& one : cases_) {
    if (one.id == id) return one;
  }
  fail(ErrorCode::kInvalidData, {"no such case", id, "a case of imagesTr", "", ""});
}

std::map<std::string, KeptClasses> CaseStore::kept_classes() const {
  std::map<std::string, KeptClasses> all;
  for (const StoredCase& one : cases_) {
    if (!one.kept.empty()) all[one.id] = one.kept;
  }
  return all;
}

std::map<std::string, HabitEvidence> CaseStore::habits() const {
  std::map<std::string, HabitEvidence> all;
  for (const StoredCase& one : cases_) {
    if (!one.kept.empty()) all[one.id] = one.habit;
  }
  return all;
}

}  // namespace medcl
