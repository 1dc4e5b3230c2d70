// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/torch_checkpoint.h"

#include <gtest/gtest.h>

#include <map>

#include "medcl/core/error.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/test_checkpoints.h"
#include "medcl/format/test_tensors.h"

namespace medcl {
namespace {

TEST(TorchCheckpoint, JudgesTheReferenceFilesAsTheirListSays) {
  const auto found = fixtures_folder();
  if (!found) GTEST_SKIP() << "fixtures are absent";
  const auto folder = std::filesystem::absolute(*found) / "checkpoints";
  const Json expected = read_json(folder / "expected.json");
  const InFolderOfItsOwn here;
  std::map<std::string, int> agreed;
  for (const auto& [name, entry] : expected["files"].items()) {
    if (name.ends_with(".safetensors")) continue;
    const std::string expect = entry["expect"];
    try {
      const TensorFile file = open_tensor_file(folder / name);
      EXPECT_NE(expect, "refuse") << name << " was accepted";
      expect_listed_tensors(file.tensors, entry.value("tensors", Json::object()), name);
    } catch (const Error& error) {
      EXPECT_NE(expect, "ok") << error.what();
      EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
      EXPECT_PRED_FORMAT2(::testing::IsSubstring, name, error.what());
    }
    EXPECT_TRUE(here.is_empty()) << name << " ran code";
    ++agreed[expect];
  }
  EXPECT_GT(agreed["ok"], 0);
  EXPECT_GT(agreed["refuse"], 0);
}

TEST(TorchCheckpoint, CanonicalNamesAreThoseOfTheReferenceFiles) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "fixtures are absent";
  const Json expected = read_json(*folder / "checkpoints" / "expected.json");
  for (const auto& [file, entry] : expected["files"].items()) {
    const Json tensors = entry.value("tensors", Json::object());
    for (const auto& [name, tensor] : tensors.items()) {
      EXPECT_EQ(canonical_name(name), tensor.value("canonical", name)) << file;
    }
  }
}

TEST(TorchCheckpoint, ReadsATensorOfAnArchive) {
  const TensorFile file = parse(tensor_file({}));
  EXPECT_EQ(file.container, "PyTorch zip archive");
  ASSERT_EQ(file.tensors.size(), 1U);
  const TensorView& view = file.tensors.at("w");
  EXPECT_EQ(view.dtype, DType::kF32);
  EXPECT_EQ(view.shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(floats_of(view), (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(TorchCheckpoint, ReadsTheOlderStream) {
  const TensorFile file = parse(legacy_of(pickled_dict(pickled_tensor({.after_count = "N"}))));
  EXPECT_EQ(file.container, "PyTorch legacy stream");
  EXPECT_EQ(floats_of(file.tensors.at("w")), std::vector<float>(6, 0));
  expect_refused(legacy_of(pickled_dict(pickled_tensor({.count = 5, .sizes = {1, 3}}))),
                 "another length");
  expect_refused(legacy_of(pickled_dict(pickled_tensor({}))) + "x", "bytes after the last storage");
  expect_refused(legacy_of(pickled_dict(pickled_tensor({}))).substr(0, 250), "too early");
}

TEST(TorchCheckpoint, ReadsStridedViewsAsRowMajorCopies) {
  const auto values = [](const PickledTensor& tensor) {
    const TensorFile file = parse(tensor_file(tensor));
    return floats_of(file.tensors.at("w"));
  };
  EXPECT_EQ(values({.sizes = {3, 2}, .strides = {1, 3}}), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(values({.offset = 1, .sizes = {2}, .strides = {3}}), (std::vector<float>{1, 4}));
  EXPECT_EQ(values({.offset = 5, .sizes = {2, 2}, .strides = {0, 0}}),
            (std::vector<float>{5, 5, 5, 5}));
  EXPECT_EQ(values({.offset = 4, .sizes = {}, .strides = {}}), (std::vector<float>{4}));
  EXPECT_EQ(values({.offset = 5, .sizes = {1, 1}, .strides = {INT64_MAX, 0}}),
            (std::vector<float>{5}));
  EXPECT_EQ(values({.sizes = {2, 1, 2}, .strides = {1, INT64_MAX, 3}}),
            (std::vector<float>{0, 3, 1, 4}));
  EXPECT_TRUE(values({.sizes = {0, INT64_MAX, INT64_MAX}, .strides = {1, 1, 1}}).empty());
}

TEST(TorchCheckpoint, NamesArePathsOfKeysAndPositions) {
  const std::string tensor = pickled_tensor({});
  const std::string list = "](" + tensor + tensor + "e";
  const std::string number = "}" + pickled(7) + tensor + "s";
  const std::string pairs = "ccollections\nOrderedDict\n](](" + pickled("k") + tensor + "ee\x85R";
  const TensorFile file =
      parse(checkpoint_of("}(" + pickled("list") + list + pickled("number") + number +
                          pickled("old") + pairs + pickled("epoch") + "K\x05N" + "Nu."));
  std::vector<std::string> names;
  for (const auto& [name, view] : file.tensors) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"list.0", "list.1", "number.7", "old.k"}));
}

TEST(TorchCheckpoint, ReadsParametersAndTensorsWithAttributes) {
  const std::string tensor = pickled_tensor({});
  const std::string maker = "ctorch._utils\n_rebuild_tensor_v2\n";
  const std::string arguments = tensor.substr(maker.size(), tensor.size() - maker.size() - 1);
  const std::string none = "ccollections\nOrderedDict\n)R";
  for (const std::string& object :
       {"ctorch._utils\n_rebuild_parameter\n(" + tensor + "\x88" + none + "tR",
        "ctorch._tensor\n_rebuild_from_type_v2\n(" + maker + "ctorch\nTensor\n" + arguments + "}tR",
        tensor + "}" + pickled("note") + pickled("text") + "sb"}) {
    EXPECT_EQ(floats_of(parse(checkpoint_of(pickled_dict(object))).tensors.at("w")),
              (std::vector<float>{0, 1, 2, 3, 4, 5}));
  }
}

TEST(TorchCheckpoint, ReadsTypesThatHaveNoStorageOfTheirOwn) {
  const TensorFile file = parse(checkpoint_of(
      pickled_dict("ctorch._utils\n_rebuild_tensor_v3\n((" + pickled("storage") +
                   "ctorch.storage\nUntypedStorage\n" + pickled("0") + pickled("cpu") +
                   pickled(24) + "tQ" + pickled(2) + pickled_numbers({2}) + pickled_numbers({1}) +
                   "\x89"
                   "ccollections\nOrderedDict\n)Rctorch\nuint16\ntR")));
  EXPECT_EQ(file.tensors.at("w").dtype, DType::kU16);
  EXPECT_EQ(floats_of(file.tensors.at("w")), (std::vector<float>{0, 0x3f80}));
}

TEST(TorchCheckpoint, ReadsModulesOfTorchScriptArchivesOnly) {
  const std::string module =
      "\x80\x02"
      "c__torch__.a\nNet\n)\x81}" +
      pickled("w") + pickled_tensor({}) + "sb.";
  const TensorFile file = parse(checkpoint_of(module, {{"a/constants.pkl", "\x80\x02)."}}));
  EXPECT_EQ(file.container, "TorchScript archive");
  EXPECT_EQ(file.tensors.count("w"), 1U);
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "__torch__.a.Net", refusal_of_pickle(module));
}

TEST(TorchCheckpoint, ReadsTorchScriptWhoseCodeIsCompressed) {
  constexpr int kDeflate = 8;
  const std::string module =
      "\x80\x02"
      "c__torch__.a\nNet\n)\x81}" +
      pickled("w") + pickled_tensor({}) + "sb.";
  const ZipParts parts{{"a/data.pkl", module},
                       {"a/data/0", std::string(24, '\0')},
                       {"a/constants.pkl", "\x80\x02)."},
                       {"a/code/__torch__.py", "no deflate stream: nobody looks at it"},
                       {"a/code/__torch__.py.debug_pkl", "nor at this"}};
  const TensorFile file = parse(zip_of(parts, kDeflate, "a/code/"));
  EXPECT_EQ(file.container, "TorchScript archive");
  EXPECT_EQ(file.tensors.count("w"), 1U);
  for (const char* needed : {"a/data.pkl", "a/data/0"}) {
    const std::string message = refusal(zip_of(parts, kDeflate, needed));
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, needed, message);
    EXPECT_PRED_FORMAT2(::testing::IsSubstring, "record is compressed", message);
  }
}

}  // namespace
}  // namespace medcl
