// SPDX-License-Identifier: Apache-2.0
// dataset.json and splits_final.json (after a zero byte) of a dataset with one case: whatever is
// accepted is written and read back the same.

#include <string_view>

#include "fuzz/scratch_folder.h"
#include "medcl/core/error.h"
#include "medcl/dataset/dataset.h"

namespace {

const std::filesystem::path& one_case() {
  static const auto& folder = []() -> const std::filesystem::path& {
    std::filesystem::create_directories(scratch_folder() / "imagesTr");
    put(scratch_folder() / "imagesTr" / "a_0000.nii.gz", "");
    put(scratch_folder() / "imagesTr" / "a_0001.nii.gz", "");
    return scratch_folder();
  }();
  return folder;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::filesystem::path& folder = one_case();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = std::min(text.find('\0'), size);
  put(folder / "dataset.json", text.substr(0, zero));
  std::filesystem::remove(folder / "splits_final.json");
  if (zero < size) put(folder / "splits_final.json", text.substr(zero + 1));
  medcl::Dataset dataset;
  try {
    dataset = medcl::read_dataset(folder);
  } catch (const medcl::Error&) {
    return 0;
  }
  medcl::write_dataset_json(dataset);
  const medcl::Dataset again = medcl::read_dataset(folder);
  const bool same = again.labels.to_json() == dataset.labels.to_json() &&
                    again.channel_names == dataset.channel_names && again.name == dataset.name &&
                    again.splits.size() == dataset.splits.size();
  if (!same) __builtin_trap();
  return 0;
}
