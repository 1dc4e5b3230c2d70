// SPDX-License-Identifier: Apache-2.0
// Tensors and models.
#include <gtest/gtest.h>

#include "medcl/core/file_system.h"
#include "medcl/core/sha256.h"
#include "tests/hostile/table.h"

namespace medcl::hostile {
namespace {

BadFile tensors(const std::string& name, const Bytes& bytes, const std::string& message) {
  return {"safetensors: " + name,
          [=] {
            const auto path = Workshop::get().fresh() / "x.safetensors";
            write(path, bytes);
            return Words{"info", path.string()};
          },
          4, "x\\.safetensors: " + message};
}

/// A tensor "a" whose entry is `entry`, with 8 bytes of data.
BadFile entry(const std::string& name, const std::string& entry_text, const std::string& message) {
  return tensors(name, safetensors_of("{\"a\": " + entry_text + "}", 8),
                 "tensor \"a\": " + message);
}

/// The card of a sound model is changed, its own checksum included.
BadFile card(const std::string& name, const std::function<void(Json&)>& change,
             const std::string& message, int code = 4) {
  return {"model.json: " + name,
          [=] {
            const auto folder = Workshop::get().fresh_model();
            rewrite_card(folder, change);
            return Words{"info", folder.string()};
          },
          code, message};
}

/// A file of a sound model is spoiled; predict with it.
BadFile model(const std::string& name,
              const std::function<void(const std::filesystem::path&)>& spoil,
              const std::string& message, int code = 4) {
  return {"model: " + name,
          [=] {
            const auto folder = Workshop::get().fresh_model();
            spoil(folder);
            return Words{"predict",
                         "-m",
                         folder.string(),
                         (Workshop::get().dataset() / "imagesTs").string(),
                         "-o",
                         (folder.parent_path() / "out").string()};
          },
          code, message};
}

void set_weights(const std::filesystem::path& folder, const Bytes& bytes) {
  write(folder / "weights.safetensors", bytes);
  rewrite_card(folder, [&](Json& json) {
    json["weights"]["sha256"] = sha256_hex(std::span<const std::uint8_t>(bytes));
  });
}

TEST(HostileModel, SafetensorsNameTheTensorAndTheField) {
  Bytes huge = safetensors_of("{}", 0);
  put32(huge, 4, 0x7fffffff);
  expect_refused({
      tensors("empty", {}, "file is too short .*expected 8 bytes or more, found 0"),
      tensors("header length beyond the file", huge, "header length is beyond .*expected .*found"),
      tensors("header is no JSON", safetensors_of("{oops", 0), "not valid JSON: line 1"),
      tensors("header is a list", safetensors_of("[]", 0), "header does not start with '\\{'"),
      tensors("duplicate tensor", safetensors_of(R"({"a": 1, "a": 2})", 0),
              "not valid JSON: duplicate key \"a\""),
      tensors(
          "data cut off",
          safetensors_of(R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})", 8),
          "file ends before its tensors .*expected 16 .*found 8"),
      tensors(
          "data too long",
          safetensors_of(R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})", 24),
          "bytes after the last tensor .*expected 16 .*found 24"),
      tensors("metadata of numbers", safetensors_of(R"({"__metadata__": {"a": 1}})", 0),
              "__metadata__ value of \"a\""),
      entry("no dtype", R"({"shape": [2], "data_offsets": [0, 8]})", "dtype is missing"),
      entry("unknown dtype", R"({"dtype": "F4", "shape": [2], "data_offsets": [0, 8]})",
            "dtype is unknown .*found \"F4\""),
      entry("negative side", R"({"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]})",
            "shape is not a whole number .*found -2"),
      entry("shape overflows",
            R"({"dtype": "F32", "shape": [4294967296, 4294967296, 4], "data_offsets": [0, 8]})",
            "shape overflows"),
      entry("zero times overflow",
            R"({"dtype": "F32", "shape": [9223372036854775807, 2, 0], "data_offsets": [0, 0]})",
            "shape overflows"),
      entry("offsets reversed", R"({"dtype": "F32", "shape": [2], "data_offsets": [8, 0]})",
            "data_offsets do not fit .*expected 8 bytes, found"),
      entry("hole before the tensor", R"({"dtype": "F32", "shape": [1], "data_offsets": [4, 8]})",
            "data_offsets leave a hole .*expected 0, found 4"),
  });
}

TEST(HostileModel, CardsThatAreNotWhatTheySeemAreBrokenFiles) {
  expect_refused({
      card(
          "another format", [](Json& j) { j["format"] = "tar"; },
          "model\\.json: not a MedCL model"),
      card(
          "a newer version", [](Json& j) { j["version"] = 99; },
          "model\\.json: unknown version .*expected 1, found 99", 5),
      card(
          "no network", [](Json& j) { j.erase("network"); },
          "model\\.json: broken model description .*no \"network\""),
      card(
          "no weights", [](Json& j) { j.erase("weights"); },
          "model\\.json: broken model description .*no \"weights\""),
      card(
          "unknown option", [](Json& j) { j["network"]["layers"] = 3; },
          "model\\.json: unknown option .*layers"),
      card(
          "width of words", [](Json& j) { j["network"]["width"] = "wide"; },
          "model\\.json: .*network\\.width .*found \"wide\""),
      card(
          "width 10^9", [](Json& j) { j["network"]["width"] = 1000000000; },
          "model\\.json: .*network\\.width is out of range .*expected 1..512"),
      card(
          "width 512, weights of width 4", [](Json& j) { j["network"]["width"] = 512; },
          "weights\\.safetensors: weights are too few .*expected at least .*found", 5),
      card(
          "another width", [](Json& j) { j["network"]["width"] = 3; },
          "weights\\.safetensors: weights do not fit the network .*misshaped", 5),
      card(
          "labels without background",
          [](Json& j) {
            j["labels"] = {{"LV", 1}};
          },
          "model\\.json: labels\\.background: .*expected"),
      card(
          "no channels", [](Json& j) { j["channels"] = Json::array(); },
          "model\\.json: a model needs at least one channel"),
      card(
          "channels of numbers",
          [](Json& j) {
            j["channels"] = {1, 2};
          },
          "model\\.json: broken model description"),
      card(
          "another normalisation", [](Json& j) { j["prepare"]["normalisation"] = "magic"; },
          "model\\.json: .*prepare\\.normalisation .*found \"magic\""),
      card(
          "spacing negative", [](Json& j) { j["prepare"]["spacing_mm"] = -1; },
          "model\\.json: .*prepare\\.spacing_mm is out of range"),
  });
}

TEST(HostileModel, ModelsWithDamagedFilesPredictNothing) {
  const auto change_byte = [](const char* name) {
    return [=](const std::filesystem::path& folder) {
      Bytes bytes = read_file(folder / name);
      bytes[bytes.size() / 2] ^= 1;
      write(folder / name, bytes);
    };
  };
  expect_refused({
      model("a bit of the weights", change_byte("weights.safetensors"),
            "weights\\.safetensors: weights do not match model\\.json .*expected SHA-256 "
            "[0-9a-f]+, found [0-9a-f]+"),
      model("a bit of the card", change_byte("model.json"), "model\\.json: "),
      model(
          "weights absent",
          [](const auto& f) { std::filesystem::remove(f / "weights.safetensors"); },
          "weights\\.safetensors: .*expected SHA-256 .*found no file"),
      model(
          "card absent", [](const auto& f) { std::filesystem::remove(f / "model.json"); },
          "model: no model here"),
      model(
          "weights of another kind", [](const auto& f) { set_weights(f, safetensors_of("{}", 0)); },
          "weights\\.safetensors: weights are too few", 5),
      model(
          "training images of another kind",
          [](const auto& f) { rewrite_card(f, [](Json& j) { j["training"]["images"] = 7; }); },
          "model\\.json: broken description of the training images"),
  });
}

}  // namespace
}  // namespace medcl::hostile
