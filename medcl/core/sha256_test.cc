// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/sha256.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Sha256, GivesTheKnownAnswersOfFips180) {
  EXPECT_EQ(sha256_hex(bytes_of("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(bytes_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  const std::string million(1000000, 'a');
  EXPECT_EQ(sha256_hex(bytes_of(million)),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsOfAnySizeGiveTheHashOfTheWhole) {
  std::vector<std::uint8_t> data(300);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  for (std::size_t length = 0; length <= data.size(); ++length) {
    const auto whole = std::span(data).first(length);
    Sha256 hash;
    for (std::size_t i = 0; i < length; i += 1 + length % 13) {
      hash.update(whole.subspan(i, std::min(1 + length % 13, length - i)));
    }
    ASSERT_EQ(hash.hex(), sha256_hex(whole)) << length;
  }
}

TEST(Sha256, FileAndBufferAgreeAndAbsentFilesAreNamed) {
  const TestFolder folder;
  const std::string text(700000, 'x');
  write_atomically(folder / "x", text);
  EXPECT_EQ(sha256_of_file(folder / "x"), sha256_hex(bytes_of(text)));
  try {
    (void)sha256_of_file(folder / "absent");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("absent"), std::string::npos);
  }
  EXPECT_THROW((void)sha256_of_file(folder.path()), Error);
}

}  // namespace
}  // namespace medcl
