// SPDX-License-Identifier: Apache-2.0
#include "tests/hostile/craft.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <stdexcept>

#include "medcl/core/file_system.h"
#include "medcl/core/sha256.h"
#include "medcl/dataset/dataset.h"
#include "medcl/format/gzip.h"
#include "medcl/format/sealed_json.h"
#include "medcl/image/test_dicom.h"
#include "medcl/image/volume_io.h"
#include "tests/hostile/child.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

void put(Bytes& bytes, std::size_t offset, std::uint64_t value, std::size_t count) {
  for (std::size_t byte = 0; byte < count; ++byte) {
    bytes.at(offset + byte) = static_cast<std::uint8_t>(value >> (8 * byte));
  }
}

void run_or_throw(const Words& arguments) {
  const Outcome outcome = run_program(arguments, {.seconds = 120, .address_space_bytes = 0});
  if (outcome.code != 0) throw std::runtime_error("no sound files: " + outcome.text());
}

}  // namespace

void put16(Bytes& bytes, std::size_t offset, std::int64_t value) {
  put(bytes, offset, static_cast<std::uint64_t>(value), 2);
}

void put32(Bytes& bytes, std::size_t offset, std::int64_t value) {
  put(bytes, offset, static_cast<std::uint64_t>(value), 4);
}

void put_float(Bytes& bytes, std::size_t offset, double value) {
  put(bytes, offset, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + from);
  return text.substr(0, at) + to + text.substr(at + from.size());
}

Bytes to_bytes(const std::string& text) { return {text.begin(), text.end()}; }
std::string to_text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Bytes sound_nifti() {
  const TestFolder folder;
  Geometry geometry{.size = {16, 14, 12},
                    .world_from_index = {{{-1.5, 0, 0, 20}, {0, 1.5, 0, -10}, {0, 0, 5, 7}}}};
  std::vector<float> voxels;
  for (int v = 0; v < 16 * 14 * 12; ++v) voxels.push_back(static_cast<float>(v % 997));
  write_nifti(folder / "a.nii", *make_source_header(geometry).nifti, voxels, NiftiType::kInt16);
  return read_file(folder / "a.nii");
}

std::string sound_nrrd(const std::string& pixels) {
  return "NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\n"
         "space directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\n"
         "encoding: raw\nspace origin: (3,4,5)\n\n" +
         pixels;
}

std::string sound_mha(const std::string& pixels) {
  return "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
         "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 3 4 5\n"
         "ElementSpacing = 1 1 2\nDimSize = 4 3 2\nElementType = MET_UCHAR\n"
         "ElementDataFile = LOCAL\n" +
         pixels;
}

Bytes sound_dicom() {
  testing::DicomText slice;
  for (std::uint16_t pixel = 0; pixel < 12; ++pixel) slice.pixels.push_back(pixel);
  return testing::dicom_bytes(slice);
}

Bytes safetensors_of(const std::string& header, std::size_t data_bytes) {
  Bytes bytes(8 + header.size() + data_bytes);
  put(bytes, 0, header.size(), 8);
  std::copy(header.begin(), header.end(), bytes.begin() + 8);
  return bytes;
}

void write(const fs::path& path, const Bytes& bytes) { write(path, to_text(bytes)); }

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

Bytes packed_zeros(std::size_t megabytes) {
  const Bytes part = gzip(Bytes(std::size_t{1} << 20), 9);
  Bytes packed;
  for (std::size_t n = 0; n < megabytes; ++n) packed.insert(packed.end(), part.begin(), part.end());
  return packed;
}

Workshop& Workshop::get() {
  static Workshop workshop;
  return workshop;
}

Workshop::Workshop() : dataset_(folder_ / "sound") {
  run_or_throw({"phantom", dataset_.string(), "--seed", "3", "--size", "64", "--slices", "3",
                "--scribbled", "2", "--unlabelled", "1", "--validation", "1", "--test", "1"});
  const Dataset made = read_dataset(dataset_);
  scribbled_ = made.splits.front().train.front();
  for (const std::string& id : made.splits.front().train) {
    if (made.find(id)->labels) scribbled_ = id;
  }
}

fs::path Workshop::fresh() {
  const fs::path folder = folder_ / "bad";
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

fs::path Workshop::fresh_dataset() {
  const fs::path folder = fresh() / "data";
  fs::copy(dataset_, folder, fs::copy_options::recursive);
  return folder;
}

const fs::path& Workshop::model() {
  if (model_.empty()) {
    run_or_throw({"train", dataset_.string(), "-o", (folder_ / "run").string(), "--preset",
                  "phantom", "--steps", "2", "--threads", "1", "--set", "network.width=4", "--set",
                  "crop.size=32", "--set", "sampler.batch=4", "--set", "mapping.prototypes=8"});
    model_ = folder_ / "run" / "last";
  }
  return model_;
}

fs::path Workshop::fresh_model() {
  const fs::path source = model(), folder = fresh() / "model";
  fs::copy(source, folder, fs::copy_options::recursive);
  return folder;
}

void rewrite_card(const fs::path& folder, const std::function<void(Json&)>& change) {
  Json card = read_json(folder / "model.json");
  change(card);
  card.erase("card_sha256");
  write_sealed_json(folder / "model.json", card, "card_sha256");
}

}  // namespace medcl::hostile
