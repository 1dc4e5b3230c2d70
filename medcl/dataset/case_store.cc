// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/case_store.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cmath>

#include "medcl/core/descriptor.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/core/log.h"
#include "medcl/core/memory.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/case_file.h"
#include "medcl/dataset/categories.h"
#include "medcl/dataset/fingerprint.h"
#include "medcl/dataset/orientation.h"
#include "medcl/dataset/reach.h"
#include "medcl/dataset/read_case.h"
#include "medcl/format/json_text.h"
#include "medcl/image/resize_labels.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormatVersion = "3";

std::span<const std::uint8_t> as_bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)};
}

std::string options_text(PrepareOptions options) {
  OptionTable table;
  options.describe(table.scope("prepare"));
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
    for (const Tag tag : *slice)
      text += tag == Tag::kPresent ? '1' : tag == Tag::kAbsent ? '0' : '?';
  }
  return text;
}

/// {"imagesTr/a_0000.nii.gz": SHA-256, ...}, names relative to the dataset, images first.
Json sources_of(const Case& one, const Dataset& dataset) {
  std::vector<fs::path> files = one.images;
  if (one.labels) files.push_back(*one.labels);
  Json sources = Json::object();
  for (const fs::path& file : files) {
    sources[file.lexically_relative(dataset.root).generic_string()] = sha256_of_file(file);
  }
  return sources;
}

/// Everything that decides the content of a prepared file.
std::string key_of(const Case& one, const Json& sources, const Dataset& dataset,
                   const PrepareOptions& options, const Categories& categories) {
  std::string text = std::string("version ") + kFormatVersion + "\n" + options_text(options) +
                     json_text(dataset.labels.to_json()) + "\nsources " + json_text(sources) +
                     "\n" + (one.labels ? "labelled\n" : "") +
                     (dataset.complete_scribbles ? "complete scribbles\n" : "");
  const auto listed = categories.find(one.id);
  if (listed != categories.end()) text += "categories " + categories_text(listed->second) + "\n";
  return sha256_hex(text);
}

std::vector<std::uint8_t> category_bytes(const SliceCategories& slices, std::int64_t slice_count,
                                         std::int64_t class_count) {
  const auto classes = static_cast<std::size_t>(class_count);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(slice_count) * classes,
                                  static_cast<std::uint8_t>(Tag::kUnknown));
  for (std::size_t k = 0; k < std::min(slices.size(), bytes.size() / classes); ++k) {
    for (std::size_t c = 0; slices[k] && c < classes; ++c) {
      bytes[k * classes + c] = static_cast<std::uint8_t>(slices[k]->at(c));
    }
  }
  return bytes;
}

std::vector<bool> where_all_is_known(const SliceCategories& slices, std::int64_t depth) {
  std::vector<bool> known(static_cast<std::size_t>(depth), false);
  for (std::size_t k = 0; k < std::min(slices.size(), known.size()); ++k) {
    known[k] = slices[k] && is_complete(*slices[k]);
  }
  return known;
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

/// Everything in the order of axes of the options. Returns how the axes moved.
AxisOrder orient(CaseVolumes& volumes, const PrepareOptions& options) {
  const Geometry stored = volumes.channels.front().volume.geometry;
  const AxisOrder order = prepared_order(stored, options);
  for (Loaded<float>& channel : volumes.channels) reorder(channel.volume, order);
  if (!order.is_identity() && !volumes.class_indices.empty()) {
    volumes.class_indices =
        reordered(std::span<const std::uint8_t>(volumes.class_indices), stored.size, order);
  }
  return order;
}

void warn_of_other_planes(const Case& one, const PrepareOptions& options) {
  log(LogLevel::kWarning, "case " + one.id +
                              ": categories.json counts slices of the file, which are not the "
                              "slices that the network sees (" +
                              options.orientation +
                              "); left out. Store the image with its slices along the third axis");
}

void require_slices(const Case& one, const SliceCategories& listed, std::size_t slices) {
  const std::string beyond = slices_beyond(listed, slices);
  if (beyond.empty()) return;
  fail(ErrorCode::kInvalidData, {.what = "categories of slices that the case does not have",
                                 .where = "categories.json: " + one.id,
                                 .expected = "slices 0 to " + std::to_string(slices - 1),
                                 .found = beyond,
                                 .remedy = "slices are counted from 0"});
}

/// What categories.json says of the slices of the file. What the labels contradict is refused.
SliceCategories listed_categories(const Case& one, const Dataset& dataset,
                                  const Categories& categories, const CaseVolumes& volumes) {
  const auto listed = categories.find(one.id);
  if (listed == categories.end()) return {};
  const Size3& size = volumes.channels.front().volume.geometry.size;
  require_slices(one, listed->second, static_cast<std::size_t>(size[2]));
  if (!one.labels) return listed->second;
  const SliceCategories drawn = categories_from_labels(
      volumes.class_indices, size, dataset.labels.class_count(), dataset.complete_scribbles);
  const auto problems =
      contradictions(listed->second, drawn, dataset.labels, "categories.json: " + one.id);
  if (!problems.empty()) fail(ErrorCode::kInvalidData, problems.front());
  return listed->second;
}

void prepare_case(const Case& one, const Dataset& dataset, const PrepareOptions& options,
                  const Categories& categories, const Json& sources, const std::string& key,
                  const fs::path& path) {
  CaseVolumes volumes = read_case(one, dataset, options.assume);
  const std::int64_t stored_depth = volumes.channels.front().volume.geometry.size[2];
  const SliceCategories listed = listed_categories(one, dataset, categories, volumes);
  const CaseLook look = look_of(volumes.channels, options);
  const AxisOrder order = orient(volumes, options);
  const Geometry& geometry = volumes.channels.front().volume.geometry;
  const std::string file = volumes.channels.front().source.path.string();
  const PlaneSize plane = named(file, [&] { return prepared_size(geometry, options); });
  const std::int64_t depth = geometry.size[2];
  const auto channels = static_cast<std::int64_t>(volumes.channels.size());
  check_memory(plane, depth * channels, file);
  const std::vector<float> image = prepare_images(volumes, options);
  SliceCategories slices = listed.empty() ? listed : reordered(listed, stored_depth, order);
  if (slices.empty() && !listed.empty()) warn_of_other_planes(one, options);
  std::vector<std::uint8_t> labels;
  std::map<std::string, TensorView> tensors;
  std::map<std::string, std::string> metadata{{"case", one.id}};
  if (one.labels) {
    slices = merged(
        slices, categories_from_labels(volumes.class_indices, geometry.size,
                                       dataset.labels.class_count(), dataset.complete_scribbles));
    labels = resize_volume(volumes.class_indices, geometry.size, plane);
    metadata["habit"] = to_text(habit_of(volumes.class_indices, volumes.channels.front().volume,
                                         dataset.labels.ignore_value.has_value()));
    metadata["kept"] =
        to_text(count_kept(volumes.class_indices, geometry.size[0] * geometry.size[1], labels,
                           plane.count(), dataset.labels.class_count()));
    if (options.reach_mm > 0) {
      assume_background_beyond(options.reach_mm, labels, plane, pixel_mm(geometry, plane),
                               where_all_is_known(slices, depth));
    }
    tensors["labels"] = {DType::kU8, {depth, plane.height, plane.width}, labels};
  }
  const auto flags = category_bytes(slices, depth, dataset.labels.class_count());
  tensors["image"] = {DType::kF32, {depth, channels, plane.height, plane.width}, as_bytes(image)};
  tensors["categories"] = {DType::kU8, {depth, dataset.labels.class_count()}, flags};
  metadata["look"] = look.to_json().dump();
  metadata[kCaseSources] = json_text(sources);
  write_case_file(path, key, tensors, metadata);
}

/// Says that every prepared case in the folder is this program's, whatever its bytes have become.
constexpr const char* kMark = "prepared.json";

bool holds_nothing(const fs::path& folder) {
  std::error_code unknown;
  return fs::is_empty(folder, unknown) && !unknown;
}

/// One process at a time works in a folder; else two with different options would replace each
/// other's files before they are read back. Disks without locks do without.
class TurnInFolder {
 public:
  explicit TurnInFolder(const fs::path& folder)
      : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_.get() < 0) return;
    static_cast<void>(retry_interrupted([this] { return ::flock(folder_.get(), LOCK_EX); }));
  }

 private:
  Descriptor folder_;  // the lock ends with it
};

/// Makes the folder when it is absent. True when it is this program's.
bool take_folder(const fs::path& folder) {
  std::error_code unknown;
  if (fs::exists(folder / kMark, unknown)) return true;
  FileSystem::get().create_folders(folder);
  const TurnInFolder turn(folder);
  if (fs::exists(folder / kMark, unknown)) return true;
  if (!holds_nothing(folder)) return false;
  write_json(folder / kMark, {{"format", "medcl-prepared"}, {"version", kFormatVersion}});
  return true;
}

/// Whether the case must be prepared; a damaged file is told, somebody else's refused.
bool must_prepare(CaseFileState state, const fs::path& path, bool own_folder) {
  const bool unreadable = state == CaseFileState::kDamaged || state == CaseFileState::kForeign;
  if (unreadable && !own_folder) {
    fail(ErrorCode::kIo, {.what = "is not a prepared case of this program",
                          .where = path.string(),
                          .expected = "a file that it may replace",
                          .remedy = "remove it, or choose another folder for prepared cases"});
  }
  if (unreadable || (state == CaseFileState::kUnsealed && own_folder)) {
    log(LogLevel::kWarning, path.string() + ": the prepared case is damaged; it is prepared anew");
  }
  return state != CaseFileState::kSound;
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

CaseStore CaseStore::build(const Dataset& dataset, const PrepareOptions& asked,
                           const fs::path& folder,
                           const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const bool own_folder = take_folder(folder);
  const Categories categories = read_categories(dataset);
  for (const Problem& problem : lists_of_no_case(categories, dataset)) {
    log(LogLevel::kWarning, to_line(problem));
  }
  CaseStore store;
  store.options_ = asked;
  const PrepareOptions& options = store.options_;
  store.options_.orientation = settled_orientation(dataset, asked.orientation, asked.assume);
  const auto total = static_cast<std::int64_t>(dataset.cases.size());
  for (const Case& one : dataset.cases) {
    const fs::path path = folder / (one.id + ".safetensors");
    const Json sources = sources_of(one, dataset);
    const std::string key = key_of(one, sources, dataset, options, categories);
    const auto open = [&] {
      return open_case_file(path, one.id, key, one.labels.has_value(),
                            dataset.labels.class_count());
    };
    const TurnInFolder turn(folder);
    CaseFile file = open();
    if (must_prepare(file.state, path, own_folder)) {
      prepare_case(one, dataset, options, categories, sources, key, path);
      file = open();
    }
    if (file.state != CaseFileState::kSound) {
      fail(ErrorCode::kIo, {"prepared case cannot be read back", path.string(), "", "", ""});
    }
    store.cases_.push_back(std::move(file.stored));
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
