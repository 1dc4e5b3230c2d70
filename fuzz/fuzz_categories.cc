// SPDX-License-Identifier: Apache-2.0
// categories.json of a dataset with two classes: whatever is accepted is written and read back the
// same.

#include "fuzz/one_line.h"
#include "fuzz/scratch_folder.h"
#include "medcl/core/error.h"
#include "medcl/dataset/categories.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  medcl::Dataset dataset;
  dataset.root = scratch_folder();
  dataset.labels = medcl::LabelMap::from_json(
      medcl::parse_json(R"({"background": 0, "RV": 1, "LV": 2})", "labels"), "labels");
  put(dataset.root / "categories.json", {reinterpret_cast<const char*>(data), size});
  std::map<std::string, medcl::SliceCategories> categories;
  try {
    categories = medcl::read_categories(dataset);
  } catch (const medcl::Error& error) {
    expect_one_line(error);
    return 0;
  }
  medcl::write_categories(dataset, categories);
  auto again = medcl::read_categories(dataset);
  for (auto& [id, slices] : categories) {
    // Slices after the last labelled one are not written.
    while (!slices.empty() && !slices.back()) slices.pop_back();
    if (again.at(id) != slices) __builtin_trap();
  }
  return 0;
}
