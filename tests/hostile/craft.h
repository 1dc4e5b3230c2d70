// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sound files of every format, made to be spoiled, and the folder in which that happens.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "medcl/core/test_folder.h"
#include "medcl/format/json.h"

namespace medcl::hostile {

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::string>;

/// Little-endian numbers inside a file.
void put16(Bytes& bytes, std::size_t offset, std::int64_t value);
void put32(Bytes& bytes, std::size_t offset, std::int64_t value);
void put_float(Bytes& bytes, std::size_t offset, double value);

/// Replaces the first `from`. @throws std::runtime_error when there is none.
std::string replaced(const std::string& text, const std::string& from, const std::string& to);
Bytes to_bytes(const std::string& text);
std::string to_text(const Bytes& bytes);

/// NIfTI-1, 16 x 14 x 12 int16, sform and qform alike.
Bytes sound_nifti();
/// 4 x 3 x 2 bytes, data in the same file.
std::string sound_nrrd(const std::string& pixels = std::string(24, 'x'));
std::string sound_mha(const std::string& pixels = std::string(24, 'x'));
/// One slice of 4 x 3 pixels.
Bytes sound_dicom();
/// Header length, header, `data_bytes` zeros.
Bytes safetensors_of(const std::string& header, std::size_t data_bytes);

/// Not atomic and not flushed to the disk: tests write thousands of files.
void write(const std::filesystem::path& path, const Bytes& bytes);
void write(const std::filesystem::path& path, const std::string& text);
/// A stream of `megabytes` of zeros of about a thousandth of that size, as gzip members.
Bytes packed_zeros(std::size_t megabytes);

/// What the rows of the tables work with; the costly parts are made once.
class Workshop {
 public:
  static Workshop& get();

  /// An empty folder for the next file. Earlier files are gone.
  std::filesystem::path fresh();
  /// A small sound dataset of the phantom, copied into a fresh folder.
  std::filesystem::path fresh_dataset();
  /// A model trained for a few steps on that dataset, copied into fresh() / "model".
  std::filesystem::path fresh_model();
  [[nodiscard]] const std::filesystem::path& dataset() const { return dataset_; }
  [[nodiscard]] const std::filesystem::path& model();
  /// First case of the dataset that has scribbles.
  [[nodiscard]] const std::string& scribbled() const { return scribbled_; }

 private:
  Workshop();
  TestFolder folder_;
  std::filesystem::path dataset_, model_;
  std::string scribbled_;
};

/// Replaces a model.json and its own checksum.
void rewrite_card(const std::filesystem::path& folder, const std::function<void(Json&)>& change);

}  // namespace medcl::hostile
