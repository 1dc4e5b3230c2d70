// SPDX-License-Identifier: Apache-2.0
#include "medcl/core/folder_listing.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"

namespace medcl {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
using Kind = FolderEntry::Kind;

TEST(FolderListing, SaysWhatEachNameIs) {
  const TestFolder folder;
  std::ofstream(folder / "a") << "x";
  fs::create_directory(folder / "b");
  fs::create_symlink("a", folder / "c");
  fs::create_symlink("nowhere", folder / "d");
  fs::create_symlink("e", folder / "e");
  ASSERT_EQ(::mkfifo((folder / "f").c_str(), 0600), 0);
  const std::vector<FolderEntry> entries = list_folder(folder.path());
  const std::vector<std::pair<std::string, Kind>> expected = {
      {"a", Kind::kFile},       {"b", Kind::kFolder},     {"c", Kind::kFile},
      {"d", Kind::kBrokenLink}, {"e", Kind::kBrokenLink}, {"f", Kind::kOther}};
  ASSERT_EQ(entries.size(), expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) {
    EXPECT_EQ(entries[n].path.filename(), expected[n].first);
    EXPECT_EQ(entries[n].kind, expected[n].second) << expected[n].first;
  }
}

/// The message of the Error; empty when nothing is thrown.
std::string refusal(const fs::path& folder) {
  try {
    list_folder_if_present(folder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    return error.what();
  }
  return "";
}

TEST(FolderListing, OnlyAnAbsentFolderIsEmpty) {
  const TestFolder folder;
  EXPECT_TRUE(list_folder_if_present(folder / "none").empty());
  EXPECT_EQ(refusal(folder / "none"), "");
  std::ofstream(folder / "file") << "x";
  EXPECT_THAT(refusal(folder / "file"), HasSubstr((folder / "file").string()));
  fs::create_symlink("nowhere", folder / "link");
  EXPECT_THAT(refusal(folder / "link"), HasSubstr((folder / "link").string()));
  EXPECT_THAT(refusal(folder / "link"), HasSubstr("remove the link"));
}

/// Root may read everything: become nobody for a while.
class Unprivileged {
 public:
  Unprivileged() : before_(::geteuid()) {
    if (before_ == 0) worked_ = ::seteuid(65534) == 0;
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (::seteuid(before_) != 0) std::abort();
  }
  [[nodiscard]] bool worked() const { return worked_; }

 private:
  uid_t before_;
  bool worked_ = true;
};

TEST(FolderListing, FoldersThatMayNotBeReadAreErrors) {
  const TestFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  const Unprivileged user;
  if (!user.worked()) GTEST_SKIP() << "cannot become another user";
  const fs::path closed = folder / "closed";
  fs::create_directory(closed);
  std::ofstream(closed / "a") << "x";
  for (const fs::perms mode : {fs::perms::none, fs::perms::owner_read}) {
    fs::permissions(closed, mode);
    EXPECT_THAT(refusal(closed), HasSubstr("closed"));
  }
  fs::permissions(closed, fs::perms::owner_all);
  EXPECT_EQ(list_folder(closed).size(), 1u);
}

}  // namespace
}  // namespace medcl
