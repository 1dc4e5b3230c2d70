// SPDX-License-Identifier: Apache-2.0
#include "medcl/model/clip/tokenizer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/test_folder.h"
#include "medcl/core/test_paths.h"
#include "medcl/format/json.h"
#include "medcl/model/clip/text_clean.h"
#include "medcl/model/clip/unicode.h"

namespace medcl::clip {
namespace {

using Numbers = std::vector<std::int64_t>;

/// MEDCL_CLIP_MERGES, or the file beside the other reference numbers.
std::optional<std::filesystem::path> merges_file() {
  const char* given = std::getenv("MEDCL_CLIP_MERGES");
  if (given != nullptr) return given;
  const auto folder = fixtures_folder();
  if (!folder) return std::nullopt;
  const auto path = *folder / "clip_text" / "bpe_simple_vocab_16e6.txt.gz";
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

std::string code_of_encoding(const Tokenizer& tokenizer, std::string_view text) {
  try {
    static_cast<void>(tokenizer.tokens(text));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    return error.what();
  }
  return "";
}

class ClipTokenizer : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = merges_file();
    if (!path) GTEST_SKIP() << "no bpe_simple_vocab_16e6.txt.gz (MEDCL_CLIP_MERGES)";
    tokenizer_ = Tokenizer::open(*path);
  }
  std::optional<Tokenizer> tokenizer_;
};

TEST_F(ClipTokenizer, KnowsTheWordsOfTheHeart) {
  EXPECT_EQ(tokenizer_->encode("Right Ventricle"), (Numbers{1155, 1240, 9511, 579}));
  EXPECT_EQ(tokenizer_->encode("RV"), (Numbers{17951}));
  EXPECT_EQ(tokenizer_->encode("LV"), (Numbers{11184}));
  EXPECT_EQ(tokenizer_->encode("Myo"), (Numbers{1152, 334}));
  EXPECT_EQ(tokenizer_->encode("RV and Myo and LV"), (Numbers{17951, 537, 1152, 334, 537, 11184}));
  EXPECT_EQ(tokenizer_->start_token(), 49406);
  EXPECT_EQ(tokenizer_->end_token(), 49407);
}

TEST_F(ClipTokenizer, GivesThePublishedNumbersForEveryCase) {
  const auto folder = fixtures_folder();
  if (!folder) GTEST_SKIP() << "no fixtures";
  const Json cases = read_json(*folder / "clip_text" / "tokens.json").at("cases");
  int exact = 0, beyond_us = 0;
  for (const Json& one : cases) {
    const std::string text = one.at("text").get<std::string>();
    const bool needs_repair = one.contains("needs_ftfy");
    Numbers numbers;
    try {
      numbers = tokenizer_->tokens(text, /*truncate=*/true);
    } catch (const Error&) {
      EXPECT_TRUE(needs_repair) << text;
    }
    const bool equal = numbers == one.at("ids").get<Numbers>();
    EXPECT_TRUE(equal || needs_repair) << text;
    (equal ? exact : beyond_us) += 1;
    if (!needs_repair) {
      EXPECT_EQ(!code_of_encoding(*tokenizer_, text).empty(), one.at("too_long").get<bool>())
          << text;
    }
  }
  std::printf("%d of %zu texts exact; %d need repairs of broken Unicode\n", exact, cases.size(),
              beyond_us);
  EXPECT_GT(exact, 570);
}

/// Merges that make "low", "lower</w>" and "er</w>" of letters.
Tokenizer small_tokenizer() {
  return Tokenizer::from_merges("l o\nlo w\ne r</w>\nlow er</w>\n", "small");
}

TEST(Tokenizer, MergesTheBestPairFirst) {
  const Tokenizer tokenizer = small_tokenizer();
  const std::int64_t first_merge = 512;
  EXPECT_EQ(tokenizer.encode("lower"), (Numbers{first_merge + 3}));
  const Numbers slower = tokenizer.encode("slower");
  ASSERT_EQ(slower.size(), 2U);
  EXPECT_EQ(slower[1], first_merge + 3);
  EXPECT_EQ(slower[0], 's' - 33);
  EXPECT_EQ(tokenizer.encode("low"), (Numbers{first_merge, 256 + 'w' - 33}));
  EXPECT_EQ(tokenizer.encode("Lower  LOWER"), (Numbers{first_merge + 3, first_merge + 3}));
  EXPECT_EQ(tokenizer.end_token(), 512 + 4 + 1);
}

TEST(Tokenizer, RowsHave77NumbersAndKeepTheEnd) {
  const Tokenizer tokenizer = small_tokenizer();
  const Numbers row = tokenizer.tokens("lower");
  ASSERT_EQ(row.size(), 77U);
  EXPECT_EQ(row[0], tokenizer.start_token());
  EXPECT_EQ(row[2], tokenizer.end_token());
  EXPECT_EQ(row[3], 0);
  std::string text;
  for (int k = 0; k < 75; ++k) text += "lower ";
  EXPECT_EQ(tokenizer.tokens(text).back(), tokenizer.end_token());
  text += "lower";
  EXPECT_NE(code_of_encoding(tokenizer, text).find("at most 75 tokens"), std::string::npos);
  const Numbers cut = tokenizer.tokens(text, /*truncate=*/true);
  EXPECT_EQ(cut.size(), 77U);
  EXPECT_EQ(cut.back(), tokenizer.end_token());
}

TEST(Tokenizer, RefusesWhatIsNoText) {
  const Tokenizer tokenizer = small_tokenizer();
  EXPECT_NE(code_of_encoding(tokenizer, "a\x01z"), "");
  EXPECT_NE(code_of_encoding(tokenizer, "\x7f"), "");
  for (const char* broken :
       {"\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_NE(code_of_encoding(tokenizer, broken).find("UTF-8"), std::string::npos) << broken;
  }
  EXPECT_NE(code_of_encoding(tokenizer, std::string(4097, 'a')), "");
  EXPECT_EQ(tokenizer.encode("").size(), 0U);
}

TEST(Tokenizer, RefusesOtherFiles) {
  const TestFolder folder;
  for (const char* text : {"", "#version: 0.2\ni n\nt h\n", "no line end"}) {
    write_atomically(folder / "merges.txt", text);
    try {
      Tokenizer::open(folder / "merges.txt");
      ADD_FAILURE() << "accepted '" << text << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_NE(std::string(error.what()).find("merges.txt"), std::string::npos);
    }
  }
  for (const char* line : {"abc\n", "a b c\n", " b\n", "a \n", "\n"}) {
    EXPECT_THROW(Tokenizer::from_merges(line, "list"), Error) << line;
  }
}

TEST(TextClean, CleansAndCutsAsPublished) {
  const auto words = [](std::string_view text) { return split_words(clean_text(text)); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words("  It's 12  o'clock!? "), (Words{"it", "'s", "1", "2", "o", "'", "clock", "!?"}));
  EXPECT_EQ(words("'second <|STARTOFTEXT|>x"), (Words{"'s", "econd", "<|startoftext|>", "x"}));
  EXPECT_EQ(words("a&amp;amp;b &#65; &#x42; &unknown; AT&T"),
            (Words{"a", "&", "b", "a", "b", "&", "unknown", ";", "at", "&", "t"}));
  EXPECT_EQ(words("\xC3\x84\xC3\x96 \xC2\xB1"
                  "2"),
            (Words{"\xC3\xA4\xC3\xB6", "\xC2\xB1", "2"}));
  EXPECT_EQ(words(" \t\n").size(), 0U);
}

TEST(Unicode, DecodingAndEncodingAreInverse) {
  std::u32string all;
  for (char32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
    if (c < 0xD800 || c > 0xDFFF) all += c;
  }
  EXPECT_EQ(decode_utf8(encode_utf8(all)), all);
}

}  // namespace
}  // namespace medcl::clip
