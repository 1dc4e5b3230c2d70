// SPDX-License-Identifier: Apache-2.0
#include "medcl/image/nrrd_segments.h"

#include <charconv>
#include <set>
#include <string_view>
#include <vector>

#include "medcl/core/error.h"
#include "medcl/core/file_system.h"

namespace medcl {
namespace {

constexpr std::uint64_t kHeaderBytes = std::uint64_t{1} << 20;
constexpr std::string_view kSegment = "Segment", kAssigned = ":=";

struct Segment {
  std::string name, value, layer;
};

/// The number behind "Segment" and the rest of the key; none when that is no segment's.
std::map<int, Segment> segments_of(std::string_view header) {
  std::map<int, Segment> segments;
  while (!header.empty()) {
    const std::size_t end = header.find('\n');
    std::string_view line = header.substr(0, end);
    if (line.empty() || line == "\r") break;  // the pixels begin
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
    const std::size_t sign = line.find(kAssigned);
    if (!line.starts_with(kSegment) || sign == std::string_view::npos) continue;
    if (line.back() == '\r') line.remove_suffix(1);
    int number = 0;
    const char* begin = line.data() + kSegment.size();
    const auto [rest, error] = std::from_chars(begin, line.data() + sign, number);
    if (error != std::errc() || rest == line.data() + sign || *rest != '_') continue;
    const std::string_view key(rest + 1, static_cast<std::size_t>(line.data() + sign - rest - 1));
    const std::string value(line.substr(sign + kAssigned.size()));
    if (key == "Name") segments[number].name = value;
    if (key == "LabelValue") segments[number].value = value;
    if (key == "Layer") segments[number].layer = value;
  }
  return segments;
}

}  // namespace

std::map<std::int32_t, std::string> nrrd_segment_names(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file_start(path, kHeaderBytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("NRRD0")) return {};
  std::map<std::int32_t, std::string> names;
  std::set<std::string> layers;
  for (const auto& [number, segment] : segments_of(text)) {
    std::int32_t value = 0;
    const char* end = segment.value.data() + segment.value.size();
    if (std::from_chars(segment.value.data(), end, value).ec != std::errc()) continue;
    layers.insert(segment.layer);
    if (layers.size() < 2 && names.emplace(value, segment.name).second) continue;
    fail(ErrorCode::kInvalidData,
         {.what = "segments that overlap lie in layers of their own",
          .where = path.string(),
          .expected = "one layer, in which every segment has a value of its own",
          .found = "segment " + segment.name,
          .remedy = "in 3D Slicer, export it as a label map (Segmentations module, "
                    "Export/import models and labelmaps)"});
  }
  return names;
}

}  // namespace medcl
