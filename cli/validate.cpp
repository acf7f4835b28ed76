// cli/validate.cpp -- nlbench validate: all problems of all files at once.
#include <iostream>
#include <memory>

#include "cli/lookup.h"
#include "cli/verb.h"
#include "core/text.h"
#include "datasets/noise.h"

namespace nlb {
namespace {

/// Words of generators that are not defined together, rates and numbers of classes that they do not take.
void check_noises(const Protocol& protocol, Problems& problems) {
  for (const auto& group : protocol.groups) {
    const auto& set = facts().datasets.at(group.data.dataset);
    for (const auto& setting : group.settings) {
      if (facts().generators.at(setting.noise.generator).status != Status::built) continue;
      try {
        check_noise(setting.noise, set.classes);
      } catch (const InputError& error) {
        problems.add(protocol.file + ": group " + group.id + ", setting " + setting.name, error.what());
      }
    }
  }
}

/// Everything wrong with the protocol, or "".
std::string problems_of(const std::string& id, const ProtocolShelf& shelf) {
  try {
    const auto protocol = shelf.find(id, facts());
    Problems noises;
    check_noises(protocol, noises);
    noises.throw_if_any();
    size_t rows = 0;
    size_t published = 0;
    for (const auto& group : protocol.groups) {
      rows += group.rows.size();
      for (const auto& row : group.rows) published += row.published.size();
    }
    std::cout << protocol.file << ": valid; " << protocol.groups.size() << " groups, " << rows << " rows, " << published
              << " published values\n";
    return {};
  } catch (const InputError& error) {
    return error.what();
  }
}

ExitCode validate(const ProtocolFlags& flags) {
  const ProtocolShelf shelf(protocol_folders(flags.folder));
  const auto ids = flags.ids().empty() ? shelf.ids() : flags.ids();
  if (ids.empty())
    throw NothingSelected("no protocol to validate: name files or ids, or a folder with --protocols DIR");
  std::vector<std::string> problems;
  for (const auto& id : ids) {
    if (const auto found = problems_of(id, shelf); !found.empty()) problems.push_back(found);
  }
  if (!problems.empty()) throw InputError(join(problems, "\n"));
  return ExitCode::done;
}

}  // namespace

Verb validate_verb() {
  return {"validate", "prepare", "check protocol files; all problems at once", "nlbench validate protocols/*.json",
          [](CLI::App& app) {
            const auto flags = std::make_shared<ProtocolFlags>();
            add_protocol_flags(app, *flags);
            return [flags] { return validate(*flags); };
          }};
}

}  // namespace nlb
