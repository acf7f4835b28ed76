// cli/doctor.cpp -- nlbench doctor: can this machine run trials here, and if not, what to do.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/follow_up.h"
#include "cli/lookup.h"
#include "cli/table_text.h"
#include "cli/verb.h"
#include "core/system_words.h"
#include "core/text.h"
#include "datasets/dataset.h"
#include "results/store.h"
#include "supervise/gpus.h"
#include "supervise/machine.h"
#include "supervise/worker_process.h"

namespace nlb {
namespace {

struct DoctorFlags {
  std::string results, data, protocols;
};

struct Finding {
  std::string subject;
  bool good = true;
  std::string text;
  bool stops = true;  ///< where it is not good: no trial can run, not on the CPU either
};

struct Said {
  bool good = false;
  std::string text;
};

/// What the worker prints of itself, or why it does not start.
Said worker_version() {
  const std::string command = "'" + find_worker().string() + "' --version 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {.good = false, .text = system_words(errno)};
  std::string text;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) text += piece.data();
  const bool good = ::pclose(pipe) == 0;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return {.good = good, .text = text};
}

Finding check_worker() {
  try {
    const auto said = worker_version();
    if (said.good) return {"worker", true, join(split(said.text, '\n'), "; ")};
    return {"worker", false,
            "nlbench-worker does not start: " + join(split(said.text + advice_on_end(said.text), '\n'), "; ")};
  } catch (const EnvironmentError& error) {
    return {"worker", false, error.what()};
  }
}

/// The versions of LibTorch that nlbench's tests were run with. An older one refuses operations under deterministic
/// algorithms that this one computes, kthvalue on a GPU among them.
constexpr std::array kTriedLibTorch = {"2.11.0"};

Finding check_libtorch(const std::string& version) {
  const std::vector<std::string> tried(kTriedLibTorch.begin(), kTriedLibTorch.end());
  const std::string number = version.substr(0, version.find('+'));
  if (std::find(tried.begin(), tried.end(), number) != tried.end())
    return {"libtorch", true, version + ", a version that nlbench was tried with"};
  return {"libtorch", false,
          version + " was not tried with nlbench; " + join(tried, ", ") +
              " was: operations may be refused and numbers may differ. Set Torch_DIR to a tried one, or leave it "
              "unset and run ci/quickstart.sh, which installs it",
          /*stops=*/false};
}

/// What the worker says of its LibTorch and of the GPUs, each of which it tries.
std::vector<Finding> check_gpus() {
  const auto signs = gpu_signs();
  try {
    const auto seen = ask_for_gpus(find_worker());
    const bool good =
        !signs.any() || (has_usable(seen) && std::all_of(seen.gpus.begin(), seen.gpus.end(),
                                                         [](const auto& gpu) { return gpu.problem.empty(); }));
    return {check_libtorch(seen.libtorch), {"gpu", good, gpu_sentence(signs, seen), /*stops=*/false}};
  } catch (const EnvironmentError& error) {
    return {{"gpu", !signs.any(), signs.any() ? error.what() : gpu_sentence(signs, {}), /*stops=*/false}};
  }
}

/// Two locks on one file: the second must be refused, or claims do not hold on this file system.
Finding check_results(const std::string& folder) {
  try {
    const Store store{std::filesystem::path(folder)};
    const std::string probe(64, '0');
    const auto first = store.claim(probe);
    const bool excluded = first.has_value() && !store.claim(probe).has_value();
    if (excluded) return {"results", true, folder + ": writable, locks hold"};
    return {"results", false, folder + ": two processes can hold one lock here; " + std::string(kNoLocksAdvice)};
  } catch (const EnvironmentError& error) {
    return {"results", false, error.what()};
  }
}

std::vector<Finding> check_data(const std::string& folder) {
  const Places places{.results = {}, .data = folder, .protocols = {}};
  std::vector<Finding> findings;
  for (const auto& [id, set] : facts().datasets) {
    if (set.status != Status::built || set.files.empty()) continue;
    int missing = 0;
    int wrong = 0;
    for (const auto& state : verify_dataset(set, folder)) {
      missing += state.kind == FileState::Kind::missing ? 1 : 0;
      wrong += state.kind == FileState::Kind::wrong_size || state.kind == FileState::Kind::wrong_digest ? 1 : 0;
    }
    if (wrong > 0) {
      findings.push_back({"data", false,
                          id + ": " + std::to_string(wrong) + " files are wrong; " +
                              follow_up({"data", "verify", id}, places) + " names them"});
    } else {
      findings.push_back(
          {"data", true,
           id + (missing == 0 ? ": there"
                              : ": not in " + folder + "; its trials are skipped; get it from " + set.address)});
    }
  }
  return findings;
}

ExitCode examine(const DoctorFlags& flags) {
  std::vector<Finding> findings = {check_worker(), check_results(flags.results)};
  const auto memory = free_memory();
  const int cores = usable_cores();
  findings.push_back({"machine", true,
                      this_machine().cpu + ", " + std::to_string(cores) + (cores == 1 ? " core, " : " cores, ") +
                          bytes_text(memory.bytes) + " of memory free" +
                          (memory.group.empty() ? "" : ": the limit of control group " + memory.group)});
  for (auto& finding : check_gpus()) findings.push_back(std::move(finding));
  const auto protocols = ProtocolShelf(protocol_folders(flags.protocols)).ids();
  findings.push_back({"protocols", !protocols.empty(),
                      protocols.empty() ? "none found; run in the clone or name a folder with --protocols DIR"
                                        : join(protocols, ", ")});
  for (auto& finding : check_data(flags.data)) findings.push_back(std::move(finding));
  std::vector<TextRow> rows;
  bool good = true;
  for (const auto& finding : findings) {
    rows.push_back({finding.good ? "ok" : finding.stops ? "PROBLEM" : "note", finding.subject, finding.text});
    good = good && (finding.good || !finding.stops);
  }
  std::cout << aligned(rows);
  return good ? ExitCode::done : ExitCode::cannot_go_on;
}

}  // namespace

Verb doctor_verb() {
  return {"doctor", "prepare", "can this machine run trials here, and what is missing",
          "nlbench doctor --results /mnt/shared/results", [](CLI::App& app) {
            const auto flags = std::make_shared<DoctorFlags>();
            add_results_flag(app, flags->results);
            add_data_flag(app, flags->data);
            add_protocols_flag(app, flags->protocols);
            return [flags] { return examine(*flags); };
          }};
}

}  // namespace nlb
