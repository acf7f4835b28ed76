// tests/engine/run_support.h -- runs a tiny trial and keeps what it said.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/machine.h"
#include "engine/runner.h"
#include "tests/support/tiny_trial.h"

namespace nlb::test {

/// What one call of the runner emitted.
struct Heard {
  std::vector<Event> events;
  std::vector<std::string> log;

  template <typename T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Event& event : events) {
      if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }
  /// The result; fails the test if the trial was stopped or given back.
  TrialResult result() const {
    const auto returned = all<Returned>();
    const std::string message = returned.empty() ? "" : returned.front().message;
    CAPTURE(message);
    REQUIRE(all<Finished>().size() == 1);
    return all<Finished>().front().result;
  }
};

inline RunTrial tiny_command(const TrialSpec& spec) {
  RunTrial command;
  command.id = trial_id(spec);
  command.spec = spec;
  return command;
}

inline Heard run_tiny(const RunTrial& command, TrainingData data, bool stop_at_once = false,
                      const Json& determinism_class = {{"test", "1"}}, torch::Device device = torch::kCPU) {
  static const bool prepared = (prepare_process(1), true);
  static_cast<void>(prepared);
  Heard heard;
  const std::atomic<bool> stop = stop_at_once;
  RunnerEnvironment environment;
  environment.device = device;
  environment.determinism_class = determinism_class;
  environment.emit = [&](const Event& event) { heard.events.push_back(event); };
  environment.log = [&](const std::string& line) { heard.log.push_back(line); };
  environment.stop = &stop;
  run_trial_on(command, std::move(data), environment);
  return heard;
}

/// A fresh folder, removed with all it holds.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nlbench-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace nlb::test
