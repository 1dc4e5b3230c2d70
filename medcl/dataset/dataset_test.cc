// SPDX-License-Identifier: Apache-2.0
#include "medcl/dataset/dataset.h"

#include <gmock/gmock.h>

#include <fstream>

#include "medcl/dataset/test_volumes.h"

namespace medcl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "x";
}

void write_text(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

constexpr const char* kDescription =
    R"({"channel_names": {"0": "C0", "1": "LGE"}, "labels": {"background": 0, "LV": 1},
        "numTraining": 1, "file_ending": ".nii.gz", "licence": "hands off"})";

TEST(Dataset, ListsCasesBySuffixNotByPrefix) {
  const TestFolder root;
  write_text(root / "dataset.json", kDescription);
  for (const char* name :
       {"a_0000", "a_0001", "a_0000_0000", "a_0000_0001", "a_b_0000", "a_b_0001"}) {
    touch(root / "imagesTr" / (std::string(name) + ".nii.gz"));
  }
  for (const char* name :
       {"._a_0000.nii.gz", "_a_0000.nii.gz", "notes.txt", "a_0000.nii", "x.nii.gz"}) {
    touch(root / "imagesTr" / name);
  }
  touch(root / "labelsTr" / "a_b.nii.gz");
  touch(root / "imagesTs" / "t_0000.nii.gz");
  touch(root / "imagesTs" / "t_0001.nii.gz");
  const Dataset dataset = read_dataset(root.path());
  std::vector<std::string> ids;
  for (const Case& one : dataset.cases) ids.push_back(one.id);
  EXPECT_THAT(ids, ElementsAre("a", "a_0000", "a_b"));
  EXPECT_FALSE(dataset.find("a")->labels);
  EXPECT_EQ(dataset.find("a_b")->labels, root / "labelsTr" / "a_b.nii.gz");
  EXPECT_EQ(dataset.find("a_0000")->images[1], image_path(dataset, "a_0000", 1));
  EXPECT_EQ(dataset.test_cases.size(), 1u);
  EXPECT_EQ(dataset.find("nobody"), nullptr);
}

TEST(Dataset, RoundTripKeepsForeignKeysAndSplits) {
  const TestFolder root;
  Dataset dataset = write_small_dataset(root.path());
  dataset.description["licence"] = "research only";
  write_dataset_json(dataset);
  const Dataset again = read_dataset(root.path());
  EXPECT_EQ(again.description["licence"], "research only");
  EXPECT_EQ(again.description["numTraining"], 4);
  EXPECT_EQ(again.name, "small");
  EXPECT_EQ(again.labels.to_json(), dataset.labels.to_json());
  ASSERT_EQ(again.splits.size(), 1u);
  EXPECT_THAT(again.splits[0].train, ElementsAre("a", "b", "c"));
  EXPECT_THAT(again.splits[0].validation, ElementsAre("d"));
}

TEST(Dataset, RefusesWhatItCannotUse) {
  const TestFolder root;
  const auto refusal = [&](ErrorCode code) {
    return message_of(code, [&] { read_dataset(root.path()); });
  };
  EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read_dataset(root / "none"); }), HasSubstr("none"));
  EXPECT_THAT(refusal(ErrorCode::kIo), HasSubstr("no dataset.json"));
  write_text(root / "dataset.json", "{");
  refusal(ErrorCode::kIo);
  for (const char* key : {"channel_names", "labels", "file_ending"}) {
    Json json = parse_json(kDescription, "t");
    json.erase(key);
    write_text(root / "dataset.json", json.dump());
    EXPECT_THAT(refusal(ErrorCode::kInvalidData), HasSubstr(key));
  }
  write_text(root / "dataset.json", kDescription);
  EXPECT_THAT(refusal(ErrorCode::kInvalidData), HasSubstr("no cases"));
  touch(root / "imagesTr" / "a_0000.nii.gz");
  EXPECT_THAT(refusal(ErrorCode::kInvalidData), HasSubstr("a_0001.nii.gz"));
  touch(root / "imagesTr" / "a_0001.nii.gz");
  touch(root / "imagesTr" / "a_0002.nii.gz");
  EXPECT_THAT(refusal(ErrorCode::kInvalidData), HasSubstr("more channels"));
  fs::remove(root / "imagesTr" / "a_0002.nii.gz");
  EXPECT_EQ(read_dataset(root.path()).cases.size(), 1u);
  for (const char* splits :
       {"{}", "[1]", R"([{"train": ["a"]}])", R"([{"train": [1], "val": []}])"}) {
    write_text(root / "splits_final.json", splits);
    EXPECT_THAT(refusal(ErrorCode::kInvalidData), HasSubstr("splits_final.json")) << splits;
  }
}

TEST(Dataset, NamesTheImporterOfVersionOneAndTheKeysOfMixtures) {
  const TestFolder root;
  const auto refusal = [&](const std::string& text) {
    write_text(root / "dataset.json", text);
    return message_of(ErrorCode::kInvalidData, [&] { read_dataset(root.path()); });
  };
  const std::string old = R"({"modality": {"0": "CT"}, "labels": {"0": "background", "1": "LV"}})";
  touch(root / "imagesTr" / "a.nii.gz");
  EXPECT_THAT(refusal(old), HasSubstr("medcl import msd"));
  touch(root / "imagesTr" / "a_0000.nii.gz");
  EXPECT_THAT(refusal(old), HasSubstr("medcl import nnunet1"));
  EXPECT_THAT(refusal(R"({"channel_names": {"0": "CT"}, "file_ending": ".nii.gz",
                          "labels": {"background": "0", "LV": "1"}})"),
              ::testing::Not(HasSubstr("medcl import")))
      << "from name to number, as text";
  EXPECT_THAT(refusal(R"({"modality": {"0": "CT"}, "labels": {"background": 0, "LV": 1}})"),
              ::testing::AllOf(HasSubstr("rename \"modality\" to \"channel_names\""),
                               HasSubstr("file_ending")));
}

TEST(Dataset, AClassNamedLikeIgnoreIsNoted) {
  for (const char* name :
       {"Ignore", "IGNORE", "ignored", " ignore", "Unlabeled", "unlabelled", "Unannotated",
        "Not annotated", "not_annotated", "UNKNOWN ", "void", "Undefined"}) {
    const TestFolder root;
    write_small_dataset(root.path());
    Json json = read_json(root / "dataset.json");
    json["labels"].erase("ignore");
    json["labels"][name] = 4;
    write_json(root / "dataset.json", json);
    const Findings findings = read_dataset(root.path()).findings;
    ASSERT_EQ(findings.size(), 1u) << name;
    EXPECT_EQ(findings[0].id, "class-named-ignore");
    EXPECT_THAT(to_line(findings[0].problem), HasSubstr(name));
    EXPECT_THAT(findings[0].problem.remedy, HasSubstr("medcl relabel"));
  }
}

/// "labelsTR as labelsTr", of the findings about names.
std::vector<std::string> misspelt(const fs::path& root) {
  std::vector<std::string> names;
  for (const Finding& one : read_dataset(root).findings) {
    if (one.id != "misspelt-name") continue;
    EXPECT_EQ(one.severity, Severity::kWarning);
    names.push_back(one.problem.found + " as " +
                    one.problem.expected.substr(0, one.problem.expected.find(',')));
  }
  return names;
}

TEST(Dataset, NamesThatAreNearlyRightAreNoted) {
  for (const auto& [right, wrong] : std::vector<std::pair<std::string, std::string>>{
           {"labelsTr", "labelsTR"},
           {"labelsTr", "labels"},
           {"labelsTr", "labels_Tr"},
           {"splits_final.json", "split_final.json"},
           {"splits_final.json", "splits.json"},
           {"splits_final.json", "Splits_final.json"},
           {"splits_final.json", "splits_final.JSON"},
           {"splits_final.json", "splits_final.json.txt"},
           {"categories.json", "categorys.json"},
           {"categories.json", "category.json"},
           {"categories.json", "Categories.txt"}}) {
    const TestFolder root;
    write_small_dataset(root.path());
    write_text(root / "categories.json", "{}");
    EXPECT_THAT(misspelt(root.path()), ElementsAre()) << "nothing is wrong";
    if (!fs::exists(root / right)) continue;
    fs::rename(root / right, root / wrong);
    EXPECT_THAT(misspelt(root.path()), ElementsAre("\"" + wrong + "\" as \"" + right + "\""));
    fs::remove_all(root / wrong);
    EXPECT_THAT(misspelt(root.path()), ElementsAre()) << "absent, and nothing near";
  }
}

TEST(Dataset, ADescriptionUnderANameNearItsOwnIsNamed) {
  for (const char* name : {"dataset.JSON", "Dataset.json", "dataset.json.txt"}) {
    const TestFolder root;
    write_small_dataset(root.path());
    fs::rename(root / "dataset.json", root / name);
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { read_dataset(root.path()); }),
                ::testing::AllOf(HasSubstr(name), HasSubstr("rename it to dataset.json")));
  }
}

TEST(Dataset, KeysThatAreNearlyRightAreNoted) {
  for (const auto& [right, wrong] : std::vector<std::pair<std::string, std::string>>{
           {"scribbles", "scribble"}, {"orientation", "Orientation"}, {"scribbles", "Scribbles"}}) {
    const TestFolder root;
    write_small_dataset(root.path());
    Json json = read_json(root / "dataset.json");
    json.erase(right);
    json["reference"] = json["description"] = json["licence"] = json["dataset"] = "theirs";
    json["overwrite_image_reader_writer"] = "NibabelIO";
    write_json(root / "dataset.json", json);
    EXPECT_THAT(misspelt(root.path()), ElementsAre()) << "keys of nnU-Net";
    json[wrong] = "complete";
    write_json(root / "dataset.json", json);
    EXPECT_THAT(misspelt(root.path()), ElementsAre("\"" + wrong + "\" as \"" + right + "\""));
  }
}

TEST(Dataset, AListOfSplitsWithoutAnyIsNoted) {
  const TestFolder root;
  write_small_dataset(root.path());
  write_text(root / "splits_final.json", "[]");
  const Findings findings = read_dataset(root.path()).findings;
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, "no-splits");
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
}

TEST(Dataset, EveryClassNamedLikeIgnoreIsNoted) {
  const TestFolder root;
  write_small_dataset(root.path());
  Json json = read_json(root / "dataset.json");
  json["labels"] = {{"background", 0}, {"unknown", 1}, {"MYO", 2}, {"Void", 3}, {"ignore", 4}};
  write_json(root / "dataset.json", json);
  const Findings findings = read_dataset(root.path()).findings;
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_THAT(findings[0].problem.remedy, HasSubstr("--map unknown=ignore"));
  EXPECT_THAT(findings[1].problem.remedy, HasSubstr("--map Void=ignore"));
}

}  // namespace
}  // namespace medcl
