// SPDX-License-Identifier: Apache-2.0
#include <torch/version.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "app/blas.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/failure.h"
#include "app/help.h"
#include "app/memory.h"
#include "app/signals.h"
#include "app/stack_limit.h"
#include "app/standard_streams.h"
#include "app/usage.h"
#include "medcl/core/error.h"
#include "medcl/core/log.h"
#include "medcl/core/mapped_file.h"
#include "medcl/format/json_text.h"
#include "medcl/kernels/tensor_memory.h"

#ifndef MEDCL_VERSION
#define MEDCL_VERSION "unknown"
#endif

namespace medcl {
namespace {

#ifdef MEDCL_HAS_ITK
constexpr const char* kItk = "yes";
#else
constexpr const char* kItk = "no";
#endif

struct Verb {
  void (*add)(Program&);
  const char* name;
  const char* example;
  bool runs_network = false;
};

constexpr std::array kVerbs = {
    Verb{add_new, "new", "medcl new scans -o mydata --dry-run"},
    Verb{add_import, "import", "medcl import mscmr MSCMR_dataset data/mscmr"},
    Verb{add_check, "check", "medcl check data/mscmr"},
    Verb{add_relabel, "relabel", "medcl relabel data/a -o data/b --map 0=ignore"},
    Verb{add_split, "split", "medcl split mydata --folds 5"},
    Verb{add_phantom, "phantom", "medcl phantom demo/data --seed 1"},
    Verb{add_scribble, "scribble", "medcl scribble --labels heart.nii.gz -o scribbles.nii.gz"},
    Verb{add_plan, "plan", "medcl plan data/mydata --time 20m"},
    Verb{add_prepare, "prepare", "medcl prepare data/mscmr -o runs/prepared"},
    Verb{add_pretrain, "pretrain", "medcl pretrain demo/data -o encoder.safetensors", true},
    Verb{add_train, "train", "medcl train data/mscmr -o runs/a --preset laptop", true},
    Verb{add_predict, "predict", "medcl predict -m runs/a scan.nii.gz -o predictions", true},
    Verb{add_evaluate, "evaluate", "medcl evaluate --predictions predictions --reference labelsTs"},
    Verb{add_estimate, "estimate", "medcl estimate runs/folds", true},
    Verb{add_report, "report", "medcl report runs/a --evaluation scores.json -o report"},
    Verb{add_experiment, "experiment",
         "medcl experiment run configs/experiments/table1-phantom.toml"},
    Verb{add_info, "info", "medcl info runs/a"},
    Verb{add_bench, "bench", "medcl bench step --width 16 --size 192 --batch 8", true},
    Verb{add_convert, "convert", "medcl convert sam_vit_b.pth sam_vit_b.safetensors"},
};

std::string version_text() {
  return std::string("medcl ") + MEDCL_VERSION + " (libtorch " + TORCH_VERSION + ", ITK " + kItk +
         ")";
}

void add_common_flags(CLI::App& verb) {
  ConsoleSettings& console = console_settings();
  const auto add = [&verb](const char* name, bool& field, const char* help) {
    if (verb.get_option_no_throw(name) == nullptr) verb.add_flag(name, field, help);
  };
  add("--verbose", console.verbose, "Print what the program is doing on stderr");
  add("--quiet", console.quiet, "Print results, warnings and errors only");
  add("--no-color", console.no_color, "No colours (as NO_COLOR in the environment)");
  for (CLI::App* inner : verb.get_subcommands({})) add_common_flags(*inner);
}

void add_verbs(Program& program) {
  program.app.name("medcl");
  program.app.formatter(help_formatter());
  program.app.set_version_flag("--version", version_text());
  program.app.set_help_all_flag("--help-all", "Print the help of every verb and exit");
  program.app.require_subcommand(1);
  for (const Verb& verb : kVerbs) {
    verb.add(program);
    CLI::App* added = program.app.get_subcommand(verb.name);
    if (added->get_footer().empty()) {
      added->footer(std::string("Example:\n  ") + verb.example);
    }
  }
  // After the verbs: CLI11 copies it into those that come later.
  program.app.footer(
      "`medcl help VERB` shows the options of a verb, `medcl --help-all` those of all.\n"
      "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 errors in the data, 4 a file\n"
      "cannot be read or written, 5 model and data do not fit, 6 out of memory or disk,\n"
      "130/143 interrupted.\n"
      "\n"
      "Examples:\n"
      "  medcl phantom demo/data\n"
      "  medcl train demo/data -o demo/run --preset phantom");
  add_common_flags(program.app);
}

/// libtorch says so only in words, and only in the first line of its message.
bool says_out_of_memory(const std::string& message) {
  for (const char* words : {"out of memory", "allocate memory", "not enough memory"}) {
    if (message.find(words) != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// False when standard output did not take everything, such as a redirection to a full disk.
bool results_arrived() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && !std::cout.fail();
}

int report_lost_results(CLI::App& app) {
  return report(app, static_cast<int>(ErrorCode::kIo),
                "standard output: the results cannot be written");
}

bool runs_network(std::string_view name) {
  return std::any_of(kVerbs.begin(), kVerbs.end(),
                     [&](const Verb& verb) { return verb.name == name && verb.runs_network; });
}

}  // namespace

Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {error.code(), first_line(error.what())};
  } catch (const std::filesystem::filesystem_error& error) {
    return {ErrorCode::kIo, first_line(to_line({.what = "cannot use it",
                                                .where = error.path1().string(),
                                                .expected = {},
                                                .found = error.code().message(),
                                                .remedy = {}}))};
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOutOfResources, "out of memory"};
  } catch (const std::system_error& error) {  // of std::thread
    const bool thread = error.code() == std::errc::resource_unavailable_try_again;
    return {thread ? ErrorCode::kOutOfResources : ErrorCode::kFailure,
            thread ? "no further thread can be started; raise the limits of memory and processes "
                     "(ulimit -v, ulimit -u), or use fewer threads"
                   : first_line(error.what())};
  } catch (const Json::exception& error) {
    return {ErrorCode::kIo, "a description in JSON is broken: " + json_reason(error)};
  } catch (const std::exception& error) {
    const std::string message = first_line(error.what());
    return {says_out_of_memory(message) ? ErrorCode::kOutOfResources : ErrorCode::kFailure,
            message};
  } catch (...) {
    return {ErrorCode::kFailure, "unknown error"};
  }
}

namespace {

/// For an exception that nobody catches, such as one in a thread of a library.
[[noreturn]] void end_at_once() {
  const Failure failure = std::current_exception() ? current_failure() : Failure{};
  std::fprintf(stderr, "medcl: %s\n",
               failure.message.empty() ? "ended without a reason" : failure.message.c_str());
  std::_Exit(static_cast<int>(failure.code));
}

int parse_and_run(Program& program, const std::vector<std::string>& words) {
  CLI::App& app = program.app;
  try {
    if (runs_network(words.front())) require_stack();
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    return program.exit_code;
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : report_usage(app, error, words);
  } catch (...) {
    const Failure failure = current_failure();
    const bool stopped = failure.code == ErrorCode::kInterrupted && remembered_signal() != 0;
    return report(app, stopped ? 128 + remembered_signal() : static_cast<int>(failure.code),
                  failure.message);
  }
}

int run(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // writing beyond `ulimit -f` is an error like a full disk
  end_when_mapped_files_fail("medcl");
  Program program;
  add_verbs(program);
  set_log_sink([](LogLevel level, const std::string& message) {
    if (level == LogLevel::kWarning) {
      warn(message);
    } else if (console_settings().verbose) {
      note(message);
    }
  });
  if (argc < 2) {
    std::cerr << program.app.help();
    return static_cast<int>(ErrorCode::kUsage);
  }
  const std::vector<std::string> words = usual_words({argv + 1, argv + argc});
  if (const std::string wrong = wrong_words(program.app, words); !wrong.empty()) {
    return report(program.app, static_cast<int>(ErrorCode::kUsage), wrong);
  }
  const int code = parse_and_run(program, words);
  set_log_sink({});
  return results_arrived() || code != 0 ? code : report_lost_results(program.app);
}

}  // namespace
}  // namespace medcl

int main(int argc, char** argv) {
  medcl::open_standard_streams();
  std::set_terminate(medcl::end_at_once);
  if (argc > 1 && medcl::runs_network(argv[1])) {
    medcl::prepare_blas(argv);
    medcl::keep_freed_memory();
    medcl::fast::keep_large_tensors();
  }
  return medcl::run(argc, argv);
}
