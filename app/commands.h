// SPDX-License-Identifier: Apache-2.0
#pragma once

// The verbs of the program. Each adds one subcommand whose callback does the work and throws
// medcl::Error on failure; `exit_code` is for results that are not failures of the program (check).

#include <CLI/CLI.hpp>

namespace medcl {

struct Program {
  CLI::App app{"MedCL: from scribbles to a segmentation model"};
  int exit_code = 0;
};

void add_new(Program& program);
void add_import(Program& program);
void add_check(Program& program);
void add_relabel(Program& program);
void add_split(Program& program);
void add_phantom(Program& program);
void add_scribble(Program& program);
void add_plan(Program& program);
void add_prepare(Program& program);
void add_pretrain(Program& program);
void add_train(Program& program);
void add_predict(Program& program);
void add_evaluate(Program& program);
void add_estimate(Program& program);
void add_report(Program& program);
void add_experiment(Program& program);
void add_info(Program& program);
void add_bench(Program& program);
void add_convert(Program& program);

}  // namespace medcl
