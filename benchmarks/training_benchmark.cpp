#include <ATen/detail/CUDAHooksInterface.h>
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "benchmarks/trained.h"
#include "engine/chain.h"
#include "engine/checkpoint.h"
#include "engine/machine.h"
#include "engine/runner.h"
#include "methods/l2r.h"
#include "nets/device_layers.h"
#include "training/losses.h"
#include "training/method.h"
#include "training/state.h"

namespace {

using namespace nlb;

torch::Device device = torch::kCPU;

/// What was launched is done.
void wait_for_device() {
  if (device.is_cuda()) at::detail::getCUDAHooks().deviceSynchronize(0);
}

/// As many threads as the argument says; items are images.
void train(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  Trained trained(setting, device);
  int64_t epoch = 0;
  Step step{.epoch = 0, .pass = 0, .number = 0, .count = 1024 / setting.batch, .batches = {}};
  const Pass pass = trained.method->begin_epoch(0).front();
  const auto take_step = [&] {
    step.batches = {trained.set.batch(pass.streams.front(), epoch, step.number)};
    benchmark::DoNotOptimize(trained.method->step(step).predicted);
    if (++step.number == step.count) step.number = 0, step.epoch = ++epoch;
  };
  take_step();  // the first one allocates and chooses primitives
  wait_for_device();
  for (auto _ : state) {
    take_step();
    if (step.number == 0) wait_for_device();  // once an epoch: what is timed was done, not only launched
  }
  state.SetItemsProcessed(state.iterations() * setting.batch);
}

/// Making the batches of `train` alone: what the loader takes of its steps.
void batch(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Trained trained(setting, device);
  const Stream stream = trained.method->begin_epoch(0).front().streams.front();
  int64_t epoch = 0, number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(trained.set.batch(stream, epoch, number).labels);
    if (++number == 1024 / setting.batch) number = 0, ++epoch;
  }
  state.SetItemsProcessed(state.iterations() * setting.batch);
}

/// The digest that an evaluation adds; bytes are those of the whole training state.
void digest(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(1);
  Trained trained(setting, device);
  int64_t bytes = 0;
  for (const StateEntry& entry : read_state(*trained.method)) bytes += static_cast<int64_t>(entry.value.nbytes());
  for (auto _ : state) benchmark::DoNotOptimize(state_digest(*trained.method));
  state.SetBytesProcessed(state.iterations() * bytes);
}

/// A whole trial of 60 training images and 10,000 test images by the runner, evaluated every `range(0)` epochs; as many
/// epochs as give four evaluations, at least 200. The shares are of the trial's own wall time.
void trial(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(1);
  RunTrial command;
  command.spec.data.evaluate_every = state.range(0);
  command.spec.net = {.id = setting.net, .options = setting.options, .initialisation = "torch_default"};
  command.spec.recipe = Trained::recipe(setting);
  command.spec.recipe.last_batch = LastBatch::keep;
  command.spec.recipe.epochs = std::max<int64_t>(200, 4 * state.range(0));
  command.spec.method.id = "ce";
  Timing timing;
  RunnerEnvironment environment;
  environment.emit = [&](const Event& event) {
    if (const auto* finished = std::get_if<Finished>(&event)) timing = finished->result.timing;
  };
  for (auto _ : state) run_trial_on(command, Trained::data(setting, 60, 10000), environment);
  const auto evaluations = static_cast<double>(command.spec.recipe.epochs / state.range(0));
  state.counters["chain_us"] = 1e6 * timing.chain_seconds / evaluations;
  state.counters["chain_percent"] = 100 * timing.chain_seconds / timing.wall_seconds;
  state.counters["train_percent"] = 100 * timing.train_seconds / timing.wall_seconds;
  state.counters["evaluate_percent"] = 100 * timing.evaluate_seconds / timing.wall_seconds;
}

/// What a checkpoint takes of the training thread: the curves of 200 evaluations and the state; the file's writing is
/// waited for outside.
void checkpoint(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(1);
  Trained trained(setting, device);
  const auto folder = std::filesystem::temp_directory_path() / ("nlb_benchmark_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  CheckpointWriter writer(folder / "checkpoint");
  Checkpoint content;
  content.curves.epoch.resize(200);
  content.curves.test_correct.assign(1, std::vector<int64_t>(200));
  for (const char* name : {"a", "b", "c", "d", "e"}) content.curves.train_counts[name].resize(200);
  int64_t bytes = 0;
  for (const StateEntry& entry : read_state(*trained.method)) bytes += static_cast<int64_t>(entry.value.nbytes());
  for (auto _ : state) {
    writer.start(content, read_state(*trained.method));
    state.PauseTiming();
    writer.wait();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  std::filesystem::remove_all(folder);
}

/// L2R's meta-gradient of a batch: the trusted gradient, then its product with the gradient of each loss, by
/// `products`.
template <typename Products>
void meta_gradient(benchmark::State& state, const Setting& setting, Products products) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Trained trained(setting, device);
  const NetShape shape = {setting.channels, setting.side, setting.side, 10};
  const auto net = make_net(trained.spec.net, shape, derive(1, "init"), device);
  const Stream stream = trained.method->begin_epoch(0).front().streams.front();
  const Batch noisy = trained.set.batch(stream, 0, 0), clean = trained.set.batch(stream, 0, 1);
  const auto losses = [&](const Batch& batch) {
    return cross_entropy(net->forward(batch.images(), {.training = true, .update_statistics = false}), batch.labels);
  };
  ParameterStore& store = net->parameters();
  const auto leaves = store.parameters();
  const ScopedParameters by_the_library(store, leaves);  // as L2R does: our own layers have no second derivative
  for (auto _ : state) {
    const auto direction = torch::autograd::grad({losses(clean).mean()}, leaves);
    benchmark::DoNotOptimize(products(store, leaves, direction, [&] { return losses(noisy); }));
  }
  state.SetItemsProcessed(state.iterations() * setting.batch);
}

void l2r_double_backward(benchmark::State& state, const Setting& setting) {
  meta_gradient(state, setting, [](auto&, const auto& leaves, const auto& direction, const auto& losses) {
    return gradient_products(losses(), leaves, direction);
  });
}

void l2r_forward(benchmark::State& state, const Setting& setting) {
  meta_gradient(state, setting, [](auto& store, const auto&, const auto& direction, const auto& losses) {
    return derivatives_along(store, direction, losses);
  });
}

/// The same step in the library's layers.
Setting library(Setting setting) {
  setting.arithmetic = Arithmetic::library;
  return setting;
}
const Setting kMlp32 = {"mlp", {{"hidden", {128, 128}}}, 1, 28, 32, OptimiserId::adam, Arithmetic::fused};
const Setting kMlp128 = {"mlp", {{"hidden", {128, 128}}}, 1, 28, 128, OptimiserId::adam, Arithmetic::fused};
const Setting kMlpColour32 = {"mlp", {{"hidden", {128, 128}}}, 3, 32, 32, OptimiserId::adam, Arithmetic::fused};
const Setting kLenet32 = {"lenet5", Json::object(), 1, 28, 32, OptimiserId::adam, Arithmetic::fused};
const Setting kSmall128 = {"cnn_small", Json::object(), 3, 32, 128, OptimiserId::sgd, Arithmetic::fused};
const Setting kSmall32 = {"cnn_small", Json::object(), 3, 32, 32, OptimiserId::sgd, Arithmetic::fused};
const Setting kPreact128 = preact_resnet18_128();
const Setting kCnn9128 = {"cnn9", {{"dropout", 0.25}}, 3, 32, 128, OptimiserId::sgd};
const Setting kResnet32128 = {"resnet32", Json::object(), 3, 32, 128, OptimiserId::sgd};
const Setting kLenet100 = {"lenet5", Json::object(), 1, 28, 100, OptimiserId::sgd};
const Setting kResnet32100 = {"resnet32", Json::object(), 3, 32, 100, OptimiserId::sgd};

BENCHMARK_CAPTURE(train, mlp_adam_batch_32, kMlp32)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, mlp_library_batch_32, library(kMlp32))->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, mlp_adam_batch_128, kMlp128)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, lenet5_adam_batch_32, kLenet32)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, lenet5_library_batch_32, library(kLenet32))->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, cnn_small_sgd_batch_128, kSmall128)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, cnn_small_library_batch_128, library(kSmall128))->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, preact_resnet18_sgd_batch_128, kPreact128)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, cnn9_sgd_batch_128, kCnn9128)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, resnet32_sgd_batch_128, kResnet32128)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(l2r_double_backward, lenet5, kLenet100)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(l2r_forward, lenet5, kLenet100)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(l2r_double_backward, resnet32, kResnet32100)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(l2r_forward, resnet32, kResnet32100)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(batch, mlp_batch_32, kMlp32)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(batch, cnn_small_batch_128, kSmall128)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(digest, mlp, kMlp32);
BENCHMARK_CAPTURE(digest, mlp_colour, kMlpColour32);
BENCHMARK_CAPTURE(digest, cnn_small, kSmall32);
BENCHMARK_CAPTURE(digest, preact_resnet18, kPreact128);
BENCHMARK_CAPTURE(checkpoint, mlp, kMlp32);
BENCHMARK_CAPTURE(checkpoint, preact_resnet18, kPreact128)->Iterations(5);
BENCHMARK_CAPTURE(trial, mlp_1x28x28, kMlp32)->Arg(10)->Arg(50)->Arg(100)->Iterations(1)->UseRealTime();
BENCHMARK_CAPTURE(trial, mlp_3x32x32, kMlpColour32)->Arg(10)->Arg(50)->Arg(100)->Iterations(1)->UseRealTime();
BENCHMARK_CAPTURE(trial, cnn_small_3x32x32, kSmall32)->Arg(10)->Arg(50)->Arg(100)->Iterations(1)->UseRealTime();

/// Takes `--name=value` out of the words and returns the value, which is one of `allowed`; the first where it is not
/// given.
std::string take_option(int& argc, char** argv, const std::string& name, const std::vector<std::string>& allowed) {
  const std::string begin = "--" + name + "=";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with(begin)) continue;
    std::rotate(argv + i, argv + i + 1, argv + argc--);
    const std::string value = word.substr(begin.size());
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
    std::fprintf(stderr, "%s is not one of", word.c_str());
    for (const auto& one : allowed) std::fprintf(stderr, " %s", one.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  return allowed.front();
}

/// What a protocol would set, and what is measured beside: --device=cuda, --precision=tf32 or bf16,
/// --deterministic=off, and --layers=nhwc or nchw for the library's layers on a GPU in place of ours.
void set_up(int& argc, char** argv) {
  prepare_process(1);
  prepare_thread();
  if (take_option(argc, argv, "device", {"cpu", "cuda"}) == "cuda") device = torch::Device(torch::kCUDA, 0);
  set_precision(take_option(argc, argv, "precision", {"fp32", "tf32", "bf16"}), device);
  if (take_option(argc, argv, "deterministic", {"on", "off"}) == "off") {
    at::globalContext().setDeterministicAlgorithms(false, false);
    at::globalContext().setDeterministicCuDNN(false);
    at::globalContext().setBenchmarkCuDNN(true);
  }
  const std::string layers = take_option(argc, argv, "layers", {"kernels", "nhwc", "nchw"});
  if (layers != "kernels") set_layers(layers == "nhwc" ? Layers::library_last : Layers::library_first);
}

}  // namespace

int main(int argc, char** argv) {
  set_up(argc, argv);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
