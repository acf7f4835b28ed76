// tests/cli/fake_worker.cpp -- speaks results/messages.h like nlbench-worker, but trains nothing: what it does with a
// trial follows from the environment, so that tests can provoke whatever a real worker meets.
//   FAKE_EPOCH_MS     duration of an epoch; default 1
//   FAKE_PAUSE_AT     an epoch before whose checkpoint every trial waits until it is told to stop: it can neither end
//                     before a test acts nor come too late for it, however busy the machine
//   FAKE_STARTS       file to which the id of each started trial is appended
//   FAKE_SCRIPT       "<train seed>:<act>,...": fail, die, die_once, environment, environment_once, missing_data,
//   input,
//                     internal, garbage, hang, stop (as a signal to the worker alone does); a * stands for every seed
//   FAKE_ISA          what the determinism class says; default avx2
//   FAKE_SHIFT        added to every count of right test images (another class, or a fault)
//   FAKE_SPREAD       added to it once per train seed: seeds differ
//   FAKE_CHAIN        goes into every chain
//   FAKE_GPUS         what --gpus answers: a JSON object as results/gpus.h says; default: none, built without CUDA
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "core/sha256.h"
#include "core/text.h"
#include "results/messages.h"
#include "results/samples.h"

using namespace nlb;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kTestImages = 1000;

std::string environment(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

void emit(const Event& event) {
  const std::string line = encode(event);
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::exit(1);
}

/// Lines of standard input; the end of input ends the program, as the contract of the pipe says.
class Commands {
 public:
  std::optional<Command> take(int patience_ms) {
    size_t end;
    while ((end = text_.find('\n')) == std::string::npos) {
      pollfd wait{STDIN_FILENO, POLLIN, 0};
      if (::poll(&wait, 1, patience_ms) == 0) return std::nullopt;
      char buffer[65536];
      const auto got = ::read(STDIN_FILENO, buffer, sizeof buffer);
      if (got <= 0) std::exit(0);
      text_.append(buffer, static_cast<size_t>(got));
    }
    const auto command = decode_command(text_.substr(0, end + 1));
    text_.erase(0, end + 1);
    return command;
  }

 private:
  std::string text_;
};

std::string act_of(const TrialSpec& spec) {
  for (const auto& entry : split(environment("FAKE_SCRIPT", ""), ',')) {
    const auto parts = split(entry, ':');
    if (parts.front() == "*" || parts.front() == std::to_string(spec.seeds.train)) return parts.back();
  }
  return "";
}

/// Whether `act` happens now: acts ending in _once happen the first time only.
bool happens(const std::string& act, const std::string& name, const RunTrial& run) {
  if (act == name) return true;
  if (act != name + "_once") return false;
  const auto mark = fs::path(run.checkpoint).parent_path() / "fake_once";
  if (fs::exists(mark)) return false;
  std::ofstream(mark) << "done";
  return true;
}

struct State {
  int64_t epoch = 0;
  std::string chain;
  Curves curves;
  uint64_t seed = 0;  ///< of training
};

int64_t number(const char* name) { return std::atoi(environment(name, "0").c_str()); }

int64_t test_correct(int64_t epoch, uint64_t seed) {
  const int64_t right = 500 + epoch * 10 + number("FAKE_SHIFT") + number("FAKE_SPREAD") * static_cast<int64_t>(seed);
  return std::min(kTestImages, right);
}

State load(const RunTrial& run) {
  State state{.epoch = 0,
              .chain = hex(sha256(run.id + environment("FAKE_CHAIN", ""))),
              .curves = {},
              .seed = run.spec.seeds.train};
  std::ifstream file(run.checkpoint);
  file >> state.epoch >> state.chain;
  state.curves.outputs = {"net"};
  state.curves.test_correct.resize(1);
  for (int64_t epoch = 1; epoch <= state.epoch; ++epoch) {
    state.curves.epoch.push_back(epoch);
    state.curves.test_correct[0].push_back(test_correct(epoch, state.seed));
  }
  return state;
}

/// Without core/durable.h, so that faults injected through the environment hit nlbench alone.
void save(const RunTrial& run, const State& state) {
  std::ofstream(run.checkpoint + ".new") << state.epoch << " " << state.chain << std::flush;
  fs::rename(run.checkpoint + ".new", run.checkpoint);
}

/// Four samples, the last never seen.
void keep_samples(const RunTrial& run) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  fs::create_directories(run.keep_folder);
  std::ofstream(fs::path(run.keep_folder) / kSamplesFile)
      << write_samples({.trial = run.id,
                        .has_score = true,
                        .image = {0, 4, 7, 9},
                        .given = {0, 2, 3, 5},
                        .clean = {0, 2, 1, 5},
                        .epoch = {2, 1, 2, 0},
                        .predicted = {0, 2, 1, -1},
                        .loss = {0.0123456789, 0.25, 4.5, kNone},
                        .clean_score = {0.875, 0.875, 0.0625, kNone}});
}

Json determinism_class(const std::string& threads) {
  return {{"compiler", "fake"}, {"cpu", "fake"}, {"isa", environment("FAKE_ISA", "avx2")}, {"threads", threads}};
}

TrialResult result_of(const State& state, const std::string& threads, int64_t resumed_at) {
  TrialResult result;
  result.state_chain = state.chain;
  result.count_chain = hex(sha256(state.chain));
  result.determinism_class = determinism_class(threads);
  result.curves = state.curves;
  const auto evaluations = static_cast<size_t>(state.epoch);
  result.curves.learning_rate.assign(evaluations, 0.1);
  result.curves.seconds.assign(evaluations, 0.01);
  result.final_counts.test_count = kTestImages;
  result.final_counts.last = test_correct(state.epoch, state.seed);
  result.final_counts.last_ten = {test_correct(state.epoch, state.seed)};
  result.timing.images_per_second = 1000;
  if (resumed_at > 0) result.timing.interrupted_at = {resumed_at};
  result.started = result.finished = "2026-01-01T00:00:00Z";
  return result;
}

void train(const RunTrial& run, Commands& commands, const std::string& threads) {
  const auto act = act_of(run.spec);
  if (const auto file = environment("FAKE_STARTS", ""); !file.empty()) {
    std::ofstream(file, std::ios::app) << run.id + "\n" << std::flush;
  }
  std::cerr << "fake worker trains " << run.id << std::endl;
  State state = load(run);
  const int64_t epochs = run.spec.recipe.epochs, resumed_at = state.epoch;
  emit(Started{.id = run.id, .epochs = epochs, .resumed_at = resumed_at, .noise = std::nullopt});
  for (const char* kind : {"environment", "missing_data", "input", "internal"}) {
    if (happens(act, kind, run)) return emit(Returned{run.id, kind, "told to return " + act});
  }
  if (happens(act, "die", run)) std::raise(SIGKILL);
  if (act == "garbage") std::cout << "what is this\n" << std::flush;
  bool stop = false;
  while (state.epoch < epochs) {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(environment("FAKE_EPOCH_MS", "1").c_str())));
    while (act == "hang") commands.take(-1);  // until the end of input or a kill
    ++state.epoch;
    state.chain = hex(sha256(state.chain + std::to_string(state.epoch)));
    state.curves.epoch.push_back(state.epoch);
    state.curves.test_correct[0].push_back(test_correct(state.epoch, state.seed));
    emit(Progress{.id = run.id,
                  .epoch = state.epoch - 1,
                  .images = 10,
                  .images_in_epoch = 10,
                  .loss = 1.5,
                  .images_per_second = 1000});
    emit(Evaluated{run.id, state.epoch, test_correct(state.epoch, state.seed), kTestImages, state.chain});
    const bool pause = state.epoch == number("FAKE_PAUSE_AT");
    if (pause) save(run, state);  // what a kill finds
    while (const auto command = commands.take(pause && !stop ? -1 : 0))
      stop = stop || std::holds_alternative<StopTrial>(*command);
    save(run, state);
    stop = stop || act == "stop";
    if (state.epoch < epochs && (stop || state.epoch == run.stop_after)) {
      return emit(Stopped{run.id, state.epoch, state.chain, hex(sha256(state.chain))});
    }
  }
  auto result = result_of(state, threads, resumed_at);
  if (act == "fail") {
    result.status = TrialResult::Status::failed;
    result.failure = "loss is not finite";
    result.failure_epoch = 1;
  }
  if (std::find(run.keep.begin(), run.keep.end(), "samples") != run.keep.end() &&
      result.status == TrialResult::Status::ok)
    keep_samples(run);
  emit(Finished{run.id, result});
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--gpus") {
    std::cout << environment("FAKE_GPUS", R"({"built_with_cuda":false,"gpus":[],"libtorch":"2.11.0","problem":""})")
              << std::endl;
    return 0;
  }
  std::map<std::string, std::string> flags = {{"--device", "cpu"}, {"--threads", "1"}};
  for (int i = 1; i + 1 < count; i += 2) flags[words[i]] = words[i + 1];
  if (flags["--device"] != "cpu" && environment("FAKE_GPUS", "").find(flags["--device"]) == std::string::npos) {
    std::cerr << "no CUDA device: this worker was built without CUDA" << std::endl;
    return 1;
  }
  emit(Hello{.determinism_class = determinism_class(flags["--threads"]),
             .device = flags["--device"],
             .multiply_add_peak = 1e9});
  Commands commands;
  while (true) {
    const auto command = commands.take(-1);
    if (std::holds_alternative<Leave>(*command)) return 0;
    if (const auto* run = std::get_if<RunTrial>(&*command)) train(*run, commands, flags["--threads"]);
  }
}
