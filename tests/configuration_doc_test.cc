// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "medcl/core/options.h"
#include "medcl/task/config.h"

namespace medcl {
namespace {

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

std::string allowed_values(const Option& option) {
  if (std::holds_alternative<std::int64_t*>(option.field) ||
      std::holds_alternative<double*>(option.field)) {
    return number(option.minimum) + " to " + number(option.maximum);
  }
  if (std::holds_alternative<bool*>(option.field)) {
    return "true, false";
  }
  std::string text;
  for (const std::string& choice : option.choices) {
    text += (text.empty() ? "" : ", ") + choice;
  }
  return text.empty() ? "text" : text;
}

std::string configuration_page() {
  std::string page =
      "# Configuration\n\n"
      "Every option of `medcl train`. Values come from, in this order: the defaults below, the\n"
      "preset (`configs/<preset>.toml`), `--config FILE`, flags and `--set key=value`. The "
      "resolved\n"
      "values are written to `config.toml` in the run folder. An unknown key is an error.\n\n"
      "In TOML the part before the first dot is a table: `crop.size` is `size` in `[crop]`.\n\n"
      "Options of a network or a method stand in the last column. They count in runs that have "
      "it;\n"
      "in others a preset or a file may hold them, which changes nothing, and `--set` is "
      "refused.\n\n"
      "This page is generated from the option tables: `MEDCL_WRITE_DOCS=1 build/test_docs`.\n\n"
      "| option | default | allowed | meaning | of |\n|---|---|---|---|---|\n";
  for_each_option([&](const Option& option, const std::string& of) {
    page += "| `" + option.name + "` | `" + option.value_text() + "` | " + allowed_values(option) +
            " | " + option.help + " | " + (of.empty() ? "every run" : of) + " |\n";
  });
  return page;
}

TEST(Docs, ConfigurationPageListsEveryOption) {
  const std::filesystem::path path =
      std::filesystem::path(MEDCL_SOURCE_DIR) / "docs" / "reference" / "configuration.md";
  const std::string expected = configuration_page();
  if (std::getenv("MEDCL_WRITE_DOCS") != nullptr) {
    std::ofstream(path) << expected;
  }
  std::ifstream file(path);
  const std::string found((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(found, expected) << "run: MEDCL_WRITE_DOCS=1 build/test_docs";
}

TEST(Docs, EveryPresetResolves) {
  for (const std::string& name : preset_names()) {
    EXPECT_NO_THROW(resolve_options(name, "", {})) << name;
  }
}

}  // namespace
}  // namespace medcl
