// SPDX-License-Identifier: Apache-2.0
#pragma once

// The report of an experiment in all its forms.

#include <filesystem>
#include <functional>
#include <string>

#include "medcl/experiment/comparison.h"
#include "medcl/experiment/grid_data.h"

namespace medcl {

struct PageInputs {
  const Experiment& experiment;
  const std::vector<ComparedSection>& sections;
  GridDatasets datasets;         ///< those that are there; panels need them
  DataDigests digests;           ///< of the data that the results are of
  std::filesystem::path folder;  ///< of the experiment
  std::string program;           ///< name and version
  std::string description;       ///< text of the file
};

/// A page that needs nothing beside it: tables, intervals, tests, published numbers, curves,
/// panels, conditions, gaps, and the description itself.
std::string experiment_page(const PageInputs& inputs,
                            const std::function<void(const std::string&)>& on_warning);
/// The tables and what is to be known of them as Markdown, and the tables as LaTeX.
std::string experiment_markdown(const Experiment& experiment,
                                const std::vector<ComparedSection>& sections);
std::string experiment_latex(const Experiment& experiment,
                             const std::vector<ComparedSection>& sections);

}  // namespace medcl
