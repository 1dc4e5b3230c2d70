// SPDX-License-Identifier: Apache-2.0
// categories.json of a dataset with two classes: whatever is accepted is written and read back the
// same.

#include "fuzz/one_line.h"
#include "medcl/core/error.h"
#include "medcl/dataset/categories.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const medcl::LabelMap labels = medcl::LabelMap::from_json(
      medcl::parse_json(R"({"background": 0, "RV": 1, "LV": 2})", "labels"), "labels");
  medcl::Categories categories;
  try {
    const auto json =
        medcl::parse_json({reinterpret_cast<const char*>(data), size}, "categories.json");
    categories = medcl::categories_from_json(json, labels, "categories.json");
  } catch (const medcl::Error& error) {
    expect_one_line(error);
    return 0;
  }
  const auto written = medcl::categories_to_json(categories, labels);
  auto again = medcl::categories_from_json(written, labels, "written");
  for (auto& [id, slices] : categories) {
    // Slices after the last labelled one are not written.
    while (!slices.empty() && !slices.back()) slices.pop_back();
    if (again.at(id) != slices) __builtin_trap();
  }
  return 0;
}
