// SPDX-License-Identifier: Apache-2.0
// Whatever is accepted leaves a table that is written and read back the same.

#include "medcl/core/error.h"
#include "medcl/format/toml.h"

namespace {

struct Options {
  std::int64_t size = 256, workers = 2;
  double rate = 0.5;
  bool flip = true;
  std::string precision = "fp32", note;
  std::vector<std::string> names;
  medcl::OptionTable table;
  Options() {
    table.add("crop.size", size, "side", 16, 4096);
    table.add("workers", workers, "processes", 0, 64);
    table.add("train.rate", rate, "rate", -1e300, 1e300);
    table.add("data.flip", flip, "mirror");
    table.add("train.precision", precision, "type", {"fp32", "bf16"});
    table.add("data.note", note, "text");
    table.add("data.names", names, "cases");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Options given;
  try {
    medcl::apply_toml(given.table, {reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const medcl::Error&) {
    return 0;
  }
  Options again;
  const std::string text = medcl::to_toml(given.table);
  medcl::apply_toml(again.table, text, "fuzz");
  if (medcl::to_toml(again.table) != text) __builtin_trap();
  return 0;
}
