// SPDX-License-Identifier: Apache-2.0
#include "medcl/format/sealed_json.h"

#include <gtest/gtest.h>

#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

TEST(SealedJson, RefusesEveryFlippedBit) {
  const TestFolder folder;
  const auto path = folder / "x.json";
  write_sealed_json(path, {{"rate", 1e-05}, {"third", 1.0 / 3}, {"list", {1, -2}}, {"s", "a b"}},
                    "seal");
  EXPECT_EQ(read_sealed_json(path, "seal").at("rate"), 1e-05);
  const std::vector<std::uint8_t> intact = read_file(path);
  for (std::size_t bit = 0; bit < intact.size() * 8; ++bit) {
    std::vector<std::uint8_t> damaged = intact;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    write_atomically(path, damaged);
    EXPECT_THROW(read_sealed_json(path, "seal"), Error) << bit;
  }
}

TEST(SealedJson, RefusesAnotherFormOfTheSameValue) {
  const TestFolder folder;
  const auto path = folder / "x.json";
  write_sealed_json(path, {{"a", 1}}, "seal");
  const Json value = read_sealed_json(path, "seal");
  write_atomically(path, value.dump());
  EXPECT_THROW(read_sealed_json(path, "seal"), Error);
  write_json(path, {{"a", 1}});
  EXPECT_THROW(read_sealed_json(path, "seal"), Error);
}

}  // namespace
}  // namespace medcl
