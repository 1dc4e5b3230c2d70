// SPDX-License-Identifier: Apache-2.0
// Writes small sound files, one folder per fuzz target, for the fuzzers to start from.

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/format/gzip.h"
#include "medcl/format/nifti.h"
#include "medcl/format/safetensors.h"

namespace {

using medcl::NiftiType;

void write_nifti_seeds(const std::filesystem::path& folder) {
  for (const int version : {1, 2}) {
    for (const bool big_endian : {false, true}) {
      medcl::NiftiHeader header;
      header.version = version;
      header.big_endian = big_endian;
      header.dim = {3, 3, 2, 2};
      header.pixdim = {1, 1, 1, 5};
      header.qform_code = header.sform_code = 1;
      header.srow = {{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 5, 0}}};
      for (const NiftiType type : {NiftiType::kUint8, NiftiType::kInt16, NiftiType::kFloat32}) {
        const std::string name = std::to_string(version) + (big_endian ? "be" : "le") +
                                 std::to_string(static_cast<int>(type));
        const std::vector<float> voxels(12, 3);
        medcl::write_nifti(folder / (name + ".nii"), header, voxels, type);
        medcl::write_nifti(folder / (name + ".nii.gz"), header, voxels, type);
      }
    }
  }
}

void write_safetensors_seeds(const std::filesystem::path& folder) {
  const std::vector<std::uint8_t> bytes(24);
  medcl::write_safetensors(folder / "a",
                           {{"x", {medcl::DType::kF32, {2, 3}, bytes}},
                            {"y.weight", {medcl::DType::kI64, {3}, bytes}},
                            {"empty", {medcl::DType::kU8, {0, 2}, {}}}},
                           {{"format", "pt"}});
}

void write_text_seeds(const std::filesystem::path& root) {
  medcl::write_atomically(root / "json" / "a",
                          R"({"a": [1, -2.5e3, true, null, "\u00e4\n"], "b": {"c": {}}})");
  medcl::write_atomically(root / "toml" / "a",
                          "workers = 3\n[crop]\nsize = 192\n[train]\nrate = 1e-3\n"
                          "precision = \"bf16\"\n[data]\nnames = [\"a\", 'b']\nflip = false\n");
  const std::vector<std::uint8_t> zeros(5000);
  std::vector<std::uint8_t> packed = medcl::gzip(zeros);
  medcl::write_atomically(root / "gzip" / "one", packed);
  packed.insert(packed.end(), packed.begin(), packed.begin() + 20);
  medcl::write_atomically(root / "gzip" / "torn", packed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  for (const char* name : {"nifti", "safetensors", "json", "toml", "gzip"}) {
    std::filesystem::create_directories(root / name);
  }
  write_nifti_seeds(root / "nifti");
  write_safetensors_seeds(root / "safetensors");
  write_text_seeds(root);
  return 0;
}
