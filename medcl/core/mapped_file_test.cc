// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/mapped_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "medcl/core/sanitizer.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

int read_after_truncation(const fs::path& path) {
  end_when_mapped_files_fail("medcl");
  const auto file = MappedFile::open(path);
  fs::resize_file(path, 0);
  const volatile std::uint8_t* bytes = file->bytes().data();
  return bytes[20000];
}

TEST(MappedFileDeathTest, AFileThatShrinksEndsTheProgramWithALine) {
  if (kAddressSpaceIsShadowed) GTEST_SKIP() << "sanitizers have a handler of their own";
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const TestFolder folder;
  const fs::path path = folder / "case.safetensors";
  std::ofstream(path) << std::string(40000, 'x');
  EXPECT_EXIT(read_after_truncation(path), ::testing::ExitedWithCode(4),
              "^medcl: .*case.safetensors: became shorter while it was read");
}

TEST(MappedFileDeathTest, AFileThatIsReplacedStaysAsItWas) {
  const TestFolder folder;
  const fs::path path = folder / "case";
  std::ofstream(path) << "old";
  const auto file = MappedFile::open(path);
  std::ofstream(folder / "next") << "n";
  fs::rename(folder / "next", path);
  EXPECT_EQ(file->bytes()[2], 'd');
}

}  // namespace
}  // namespace medcl
