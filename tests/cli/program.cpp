#include "tests/cli/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <sstream>
#include <utility>

#include "core/text.h"

namespace nlb::test {

namespace fs = std::filesystem;

Workplace::Workplace() {
  static std::atomic<int> number = 0;
  folder_ = fs::temp_directory_path() / ("nlb_cli_" + std::to_string(::getpid()) + "_" + std::to_string(++number));
  fs::create_directories(folder_ / "protocols");
  with("NLBENCH_WORKER", std::string(NLB_BINARY_DIR) + "/tests/cli/fake_worker");
  with("FAKE_STARTS", (folder_ / "starts").string());
  with("NLBENCH_RESULTS", "results");                           // follow_up_test.cpp looks at what happens without
  with("NLB_MACHINE_ROOT", (folder_ / "no_machine").string());  // whatever GPUs this one has
}

Workplace::~Workplace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Workplace& Workplace::with(const std::string& name, const std::string& value) {
  environment_[name] = value;
  return *this;
}

Workplace& Workplace::limit(int resource, uint64_t value) {
  limits_[resource] = value;
  return *this;
}

Outcome Workplace::run(const std::vector<std::string>& words) const { return start(words).wait(); }

Workplace::Running Workplace::start(const std::vector<std::string>& words) const {
  static std::atomic<int> number = 0;
  const std::string stem = (folder_ / ("run" + std::to_string(++number))).string();
  std::string program = std::string(NLB_BINARY_DIR) + "/bin/nlbench";
  std::vector<std::string> copies = words;
  std::string typed = "nlbench";  // what printed commands begin with
  std::vector<char*> pointers = {typed.data()};
  for (auto& word : copies) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t process = ::fork();
  if (process == 0) {
    const int out = ::open((stem + ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int err = ::open((stem + ".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    for (const auto& [name, value] : environment_) {
      value.empty() ? ::unsetenv(name.c_str()) : ::setenv(name.c_str(), value.c_str(), 1);
    }
    for (const auto& [resource, value] : limits_) {
      const rlimit limit{value, value};
      ::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit);
    }
    if (::chdir(folder_.c_str()) == 0) ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }
  REQUIRE(process > 0);
  return {process, stem + ".out", stem + ".err"};
}

Workplace::Running::Running(Running&& other) noexcept
    : process_(std::exchange(other.process_, -1)), out_(std::move(other.out_)), err_(std::move(other.err_)) {}

Workplace::Running::~Running() {
  if (process_ == -1) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void Workplace::Running::signal(int number) const { ::kill(process_, number); }

int Workplace::Running::signal_all(int number) const {
  const auto task = std::to_string(process_);
  std::ifstream children("/proc/" + task + "/task/" + task + "/children");
  int reached = 0;
  for (pid_t child = 0; children >> child; ++reached) ::kill(child, number);
  ::kill(process_, number);
  return reached;
}

bool Workplace::Running::lives() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

std::string Workplace::Running::err() const { return text_of(err_); }

Outcome Workplace::Running::wait() {
  int status = 0;
  for (int waited = 0; ::waitpid(process_, &status, WNOHANG) == 0; ++waited) {
    if (waited == 600'000) ::kill(process_, SIGKILL);  // ten minutes: something hangs
    ::usleep(1000);
  }
  process_ = -1;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), text_of(out_), text_of(err_)};
}

void Workplace::write_protocol(const std::string& id, int seeds, int epochs, const std::string& dataset) const {
  Json entries = Json::array();
  for (int seed = 1; seed <= seeds; ++seed) {
    entries.push_back(
        {{"name", std::to_string(seed)}, {"noise", seed}, {"split", seed}, {"init", seed}, {"train", seed}});
  }
  const Json noise = {{"generator", "symmetric_inclusive"},
                      {"rate", 0.4},
                      {"options", {{"count", "exact"}, {"stream", "philox"}}},
                      {"source", "ours"}};
  const Json recipe = {
      {"epochs", epochs},
      {"batch_size", 64},
      {"last_batch", "keep"},
      {"optimiser",
       {{"id", "sgd"}, {"learning_rate", 0.05}, {"weight_decay", 0}, {"momentum", 0.9}, {"nesterov", false}}},
      {"schedule", {{"id", "constant"}}},
      {"source", "ours"}};
  const Json group = {{"id", "main"},
                      {"title", "main"},
                      {"conditions", "for tests"},
                      {"data", {{"dataset", dataset}, {"evaluate_every", 1}, {"source", "ours"}}},
                      {"settings", {{{"name", "0.4"}, {"title", "40 %"}, {"noise", noise}}}},
                      {"columns", {{{"id", "0.4"}, {"title", "40 %"}, {"setting", "0.4"}}}},
                      {"net", "mlp"},
                      {"recipe", "sgd"},
                      {"rows", {{{"id", "ce"}, {"title", "CE"}, {"method", "ce"}, {"source", "ours"}}}}};
  const Json protocol = {
      {"schema", 1},
      {"id", id},
      {"kind", "own"},
      {"title", id},
      {"summary", "for tests"},
      {"precision", "fp32"},
      {"precision_source", "ours"},
      {"seeds", entries},
      {"seeds_source", "ours"},
      {"tolerance", {{"points", 5}, {"reason", "for tests"}}},
      {"nets",
       {{"mlp",
         {{"id", "mlp"}, {"options", {{"hidden", {32}}}}, {"initialisation", "torch_default"}, {"source", "ours"}}}}},
      {"recipes", {{"sgd", recipe}}},
      {"groups", {group}}};
  std::ofstream(folder_ / "protocols" / (id + ".json")) << protocol.dump(1);
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const fs::path& file) {
  auto lines = split(text_of(file), '\n');
  std::erase(lines, "");
  return lines;
}

std::multimap<std::string, Json> records_in(const fs::path& results) {
  std::multimap<std::string, Json> records;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(results, none)) {
    if (folder.path().filename().string().size() != 64) continue;
    for (const auto& file : fs::directory_iterator(folder.path())) {
      const auto name = file.path().filename().string();
      if (name.starts_with(".") || name.ends_with(".curves.json") || name.size() != 64 + 5) continue;
      records.emplace(folder.path().filename().string(), Json::parse(text_of(file.path())).at("result"));
    }
  }
  return records;
}

bool eventually(const std::function<bool()>& happens) {
  for (int i = 0; i < 30'000; ++i) {
    if (happens()) return true;
    ::usleep(10'000);
  }
  return false;
}

}  // namespace nlb::test
