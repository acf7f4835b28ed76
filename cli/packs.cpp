// cli/packs.cpp -- nlbench pack, unpack and merge: records between files of their own and packs, one per protocol.
#include <iostream>
#include <memory>

#include "cli/options.h"
#include "cli/verb.h"
#include "results/packing.h"
#include "results/store.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct PackFlags {
  std::vector<std::string> sources;
  std::string out;
  bool remove = false;
};

std::vector<fs::path> places_of(const std::vector<std::string>& given) {
  Problems problems;
  for (const auto& place : given) {
    if (!is_results_place(place))
      problems.add(
          place, "is neither a results folder nor a pack (a file whose name ends in " + std::string(kPackEnding) + ")");
  }
  problems.throw_if_any();
  return {given.begin(), given.end()};
}

/// Throws NothingSelected where the sources hold nothing of the kind, and InputError for what could not be read.
ExitCode tell(const Moved& moved, const std::string& what, const std::string& out) {
  const size_t all = moved.records + moved.already;
  if (all == 0 && moved.problems.empty()) throw NothingSelected("there is no " + what + " in what was named");
  for (const auto& pack : moved.packs) std::cout << pack.string() << ": " << fs::file_size(pack) << " bytes\n";
  std::cout << moved.records << " records written to " << out;
  if (moved.already > 0) std::cout << ", " << moved.already << " were there already";
  std::cout << "\n";
  moved.problems.throw_if_any();
  return ExitCode::done;
}

void add_sources(CLI::App& app, PackFlags& flags, const std::string& help) {
  app.add_option("sources", flags.sources, help)->type_name("DIR|PACK")->required();
}

void add_out(CLI::App& app, PackFlags& flags, const std::string& help) {
  app.add_option("--out", flags.out, help)->type_name("DIR")->required();
}

}  // namespace

Verb pack_verb() {
  return {
      "pack", "keep", "record files into packs, one compressed file per protocol",
      "nlbench pack nlbench-results --out leaderboard/results\nxzcat leaderboard/results/mnist_glc.jsonl.xz | jq "
      ".record.use",
      [](CLI::App& app) {
        const auto flags = std::make_shared<PackFlags>();
        add_sources(app, *flags, "results folders whose record files are packed");
        add_out(app, *flags, "folder of the packs; records are appended to the pack of the protocol that they name");
        app.add_flag("--remove", flags->remove, "remove the files that the packs give back byte for byte");
        return [flags] {
          return tell(pack_records(places_of(flags->sources), flags->out, flags->remove), "record file", flags->out);
        };
      }};
}

Verb unpack_verb() {
  return {"unpack", "keep", "packs into record files: the exact inverse of pack",
          "nlbench unpack leaderboard/results --out nlbench-results", [](CLI::App& app) {
            const auto flags = std::make_shared<PackFlags>();
            add_sources(app, *flags, "packs, or folders that hold them");
            add_out(app, *flags, "results folder for the files");
            return [flags] { return tell(unpack_records(places_of(flags->sources), flags->out), "pack", flags->out); };
          }};
}

Verb merge_verb() {
  return {"merge", "keep", "packs into one set of packs, the same bytes in whatever order",
          "nlbench merge here/results there/results --out leaderboard/results", [](CLI::App& app) {
            const auto flags = std::make_shared<PackFlags>();
            add_sources(app, *flags, "packs, or folders that hold them");
            add_out(app, *flags, "folder of the packs; what they hold already stays");
            return [flags] { return tell(merge_packs(places_of(flags->sources), flags->out), "pack", flags->out); };
          }};
}

}  // namespace nlb
