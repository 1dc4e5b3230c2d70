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
#include "medcl/format/test_pickles.h"
#include "medcl/format/tfevents.h"
#include "medcl/image/test_dicom.h"

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

void write_torch_seeds(const std::filesystem::path& folder) {
  using medcl::pickled;
  using medcl::pickled_tensor;
  const std::string ordered = "ccollections\nOrderedDict\n)R";
  const std::string stacked = "\x80\x04\x95" + medcl::little_endian(20, 8) + "}\x94(\x8c\x01w\x94" +
                              pickled_tensor({}) + pickled("empty") + "\x8c\x0b" +
                              "collections\x8c\x0bOrderedDict\x93)Ru.";
  const std::vector<std::pair<const char*, std::string>> pickles = {
      {"plain", medcl::pickled_dict(pickled_tensor({}))},
      {"transposed", medcl::pickled_dict(pickled_tensor({.sizes = {3, 2}, .strides = {1, 3}}))},
      {"expanded", medcl::pickled_dict(pickled_tensor({.sizes = {4, 6}, .strides = {0, 1}}))},
      {"half", medcl::pickled_dict(pickled_tensor({.type = "HalfStorage", .count = 12}))},
      {"parameter", medcl::pickled_dict("ctorch._utils\n_rebuild_parameter\n(" +
                                        pickled_tensor({}) + "\x88" + ordered + "tR")},
      {"nested", "\x80\x02}(" + pickled("model") + ordered + "q\1" + pickled("w") +
                     pickled_tensor({}) + "s}" + pickled("_metadata") + ordered + "sb" +
                     pickled("optimizer") + "}(" + pickled(0) + "](" + pickled_tensor({}) +
                     "h\1eK\1G" + std::string(8, '\0') + "M\1\1I01\nuu."},
      {"stacked", stacked}};
  for (const auto& [name, pickle] : pickles) {
    medcl::write_atomically(folder / name, medcl::checkpoint_of(pickle));
  }
  medcl::write_atomically(
      folder / "legacy",
      medcl::legacy_of(medcl::pickled_dict(pickled_tensor({.after_count = "N"}))));
  const std::string module =
      "\x80\x02"
      "c__torch__\nNet\n)\x81}" +
      pickled("w") + pickled_tensor({}) + "sb.";
  medcl::write_atomically(
      folder / "script",
      medcl::checkpoint_of(module, {{"a/constants.pkl", "\x80\x02)."}, {"a/byteorder", "little"}}));
}

void write_dataset_seeds(const std::filesystem::path& folder) {
  const std::string text =
      R"({"name": "a", "channel_names": {"0": "LGE", "1": "T2"}, "file_ending": ".nii.gz",)"
      R"( "labels": {"background": 0, "RV": 1, "ignore": 2}})";
  medcl::write_atomically(folder / "one", text);
  medcl::write_atomically(folder / "splits",
                          text + std::string(1, '\0') + R"([{"train": ["a"], "val": []}])");
}

void write_tfevents_seeds(const std::filesystem::path& folder) {
  std::filesystem::remove(folder / "two");
  medcl::TfEventsWriter writer(folder / "two");
  writer.add_scalar("loss", 1, 0.5, 2);
  writer.flush();
}

void write_foreign_seeds(const std::filesystem::path& folder) {
  const std::string nrrd =
      "NRRD0004\n# note\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\n"
      "sizes: 2 2 2\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\n"
      "encoding: raw\nspace origin: (3,4,5)\nkey:=value\n\n12345678";
  const std::string mha =
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
      "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 3 4 5\n"
      "ElementSpacing = 1 1 2\nDimSize = 2 2 2\nElementType = MET_UCHAR\n"
      "ElementDataFile = LOCAL\n12345678";
  medcl::write_atomically(folder / "nrrd", nrrd);
  medcl::write_atomically(folder / "mha", mha);
}

void write_dicom_seeds(const std::filesystem::path& folder) {
  medcl::testing::DicomText slice;
  slice.pixels.assign(static_cast<std::size_t>(slice.columns * slice.rows), 7);
  medcl::write_atomically(folder / "plain", medcl::testing::dicom_bytes(slice));
  medcl::testing::DicomWriter unknown;  // of undefined length, with one item of implicit types
  unknown.tag(0x21, 0x1001, "UN");
  unknown.number(0, 2);
  for (const std::uint32_t number : {0xFFFFFFFFU, 0xE000FFFEU, 0xFFFFFFFFU, 0x10020021U, 4U,
                                     0x74786574U, 0xE00DFFFEU, 0U, 0xE0DDFFFEU, 0U}) {
    unknown.number(number, 4);
  }
  slice.before_image = unknown.content();
  medcl::write_atomically(folder / "unknown", medcl::testing::dicom_bytes(slice));
  medcl::testing::DicomWriter nested;
  nested.bytes(std::string(128, '\0') + "DICM");
  nested.text(2, 0x10, "UI", "1.2.840.10008.1.2.1");
  nested.tag(8, 0x1140, "SQ");
  for (const std::uint32_t number : {0x00000000U, 0xFFFFFFFFU, 0xE000FFFEU, 0xFFFFFFFFU}) {
    nested.number(number, 4);
  }
  nested.whole(0x28, 0x10, 1);
  for (const std::uint32_t number : {0xE00DFFFEU, 0U, 0xE0DDFFFEU, 0U}) nested.number(number, 4);
  nested.text(0x28, 8, "IS", "1");
  nested.long_value(0x7FE0, 0x10, "OB", {1, 2});
  medcl::write_atomically(folder / "nested", nested.content());
}

void write_tokenizer_seeds(const std::filesystem::path& folder) {
  const std::string merges = "r i\ng h\nri gh\nrigh t</w>\nv e\n";
  medcl::write_atomically(folder / "one", merges + std::string(1, '\0') + "right ve, 'll \xc3\xa9");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  for (const char* name :
       {"nifti", "safetensors", "json", "toml", "gzip", "torch_checkpoint", "tfevents", "dataset",
        "categories", "foreign_header", "dicom", "dicom_plane", "tokenizer"}) {
    std::filesystem::create_directories(root / name);
  }
  write_nifti_seeds(root / "nifti");
  write_safetensors_seeds(root / "safetensors");
  write_text_seeds(root);
  write_torch_seeds(root / "torch_checkpoint");
  write_dataset_seeds(root / "dataset");
  write_tfevents_seeds(root / "tfevents");
  write_foreign_seeds(root / "foreign_header");
  write_dicom_seeds(root / "dicom");
  medcl::write_atomically(root / "dicom_plane" / "one",
                          "0.8\\0.9\n-12.5\\3.4\\7\n1\\0\\0\\0\\1\\0\n5\n");
  write_tokenizer_seeds(root / "tokenizer");
  medcl::write_atomically(root / "categories" / "one",
                          R"({"a": {"0": ["RV"], "3": []}, "b": {"1": ["RV", "LV"]}})");
  return 0;
}
