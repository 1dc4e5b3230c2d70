// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/hdf5.h"

#ifdef MEDCL_HAS_HDF5
#include <hdf5.h>
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "medcl/core/child_process.h"
#include "medcl/core/error.h"
#include "medcl/core/input_file.h"
#include "medcl/core/packed_bytes.h"

namespace medcl {

#ifdef MEDCL_HAS_HDF5

namespace {

constexpr hssize_t kMaxElements = hssize_t{1} << 26;

class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) {
      close_(id_);
    }
  }
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

struct Place {
  const std::filesystem::path& path;
  const std::string& dataset;

  [[nodiscard]] std::string name() const { return path.string() + ": dataset \"" + dataset + "\""; }
  void require(bool condition, const char* what) const {
    if (!condition) fail(ErrorCode::kIo, {.what = what, .where = name()});
  }
};

// Every link on the way must stay inside the file: an external link opens whatever it names.
void check_links(hid_t file, const Place& place) {
  std::size_t end = 0;
  while (end != std::string::npos) {
    end = place.dataset.find('/', end + 1);
    const std::string part = place.dataset.substr(0, end);
    H5L_info_t info{};
    place.require(H5Lget_info(file, part.c_str(), &info, H5P_DEFAULT) >= 0, "not found");
    place.require(info.type == H5L_TYPE_HARD, "is reached through a soft or external link");
  }
}

void check_storage(hid_t dataset, const Place& place) {
  const Handle plan(H5Dget_create_plist(dataset), H5Pclose);
  place.require(plan.get() >= 0, "has no readable storage layout");
  place.require(H5Pget_external_count(plan.get()) == 0, "keeps its values in another file");
  const H5D_layout_t layout = H5Pget_layout(plan.get());
  place.require(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED,
                "has an unsupported storage layout");
}

void check_type(hid_t dataset, const Place& place) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const H5T_class_t kind = type.get() >= 0 ? H5Tget_class(type.get()) : H5T_NO_CLASS;
  place.require(kind == H5T_INTEGER || kind == H5T_FLOAT, "does not hold numbers");
}

std::vector<std::int64_t> read_shape(hid_t dataset, const Place& place) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const int rank = space.get() >= 0 ? H5Sget_simple_extent_ndims(space.get()) : -1;
  place.require(rank >= 0 && rank <= H5S_MAX_RANK, "has no shape");
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  place.require(count >= 1, "is empty");
  place.require(count <= kMaxElements, "has more than 2^26 elements");
  std::array<hsize_t, H5S_MAX_RANK> sides{};
  H5Sget_simple_extent_dims(space.get(), sides.data(), nullptr);
  return {sides.begin(), sides.begin() + rank};
}

/// A dataset that was never written is made of fill values, and no filter makes more of the bytes
/// in a file than deflate.
void check_size(hid_t dataset, const std::vector<std::int64_t>& shape, const Place& place) {
  constexpr std::uint64_t kLargestInflation = 1032, kAlways = 1 << 16;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  std::uint64_t declared = type.get() >= 0 ? H5Tget_size(type.get()) : 0;
  for (const std::int64_t side : shape) declared *= static_cast<std::uint64_t>(side);
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  const std::uint64_t file = InputFile::open(place.path).size_bytes();
  if (stored > 0 && stored <= file && declared / kLargestInflation <= stored + kAlways) return;
  fail(ErrorCode::kIo,
       {.what = "declares more values than the file holds",
        .where = place.name(),
        .expected = std::to_string(declared) + " bytes",
        .found = std::to_string(std::min(stored, file)) + " of a file of " + std::to_string(file),
        .remedy = "the file is damaged or was never filled: write it again"});
}

Hdf5Array read_here(const std::filesystem::path& path, const std::string& dataset) {
  check_input_file(path);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // no error stack on stderr
  H5PLset_loading_state(0);                     // no filters from a plug-in folder
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (file.get() < 0) {
    fail(ErrorCode::kIo, {.what = "cannot be opened as HDF5", .where = path.string()});
  }
  const Place place{path, dataset};
  place.require(!dataset.empty(), "has an empty name");
  check_links(file.get(), place);
  const Handle handle(H5Dopen2(file.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  place.require(handle.get() >= 0, "is not a dataset");
  check_type(handle.get(), place);
  check_storage(handle.get(), place);
  Hdf5Array array;
  array.shape = read_shape(handle.get(), place);
  check_size(handle.get(), array.shape, place);
  std::size_t count = 1;
  for (const std::int64_t side : array.shape) {
    count *= static_cast<std::size_t>(side);
  }
  array.values.resize(count);
  const herr_t result =
      H5Dread(handle.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data());
  place.require(result >= 0, "cannot be read");
  return array;
}

void transfer(Hdf5Array& array, PackedBytes& packed) {
  packed(array.shape);
  packed(array.values);
}

}  // namespace

bool hdf5_available() { return true; }

Hdf5Array read_hdf5(const std::filesystem::path& path, const std::string& dataset) {
  ChildOutput output = run_in_child(path.string(), [&] {
    Hdf5Array array = read_here(path, dataset);
    PackedBytes packed;
    transfer(array, packed);
    return ChildOutput{packed.take(), {}};
  });
  PackedBytes packed(std::move(output.text));
  Hdf5Array array;
  transfer(array, packed);
  return array;
}

#else

bool hdf5_available() { return false; }

Hdf5Array read_hdf5(const std::filesystem::path& path, const std::string& dataset) {
  fail(ErrorCode::kIo, {.what = "cannot read dataset \"" + dataset + "\": built without HDF5",
                        .where = path.string(),
                        .remedy = "build MedCL with -DMEDCL_HDF5=ON"});
}

#endif

}  // namespace medcl
