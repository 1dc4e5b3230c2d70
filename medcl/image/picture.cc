// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/picture.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/format/json.h"
#include "medcl/image/itk_bridge.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kEndings{".png", ".tif", ".tiff", ".jpg", ".jpeg"};
constexpr std::size_t kChannelSuffix = 5;  // "_0000"

/// The ending of a picture's name, in lower case; empty for other names.
std::string picture_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool known = std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
  return known && path.filename() != path.extension() ? ending : "";
}

Finding warning(const char* id, const std::string& what, const fs::path& path,
                const std::string& remedy) {
  return {.severity = Severity::kWarning,
          .id = id,
          .problem = {
              .what = what, .where = path.string(), .expected = {}, .found = {}, .remedy = remedy}};
}

/// "case.json" for "case_0000.tif" and for "case.tif".
std::optional<fs::path> spacing_file_of(const fs::path& path) {
  const std::string stem = split_readable_name(path).stem;
  std::vector<std::string> names{stem};
  if (stem.size() > kChannelSuffix && stem[stem.size() - kChannelSuffix] == '_') {
    names.push_back(stem.substr(0, stem.size() - kChannelSuffix));
  }
  for (const std::string& name : names) {
    fs::path file = path.parent_path() / (name + ".json");
    if (is_there(file)) return file;
  }
  return std::nullopt;
}

/// The spacing of nnU-Net's file, which names z first.
Point3 spacing_from(const fs::path& file) {
  const Json json = read_json(file);
  const auto found = json.is_object() ? json.find("spacing") : json.end();
  const bool sound = json.is_object() && found != json.end() && found->is_array() &&
                     found->size() == 3 &&
                     std::all_of(found->begin(), found->end(), [](const Json& one) {
                       return one.is_number() && one.get<double>() > 0 && one.get<double>() < 1e6;
                     });
  if (!sound) {
    fail(ErrorCode::kInvalidData, {.what = "no spacing in the file beside a picture",
                                   .where = file.string(),
                                   .expected = "{\"spacing\": [z, y, x]} in mm",
                                   .found = json.dump().substr(0, 80),
                                   .remedy = "correct or remove it"});
  }
  return {(*found)[2].get<double>(), (*found)[1].get<double>(), (*found)[0].get<double>()};
}

Point3 spacing_of(const fs::path& path, const ReadOptions& options, Findings& findings) {
  if (const auto file = spacing_file_of(path)) return spacing_from(*file);
  if (options.spacing_mm) return *options.spacing_mm;
  findings.push_back(warning(kNoPhysicalSize,
                             "the picture does not say the size of a pixel: 1 is taken, so that "
                             "what is called mm are pixels",
                             path, "give the size with --spacing X,Y,Z (in mm) where it matters"));
  return {1, 1, 1};
}

Geometry geometry_of(const Size3& size, const Point3& spacing) {
  return {size, {{{-spacing[0], 0, 0, 0}, {0, -spacing[1], 0, 0}, {0, 0, spacing[2], 0}}}};
}

/// Channel `index` of values that are stored pixel by pixel.
std::vector<float> channel_of(const std::vector<float>& values, std::size_t count,
                              std::size_t index) {
  std::vector<float> voxels(values.size() / count);
  for (std::size_t v = 0; v < voxels.size(); ++v) voxels[v] = values[v * count + index];
  return voxels;
}

bool is_opaque(const std::vector<float>& alpha) {
  return std::adjacent_find(alpha.begin(), alpha.end(), std::not_equal_to<>()) == alpha.end();
}

[[noreturn]] void refuse_colours(const fs::path& path, const std::string& found) {
  fail(ErrorCode::kInvalidData,
       {.what = "a picture in colours that is no mask",
        .where = path.string(),
        .expected = "a value or a colour for each class",
        .found = found,
        .remedy = "export labels as grey values 0, 1, 2 ... (\"label map\" or \"index mask\") or "
                  "in plain colours, not as an overlay that shows the image"});
}

}  // namespace

bool is_picture_path(const fs::path& path) { return !picture_ending(path).empty(); }

NameParts split_readable_name(const fs::path& path) {
  const std::string ending = picture_ending(path);
  if (ending.empty()) return split_image_name(path);
  return {path.stem().string(), ending};
}

std::vector<Loaded<float>> read_picture(const fs::path& path, PictureFormat format,
                                        const ReadOptions& options) {
  const PictureHeader header = check_picture_header(read_file(path, options.limits.max_bytes),
                                                    format, path.string(), options.limits);
  Findings findings;
  const Geometry geometry = geometry_of(header.size, spacing_of(path, options, findings));
  if (header.orientation != 1) {
    findings.push_back(warning("turned-picture",
                               "the picture says that it is to be shown turned or mirrored (Exif): "
                               "it is taken as it is stored, as its labels are",
                               path,
                               "if its labels were drawn on the turned picture, save both "
                               "anew with one program"));
  }
  const std::vector<float> values = read_picture_with_itk(path, header);
  const auto pixels = static_cast<std::size_t>(geometry.voxel_count());
  const std::size_t stored = values.size() / pixels, colours = stored < 3 ? 1 : 3;
  if (stored != colours && !is_opaque(channel_of(values, stored, stored - 1))) {
    findings.push_back(warning("alpha-dropped", "the transparency of the picture is left out", path,
                               "save it without transparency to be sure"));
  }
  std::vector<Loaded<float>> channels;
  for (std::size_t c = 0; c < colours; ++c) {
    channels.push_back({{geometry, channel_of(values, stored, c)}, {.path = path}, {}});
  }
  channels.front().findings = std::move(findings);
  return channels;
}

fs::path picture_spacing_file(const fs::path& path) {
  return spacing_file_of(path).value_or(path.parent_path() /
                                        (split_readable_name(path).stem + ".json"));
}

void write_picture_spacing(const fs::path& path, const Point3& spacing_mm) {
  write_json(picture_spacing_file(path),
             {{"spacing", {spacing_mm[2], spacing_mm[1], spacing_mm[0]}}});
}

void require_exact_picture(const fs::path& path, const ReadOptions& options) {
  const auto format = picture_format_of(read_file_start(path, 16));
  if (!format) return;
  const PictureHeader header = check_picture_header(read_file(path, options.limits.max_bytes),
                                                    *format, path.string(), options.limits);
  if (!header.is_lossy) return;
  fail(ErrorCode::kInvalidData,
       {.what = "labels compressed with losses: JPEG makes up values at every edge",
        .where = path.string(),
        .expected = "PNG, TIFF without JPEG, NIfTI, NRRD",
        .found = "JPEG",
        .remedy = "export the labels again in a format without losses"});
}

std::vector<float> colours_as_values(const std::vector<Loaded<float>>& channels) {
  constexpr std::size_t kMostColours = 64;
  constexpr float kMostOfAByte = 255;
  std::set<float> colours;
  std::vector<float> values(channels.front().volume.voxels.size());
  for (std::size_t v = 0; v < values.size() && colours.size() <= kMostColours; ++v) {
    float value = 0;
    for (const Loaded<float>& channel : channels) {
      const float part = channel.volume.voxels[v];
      if (part < 0 || part > kMostOfAByte) refuse_colours(channels.front().source.path, "16 bits");
      value = 256 * value + part;
    }
    values[v] = value;
    colours.insert(value);
  }
  if (colours.size() > kMostColours) {
    refuse_colours(channels.front().source.path,
                   "more than " + std::to_string(kMostColours) + " colours");
  }
  return values;
}

std::string colour_name(std::int32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "#%06x", static_cast<unsigned>(value));
  return text;
}

bool merge_equal_channels(std::vector<Loaded<float>>& channels) {
  const bool equal =
      std::all_of(channels.begin(), channels.end(), [&](const Loaded<float>& channel) {
        return channel.volume.voxels == channels.front().volume.voxels;
      });
  if (equal && channels.size() > 1) channels.erase(channels.begin() + 1, channels.end());
  return equal;
}

}  // namespace medcl
