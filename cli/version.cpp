// cli/version.cpp -- nlbench version
#include "core/version.h"

#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verb.h"

namespace nlb {
namespace {

ExitCode print_version(const std::string& format) {
  if (format == "json") {
    const Json json = {{"version", version()},
                       {"commit", git_commit()},
                       {"dirty", git_dirty()},
                       {"compiler", compiler_id()},
                       {"flags", build_flags()}};
    std::cout << json.dump(2) << "\n";
  } else {
    std::cout << "nlbench " << version() << "\ncommit   " << git_commit() << (git_dirty() ? " with changes" : "")
              << "\ncompiler " << compiler_id() << "\nflags    " << build_flags() << "\n";
  }
  return ExitCode::done;
}

}  // namespace

Verb version_verb() {
  return {"version", "prepare", "what this program was built from", "nlbench version --format json", [](CLI::App& app) {
            const auto format = std::make_shared<std::string>();
            add_format_flag(app, *format, {"text", "json"});
            return [format] { return print_version(*format); };
          }};
}

}  // namespace nlb
