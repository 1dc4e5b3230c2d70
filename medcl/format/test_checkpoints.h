// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests only: PyTorch checkpoints in memory, and what is said about them.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/format/test_pickles.h"
#include "medcl/format/torch_checkpoint.h"

namespace medcl {

inline TensorFile parse(const std::string& file) {
  return parse_torch_checkpoint({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()},
                                "x.pth");
}

/// What is said about the file; "accepted" when nothing.
inline std::string refusal(const std::string& file) {
  try {
    (void)parse(file);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(error.code(), ErrorCode::kIo) << message;
    EXPECT_TRUE(message.starts_with("x.pth: ")) << message;
    for (const char c : message) EXPECT_TRUE(c >= ' ' && c <= '~') << message;
    return message;
  }
  return "accepted";
}

inline std::string refusal_of_pickle(const std::string& pickle) {
  return refusal(checkpoint_of(pickle));
}

inline void expect_refused(const std::string& file, const std::string& part) {
  EXPECT_PRED_FORMAT2(::testing::IsSubstring, part, refusal(file));
}

inline std::string tensor_file(const PickledTensor& tensor) {
  return checkpoint_of(pickled_dict(pickled_tensor(tensor)));
}

/// Leaves the current folder as it was found, also when a payload of a file ran.
class InFolderOfItsOwn {
 public:
  InFolderOfItsOwn() { std::filesystem::current_path(folder_.path()); }
  ~InFolderOfItsOwn() { std::filesystem::current_path(before_); }
  [[nodiscard]] bool is_empty() const { return std::filesystem::is_empty(folder_.path()); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  TestFolder folder_;
};

}  // namespace medcl
