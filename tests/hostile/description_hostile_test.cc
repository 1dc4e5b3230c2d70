// SPDX-License-Identifier: Apache-2.0
// dataset.json, splits_final.json, categories.json and configurations.
#include <gtest/gtest.h>

#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

/// dataset.json with one text instead of its own content.
BadFile dataset_text(const std::string& name, const std::string& text, const std::string& message,
                     int code) {
  return {"dataset.json: " + name,
          [=] {
            const auto folder = Workshop::get().fresh_dataset();
            write(folder / "dataset.json", text);
            return Words{"check", folder.string()};
          },
          code, "data/dataset\\.json: " + message};
}

BadFile dataset(const std::string& name, const std::function<void(Json&)>& change,
                const std::string& message) {
  return {"dataset.json: " + name,
          [=] {
            const auto folder = Workshop::get().fresh_dataset();
            Json json = read_json(folder / "dataset.json");
            change(json);
            write(folder / "dataset.json", json.dump());
            return Words{"info", folder.string()};
          },
          3, "data/dataset\\.json: " + message};
}

BadFile more_channels_than_files() {
  BadFile row = dataset(
      "more channels than files",
      [](Json& j) {
        j["channel_names"] = {{"0", "LGE"}, {"1", "T2"}};
      },
      "");
  row.message =
      "data/imagesTr/.*: channel file missing .*expected channels 0 LGE, 1 T2, found .*_0000.* but "
      "no .*_0001";
  return row;
}

/// `file` of a sound dataset is replaced; train with it.
BadFile train_with(const std::string& file, const std::string& name,
                   const std::function<std::string()>& text, const std::string& message, int code) {
  return {file + ": " + name,
          [=] {
            const auto folder = Workshop::get().fresh_dataset();
            write(folder / file, text());
            return Words{
                "train",    folder.string(), "-o",      (folder.parent_path() / "run").string(),
                "--preset", "phantom",       "--steps", "1"};
          },
          code, message};
}

BadFile configuration(const std::string& name, const std::string& text, const std::string& message,
                      int code) {
  return {"toml: " + name,
          [=] {
            const auto folder = Workshop::get().fresh();
            write(folder / "x.toml", text);
            return Words{"train",    Workshop::get().dataset().string(),
                         "-o",       (folder / "run").string(),
                         "--config", (folder / "x.toml").string()};
          },
          code, message};
}

std::string nested(std::size_t depth) {
  return "{\"labels\": " + std::string(depth, '[') + std::string(depth, ']') + "}";
}

TEST(HostileDescription, DatasetJsonNamesTheKey) {
  expect_refused({
      dataset_text("empty", "", "not valid JSON: line 1", 4),
      dataset_text("cut off", "{\"labels\":\n {\"background\": 0,", "not valid JSON: line 2", 4),
      dataset_text("binary", std::string("\x00\x01\xff\xfe", 4),
                   "not valid JSON: a zero byte .*found a zero at byte 0 of 4", 4),
      dataset_text("zero and rubbish behind", R"({"labels": {}})" + std::string("\0rubbish", 8),
                   "not valid JSON: a zero byte .*found a zero at byte 14 of 22", 4),
      dataset_text("deeply nested", nested(100000), "not valid JSON: nested deeper than 64", 4),
      dataset_text("a key twice", R"({"labels": {}, "labels": {}})",
                   "not valid JSON: duplicate key \"labels\"", 4),
      dataset_text("bad UTF-8", "{\"name\": \"\xc3\x28\"}", "not valid JSON: line 1", 4),
      dataset(
          "a list", [](Json& j) { j = Json::array(); },
          "wrong type .*expected an object, found array"),
      dataset(
          "no labels", [](Json& j) { j.erase("labels"); },
          "missing key .*expected \"labels\", found none"),
      dataset(
          "no background",
          [](Json& j) {
            j["labels"] = {{"LV", 1}};
          },
          "labels\\.background: .*expected .*found none"),
      dataset(
          "label 1.5", [](Json& j) { j["labels"]["LV"] = 1.5; },
          "labels\\.LV: .*expected an integer.*found 1\\.5"),
      dataset(
          "label -1", [](Json& j) { j["labels"]["LV"] = -1; },
          "labels\\.LV: .*out of range .*found -1"),
      dataset(
          "label 10^20", [](Json& j) { j["labels"]["LV"] = 1e20; },
          "labels\\.LV: .*expected an integer"),
      dataset(
          "two classes of one value",
          [](Json& j) {
            j["labels"]["LV"] = 1;
            j["labels"]["RV"] = 1;
          },
          "labels: two classes share a value .*found 1"),
      dataset(
          "ignore in the middle", [](Json& j) { j["labels"]["ignore"] = 99; },
          "labels\\.ignore: .*expected 4 .*found 99"),
      dataset(
          "channels as list", [](Json& j) { j["channel_names"] = {"LGE"}; },
          "channel_names: .*expected an object.*found array"),
      dataset(
          "channel without a name",
          [](Json& j) {
            j["channel_names"] = {{"0", 7}};
          },
          "channel_names: .*expected a name for \"0\""),
      dataset(
          "ending with a path", [](Json& j) { j["file_ending"] = "./../../etc"; },
          "file_ending: .*expected an ending.*found"),
      dataset(
          "ending of another type", [](Json& j) { j["file_ending"] = 4; },
          "file_ending: .*found 4"),
      more_channels_than_files(),
  });
}

TEST(HostileDescription, SplitsAndCategoriesNameTheEntry) {
  const std::string& id = Workshop::get().scribbled();
  expect_refused({
      train_with(
          "splits_final.json", "not JSON", [] { return "[{"; },
          "splits_final\\.json: not valid JSON: line 1", 4),
      train_with(
          "splits_final.json", "an object", [] { return "{}"; },
          "splits_final\\.json: wrong type .*expected a list.*found object", 3),
      train_with(
          "splits_final.json", "no val", [] { return R"([{"train": []}])"; },
          "splits_final\\.json: split 0: missing list .*\"val\"", 3),
      train_with(
          "splits_final.json", "numbers", [] { return R"([{"train": [7], "val": []}])"; },
          "splits_final\\.json: split 0: train: case id is not a text .*found 7", 3),
      train_with(
          "splits_final.json", "a path",
          [] { return R"([{"train": ["../../etc/passwd"], "val": []}])"; },
          "splits_final\\.json: split names cases that do not exist .*expected cases of imagesTr, "
          "found \\.\\./\\.\\./etc/passwd",
          3),
      train_with(
          "splits_final.json", "trained and judged",
          [=] { return R"([{"train": [")" + id + R"("], "val": [")" + id + R"("]}])"; },
          "splits_final\\.json: cases in train and validation at once .*found " + id, 3),
      train_with(
          "splits_final.json", "nobody", [] { return R"([{"train": [], "val": []}])"; },
          "splits_final\\.json: no cases to train on", 3),
      train_with(
          "categories.json", "not JSON", [] { return "{{"; },
          "categories\\.json: not valid JSON: line 1", 4),
      train_with(
          "categories.json", "a list", [] { return "[]"; },
          "categories\\.json: wrong type .*expected an object, found array", 3),
      train_with(
          "categories.json", "unknown class",
          [=] { return "{\"" + id + R"(": {"0": ["spleen"]}})"; },
          "categories\\.json: " + id + ": slice 0: unknown class .*expected .*found \"spleen\"", 3),
      train_with(
          "categories.json", "slice 10^9", [=] { return "{\"" + id + R"(": {"1000000000": []}})"; },
          "categories\\.json: " + id +
              ": slice is not an index .*expected 0..65535, found \"1000000000\"",
          3),
      train_with(
          "categories.json", "slice of words", [=] { return "{\"" + id + R"(": {"top": []}})"; },
          "categories\\.json: " + id + ": slice is not an index .*found \"top\"", 3),
  });
}

TEST(HostileDescription, ConfigurationsNameLineAndOption) {
  expect_refused({
      configuration("cut off", "[network\nwidth = 8\n", "x\\.toml:1: not valid TOML", 4),
      configuration("binary", std::string("\x00\xff\xfe", 3), "x\\.toml:1: not valid TOML", 4),
      configuration("key twice", "[train]\nsteps = 1\nsteps = 2\n", "x\\.toml:3: not valid TOML",
                    4),
      configuration("unknown key", "[network]\nwidht = 8\n",
                    "x\\.toml.*network\\.widht.*network\\.width", 2),
      configuration("wrong type", "[network]\nwidth = \"wide\"\n",
                    "x\\.toml.*network\\.width.*expected a whole number, found a string", 2),
      configuration("too wide", "[network]\nwidth = 1000000000\n",
                    "x\\.toml.*network\\.width.*expected 1..512, found \"1000000000\"", 2),
      configuration("not a number", "[schedule]\nlearning_rate = nan\n",
                    "x\\.toml.*schedule\\.learning_rate.*expected 0.0..10.0, found \"nan\"", 2),
      configuration("unknown choice", "[network]\nname = \"transformer\"\n",
                    "x\\.toml.*network\\.name.*expected one of unet(, [a-z_0-9]+)+, found "
                    "\"transformer\"",
                    2),
      configuration("deeply nested",
                    "a = " + std::string(50000, '[') + std::string(50000, ']') + "\n", "x\\.toml",
                    4),
  });
}

}  // namespace
}  // namespace medcl::hostile
