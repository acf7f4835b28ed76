// cli/verb.h -- a verb of nlbench: one file cli/<verb>.cpp, one line in cli/verbs.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/exit_code.h"

namespace nlb {

struct Verb {
  std::string name;
  std::string theme;    ///< measure, look, guard, prepare or keep: the heading it stands under in `nlbench --help`
  std::string help;     ///< one line
  std::string example;  ///< one command a line, shown by --help
  /// Declares flags on `app` and returns what runs after they were parsed. Called for the verb asked for only. What
  /// runs writes results to stdout, all else to stderr, and may throw InputError (2), NothingSelected and MissingData
  /// (4) and EnvironmentError (5): main prints what() and returns that code.
  std::function<std::function<ExitCode()>(CLI::App& app)> setup;
};

const std::vector<Verb>& verbs();  ///< in the order of --help

}  // namespace nlb
