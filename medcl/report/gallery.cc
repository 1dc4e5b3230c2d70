// SPDX-License-Identifier: Apache-2.0
#include "medcl/report/gallery.h"

#include <algorithm>
#include <cctype>

#include "medcl/core/error.h"
#include "medcl/image/axis_order.h"
#include "medcl/image/volume_io.h"
#include "medcl/report/html.h"
#include "medcl/report/overlay.h"

namespace medcl {
namespace {

constexpr double kMarginMm = 18;

struct LoadedColumn {
  const GalleryColumn* column = nullptr;
  std::vector<std::uint8_t> class_indices;
};

struct ShownSlice {
  std::int64_t k = 0;
  std::string name;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Late enhancement when there are several channels, as the annotators looked at it.
std::size_t shown_channel(const Dataset& dataset) {
  for (std::size_t c = 0; c < dataset.channel_names.size(); ++c) {
    const std::string name = lower(dataset.channel_names[c]);
    if (name == "lge" || name == "de") return c;
  }
  return 0;
}

Image load_channel(const Case& one, const Dataset& dataset) {
  const std::size_t channel = shown_channel(dataset);
  if (one.images.size() > channel && one.images.size() > 1) {
    return read_image(one.images[channel]).volume;
  }
  auto channels = read_channels(one.images.front());
  return std::move(channels[std::min(channel, channels.size() - 1)].volume);
}

bool is_heart(const LabelMap& labels) {
  return std::any_of(labels.classes.begin(), labels.classes.end(), [](const LabelClass& one) {
    const std::string name = lower(one.name);
    return name == "lv" || name == "rv" || name == "myo" || name.starts_with("myocard");
  });
}

std::vector<std::int64_t> foreground_per_slice(std::span<const std::uint8_t> indices,
                                               const Size3& size) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(size[2]), 0);
  const std::int64_t area = size[0] * size[1];
  for (std::size_t v = 0; v < indices.size(); ++v) {
    if (indices[v] != 0 && indices[v] != kNotAnnotated) {
      ++counts[static_cast<std::size_t>(static_cast<std::int64_t>(v) / area)];
    }
  }
  return counts;
}

/// Near both ends and in the middle of the slices with foreground, the smaller end first.
std::vector<ShownSlice> choose_slices(std::span<const std::uint8_t> indices, const Size3& size,
                                      bool heart) {
  const auto counts = foreground_per_slice(indices, size);
  std::vector<std::int64_t> slices;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] > 0) slices.push_back(static_cast<std::int64_t>(k));
  }
  if (slices.empty()) {
    for (std::int64_t k = 0; k < size[2]; ++k) slices.push_back(k);
  }
  const std::size_t last = slices.size() - 1;
  std::size_t low = last / 6, high = last - last / 6;
  const auto count = [&](std::size_t i) { return counts[static_cast<std::size_t>(slices[i])]; };
  if (count(low) > count(high)) std::swap(low, high);
  std::vector<ShownSlice> shown;
  for (const auto& [i, name] : {std::pair{low, heart ? "apical" : "small end"},
                                std::pair{last / 2, heart ? "mid" : "middle"},
                                std::pair{high, heart ? "basal" : "large end"}}) {
    const bool seen = std::any_of(shown.begin(), shown.end(),
                                  [&, k = slices[i]](const ShownSlice& s) { return s.k == k; });
    if (!seen) shown.push_back({slices[i], name});
  }
  return shown;
}

std::vector<LoadedColumn> load_columns(const std::vector<GalleryColumn>& columns,
                                       const Dataset& dataset, const Image& image) {
  std::vector<LoadedColumn> loaded;
  for (const GalleryColumn& column : columns) {
    Labels labels = read_labels(column.labels).volume;
    bring_onto(image.geometry, labels);
    if (labels.geometry.size != image.geometry.size) {
      fail(ErrorCode::kInvalidData,
           {"labels have another size than the image", column.labels.string(), "", "", ""});
    }
    loaded.push_back({&column, to_class_indices(labels, dataset.labels, column.labels.string())});
  }
  return loaded;
}

bool has_foreground(const std::vector<std::uint8_t>& class_indices) {
  return std::any_of(class_indices.begin(), class_indices.end(),
                     [](std::uint8_t value) { return value != 0 && value != kNotAnnotated; });
}

std::string grid_row(const Image& image, const std::vector<LoadedColumn>& columns,
                     const ShownSlice& slice, const View& view, const std::string& id) {
  const bool picture = image.geometry.size[2] == 1;
  const std::string number = "slice " + std::to_string(slice.k + 1);
  const std::string name = picture ? "the picture" : slice.name + " (" + number + ")";
  std::string html = "<div class=\"row\">";
  if (!picture) html += escape_html(slice.name) + "<br>" + number;
  html += "</div>";
  html += image_tag(slice_picture(image, {}, slice.k, view, LabelStyle::kNone),
                    "image of " + id + ", " + name);
  for (const LoadedColumn& column : columns) {
    const LabelStyle style = column.column->scribble ? LabelStyle::kScribble : LabelStyle::kContour;
    html += image_tag(slice_picture(image, column.class_indices, slice.k, view, style),
                      column.column->title + " of " + id + ", " + name);
  }
  return html + "\n";
}

}  // namespace

std::string case_gallery(const Case& one, const Dataset& dataset,
                         const std::vector<GalleryColumn>& columns) {
  const Image image = load_channel(one, dataset);
  const auto loaded = load_columns(columns, dataset, image);
  std::span<const std::uint8_t> guide;
  const std::vector<std::uint8_t> none(static_cast<std::size_t>(image.geometry.voxel_count()), 0);
  for (const LoadedColumn& column : loaded) {
    if (guide.empty() && has_foreground(column.class_indices)) guide = column.class_indices;
  }
  if (guide.empty()) guide = none;
  const View view{window_of(image), crop_around(guide, image.geometry, kMarginMm)};
  std::string html = "<div class=\"gallery\" style=\"grid-template-columns: max-content repeat(" +
                     std::to_string(columns.size() + 1) +
                     ", minmax(0, 224px))\">\n<div></div><div>image</div>";
  for (const GalleryColumn& column : columns)
    html += "<div>" + escape_html(column.title) + "</div>";
  html += "\n";
  for (const ShownSlice& slice :
       choose_slices(guide, image.geometry.size, is_heart(dataset.labels))) {
    html += grid_row(image, loaded, slice, view, one.id);
  }
  return html + "</div>\n";
}

std::string class_key(const LabelMap& labels, bool background) {
  std::string html = "<div class=\"key\">";
  for (std::size_t c = background ? 0 : 1; c < labels.classes.size(); ++c) {
    html +=
        "<span><i style=\"background:" + css_colour(class_colour(static_cast<std::int64_t>(c))) +
        "\"></i>" + escape_html(labels.classes[c].name) + "</span>";
  }
  return html + "</div>\n";
}

double annotated_share(const std::filesystem::path& labels, const LabelMap& map) {
  const auto indices = to_class_indices(read_labels(labels).volume, map, labels.string());
  const auto ignored = std::count(indices.begin(), indices.end(), kNotAnnotated);
  return 1 - static_cast<double>(ignored) / static_cast<double>(indices.size());
}

}  // namespace medcl
