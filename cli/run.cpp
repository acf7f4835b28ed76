// cli/run.cpp -- nlbench run: measures what is not measured yet; the same command continues where it stopped.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>

#include "cli/desk.h"
#include "cli/follow_up.h"
#include "cli/kept.h"
#include "cli/table_text.h"
#include "cli/until_decided.h"
#include "cli/verb.h"
#include "core/text.h"
#include "results/kept_files.h"
#include "supervise/gpus.h"
#include "supervise/machine.h"
#include "supervise/quantities.h"
#include "supervise/slots.h"

namespace nlb {
namespace {

struct RunFlags {
  ProtocolFlags protocols;
  SelectionFlags selection;
  SlotFlags slots;
  ProgressSettings progress;
  std::string results, data, device = "auto", max_time, shard, isa;
  std::vector<std::string> keep;
  bool graphs = false, retry_failed = false, stop_on_failure = false, require_clean = false, dry_run = false,
       until_decided = false;
  double spent_seconds = 0;                            ///< by earlier looks, of --max-time
  std::map<std::string, std::vector<int>> looks = {};  ///< protocol -> its seed counts, with --until-decided
};

/// "the final weights (model), every training sample, for nlbench export (samples), ...".
std::string kept_words() {
  std::vector<std::string> words;
  for (const KeptFile& kept : kept_files()) words.push_back(kept.words + " (" + kept.id + ")");
  return join(words, "; ");
}

void declare(CLI::App& app, RunFlags& flags) {
  add_protocol_flags(app, flags.protocols);
  add_selection_flags(app, flags.selection);
  add_results_flag(app, flags.results);
  add_data_flag(app, flags.data);
  app.add_option("--device", flags.device, "auto, cpu, cuda:0 or several as in cuda:0,1")->capture_default_str();
  add_slot_flags(app, flags.slots);
  app.add_option("--isa", flags.isa, "pin the instruction set, as in avx2")->type_name("NAME");
  app.add_flag("--graphs", flags.graphs,
               "on a GPU: capture training steps of fixed shape once and replay them (docs/gpu.md); part of the "
               "determinism class");
  app.add_option("--max-time", flags.max_time, "stop in order after this time, as in 9h")->type_name("TIME");
  app.add_option("--shard", flags.shard, "only part i of n of the plan, for several machines")->type_name("i/n");
  app.add_flag("--until-decided", flags.until_decided,
               "look at the seed counts that the protocol lists, and add seeds where a verdict is open");
  app.add_option("--keep", flags.keep, "also store " + kept_words())
      ->type_name("WHAT")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(known_word(kept_ids()));
  app.add_flag("--retry-failed", flags.retry_failed, "run trials again that failed by themselves");
  app.add_flag("--stop-on-failure", flags.stop_on_failure, "stop in order when a trial fails");
  app.add_flag("--require-clean", flags.require_clean, "refuse a program built from uncommitted changes");
  app.add_flag("--dry-run", flags.dry_run, "print what would run, and run nothing");
  app.add_option("--log-json", flags.progress.json_log, "append events as JSON, one per line")->type_name("FILE");
  add_quiet_flag(app, flags.progress.quiet);
}

Places places_of(const RunFlags& flags) {
  return {.results = {flags.results}, .data = flags.data, .protocols = flags.protocols.folder};
}

/// The GPUs named by --device, with their free memory where more than one trial shall share one.
Gpus named_gpus(const RunFlags& flags, const WorkerSettings& worker) {
  const auto devices = parse_devices(flags.device);
  if (devices.front() == "cpu") return {};
  Gpus gpus = {.devices = devices};
  if (parse_count_or_auto("--jobs", flags.slots.jobs) > std::ssize(devices)) {
    try {
      gpus.free_bytes = free_bytes(ask_for_gpus(worker.program), devices);
    } catch (const EnvironmentError&) {  // the worker will say so itself when it starts
    }
  }
  return gpus;
}

/// With --device auto: every GPU that the worker can use, else the CPU, and never without a word where there are signs
/// of a GPU.
Gpus choose_gpus(const RunFlags& flags, const WorkerSettings& worker, ProgressView& view) {
  if (flags.device != "auto") return named_gpus(flags, worker);
  const auto signs = gpu_signs();
  if (!signs.any()) return {};
  SeenGpus seen;
  try {
    seen = ask_for_gpus(worker.program);
  } catch (const EnvironmentError& error) {
    seen.problem = error.what();
  }
  if (!has_usable(seen)) {
    view.warning("training on the CPU: " + gpu_sentence(signs, seen));
    return {};
  }
  Gpus gpus;
  for (const auto& gpu : seen.gpus) {
    if (gpu.problem.empty()) gpus.devices.push_back(gpu.device);
    if (!gpu.problem.empty()) view.warning(gpu_text(gpu) + "; the other GPUs are used");
  }
  gpus.free_bytes = free_bytes(seen, gpus.devices);
  view.note("training on " + join(gpus.devices, ", ") + " (" + gpu_sentence(signs, seen) + ")");
  return gpus;
}

/// With --device auto, trials that the CPU is quicker with go there.
std::vector<SlotBatch> share_out(std::vector<TrialStanding> todo, const CostModel& on_cpu, const CostModel& on_gpu,
                                 const RunFlags& flags, const Gpus& gpus, ProgressView& view) {
  if (gpus.devices.empty()) return make_batches(todo, on_cpu, flags.slots, gpus);
  std::vector<TrialStanding> here;
  if (flags.device == "auto") here = take_for_cpu(todo, on_cpu, on_gpu, flags.slots, gpus);
  if (!here.empty()) {
    view.note(std::to_string(here.size()) + (here.size() == 1 ? " trial is" : " trials are") +
              " done sooner on the CPU, small nets several at once; --device " + join(gpus.devices, ",") +
              " trains them on the GPU");
  }
  auto batches = make_batches(todo, on_gpu, flags.slots, gpus);
  for (auto& batch : make_batches(here, on_cpu, flags.slots, {})) batches.push_back(std::move(batch));
  return batches;
}

struct Tally {
  int64_t done = 0, failed = 0, skipped = 0;
  std::vector<TrialStanding> todo;
  std::map<std::string, int64_t> missing;  ///< reason -> trials
};

Tally tally(const std::vector<TrialStanding>& standings, bool retry_failed) {
  Tally sums;
  for (const auto& one : standings) {
    if (one.standing == Standing::done) {
      ++sums.done;
    } else if (one.standing == Standing::failed && !retry_failed) {
      ++sums.failed;
    } else if (one.standing == Standing::skipped) {
      ++sums.skipped;
      ++sums.missing[one.reason];
    } else {
      sums.todo.push_back(one);
    }
  }
  return sums;
}

/// A process killed between storing a record and removing the checkpoint leaves one that nobody will read.
void tidy(const std::vector<TrialStanding>& standings, const Store& store) {
  for (const auto& one : standings) {
    if (one.standing != Standing::done) continue;
    store.sweep(one.trial->id);
    std::error_code ignored;  // the next run tries again
    std::filesystem::remove(store.checkpoint_path(one.trial->id), ignored);
  }
}

/// Trials measured before are not run again for the files that --keep asks for.
void note_not_kept(const std::vector<TrialStanding>& standings, const RunFlags& flags, ProgressView& view) {
  for (const auto& what : flags.keep) {
    const auto lacks = std::count_if(standings.begin(), standings.end(), [&](const TrialStanding& one) {
      return one.standing == Standing::done && !find_kept({flags.results}, one.trial->id, kept_file(what).file);
    });
    if (lacks == 0) continue;
    view.note(trials_text(lacks) + " measured before without --keep " + what +
              " will not be run again; another --results folder measures them with it");
  }
}

/// "cifar10_sym: 24 trials: 3 done, 21 to run, about 5 h 10 min on 2 slots (a guess ...)".
void print_plan(Desk& desk, const Plan& plan, const Tally& sums, const std::vector<SlotBatch>& batches,
                const CostModel& costs, const RunFlags& flags, ProgressView& view) {
  const double seconds = wall_seconds(batches);
  const auto& protocols = desk.protocols();
  std::vector<std::string> names;
  for (const auto& protocol : protocols) names.push_back(protocol.id);
  std::string line = join(names, ", ") + ": " + trials_text(plan.trials.size());
  if (sums.done > 0) line += ", " + std::to_string(sums.done) + " done";
  if (sums.failed > 0) line += ", " + std::to_string(sums.failed) + " failed earlier (--retry-failed runs them again)";
  if (sums.skipped > 0) line += ", " + std::to_string(sums.skipped) + " skipped: no data";
  line += ", " + std::to_string(sums.todo.size()) + " to run";
  if (!sums.todo.empty())
    line += "; about " + duration_text(seconds) + ", " + costs.origin() + "; " + slots_text(batches);
  view.note(line);
  for (const auto& batch : batches) {
    if (!batch.note.empty()) view.note(batch.note);
  }
  for (const auto& [reason, trials] : sums.missing)
    view.warning("skipped " + std::to_string(trials) + " trials: " + reason);
  if (!plan.not_planned.empty()) {
    view.note(std::to_string(plan.not_planned.size()) + " further cells are not run, the first because: " +
              plan.not_planned.front().reason + " (nlbench plan lists them)");
  }
  if (seconds <= 24 * 3600) return;
  for (const auto& protocol : protocols) {
    if (!protocol.smoke_twin.empty() && is_on_a_shelf(protocol.smoke_twin, flags.protocols.folder)) {
      view.note("this takes more than a day; minutes: " +
                follow_up({"run", "--protocol", protocol.smoke_twin}, places_of(flags)));
    }
  }
}

ExitCode print_dry_run(const std::vector<TrialStanding>& standings, bool retry_failed) {
  for (const auto& one : standings) {
    const bool runs = one.standing == Standing::open || one.standing == Standing::interrupted ||
                      (one.standing == Standing::failed && retry_failed);
    std::cout << (runs ? "run" : to_text(one.standing)) << "\t" << trial_name(*one.trial) << "\n";
  }
  return ExitCode::done;
}

ExitCode code_of(const Tally& before, const RunCounts& counts, size_t trials) {
  auto code = ExitCode::done;
  const int64_t skipped = before.skipped + counts.skipped;
  if (before.failed + counts.failed + skipped > 0) code = worse(code, ExitCode::incomplete);
  if (skipped == static_cast<int64_t>(trials)) code = worse(code, ExitCode::nothing);
  if (counts.interrupted && counts.left > 0) code = worse(code, ExitCode::interrupted);
  if (!counts.fatal.empty()) code = worse(code, ExitCode::cannot_go_on);
  if (counts.bad_input) code = worse(code, ExitCode::bad_input);
  return code;
}

void print_summary(const Tally& before, const RunCounts& counts, const RunFlags& flags) {
  std::string line = trials_text(before.done + counts.ok) + " done (" + std::to_string(counts.ok) + " in this run), " +
                     std::to_string(before.failed + counts.failed) + " failed, " +
                     std::to_string(before.skipped + counts.skipped) + " skipped";
  if (counts.left > 0) line += ", " + std::to_string(counts.left) + " left: the same command continues";
  std::cout << line << "\n";
  if (before.done + counts.ok == 0) return;
  std::vector<std::string> words = {"report"};
  for (const auto& named : flags.protocols.ids()) words.insert(words.end(), {"--protocol", named});
  for (const char* word : {"--out", "pages"}) words.emplace_back(word);
  std::cout << "report: " << follow_up(words, places_of(flags)) << "\n";
}

RunSettings settings_of(const RunFlags& flags) {
  RunSettings settings{.worker = {.program = {}, .isa = flags.isa, .graphs = flags.graphs},
                       .data_folder = flags.data,
                       .retry_failed = flags.retry_failed,
                       .stop_on_failure = flags.stop_on_failure,
                       .keep = flags.keep,
                       .max_seconds = std::nullopt,
                       .looks = flags.looks};
  if (!flags.max_time.empty())
    settings.max_seconds = std::max(0.0, parse_duration("--max-time", flags.max_time) - flags.spent_seconds);
  if (const char* named = std::getenv("NLB_CHECKPOINT_SECONDS")) {  // for tests, as NLB_FAULT
    settings.checkpoint_seconds = parse_duration("NLB_CHECKPOINT_SECONDS", named);
  }
  return settings;
}

ExitCode execute(const RunFlags& flags, Desk& desk, const Plan& plan, ProgressView& view, SignalWatch& signals) {
  auto settings = settings_of(flags);
  const Store store(flags.results, !flags.dry_run);
  const auto records = desk.records_of(plan);  // not kept: a later look finds what this one has measured
  const auto& known = desk.known();
  DataCheck data(flags.data, known);
  const auto standings = stand(plan, records, store, data);
  if (flags.dry_run) return print_dry_run(standings, flags.retry_failed);
  tidy(standings, store);
  const auto sums = tally(standings, flags.retry_failed);
  Gpus gpus;
  if (!sums.todo.empty()) {
    settings.worker.program = find_worker();
    gpus = choose_gpus(flags, settings.worker, view);
    if (flags.graphs && gpus.devices.empty()) view.warning("--graphs: no GPU trains here, so nothing is captured");
  }
  const auto beside = desk.records_beside(plan);
  const CostModel on_cpu(speeds(records, beside), known, false, probe_of(settings.worker));
  const CostModel on_gpu(speeds(records, beside), known, true);
  auto batches = share_out(sums.todo, on_cpu, on_gpu, flags, gpus, view);
  print_plan(desk, plan, sums, batches, gpus.devices.empty() ? on_cpu : on_gpu, flags, view);
  note_not_kept(standings, flags, view);
  double seconds = 0;
  for (const auto& batch : batches) seconds += batch.seconds;
  view.plan(static_cast<int64_t>(sums.todo.size()), seconds, batches.empty() ? 1 : batches.front().slots.jobs);
  RunCounts counts;
  {
    Supervisor supervisor(store, settings, view, signals);
    for (auto& batch : batches) supervisor.run(std::move(batch.tasks), batch.slots, batch.devices);
    counts = supervisor.counts();
  }
  if (!counts.fatal.empty()) view.warning("error: " + counts.fatal);
  print_summary(sums, counts, flags);
  return code_of(sums, counts, plan.trials.size());
}

bool stops(ExitCode code) {
  return code == ExitCode::interrupted || code == ExitCode::cannot_go_on || code == ExitCode::bad_input;
}

/// Look by look: every place up to the first seed count, then those whose verdict is open up to the next.
ExitCode execute_looks(RunFlags& flags, Desk& desk, ProgressView& view, SignalWatch& signals) {
  LookPlans looks(desk.protocols(), flags.selection.selection);
  for (const auto& protocol : desk.protocols()) flags.looks[protocol.id] = protocol.seed_looks;
  const auto start = std::chrono::steady_clock::now();
  auto code = ExitCode::done;
  for (size_t number = 0; number < looks.looks(); ++number) {
    const auto plan = looks.plan(number);
    if (plan.trials.empty()) {
      if (number > 0) break;
      throw NothingSelected("nothing to run" +
                            (plan.not_planned.empty() ? "" : ": " + plan.not_planned.front().reason));
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    flags.spent_seconds = spent.count();
    code = worse(code, execute(flags, desk, plan, view, signals));
    if (stops(code) || flags.dry_run) return code;
    const auto open = looks.look(number, flags.results);
    std::cout << "look at " << looks.counts_text(number) << ": " << open
              << (open == 1 ? " row and setting is" : " rows and settings are") << " still open\n";
  }
  return code;
}

ExitCode run(RunFlags& flags) {
  if (flags.require_clean && this_build().dirty) {
    throw InputError("--require-clean: this program was built from uncommitted changes; commit them and build again");
  }
  auto& selection = flags.selection.selection;
  if (!flags.shard.empty()) std::tie(selection.shard, selection.shards) = parse_shard(flags.shard);
  SignalWatch signals;
  ProgressView view(flags.progress);
  Desk desk(flags.protocols, selection, {flags.results});
  if (flags.until_decided) return execute_looks(flags, desk, view, signals);
  const auto& plan = desk.plan();
  if (plan.trials.empty()) {
    throw NothingSelected(plan.not_planned.empty() ? "no trial is left in this shard"
                                                   : "nothing to run: " + plan.not_planned.front().reason);
  }
  return execute(flags, desk, plan, view, signals);
}

}  // namespace

Verb run_verb() {
  return {
      "run", "measure", "measure trials; the same command continues where it stopped",
      "nlbench run --protocol quickstart\nnlbench run --protocol cifar10_sym --method ce,elr --noise 0.5 --max-time 9h",
      [](CLI::App& app) {
        const auto flags = std::make_shared<RunFlags>();
        declare(app, *flags);
        return [flags] { return run(*flags); };
      }};
}

}  // namespace nlb
