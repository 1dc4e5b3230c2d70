// SPDX-License-Identifier: Apache-2.0
#pragma once

// The figures of an experiment: curves as SVG, pictures of cases as HTML with PNGs inside.

#include <filesystem>
#include <string>

#include "medcl/dataset/dataset.h"
#include "medcl/experiment/comparison.h"

namespace medcl {

/// Validation Dice against minutes of training: a thin line for each run of a row, and their mean
/// as long as all of them were at work.
std::string learning_curves(const ComparedSection& section);

/// Mean Dice against what is laid across, one line per row; empty where that has no numbers.
std::string across_figure(const Experiment& experiment, const ComparedSection& section);

/// The case with the median and the one with the lowest mean Dice of the reference row (the first
/// row with scores without one), in pictures: reference labels and the first run of every row, of
/// the first column. Empty without scores. `folder`: of the experiment.
/// @throws Error as case_gallery, when images or predictions are gone.
std::string case_panels(const Experiment& experiment, const ComparedSection& section,
                        const Dataset& dataset, const std::filesystem::path& folder);

/// A case that a run of the section learned from, with its scribbles. Empty without runs.
/// @throws Error as case_gallery.
std::string scribble_panel(const ComparedSection& section, const Dataset& dataset);

}  // namespace medcl
