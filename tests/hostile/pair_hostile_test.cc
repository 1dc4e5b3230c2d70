// SPDX-License-Identifier: Apache-2.0
// Labels and predictions that do not lie where their image lies, and voxels no network may see:
// check, train, evaluate and predict all refuse them.
#include <gtest/gtest.h>

#include <cmath>

#include "medcl/format/nifti.h"
#include "medcl/image/volume_io.h"
#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

namespace fs = std::filesystem;

struct Mutation {
  std::string name;
  std::function<void(Geometry&)> move;      ///< the labels are written for this grid ...
  std::function<void(NiftiHeader&)> spoil;  ///< ... and their header is changed thereafter
  std::string found;                        ///< both sides of the contradiction
};

/// Reads labels and writes them changed; voxels are cut or repeated when the grid has another size.
void rewrite(const fs::path& path, const Mutation& mutation) {
  Labels labels = read_labels(path).volume;
  if (mutation.move) mutation.move(labels.geometry);
  labels.voxels.resize(static_cast<std::size_t>(labels.geometry.voxel_count()), 0);
  NiftiHeader header = *make_source_header(labels.geometry).nifti;
  if (mutation.spoil) mutation.spoil(header);
  const std::vector<float> voxels(labels.voxels.begin(), labels.voxels.end());
  write_nifti(path, header, voxels, NiftiType::kUint8);
}

void scale_axis(Geometry& geometry, std::size_t axis, double factor) {
  for (auto& row : geometry.world_from_index) row[axis] *= factor;
}

void turn(Geometry& geometry, double degrees) {
  const double c = std::cos(degrees * M_PI / 180), s = std::sin(degrees * M_PI / 180);
  geometry.world_from_index =
      compose({{{c, -s, 0, 0}, {s, c, 0, 0}, {0, 0, 1, 0}}}, geometry.world_from_index);
}

/// The 12 ways of reliability goal B3, and no orientation at all.
std::vector<Mutation> mutations() {
  const std::string pair = "\\(.+\\) against \\(.+\\)", matrix = "\\[.+;.+;.+\\]";
  const auto conflict = "contradict each other by .+ mm.*sform " + matrix + ", qform " + matrix;
  return {
      {"a column less", [](Geometry& g) { --g.size[0]; }, {}, "size .+ against .+"},
      {"a slice less", [](Geometry& g) { --g.size[2]; }, {}, "size .+ against .+"},
      {"pixels 10 % larger",
       [](Geometry& g) { scale_axis(g, 0, 1.1); },
       {},
       "spacing .+ against .+ mm"},
      {"slices 10 % thicker",
       [](Geometry& g) { scale_axis(g, 2, 1.1); },
       {},
       "spacing .+ against .+ mm"},
      {"shifted by 1 mm", [](Geometry& g) { g.world_from_index[0][3] += 1; }, {}, "origin " + pair},
      {"shifted by 0.02 mm",
       [](Geometry& g) { g.world_from_index[2][3] += 0.02; },
       {},
       "origin " + pair},
      {"mirrored", [](Geometry& g) { scale_axis(g, 0, -1); }, {}, "direction of axis 0 " + pair},
      {"slices reversed",
       [](Geometry& g) { scale_axis(g, 2, -1); },
       {},
       "direction of axis 2 " + pair},
      {"turned by 3 degrees",
       [](Geometry& g) {
         const Affine old = g.world_from_index;
         turn(g, 3);
         for (std::size_t row = 0; row < 3; ++row) g.world_from_index[row][3] = old[row][3];
       },
       {},
       "direction of axis 0 " + pair},
      {"sform and qform 50 mm apart", {}, [](NiftiHeader& h) { h.qoffset_mm[1] += 50; }, conflict},
      {"sform mirrored against qform",
       {},
       [](NiftiHeader& h) { h.pixdim[0] = -h.pixdim[0]; },
       conflict},
      {"sheared",
       {},
       [](NiftiHeader& h) {
         h.qform_code = 0;
         for (auto& row : h.srow) row[1] += 0.01 * row[0];
       },
       "axes are not at right angles.*sform " + matrix},
      {"no orientation",
       {},
       [](NiftiHeader& h) { h.sform_code = h.qform_code = 0; },
       "the file names no orientation"},
  };
}

fs::path labels_of_case(const fs::path& dataset) {
  return dataset / "labelsTr" / (Workshop::get().scribbled() + ".nii.gz");
}

TEST(HostilePair, CheckNamesBothSidesOfEveryContradiction) {
  std::vector<BadFile> table;
  for (const Mutation& mutation : mutations()) {
    table.push_back({"check: " + mutation.name,
                     [=] {
                       const fs::path folder = Workshop::get().fresh_dataset();
                       rewrite(labels_of_case(folder), mutation);
                       return Words{"check", folder.string()};
                     },
                     3, "error +label-(geometry|size) +labelsTr/.*\\.nii\\.gz.*" + mutation.found});
  }
  expect_refused(table);
}

TEST(HostilePair, TrainRefusesEveryContradiction) {
  std::vector<BadFile> table;
  for (const Mutation& mutation : mutations()) {
    table.push_back({"train: " + mutation.name,
                     [=] {
                       const fs::path folder = Workshop::get().fresh_dataset();
                       rewrite(labels_of_case(folder), mutation);
                       return Words{"train",    folder.string(),
                                    "-o",       (folder.parent_path() / "run").string(),
                                    "--preset", "phantom",
                                    "--steps",  "1"};
                     },
                     3, "labelsTr/.*\\.nii\\.gz: .*" + mutation.found});
  }
  expect_refused(table);
}

TEST(HostilePair, EvaluateRefusesEveryContradiction) {
  std::vector<BadFile> table;
  for (const Mutation& mutation : mutations()) {
    table.push_back({"evaluate: " + mutation.name,
                     [=] {
                       const fs::path folder = Workshop::get().fresh_dataset();
                       fs::copy(folder / "labelsTs", folder.parent_path() / "predictions");
                       for (const auto& entry :
                            fs::directory_iterator(folder.parent_path() / "predictions")) {
                         rewrite(entry.path(), mutation);
                       }
                       return Words{"evaluate",
                                    "--predictions",
                                    (folder.parent_path() / "predictions").string(),
                                    "--references",
                                    (folder / "labelsTs").string(),
                                    "--dataset",
                                    folder.string()};
                     },
                     3, mutation.found});
  }
  expect_refused(table);
}

/// An image of the dataset gets voxels or a header that no network may see.
BadFile image_fault(const std::string& verb, const std::string& name,
                    const std::function<void(NiftiHeader&, std::vector<float>&)>& spoil,
                    const std::string& message, int code = 3) {
  return {verb + ": " + name,
          [=] {
            Workshop& shop = Workshop::get();
            const fs::path folder = shop.fresh_dataset();
            const std::string id = shop.scribbled() + "_0000.nii.gz";
            const fs::path path = folder / "imagesTr" / id;
            NiftiImage image = read_nifti(path);
            spoil(image.header, image.voxels);
            image.header.raw.clear();
            write_nifti(path, image.header, image.voxels, NiftiType::kFloat32);
            const std::string out = (folder.parent_path() / "out").string();
            if (verb == "check") return Words{"check", folder.string()};
            if (verb == "train") {
              return Words{"train",    folder.string(), "-o",      out,
                           "--preset", "phantom",       "--steps", "1"};
            }
            return Words{"predict", "-m", shop.model().string(), path.string(), "-o", out};
          },
          code, message};
}

TEST(HostilePair, VoxelsThatNoNetworkMaySeeAreRefused) {
  const auto voxel = [](float value) {
    return [=](NiftiHeader&, std::vector<float>& voxels) { voxels[voxels.size() / 2] = value; };
  };
  const auto four_volumes = [](NiftiHeader& header, std::vector<float>& voxels) {
    header.dim[0] = 4;
    header.dim[4] = 2;
    header.pixdim[4] = 1;
    const std::vector<float> copy = voxels;
    voxels.insert(voxels.end(), copy.begin(), copy.end());
  };
  const auto conflict = [](NiftiHeader& header, std::vector<float>&) {
    header.qoffset_mm[0] += 50;
  };
  expect_refused({
      image_fault("check", "NaN", voxel(NAN),
                  "error +not-finite +imagesTr/.*NaN or infinite voxels.*1 voxels"),
      image_fault("check", "Inf", voxel(-INFINITY), "error +not-finite +imagesTr/.*1 voxels"),
      image_fault(
          "train", "NaN", voxel(NAN),
          "_0000\\.nii\\.gz: NaN or infinite voxels .*expected finite numbers, found 1 voxels"),
      image_fault("train", "Inf", voxel(INFINITY), "_0000\\.nii\\.gz: NaN or infinite voxels"),
      image_fault(
          "predict", "NaN", voxel(NAN),
          "_0000\\.nii\\.gz: NaN or infinite voxels .*expected finite numbers, found 1 voxels"),
      image_fault("predict", "Inf", voxel(INFINITY), "_0000\\.nii\\.gz: NaN or infinite voxels"),
      image_fault("check", "4-D", four_volumes,
                  "error +channel-count .*expected|channel-count.*1 +2"),
      image_fault(
          "train", "4-D", four_volumes,
          "_0000\\.nii\\.gz: image has four dimensions .*expected one volume, found 2 volumes"),
      image_fault(
          "predict", "4-D", four_volumes,
          "_0000\\.nii\\.gz: the model needs another number of channels .*expected 1, found 2", 5),
      image_fault("check", "orientation conflict", conflict,
                  "error +orientation-conflict +imagesTr/.*sform \\[.+\\], qform \\[.+\\]"),
      image_fault("train", "orientation conflict", conflict,
                  "_0000\\.nii\\.gz: sform and qform contradict .*sform \\[.+\\], qform \\[.+\\]"),
      image_fault("predict", "orientation conflict", conflict,
                  "_0000\\.nii\\.gz: sform and qform contradict .*sform \\[.+\\], qform \\[.+\\]"),
  });
}

}  // namespace
}  // namespace medcl::hostile
