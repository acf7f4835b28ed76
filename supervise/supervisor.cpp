#include "supervise/supervisor.h"

#include <poll.h>

#include <algorithm>

#include "core/durable.h"
#include "core/text.h"
#include "supervise/machine.h"

namespace nlb {
namespace {

/// After this many returned trials without one that ended by itself, something is wrong with the machine: the next
/// trial is tried alone at once instead of at the end.
constexpr int kReturnedInARow = 3;

std::string result_text(const TrialResult& result) {
  const auto& counts = result.final_counts;
  const double right =
      counts.test_count > 0 ? 100.0 * static_cast<double>(counts.last) / static_cast<double>(counts.test_count) : 0;
  return "test " + fixed(right, 2) + " %, " + duration_text(result.timing.wall_seconds);
}

}  // namespace

Supervisor::Supervisor(const Store& store, RunSettings settings, ProgressView& view, SignalWatch& signals)
    : store_(store), settings_(std::move(settings)), view_(view), signals_(signals), machine_(this_machine()) {}

Supervisor::~Supervisor() {
  for (auto& slot : slots_) {
    if (slot.worker) slot.worker->leave();  // all at once; the destructors then wait for each
  }
}

void Supervisor::run(std::deque<Task> tasks, Slots slots, const std::vector<std::string>& devices) {
  queue_ = std::move(tasks);
  const auto jobs = std::min(static_cast<size_t>(slots.jobs), queue_.size());
  slots_.resize(jobs);
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i].device = devices[i % devices.size()];
  while (true) {
    watch_clock_and_signals();
    if (!stopping_) fill_slots(slots.threads);
    if (!is_busy() && (stopping_ || (queue_.empty() && elsewhere_.empty() && alone_.empty()))) break;
    wait_for_news();
    for (auto& slot : slots_) serve(slot);
    view_.redraw();
  }
  counts_.left += static_cast<int64_t>(queue_.size() + elsewhere_.size() + alone_.size());
  queue_.clear();
  elsewhere_.clear();
  alone_.clear();
}

bool Supervisor::is_busy() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.task.has_value(); });
}

bool Supervisor::wants_alone() const {
  if (alone_.empty()) return false;
  return (queue_.empty() && elsewhere_.empty()) || returned_in_a_row_ >= kReturnedInARow;
}

void Supervisor::fill_slots(int threads) {
  // A trial that is tried alone has the machine to itself: nothing starts beside it.
  if (alone_mode_ && is_busy()) return;
  if (wants_alone()) {
    if (is_busy()) return;
    for (auto& slot : slots_) slot.worker.reset();  // a fresh worker, and the memory of all others
    alone_mode_ = true;
    start_next(slots_.front(), alone_, threads);
    return;
  }
  alone_mode_ = false;
  if (queue_.empty() && Clock::now() - looked_elsewhere_ > std::chrono::milliseconds(100)) {
    looked_elsewhere_ = Clock::now();
    // Trials that other processes had claimed are looked at again ten times per second: a process that died has
    // released its claims.
    queue_.swap(elsewhere_);
  }
  for (auto& slot : slots_) {
    while (!slot.task && !stopping_ && !queue_.empty()) start_next(slot, queue_, threads);
  }
  if (!elsewhere_.empty() && queue_.empty() && !is_busy() && !told_waiting_) {
    told_waiting_ = true;
    view_.note("waiting for " + std::to_string(elsewhere_.size()) + " trials that other processes run");
  }
}

/// Takes the first task of `queue`: runs it in `slot`, or finds that it is over or claimed by another process.
bool Supervisor::start_next(Slot& slot, std::deque<Task>& queue, int threads) {
  const Task task = queue.front();
  queue.pop_front();
  try {
    // The claim comes before the look at the store: two processes that both saw no record cannot both run the trial.
    auto claim = store_.claim(task.trial->id);
    if (!claim) {
      elsewhere_.push_back(task);
      return false;
    }
    if (is_settled(task)) return false;  // stored between our first look and the claim
    // Under the claim nobody else writes here, so what a killed process left can go.
    store_.sweep(task.trial->id);
    start_worker(slot, threads);
    slot.claim = std::move(claim);
    slot.task = task;
    slot.log.open(store_.log_path(task.trial->id), std::ios::app);
    slot.log << trial_name(*task.trial) << std::endl;
  } catch (const EnvironmentError& error) {
    ++counts_.left;
    give_up(error.what());
    return false;
  }
  if (slot.greeted) send_trial(slot);
  return true;
}

bool Supervisor::is_settled(const Task& task) {
  Problems problems;
  const auto records = store_.records_of(task.trial->id, problems);
  if (records.empty() || static_cast<int64_t>(records.size()) <= task.known_records) return false;
  const bool ok = records.front().result.status == TrialResult::Status::ok;
  ++(ok ? counts_.ok : counts_.failed);
  view_.ended(*task.trial, "elsewhere", ok ? "done by another process" : "failed in another process");
  return true;
}

void Supervisor::start_worker(Slot& slot, int threads) {
  if (slot.worker && slot.worker->settings().threads == threads && slot.worker->settings().device == slot.device &&
      !slot.worker->ended())
    return;
  auto settings = settings_.worker;
  settings.device = slot.device;
  settings.threads = threads;
  slot.greeted = false;
  slot.worker = std::make_unique<WorkerProcess>(settings);
}

void Supervisor::send_trial(Slot& slot) {
  const Trial& trial = *slot.task->trial;
  slot.worker->send(RunTrial{.id = trial.id,
                             .spec = trial.spec,
                             .data_folder = std::filesystem::absolute(settings_.data_folder).string(),
                             .checkpoint = std::filesystem::absolute(store_.checkpoint_path(trial.id)).string(),
                             .checkpoint_seconds = settings_.checkpoint_seconds,
                             .stop_after = std::nullopt,
                             .keep = settings_.keep,
                             .keep_folder = std::filesystem::absolute(store_.folder() / trial.id).string(),
                             .own_dataset = trial.own_dataset});
}

void Supervisor::wait_for_news() {
  std::vector<pollfd> waits = {{signals_.descriptor(), POLLIN, 0}};
  for (const auto& slot : slots_) {
    if (!slot.worker) continue;
    for (const int descriptor : {slot.worker->event_descriptor(), slot.worker->error_descriptor()}) {
      if (descriptor != -1) waits.push_back({descriptor, POLLIN, 0});
    }
  }
  ::poll(waits.data(), waits.size(), 100);  // the clock, live lines and other processes' claims want a look too
}

void Supervisor::serve(Slot& slot) {
  if (!slot.worker) return;
  // Standard error first, so that the log has a worker's words before the event that they explain.
  const auto errors = slot.worker->read_errors();
  if (slot.log.is_open()) slot.log << errors << std::flush;
  try {
    for (const auto& event : slot.worker->read_events()) {
      std::visit([&](const auto& one) { hear(slot, one); }, event);
    }
  } catch (const InputError& error) {
    slot.worker->kill();
    if (slot.task) give_back(slot, "the worker sent what is not an event: " + std::string(error.what()));
    slot.worker.reset();
    return;
  }
  // After a trial that was given back the process may have no device or no memory any more: the next trial gets a fresh
  // one.
  if (slot.retired && !slot.task) slot.worker.reset();
  slot.retired = false;
  if (slot.worker && slot.worker->ended()) bury(slot);
}

void Supervisor::hear(Slot& slot, const Hello& event) {
  if (event.protocol != Hello{}.protocol) {
    give_up(slot.worker->settings().program.string() + " speaks version " + std::to_string(event.protocol) +
            " of the messages, this program " + std::to_string(Hello{}.protocol) + ": build both from one commit");
    slot.worker->kill();
    return;
  }
  slot.greeted = true;
  // Sent only now: a worker that cannot start fails in bury without the trial being blamed.
  if (slot.task && !stopping_) send_trial(slot);
}

void Supervisor::hear(Slot& slot, const Started& event) {
  if (slot.task && slot.task->trial->id == event.id) view_.started(*slot.task->trial, slot.task->seconds, event);
}

void Supervisor::hear(Slot&, const Progress& event) { view_.progress(event); }

void Supervisor::hear(Slot&, const Evaluated& event) { view_.evaluated(event); }

void Supervisor::hear(Slot& slot, const Finished& event) {
  if (slot.task && slot.task->trial->id == event.id) store_result(slot, event.result);
}

void Supervisor::hear(Slot& slot, const Stopped& event) {
  if (!slot.task || slot.task->trial->id != event.id) return;
  ++counts_.left;
  release(slot, "stopped", "after epoch " + std::to_string(event.epochs_done) + "; the same command continues");
  watch_clock_and_signals();
  if (stopping_) return;
  view_.note("a signal asked a worker to stop (SIGXCPU where its time is over: ulimit -t): the run stops in order");
  counts_.interrupted = true;
  stop_all();
}

void Supervisor::hear(Slot& slot, const Returned& event) {
  if (!slot.task || slot.task->trial->id != event.id) return;
  if (event.kind == "missing_data") {
    ++counts_.skipped;
    release(slot, "skipped", event.message);
  } else if (event.kind == "input") {
    counts_.bad_input = true;
    ++counts_.left;
    release(slot, "returned", event.message);
  } else {
    slot.retired = true;
    give_back(slot, event.message);
  }
}

/// The worker's end without being asked.
void Supervisor::bury(Slot& slot) {
  watch_clock_and_signals();  // what ended the worker may have been meant for this program too
  const bool greeted = slot.greeted;
  const auto words = slot.worker->last_words();
  const auto name = slot.worker->settings().program.filename().string() + " on " + slot.device;
  if (slot.log.is_open()) slot.log << "worker ended: " << words << std::endl;
  slot.worker.reset();
  if (!slot.task) return;
  if (stopping_) {
    ++counts_.left;
    release(slot, "stopped", "its worker ended; the last checkpoint stays");
    // A worker that never said hello cannot run any trial: the run ends instead of trying each of them.
  } else if (!greeted) {
    ++counts_.left;
    release(slot, "returned", "no worker");
    give_up(name + " does not start: " + words);
  } else {
    give_back(slot, name + " ended: " + words);
  }
}

void Supervisor::store_result(Slot& slot, const TrialResult& result) {
  const Trial& trial = *slot.task->trial;
  Record record;
  record.trial = trial.id;
  record.spec = trial.spec;
  record.sources = trial.sources;
  record.use = trial.uses.front();
  record.build = this_build();
  record.machine = machine_;
  if (const auto looks = settings_.looks.find(record.use.protocol); looks != settings_.looks.end())
    record.looks = looks->second;
  record.result = result;
  if (result.determinism_class.contains("gpu")) record.machine.gpu = result.determinism_class["gpu"].get<std::string>();
  // A trial that ended by itself shows that the machine can run some.
  returned_in_a_row_ = 0;
  try {
    store_.add(record);
  } catch (const EnvironmentError& error) {
    ++counts_.left;
    release(slot, "returned", "its result could not be stored; its last checkpoint stays");
    const std::string words = error.what();
    give_up(words + (words.find("(ulimit") != std::string::npos
                         ? ", then run the same command"
                         : "; free some space or choose another --results folder, then run the same command"));
    return;
  }
  try {
    // Only after the record is durable: a crash between the two costs a file that the next run sweeps, not the
    // training.
    remove_file_durably(store_.checkpoint_path(trial.id));
  } catch (const EnvironmentError& error) {
    view_.warning(error.what());  // the record stands; nobody reads the checkpoint of a finished trial
  }
  if (result.status == TrialResult::Status::ok) {
    ++counts_.ok;
    release(slot, "ok", result_text(result));
    return;
  }
  ++counts_.failed;
  release(slot, "failed",
          "epoch " + std::to_string(result.failure_epoch) + ": " + result.failure +
              "; log: " + store_.log_path(trial.id).string());
  if (settings_.stop_on_failure) stop_all();
}

/// Not the trial's fault: it is tried once more, alone; if that fails too, the run cannot go on.
void Supervisor::give_back(Slot& slot, const std::string& message) {
  const Task task = *slot.task;
  const std::string log = "; log: " + store_.log_path(task.trial->id).string();
  ++returned_in_a_row_;
  if (stopping_ || alone_mode_) {
    ++counts_.left;
    release(slot, "returned", message + log);
    if (!stopping_) give_up(trial_name(*task.trial) + " could not run, alone either: " + message + log);
    return;
  }
  alone_.push_back(task);
  release(slot, "returned", message + "; it will be tried once more, alone" + log);
}

void Supervisor::release(Slot& slot, const std::string& how, const std::string& text) {
  const Trial& trial = *slot.task->trial;
  if (slot.log.is_open()) slot.log << how << (text.empty() ? "" : ": " + text) << std::endl;
  // The claim goes last: until then nobody else may touch the trial's folder.
  slot.log = {};
  slot.task.reset();
  view_.ended(trial, how, text);
  slot.claim.reset();
}

void Supervisor::watch_clock_and_signals() {
  if (signals_.stop() && !signal_served_) {
    signal_served_ = true;
    if (!stopping_)
      view_.note(signals_.name() + ": stopping: trials checkpoint at the end of their epoch; Ctrl-C or SIGTERM after " +
                 std::to_string(SignalWatch::kHurrySeconds) + " seconds stops at once");
    counts_.interrupted = true;
    stop_all();
  }
  if (signals_.hurry()) {
    for (auto& slot : slots_) {
      if (slot.worker && slot.task) slot.worker->kill();
    }
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  if (settings_.max_seconds && elapsed > *settings_.max_seconds && !stopping_) {
    view_.note("--max-time is over: trials checkpoint at the end of their epoch");
    counts_.interrupted = true;
    stop_all();
  }
}

void Supervisor::stop_all() {
  if (stopping_) return;
  stopping_ = true;
  for (auto& slot : slots_) {
    if (!slot.task) continue;
    if (slot.greeted) {
      slot.worker->send(StopTrial{});
    } else {  // it was not handed over yet
      ++counts_.left;
      release(slot, "stopped", "before its start");
    }
  }
}

void Supervisor::give_up(const std::string& message) {
  if (counts_.fatal.empty()) counts_.fatal = message;
  stop_all();
}

}  // namespace nlb
