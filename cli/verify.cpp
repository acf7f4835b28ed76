// cli/verify.cpp -- nlbench verify: runs stored trials again and compares; stores nothing.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "cli/desk.h"
#include "cli/verb.h"
#include "core/draws.h"
#include "core/text.h"
#include "facts/own_dataset.h"
#include "supervise/quantities.h"
#include "supervise/signals.h"
#include "supervise/standing.h"
#include "supervise/worker_process.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct VerifyFlags {
  ProtocolFlags protocols;
  std::vector<std::string> trials, results;
  std::string data, sample, isa;
  int64_t epochs = 0;  ///< 0: all
  bool quiet = false;
};

/// What a second run gave.
struct Rerun {
  Json determinism_class;
  std::vector<Evaluated> evaluated;
  std::optional<TrialResult> result;  ///< of a run to the end
  std::optional<int64_t> stopped_at;  ///< epochs done, of a run that was stopped
  bool interrupted = false;
};

/// A folder for checkpoints that nobody will read.
class Scratch {
 public:
  Scratch() : folder_(fs::temp_directory_path() / ("nlbench_verify_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

/// The worker as the record's class asks for, so that chains can be compared where the machine is the same.
WorkerSettings worker_like(const Record& record, const VerifyFlags& flags) {
  WorkerSettings settings{.program = find_worker(), .isa = flags.isa};
  const auto& named = record.result.determinism_class;
  if (named.contains("gpu")) settings.device = "cuda:0";
  if (named.contains("threads")) settings.threads = std::max(1, std::atoi(named["threads"].get<std::string>().c_str()));
  return settings;
}

void take(Rerun& rerun, const Event& event, bool& over) {
  if (const auto* hello = std::get_if<Hello>(&event)) rerun.determinism_class = hello->determinism_class;
  if (const auto* started = std::get_if<Started>(&event); started && !started->determinism_class.is_null()) {
    rerun.determinism_class = started->determinism_class;
  }
  if (const auto* evaluated = std::get_if<Evaluated>(&event)) rerun.evaluated.push_back(*evaluated);
  if (const auto* finished = std::get_if<Finished>(&event)) rerun.result = finished->result;
  if (const auto* returned = std::get_if<Returned>(&event)) {
    if (returned->kind == "missing_data") throw MissingData(returned->message);
    if (returned->kind == "input") throw InputError(returned->message);
    throw EnvironmentError(returned->message);
  }
  if (const auto* stopped = std::get_if<Stopped>(&event)) rerun.stopped_at = stopped->epochs_done;
  over = over || rerun.result || rerun.stopped_at;
}

/// Of a data set that no facts know: its protocol describes it.
Json own_dataset_of(const Record& record, const VerifyFlags& flags, Desk& desk) {
  const auto& id = record.spec.data.dataset;
  if (facts().datasets.contains(id)) return nullptr;
  const auto named = flags.protocols.ids();
  const auto& described = named.empty() ? desk.protocol(record.use.protocol).datasets : desk.known().datasets;
  const auto found = described.find(id);
  if (found == described.end()) {
    throw InputError("data set \"" + id + "\" of trial " + record.trial.substr(0, 12) + " is not described in " +
                     (named.empty() ? record.use.protocol : join(named, ", ")) +
                     "; name the protocol that does with --protocol");
  }
  return own_dataset_json(found->second);
}

Rerun run_again(const Record& record, const VerifyFlags& flags, Desk& desk, SignalWatch& signals) {
  const Scratch scratch;
  WorkerProcess worker(worker_like(record, flags));
  worker.send(RunTrial{.id = record.trial,
                       .spec = record.spec,
                       .data_folder = fs::absolute(flags.data).string(),
                       .checkpoint = (scratch.folder() / "checkpoint").string(),
                       .stop_after = flags.epochs > 0 ? std::optional(flags.epochs) : std::nullopt,
                       .keep_folder = scratch.folder().string(),
                       .own_dataset = own_dataset_of(record, flags, desk)});
  Rerun rerun;
  for (bool over = false; !over;) {
    std::vector<pollfd> waits = {{signals.descriptor(), POLLIN, 0}, {worker.event_descriptor(), POLLIN, 0}};
    if (worker.error_descriptor() != -1) waits.push_back({worker.error_descriptor(), POLLIN, 0});
    ::poll(waits.data(), waits.size(), 1000);
    worker.read_errors();
    const auto before = rerun.evaluated.size();
    for (const auto& event : worker.read_events()) take(rerun, event, over);
    if (!flags.quiet && rerun.evaluated.size() > before) {
      std::cerr << record.trial.substr(0, 12) << " epoch " << rerun.evaluated.back().epoch << "/"
                << record.spec.recipe.epochs << "\n";
    }
    const bool stopped_by_signal = rerun.stopped_at && *rerun.stopped_at != flags.epochs;
    if (signals.stop() || stopped_by_signal) {
      worker.kill();
      rerun.interrupted = true;
      return rerun;
    }
    if (!over && worker.ended()) throw EnvironmentError("the worker ended: " + worker.last_words());
  }
  return rerun;
}

std::vector<std::string> class_differences(const Json& a, const Json& b) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : a.items()) {
    if (!b.contains(key) || b[key] != value) keys.push_back(key);
  }
  for (const auto& [key, value] : b.items()) {
    if (!a.contains(key)) keys.push_back(key);
  }
  return keys;
}

struct Verdict {
  ExitCode code;
  std::string text;
};

Verdict differs(const std::string& text) { return {ExitCode::differs, "DIFFERS: " + text}; }

/// Test images right after the last common evaluation: recorded, now, of how many.
struct CommonCount {
  int64_t epoch = 0, recorded = 0, now = 0, images = 0;
  bool all_equal = true;
};

CommonCount compare_counts(const Curves& recorded, const Rerun& rerun) {
  CommonCount common;
  for (const auto& evaluated : rerun.evaluated) {
    const auto place = std::find(recorded.epoch.begin(), recorded.epoch.end(), evaluated.epoch);
    if (place == recorded.epoch.end()) continue;
    const auto right = recorded.test_correct.at(0).at(static_cast<size_t>(place - recorded.epoch.begin()));
    common.all_equal = common.all_equal && right == evaluated.test_correct;
    common.epoch = evaluated.epoch;
    common.recorded = right;
    common.now = evaluated.test_correct;
    common.images = evaluated.test_count;
  }
  return common;
}

/// Runs of other classes part after some steps like runs of other seeds, so their accuracies may differ by what drawing
/// the test images would explain: three standard errors of a difference, at least half a point.
Verdict compare_accuracies(const CommonCount& common, const std::string& why) {
  const auto images = static_cast<double>(common.images);
  const double a = static_cast<double>(common.recorded) / images, b = static_cast<double>(common.now) / images;
  const double p = (a + b) / 2, bound = std::max(0.005, 3 * std::sqrt(2 * p * (1 - p) / images));
  const std::string text = why + "; test accuracy after epoch " + std::to_string(common.epoch) + ": " +
                           fixed(100 * a, 2) + " % recorded, " + fixed(100 * b, 2) + " % now, ";
  if (std::abs(a - b) > bound) return differs(text + "more than " + fixed(100 * bound, 2) + " points apart");
  return {ExitCode::done, text + "within " + fixed(100 * bound, 2) + " points"};
}

Verdict compare_failures(const TrialResult& recorded, const TrialResult& now) {
  const bool failed_now = now.status == TrialResult::Status::failed;
  if (recorded.status == TrialResult::Status::ok) return differs("it failed: " + now.failure);
  if (!failed_now) return differs("recorded as failed (" + recorded.failure + "), now it ended well");
  if (recorded.failure_epoch != now.failure_epoch || recorded.failure != now.failure) {
    return differs("failed in epoch " + std::to_string(now.failure_epoch) + " (" + now.failure + "), recorded: epoch " +
                   std::to_string(recorded.failure_epoch) + " (" + recorded.failure + ")");
  }
  return {ExitCode::done, "fails as recorded: epoch " + std::to_string(now.failure_epoch) + ", " + now.failure};
}

Verdict compare_heads(const TrialResult& recorded, const TrialResult& now) {
  for (const auto& [name, old_head, new_head] : {std::tuple("state", recorded.state_chain, now.state_chain),
                                                 std::tuple("count", recorded.count_chain, now.count_chain)}) {
    if (old_head == new_head) continue;
    return differs(std::string(name) + " chain " + old_head.substr(0, 12) + " recorded, " + new_head.substr(0, 12) +
                   " now");
  }
  return {ExitCode::done,
          "same chains (state " + now.state_chain.substr(0, 12) + ", counts " + now.count_chain.substr(0, 12) + ")"};
}

Verdict compare(Record record, const Rerun& rerun) {
  const auto& recorded = record.result;
  const auto& now = rerun.result;
  const bool some_failed =
      recorded.status == TrialResult::Status::failed || (now && now->status == TrialResult::Status::failed);
  if (now && some_failed) return compare_failures(recorded, *now);
  const auto keys = class_differences(recorded.determinism_class, rerun.determinism_class);
  if (now && keys.empty()) return compare_heads(recorded, *now);
  load_curves(record);
  const auto common = compare_counts(recorded.curves, rerun);
  if (common.epoch == 0) {
    return {ExitCode::nothing, "nothing to compare: no evaluation so early; evaluated every " +
                                   std::to_string(record.spec.data.evaluate_every) + " epochs, give a larger --epochs"};
  }
  if (!keys.empty()) return compare_accuracies(common, "chains not compared: class differs in " + join(keys, ", "));
  const std::string up_to = " at each evaluation up to epoch " + std::to_string(common.epoch);
  if (!common.all_equal) return differs("numbers of right test images" + up_to);
  return {ExitCode::done, "same numbers of right test images" + up_to};
}

/// Ids of the trials asked for: by unique prefix, or a sample of those with records.
std::vector<std::string> choose_trials(const VerifyFlags& flags, const std::vector<std::string>& known) {
  if (!flags.sample.empty()) {
    const auto [count, seed] = parse_sample(flags.sample);
    const auto order = draw_permutation(derive(seed, "verify"), 0, static_cast<int64_t>(known.size()));
    std::vector<std::string> chosen;
    for (int64_t i = 0; i < std::min(count, static_cast<int64_t>(order.size())); ++i) {
      chosen.push_back(known[static_cast<size_t>(order[static_cast<size_t>(i)])]);
    }
    return chosen;
  }
  std::vector<std::string> chosen;
  for (const auto& prefix : flags.trials) {
    std::vector<std::string> fitting;
    for (const auto& id : known) {
      if (id.starts_with(prefix)) fitting.push_back(id);
    }
    if (prefix.size() < 6) throw InputError("trial \"" + prefix + "\": give at least 6 digits of its id");
    if (fitting.empty())
      throw InputError("trial \"" + prefix + "\" has no record here; nlbench list trials shows those that have");
    if (fitting.size() > 1) throw InputError("trial \"" + prefix + "\" is not unique: " + join(fitting, ", "));
    chosen.push_back(fitting.front());
  }
  return chosen;
}

/// Ids with records; with protocols named, only those that their plans name.
std::vector<std::string> known_trials(const VerifyFlags& flags, Desk& desk) {
  auto known = desk.stored_trials();
  if (flags.protocols.ids().empty()) return known;
  auto planned = ids_of(desk.whole().trials);
  std::sort(planned.begin(), planned.end());
  std::erase_if(known, [&](const auto& id) { return !std::binary_search(planned.begin(), planned.end(), id); });
  return known;
}

ExitCode verify(const VerifyFlags& flags) {
  if (flags.trials.empty() == flags.sample.empty()) {
    throw InputError("name trials by the first digits of their ids, or --sample N: one of both");
  }
  Desk desk(flags.protocols, everything(), flags.results);
  const auto chosen = choose_trials(flags, known_trials(flags, desk));
  const auto records = read_records(desk.results(), chosen);
  records.problems.throw_if_any();
  SignalWatch signals;
  auto code = chosen.empty() ? ExitCode::nothing : ExitCode::done;
  if (chosen.empty()) std::cerr << "no records to verify\n";
  for (const auto& id : chosen) {
    const Record* record = records.find(id);
    if (record == nullptr) throw InputError("trial " + id + " has no readable record");
    const auto rerun = run_again(*record, flags, desk, signals);
    if (rerun.interrupted) return worse(code, ExitCode::interrupted);
    const auto verdict = compare(*record, rerun);
    const auto& use = record->use;
    std::cout << id.substr(0, 12) << " " << use.protocol << "/" << use.group << " " << use.row << " " << use.setting
              << " seed " << use.seed << ": " << verdict.text << std::endl;
    code = worse(code, verdict.code);
  }
  return code;
}

}  // namespace

Verb verify_verb() {
  return {"verify", "guard", "run stored trials again and compare chains or accuracy",
          "nlbench verify 3f9a2c --epochs 2\nnlbench verify --sample 3:1 --protocol quickstart", [](CLI::App& app) {
            const auto flags = std::make_shared<VerifyFlags>();
            app.add_option("trials", flags->trials, "first digits (at least 6) of trial ids")->type_name("TRIAL");
            app.add_option("--sample", flags->sample, "N trials drawn from those with records")->type_name("N[:SEED]");
            app.add_option("--epochs", flags->epochs, "only the first k epochs; then counts are compared, not chains")
                ->type_name("k")
                ->check(CLI::PositiveNumber);
            add_protocol_flags(app, flags->protocols, false);
            add_results_flags(app, flags->results);
            add_data_flag(app, flags->data);
            app.add_option("--isa", flags->isa, "pin the instruction set, as in avx2")->type_name("NAME");
            add_quiet_flag(app, flags->quiet);
            return [flags] { return verify(*flags); };
          }};
}

}  // namespace nlb
