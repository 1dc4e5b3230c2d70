// SPDX-License-Identifier: Apache-2.0
#include "medcl/experiment/run_job.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include "medcl/core/atomic_file.h"
#include "medcl/core/error.h"
#include "medcl/core/file_system.h"
#include "medcl/core/input_file.h"
#include "medcl/core/joined.h"
#include "medcl/core/shell_word.h"
#include "medcl/experiment/collect.h"
#include "medcl/format/json_text.h"

namespace medcl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "log.txt";
constexpr const char* kTrained = "trained";
constexpr const char* kSeconds = "seconds";
constexpr int kNotStarted = 127;
constexpr std::uintmax_t kTailBytes = 4096;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// What stands behind `start` in a file, at most its last `limit` bytes; empty without the file.
std::string text_behind(const fs::path& path, std::uintmax_t start, std::uintmax_t limit) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const auto size = static_cast<std::uintmax_t>(file.tellg());
  start = std::max(std::min(start, size), size > limit ? size - limit : 0);
  file.seekg(static_cast<std::streamoff>(start));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::uintmax_t size_of_file(const fs::path& path) {
  std::error_code absent;
  const std::uintmax_t size = fs::file_size(path, absent);
  return absent ? 0 : size;
}

double seconds_in(const fs::path& path) {
  const std::string text = text_behind(path, 0, 64);
  return text.empty() ? 0 : std::strtod(text.c_str(), nullptr);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line = "medcl";
  for (const std::string& word : words) line += " " + shell_word(word);
  return line;
}

/// Prepared cases are the same for most runs.
std::string cache_of(const fs::path& folder, const GridRun& run) {
  return (folder / "cache" / run.dataset).string();
}

}  // namespace

std::vector<std::string> train_words(const GridRun& run, const Dataset& dataset,
                                     const std::vector<std::string>& scribbled,
                                     const fs::path& folder, const fs::path& target,
                                     std::int64_t threads) {
  std::vector<std::string> words{
      "train",    "--cache",  cache_of(folder, run), dataset.root.string(),  "-o", target.string(),
      "--preset", run.preset, "--threads",           std::to_string(threads)};
  for (const std::string& one : run.settings) words.insert(words.end(), {"--set", one});
  if (!scribbled.empty()) {
    words.insert(words.end(), {"--set", "train.scribbled=" + joined(scribbled, ",")});
  }
  return words;
}

RunJob::RunJob(const JobSetting& setting, const GridRun& run, const Dataset& dataset)
    : setting_(setting), run_(run), dataset_(dataset), place_(run_place(setting.folder, run.id)) {
  make_folders(place_);
  lock_.emplace(place_);
  seconds_before_ = seconds_in(place_ / kSeconds);
}

void RunJob::begin() {
  begun_ = true;
  started_ = now_s();
  scribbled_ = drawn_cases(dataset_, run_.scribbles, run_.draw);
  scored_ = scored_cases(dataset_, setting_.experiment.evaluate);
}

RunJob::Stage RunJob::train_stage() const {
  const fs::path train = place_ / "train";
  if (is_there(train / "config.toml")) {
    return {{"train", "--cache", cache_of(setting_.folder, run_), "--resume", train.string()},
            place_ / kTrained};
  }
  return {train_words(run_, dataset_, scribbled_, setting_.folder, train, setting_.threads),
          place_ / kTrained};
}

RunJob::Stage RunJob::predict_stage(const std::string& prediction) const {
  const fs::path target = predictions_place(place_, prediction);
  Stage stage{{"predict", "-m", (place_ / "train" / "best").string()}, target / "all"};
  for (const Case* one : scored_.cases) {
    for (const fs::path& image : one->images) stage.words.push_back(image.string());
  }
  stage.words.insert(stage.words.end(), {"-o", target.string(), "--continue", "--threads",
                                         std::to_string(setting_.threads)});
  const auto found = setting_.experiment.prediction.find(prediction);
  if (found == setting_.experiment.prediction.end()) return stage;
  for (const std::string& flag : found->second.flags) {
    stage.words.push_back(replaced(flag, "{labels}", scored_.labels.string()));
  }
  return stage;
}

RunJob::Stage RunJob::evaluate_stage(const std::string& prediction) const {
  const EvaluateOptions& options = setting_.experiment.evaluation;
  const fs::path scores = scores_file(place_, prediction);
  return {{"evaluate", "-p", predictions_place(place_, prediction).string(), "-r",
           scored_.labels.string(), "-d", dataset_.root.string(), "-o", scores.string(),
           "--allow-missing", "--force", "--empty", options.empty, "--alignment", options.alignment,
           "--tolerance-mm", std::to_string(options.tolerance_mm)},
          scores};
}

std::optional<RunJob::Stage> RunJob::next_stage() const {
  if (!is_there(place_ / kTrained)) return train_stage();
  for (const std::string& prediction : setting_.experiment.predictions) {
    if (Stage stage = evaluate_stage(prediction); !is_there(stage.product)) {
      Stage before = predict_stage(prediction);
      return is_there(before.product) ? stage : before;
    }
  }
  return std::nullopt;
}

bool RunJob::training_is_held_elsewhere() const {
  const fs::path train = place_ / "train";
  if (!is_there(train / "lock")) return false;
  try {
    const RunLock probe(train);
    return false;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUsage) throw;
    return true;
  }
}

void RunJob::start(const Stage& stage) {
  // What a killed start left is not a run yet, and in the way of a new one.
  const fs::path train = place_ / "train";
  if (stage.product.filename() == kTrained && !is_there(train / "config.toml")) {
    fs::remove_all(train);
  }
  const fs::path log = place_ / kLog;
  log_start_ = size_of_file(log);
  std::ofstream(place_ / "commands.txt", std::ios::app) << command_line(stage.words) << "\n";
  program_ = std::make_unique<RunningProgram>(setting_.program, stage.words, log);
  stage_ = stage;
}

bool RunJob::is_busy() { return program_ && !program_->ended(); }

bool RunJob::advance() {
  try {
    if (!begun_) begin();
    if (is_busy()) return false;
    if (program_) {
      const ProgramEnd end = *program_->ended();
      program_.reset();
      if (interrupted_) {
        write_atomically(place_ / kSeconds, std::to_string(seconds_before_ + now_s() - started_));
        return false;
      }
      if (end.exit_code != 0) {
        finish(failure_in_log(end));
        return true;
      }
      if (!is_there(stage_->product)) write_atomically(stage_->product, std::string_view(""));
    }
    if (interrupted_) return false;
    const std::optional<Stage> stage = next_stage();
    if (!stage) {
      finish("");
      return true;
    }
    if (stage->words.front() != "train" || !training_is_held_elsewhere()) start(*stage);
    return false;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kOutOfResources) throw;
    finish(error.what());
    return true;
  }
}

void RunJob::interrupt() {
  interrupted_ = true;
  if (program_) program_->interrupt();
}

std::string RunJob::failure_in_log(const ProgramEnd& end) const {
  const std::string verb = stage_->words.front();
  if (end.signal != 0) {
    return "medcl " + verb + " was killed by signal " + std::to_string(end.signal) +
           (end.signal == 9 ? ", as the system does when memory is full" : "");
  }
  if (end.exit_code == kNotStarted) return "medcl " + verb + " could not be started";
  std::istringstream lines(text_behind(place_ / kLog, log_start_, kTailBytes));
  std::string said;
  const std::string mark = "medcl " + verb + ": ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark)) said = line.substr(mark.size());
  }
  return said.empty() ? "medcl " + verb + " ended with exit code " + std::to_string(end.exit_code)
                      : verb + ": " + said;
}

void RunJob::finish(const std::string& failure) {
  RunResult result;
  failure_ = failure;
  if (setting_.same_data && !setting_.same_data()) {
    failure_ = "the dataset changed while the run was at work";
  }
  if (failure_.empty()) {
    try {
      result = collect_result(place_, setting_.experiment, run_, scored_.cases.size());
    } catch (const Error& error) {
      failure_ = error.what();
    }
  }
  result.id = run_.id;
  result.dataset = run_.dataset;
  result.data = run_.data;
  result.method = run_.method;
  result.choice = run_.choice;
  result.scribbles = run_.scribbles;
  result.draw = run_.draw;
  result.seed = run_.seed;
  result.failure = failure_;
  result.scribbled = scribbled_;
  result.seconds = seconds_before_ + now_s() - started_;
  ResultStore(setting_.folder).write(result);
}

double RunJob::share() const {
  return is_there(place_ / kTrained) ? 1.0
                                     : trained_share(place_ / "train" / "metrics.jsonl", run_);
}

double trained_share(const fs::path& metrics_jsonl, const GridRun& run) {
  std::istringstream lines(text_behind(metrics_jsonl, 0, kTailBytes));
  double share = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("step") || !json.contains("seconds")) continue;
    share = run.steps > 0 ? json.at("step").get<double>() / static_cast<double>(run.steps)
                          : json.at("seconds").get<double>() / run.seconds;
  }
  return std::clamp(share, 0.0, 1.0);
}

}  // namespace medcl
