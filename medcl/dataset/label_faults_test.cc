// SPDX-License-Identifier: Apache-2.0
// Twenty small datasets, each with one fault of its labels: `check` names the rule and the case.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <functional>

#include "medcl/dataset/categories.h"
#include "medcl/dataset/check.h"
#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct Fault {
  const char* name;
  std::function<void(Dataset&)> make;
  const char* rule;
  Severity severity;
  std::vector<std::string> named;  ///< parts of the finding: where, what was found
};

void labels_of(const Dataset& dataset, const char* id,
               const std::function<std::int32_t(std::int64_t)>& value) {
  write_test_labels(label_path(dataset, id), small_geometry(), value);
}

/// The labels of case b as floating-point numbers, voxel 7 being `value`.
void odd_value(const Dataset& dataset, float value) {
  Image image{small_geometry(), {}};
  for (std::int64_t v = 0; v < 120; ++v) {
    image.voxels.push_back(v == 7 ? value : static_cast<float>(scribble_value(v)));
  }
  write_image(label_path(dataset, "b"), image, make_source_header(image.geometry));
}

/// The labels of case b with another header, `copies` times.
void odd_header(const Dataset& dataset, const std::function<void(NiftiHeader&)>& change,
                int copies = 1) {
  NiftiHeader header = *make_source_header(small_geometry()).nifti;
  change(header);
  std::vector<float> voxels;
  for (std::int64_t v = 0; v < 120 * copies; ++v) {
    voxels.push_back(static_cast<float>(scribble_value(v % 120)));
  }
  write_nifti(label_path(dataset, "b"), header, voxels, NiftiType::kUint8);
}

void without_class(const Dataset& dataset, const std::vector<const char*>& ids,
                   std::int32_t value) {
  for (const char* id : ids) {
    labels_of(dataset, id,
              [=](std::int64_t v) { return scribble_value(v) == value ? 0 : scribble_value(v); });
  }
}

void split_into(Dataset& dataset, const std::vector<Split>& splits) {
  dataset.splits = splits;
  write_dataset_json(dataset);
}

constexpr Severity kError = Severity::kError, kWarning = Severity::kWarning;
const std::string kB = "labelsTr/b.nii.gz";

const std::vector<Fault> kFaults{
    {"value outside the map",
     [](Dataset& d) {
       labels_of(d, "b", [](std::int64_t v) { return v < 5 ? 7 : scribble_value(v); });
     },
     "label-outside-map",
     kError,
     {kB, "expected 0 background, 1 RV", "found 7 (5 voxels)"}},
    {"value above ignore",
     [](Dataset& d) {
       labels_of(d, "b", [](std::int64_t v) { return v == 0 ? 5 : scribble_value(v); });
     },
     "label-outside-map",
     kError,
     {kB, "5 (1 voxel)"}},
    {"negative value",
     [](Dataset& d) {
       labels_of(d, "b", [](std::int64_t v) { return v == 0 ? -1 : scribble_value(v); });
     },
     "label-outside-map",
     kError,
     {kB, "-1 (1 voxel)"}},
    {"half a label",
     [](Dataset& d) { odd_value(d, 1.5F); },
     "label-not-integer",
     kError,
     {kB, "1.5 (1 voxels)"}},
    {"NaN",
     [](Dataset& d) { odd_value(d, NAN); },
     "label-not-integer",
     kError,
     {kB, "nan (1 voxels)"}},
    {"infinity",
     [](Dataset& d) { odd_value(d, INFINITY); },
     "label-not-integer",
     kError,
     {kB, "inf (1 voxels)"}},
    {"beyond integers",
     [](Dataset& d) { odd_value(d, 3e9F); },
     "label-not-integer",
     kError,
     {kB, "3e+09"}},
    {"two volumes",
     [](Dataset& d) {
       odd_header(
           d,
           [](NiftiHeader& h) {
             h.dim[0] = 4;
             h.dim[4] = 2;
           },
           2);
     },
     "label-dimensions",
     kError,
     {kB, "found 2 volumes"}},
    {"micrometres",
     [](Dataset& d) { odd_header(d, [](NiftiHeader& h) { h.xyzt_units = 3; }); },
     "label-geometry",
     kError,
     {kB, "the arrays fit"}},
    {"sform against qform",
     [](Dataset& d) { odd_header(d, [](NiftiHeader& h) { h.qoffset_mm[0] += 50; }); },
     "label-geometry",
     kError,
     {kB, "by 50 mm: sform [", "], qform ["}},
    {"nothing annotated",
     [](Dataset& d) { labels_of(d, "b", [](std::int64_t) { return 4; }); },
     "empty-scribble",
     kWarning,
     {kB}},
    {"no background",
     [](Dataset& d) {
       labels_of(d, "b",
                 [](std::int64_t v) { return scribble_value(v) == 0 ? 4 : scribble_value(v); });
     },
     "no-background-scribble",
     kWarning,
     {kB}},
    {"class missing everywhere",
     [](Dataset& d) {
       without_class(d, {"a", "b", "c", "d"}, 3);
       split_into(d, {});
       fs::remove(d.root / "splits_final.json");
     },
     "class-never-annotated",
     kError,
     {"labelsTr", "LV"}},
    {"class missing in the training of a split",
     [](Dataset& d) {
       without_class(d, {"a", "b", "c"}, 2);
     },
     "split-class-missing",
     kError,
     {"split 0", "MYO"}},
    {"class missing in the second fold only",
     [](Dataset& d) {
       without_class(d, {"a", "b"}, 1);
       split_into(d, {{{"a", "c"}, {"d"}}, {{"a", "b"}, {"d"}}});
     },
     "split-class-missing",
     kError,
     {"split 1", "RV"}},
    {"class missing in a validation",
     [](Dataset& d) {
       without_class(d, {"a"}, 1);
       split_into(d, {{{"b", "c", "d"}, {"a"}}});
     },
     "split-class-not-validated",
     kWarning,
     {"split 0", "RV"}},
    {"category without a drawn class",
     [](Dataset& d) {
       write_categories(d, {{"c", {complete_tags({true, true, true, false})}}});
     },
     "categories-contradict-labels",
     kError,
     {"c, slice 0", "expected LV, MYO, RV", "found MYO, RV"}},
    {"category of a stranger",
     [](Dataset& d) {
       write_categories(d, {{"zz", {complete_tags({true, true, true, false})}}});
     },
     "categories-unknown-case",
     kWarning,
     {"categories.json", "zz"}},
    {"category of an unknown class",
     [](Dataset& d) { std::ofstream(d.root / "categories.json") << R"({"a": {"0": ["spleen"]}})"; },
     "categories-unreadable",
     kError,
     {"categories.json", "a: slice 0", "spleen"}},
    {"labels of nobody",
     [](Dataset& d) {
       fs::remove(image_path(d, "b", 0));
       split_into(d, {{{"a", "c"}, {"d"}}});
     },
     "label-without-image",
     kWarning,
     {kB}},
};

TEST(LabelFaults, EachIsListedWithItsRuleAndItsCase) {
  EXPECT_EQ(kFaults.size(), 20U);
  for (const Fault& fault : kFaults) {
    const TestFolder root;
    Dataset dataset = write_small_dataset(root.path());
    fault.make(dataset);
    std::string all;
    const Finding* found = nullptr;
    const Findings findings = check_dataset(read_dataset(root.path()));
    for (const Finding& one : findings) {
      all += one.id + ": " + to_line(one.problem) + "\n";
      if (one.id == fault.rule) found = &one;
    }
    ASSERT_NE(found, nullptr) << fault.name << " gives\n" << all;
    EXPECT_EQ(found->severity, fault.severity) << fault.name;
    for (const std::string& part : fault.named) {
      EXPECT_THAT(to_line(found->problem), HasSubstr(part)) << fault.name;
    }
    EXPECT_TRUE(fault.severity != kError || has_errors(findings)) << fault.name;
  }
}

/// What `check` advises for labels of case b that hold a value of no class.
std::string advice_for(const std::function<std::int32_t(std::int64_t)>& value) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  labels_of(dataset, "b", value);
  for (const Finding& one : check_dataset(read_dataset(root.path()))) {
    if (one.id == "label-outside-map") return one.problem.remedy;
  }
  return "";
}

TEST(LabelFaults, AForeignValueThatCoversMostIsWhatNobodyDrew) {
  const auto share = [](std::int32_t most, std::int32_t few) {
    return [=](std::int64_t v) {
      return v % 10 == 0 ? few : v % 10 == 1 ? static_cast<std::int32_t>(1 + v / 10 % 3) : most;
    };
  };
  EXPECT_THAT(advice_for(share(255, 0)), ::testing::EndsWith("--map 255=ignore"));
  EXPECT_THAT(advice_for(share(0, 255)), ::testing::EndsWith("--map 0=ignore,255=background"));
  EXPECT_THAT(advice_for(share(4, 255)), ::testing::AllOf(HasSubstr("correct the file"),
                                                          ::testing::Not(HasSubstr("background"))));
}

TEST(LabelFaults, ARepairNeverReplacesWhatIsNotKept) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  const fs::path labels = label_path(dataset, "b");
  const auto move_labels = [&](double millimetres) {
    Geometry geometry = small_geometry();
    geometry.world_from_index[0][3] += millimetres;
    write_test_labels(labels, geometry, scribble_value);
    return read_file(labels);
  };
  const auto repair = [&] {
    const Findings done = fix_dataset(dataset, check_dataset(dataset), LabelAlignment::kIndex);
    EXPECT_EQ(done.size(), 1U);
    return done.empty() ? std::string() : done[0].problem.found;
  };
  const auto first = move_labels(3);
  EXPECT_THAT(repair(), HasSubstr("b.nii.gz.orig"));
  const auto second = move_labels(7);
  EXPECT_THAT(repair(), HasSubstr("b.nii.gz.orig.2"));
  EXPECT_EQ(move_labels(3), first);
  EXPECT_THAT(repair(), ::testing::EndsWith("b.nii.gz.orig"));
  EXPECT_EQ(read_file(labels.string() + ".orig"), first);
  EXPECT_EQ(read_file(labels.string() + ".orig.2"), second);
  EXPECT_FALSE(fs::exists(labels.string() + ".orig.3"));
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
}

/// The model case: header in voxels (no place, spacing 1), as some drawing programs write it.
TEST(LabelFaults, LabelsWhoseHeaderLostItsPlaceAreRepaired) {
  const TestFolder root;
  const Dataset dataset = write_small_dataset(root.path());
  odd_header(dataset, [](NiftiHeader& header) {
    header.pixdim = {1, 1, 1, 1, 1, 1, 1, 1};
    header.sform_code = header.qform_code = 0;
  });
  const auto before = read_file(label_path(dataset, "b"));
  ASSERT_TRUE(has_errors(check_dataset(dataset)));
  ASSERT_EQ(fix_dataset(dataset, check_dataset(dataset)).size(), 1U);
  EXPECT_FALSE(has_errors(check_dataset(dataset)));
  EXPECT_EQ(read_file(label_path(dataset, "b").string() + ".orig"), before);
  const Labels fixed = read_labels(label_path(dataset, "b")).volume;
  EXPECT_EQ(difference(fixed.geometry, small_geometry()), "");
  for (std::int64_t v = 0; v < 120; ++v) {
    ASSERT_EQ(fixed.voxels[static_cast<std::size_t>(v)], scribble_value(v));
  }
}

}  // namespace
}  // namespace medcl
