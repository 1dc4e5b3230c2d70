// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/tensor_report.h"

#include <gtest/gtest.h>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/format/tensor_file.h"
#include "medcl/format/test_pickles.h"
#include "medcl/format/test_tensors.h"

namespace medcl {
namespace {

const std::vector<std::uint8_t> kBytes(24);

TensorView floats(std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  return {DType::kF32, std::move(shape),
          std::span(kBytes).first(static_cast<std::size_t>(4 * count))};
}

std::string refusal(const TensorMap& tensors, const std::optional<std::string>& prefix) {
  try {
    (void)rename_tensors(tensors, prefix, "x.pth");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return "accepted";
}

TEST(TensorReport, ListsWhatIsMissingUnexpectedAndMisshaped) {
  const TensorMap given = {{"a", floats({2})}, {"b", floats({2, 3})}, {"extra", floats({})}};
  const TensorMap wanted = {{"a", floats({2})}, {"b", floats({3, 2})}, {"absent", floats({1})}};
  const TensorReport report = compare_tensors(given, wanted);
  EXPECT_EQ(report.missing, std::vector<std::string>{"absent"});
  EXPECT_EQ(report.unexpected, std::vector<std::string>{"extra"});
  ASSERT_EQ(report.misshaped.size(), 1U);
  EXPECT_EQ(report.to_json()["misshaped"][0].dump(),
            R"({"name":"b","expected":"3 x 2","found":"2 x 3"})");
  EXPECT_FALSE(report.fits());
  EXPECT_TRUE(compare_tensors(given, {{"a", floats({2})}}).fits());
}

TEST(TensorReport, CountsElementsAndNamesShapes) {
  EXPECT_EQ(element_count({{"a", floats({2, 3})}, {"b", floats({})}, {"c", floats({0, 3})}}), 7);
  EXPECT_EQ(shape_text({}), "scalar");
  EXPECT_EQ(shape_text({2, 3}), "2 x 3");
}

TEST(TensorReport, RemovesWrappersOrOnePrefix) {
  const TensorMap tensors = {{"model.module.w", floats({2})}, {"epoch", floats({})}};
  EXPECT_EQ(rename_tensors(tensors, std::nullopt, "x").count("w"), 1U);
  EXPECT_EQ(rename_tensors(tensors, "model.", "x").count("module.w"), 1U);
  EXPECT_EQ(rename_tensors(tensors, "", "x").count("model.module.w"), 1U);
  EXPECT_EQ(rename_tensors(tensors, "", "x").count("epoch"), 1U);
}

TEST(TensorReport, RefusesPrefixesThatDoNotWork) {
  const TensorMap two = {{"model.w", floats({2})}, {"state_dict.w", floats({2})}};
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "two tensors", refusal(two, std::nullopt));
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, "\"net.\"", refusal(two, "net."));
  EXPECT_EQ(refusal(two, "model."), "accepted");
}

TEST(TensorReport, CanonicalNamesLoseOneWrapperOfEachKind) {
  EXPECT_EQ(canonical_name("model.module.w"), "w");
  EXPECT_EQ(canonical_name("state_dict.module.w"), "w");
  EXPECT_EQ(canonical_name("module.model.w"), "model.w");
  EXPECT_EQ(canonical_name("model.state_dict.w"), "state_dict.w");
  EXPECT_EQ(canonical_name("modules.w"), "modules.w");
}

TEST(TensorFile, OpensEveryContainerByItsContent) {
  const TestFolder folder;
  write_safetensors(folder / "a.safetensors", {{"w", floats({2, 3})}}, {{"format", "pt"}});
  write_atomically(folder / "b.pth", checkpoint_of(pickled_dict(pickled_tensor({}))));
  EXPECT_EQ(open_tensor_file(folder / "a.safetensors").container, "safetensors");
  EXPECT_EQ(open_tensor_file(folder / "a.safetensors").metadata.at("format"), "pt");
  const TensorFile file = open_tensor_file(folder / "b.pth");
  write_safetensors(folder / "c.safetensors", file.tensors);
  const TensorFile again = open_tensor_file(folder / "c.safetensors");
  EXPECT_EQ(floats_of(again.tensors.at("w")), floats_of(file.tensors.at("w")));
  EXPECT_THROW((void)open_tensor_file(folder / "absent.pth"), Error);
}

}  // namespace
}  // namespace medcl
