// The worker as nlbench sees it: a process that is spoken to, stopped, killed and left alone.
#include <filesystem>
#include <fstream>
#include <map>

#include "core/durable.h"
#include "facts/facts.h"
#include "tests/support/shared.h"
#include "tests/worker/worker_process.h"

namespace nlb {
namespace {

using namespace test;

/// A fresh folder, removed with all it holds.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "nlbench-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// elr on 300 drawn images, a few milliseconds an epoch.
RunTrial drawn_trial(int64_t epochs) {
  RunTrial command;
  TrialSpec& spec = command.spec;
  spec.data.dataset = "quickstart";
  spec.data.digest = facts().datasets.at("quickstart").digest;
  spec.data.train_subset = SubsetSpec{.count = 300, .how = SubsetDraw::first};
  spec.data.test_subset = SubsetSpec{.count = 100, .how = SubsetDraw::first};
  spec.noise = NoiseSpec{
      .generator = "symmetric_exclusive", .rate = 0.4, .options = {{"count", "per_sample"}, {"stream", "philox"}}};
  spec.net = {.id = "mlp", .options = {{"hidden", {16}}}, .initialisation = "torch_default"};
  spec.recipe.epochs = epochs;
  spec.recipe.batch_size = 32;
  spec.recipe.last_batch = LastBatch::keep;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.05, .momentum = 0.9};
  spec.recipe.schedule.rate = ConstantRate{};
  spec.method = {.id = "elr", .options = {{"lambda", 3}, {"beta", 0.7}}};
  spec.seeds = {.noise = 1, .split = 2, .init = 3, .train = 4};
  spec.revisions.generator = 1;
  command.id = trial_id(spec);
  return command;
}

std::string whole_chain(const RunTrial& command) {
  WorkerProcess worker;
  worker.send(command);
  return worker.hear<Finished>().result.state_chain;
}

TEST_CASE("A worker greets, trains one trial after the other, and leaves when told", "[worker]") {
  WorkerProcess worker;
  const Hello hello = worker.hear<Hello>();
  CHECK(hello.protocol == 2);
  CHECK(hello.device == "cpu");
  for (const char* key : {"compiler", "flags", "libtorch", "onednn", "mkl", "cpu", "isa", "threads", "chain"}) {
    CAPTURE(key);
    CHECK(hello.determinism_class.contains(key));
  }
  const RunTrial command = drawn_trial(2);
  worker.send(command);
  CHECK(worker.hear<Started>().epochs == 2);
  const TrialResult first = worker.hear<Finished>().result;
  worker.send(command);
  CHECK(worker.hear<Finished>().result.state_chain == first.state_chain);
  worker.send(Leave{});
  CHECK(!worker.line());
  CHECK(worker.wait() == 0);
}

TEST_CASE("A worker killed at any moment resumes to the same chain", "[worker][kill]") {
  const Scratch scratch;
  RunTrial command = drawn_trial(12);
  const std::string chain = whole_chain(command);
  command.checkpoint = scratch.path() / "trial.ckpt";
  command.checkpoint_seconds = 0;
  int64_t resumed_at = 0;
  for (const int64_t after : {2, 6, 9}) {
    WorkerProcess worker;
    worker.send(command);
    resumed_at = worker.hear<Started>().resumed_at;
    while (worker.hear<Evaluated>().epoch < after) {
    }
    worker.kill();
  }
  CHECK(resumed_at > 0);
  WorkerProcess last;
  last.send(command);
  CHECK(last.hear<Finished>().result.state_chain == chain);
}

TEST_CASE("A crash at any point of writing a checkpoint loses no more than that checkpoint", "[worker][kill]") {
  const std::string chain = whole_chain(drawn_trial(6));
  for (const std::string& point : durable_points()) {
    if (point == "unlink") continue;  // a worker removes nothing
    CAPTURE(point);
    const Scratch scratch;
    RunTrial command = drawn_trial(6);
    command.checkpoint = scratch.path() / "trial.ckpt";
    command.checkpoint_seconds = 0;
    WorkerProcess crashing({}, "crash:" + point + ":3");
    crashing.send(command);
    while (crashing.line()) {
    }
    CHECK(crashing.wait() > 128);
    WorkerProcess next;
    next.send(command);
    CHECK(next.hear<Started>().resumed_at >= 1);
    CHECK(next.hear<Finished>().result.state_chain == chain);
  }
}

TEST_CASE("A full disk or a broken one gives the trial back with the file's name", "[worker]") {
  const Scratch scratch;
  RunTrial command = drawn_trial(6);
  command.checkpoint = scratch.path() / "trial.ckpt";
  command.checkpoint_seconds = 0;
  for (const char* fault : {"ENOSPC:write:2", "EIO:sync:2"}) {
    CAPTURE(fault);
    WorkerProcess worker({}, fault);
    worker.send(command);
    Event event;
    do event = decode_event(worker.line().value());
    while (!std::holds_alternative<Returned>(event));
    CHECK(std::get<Returned>(event).kind == "environment");
    CHECK(std::get<Returned>(event).message.find("trial.ckpt") != std::string::npos);
  }
}

TEST_CASE("A stop reaches a running trial; the same command goes on later", "[worker]") {
  const Scratch scratch;
  RunTrial command = drawn_trial(400);
  command.checkpoint = scratch.path() / "trial.ckpt";
  WorkerProcess worker;
  worker.send(command);
  worker.hear<Evaluated>();
  worker.send(StopTrial{});
  const Stopped stopped = worker.hear<Stopped>();
  CHECK(stopped.epochs_done < 400);
  worker.send(command);
  CHECK(worker.hear<Started>().resumed_at == stopped.epochs_done);
}

TEST_CASE("A signal that asks to stop lets the epoch end, and holds for later trials too", "[worker]") {
  const int number = GENERATE(SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU);
  CAPTURE(number);
  std::signal(SIGHUP, SIG_DFL);  // the tests themselves may run under nohup
  const Scratch scratch;
  RunTrial command = drawn_trial(400);
  command.checkpoint = scratch.path() / "trial.ckpt";
  WorkerProcess worker;
  worker.send(command);
  worker.hear<Evaluated>();
  worker.signal(SIGINT);
  for (int i = 0; i < 3; ++i) worker.signal(number);
  const Stopped stopped = worker.hear<Stopped>();
  CHECK(stopped.epochs_done < 400);
  worker.send(command);
  CHECK(worker.hear<Started>().resumed_at == stopped.epochs_done);
  CHECK(worker.hear<Stopped>().epochs_done == stopped.epochs_done + 1);
  worker.send(Leave{});
  CHECK(worker.wait() == 0);
}

TEST_CASE("A worker whose parent died leaves at once", "[worker]") {
  WorkerProcess worker;
  worker.send(drawn_trial(100000));
  worker.hear<Evaluated>();
  worker.close_input();
  CHECK(worker.wait() == 0);
}

TEST_CASE("Commands that cannot be read are answered, not fatal", "[worker]") {
  WorkerProcess worker;
  worker.hear<Hello>();
  worker.send(std::string("{\"command\":\"run\"}\n"));
  const auto answer = worker.line();
  REQUIRE(answer);
  CHECK(std::get<Returned>(decode_event(*answer)).kind == "input");
  worker.send(drawn_trial(1));
  CHECK(worker.hear<Finished>().result.status == TrialResult::Status::ok);
}

TEST_CASE("A trial whose data is absent is given back as missing_data", "[worker]") {
  const Scratch scratch;
  RunTrial command = drawn_trial(1);
  command.spec.data.dataset = "mnist";
  command.spec.data.digest = facts().datasets.at("mnist").digest;
  command.id = trial_id(command.spec);
  command.data_folder = scratch.path();
  WorkerProcess worker;
  worker.hear<Hello>();
  worker.send(command);
  const auto answer = worker.line();
  REQUIRE(answer);
  CHECK(std::get<Returned>(decode_event(*answer)).kind == "missing_data");
}

TEST_CASE("On MNIST with 40 % symmetric noise one epoch of cross-entropy passes 90 %", "[worker][data]") {
  NLB_REQUIRE_SHARED(shared);
  RunTrial command = drawn_trial(1);
  TrialSpec& spec = command.spec;
  spec.data = {};
  spec.data.dataset = "mnist";
  spec.data.digest = facts().datasets.at("mnist").digest;
  spec.net.options = {{"hidden", {128, 128}}};
  spec.recipe.optimiser = {.id = OptimiserId::adam, .learning_rate = 1e-3};
  spec.method = {.id = "ce", .options = Json::object()};
  command.id = trial_id(spec);
  command.data_folder = shared / "data";
  WorkerProcess worker;
  worker.send(command);
  CHECK(worker.hear<Started>().noise->count == 60000);
  const TrialResult result = worker.hear<Finished>().result;
  CHECK(result.final_counts.test_count == 10000);
  CHECK(result.final_counts.last > 9000);
  CHECK(result.curves.detection.at("auroc").back() > 0.95);
  CHECK(result.curves.train_counts.at("seen_wrong").back() == result.noise->changed);
}

TEST_CASE("--isa pins the instruction set and shows in the class", "[worker]") {
  WorkerProcess worker({"--isa", "avx2"});
  const std::string isa = worker.hear<Hello>().determinism_class.at("isa");
  CHECK(isa.find("aten AVX2, onednn AVX2, mkl AVX2") == 0);
}

TEST_CASE("The class names what the environment tells oneDNN, under its newer or its older name", "[worker]") {
  struct Row {
    std::map<std::string, std::string> set;
    std::string named;
  };
  const auto row =
      GENERATE(values<Row>({{{}, "onednn auto, mkl"},
                            {{{"DNNL_MAX_CPU_ISA", "AVX2"}}, "onednn AVX2, mkl"},
                            {{{"ONEDNN_MAX_CPU_ISA", "AVX2"}}, "onednn AVX2, mkl"},
                            {{{"ONEDNN_MAX_CPU_ISA", "SSE41"}, {"DNNL_MAX_CPU_ISA", "AVX2"}}, "onednn SSE41, mkl"},
                            {{{"ONEDNN_MAX_CPU_ISA", ""}, {"DNNL_MAX_CPU_ISA", "AVX2"}}, "onednn AVX2, mkl"},
                            {{{"DNNL_CPU_ISA_HINTS", "PREFER_YMM"}}, "onednn auto CPU_ISA_HINTS=PREFER_YMM, mkl"},
                            {{{"ONEDNN_DEFAULT_FPMATH_MODE", "BF16"}}, "onednn auto DEFAULT_FPMATH_MODE=BF16, mkl"}}));
  for (const auto& [name, value] : row.set) setenv(name.c_str(), value.c_str(), 1);
  WorkerProcess worker;
  for (const auto& [name, value] : row.set) unsetenv(name.c_str());
  const std::string isa = worker.hear<Hello>().determinism_class.at("isa");
  CAPTURE(isa, row.named);
  CHECK(isa.find(", " + row.named) != std::string::npos);
}

TEST_CASE("Wrong flags and absent devices end with the exit codes of nlbench", "[worker]") {
  CHECK(WorkerProcess({"--thread", "2"}).wait() == 2);
  CHECK(WorkerProcess({"--threads", "0"}).wait() == 2);
  CHECK(WorkerProcess({"--isa", "neon"}).wait() == 2);
  CHECK(WorkerProcess({"--device", "tpu:0"}).wait() == 2);
  CHECK(WorkerProcess({"--device", "cuda:77"}).wait() == 5);
}

}  // namespace
}  // namespace nlb
