#include <benchmark/benchmark.h>

#include "engine/chain.h"
#include "engine/checkpoint.h"
#include "engine/machine.h"
#include "engine/state.h"
#include "methods/method.h"

namespace {

using namespace nlb;

struct Setting {
  const char* net;
  Json options;
  int64_t channels, side, batch;
  const char* optimiser;
};

/// 1,024 drawn images and plain cross-entropy; what a trial of the runner steps through.
struct Trained {
  explicit Trained(const Setting& setting) : set(data(setting), recipe(setting), 1, torch::kCPU) {
    spec.net = {.id = setting.net, .options = setting.options, .initialisation = "torch_default"};
    spec.recipe = recipe(setting);
    spec.method.id = "ce";
    method = make_method({.spec = spec, .set = set, .device = torch::kCPU});
  }

  static RecipeSpec recipe(const Setting& setting) {
    RecipeSpec recipe;
    recipe.epochs = 1'000'000;
    recipe.batch_size = setting.batch;
    recipe.last_batch = "drop";
    recipe.optimiser = {.id = setting.optimiser, .learning_rate = 1e-3, .momentum = 0.9};
    recipe.schedule.id = "constant";
    if (setting.channels == 3) recipe.augmentation = AugmentationSpec{.pad_crop = 4, .flip = true};
    return recipe;
  }

  static TrainingData data(const Setting& setting) {
    TrainingData data;
    ImageSet& images = data.dataset.train;
    images = {.count = 1024,
              .channels = setting.channels,
              .height = setting.side,
              .width = setting.side,
              .pixels = {},
              .labels = {}};
    data.dataset.classes = 10;
    images.pixels.resize(static_cast<size_t>(images.count * images.image_bytes()));
    const Key key = derive(1, "benchmark");
    for (size_t i = 0; i < images.pixels.size(); ++i) {
      images.pixels[i] = static_cast<uint8_t>(draw(key, 0, i, 0).word[0]);
    }
    for (int64_t i = 0; i < images.count; ++i) {
      data.train_index.push_back(i);
      data.given.push_back(i % 10);
    }
    data.clean = images.labels = data.given;
    return data;
  }

  TrialSpec spec;
  TrainingSet set;
  std::unique_ptr<Method> method;
};

/// As many threads as the argument says; items are images.
void train(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  Trained trained(setting);
  int64_t epoch = 0;
  Step step{.epoch = 0, .pass = 0, .number = 0, .count = 1024 / setting.batch, .batches = {}};
  const Pass pass = trained.method->begin_epoch(0).front();
  const auto take_step = [&] {
    step.batches = {trained.set.batch(pass.streams.front(), epoch, step.number)};
    benchmark::DoNotOptimize(trained.method->step(step).predicted);
    if (++step.number == step.count) step.number = 0, step.epoch = ++epoch;
  };
  take_step();  // the first one allocates and chooses primitives
  for (auto _ : state) take_step();
  state.SetItemsProcessed(state.iterations() * setting.batch);
}

/// Making the batches of `train` alone: what the loader takes of its steps.
void batch(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const Trained trained(setting);
  const Stream stream = trained.method->begin_epoch(0).front().streams.front();
  int64_t epoch = 0, number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(trained.set.batch(stream, epoch, number).labels);
    if (++number == 1024 / setting.batch) number = 0, ++epoch;
  }
  state.SetItemsProcessed(state.iterations() * setting.batch);
}

/// What a checkpoint costs the training thread; the file is written beside it.
void checkpoint(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(1);
  Trained trained(setting);
  Checkpoint start;
  start.determinism_class = determinism_class(torch::kCPU);
  size_t bytes = 0;
  for (auto _ : state) bytes += encode_checkpoint(start, read_state(*trained.method)).size();
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

/// The digest that an evaluation adds; bytes are those of the whole training state.
void digest(benchmark::State& state, const Setting& setting) {
  at::set_num_threads(1);
  Trained trained(setting);
  int64_t bytes = 0;
  for (const StateEntry& entry : read_state(*trained.method)) bytes += static_cast<int64_t>(entry.value.nbytes());
  for (auto _ : state) benchmark::DoNotOptimize(state_digest(*trained.method));
  state.SetBytesProcessed(state.iterations() * bytes);
}

const Setting kMlp32 = {"mlp", {{"hidden", {128, 128}}}, 1, 28, 32, "adam"};
const Setting kMlp128 = {"mlp", {{"hidden", {128, 128}}}, 1, 28, 128, "adam"};
const Setting kLenet32 = {"lenet5", Json::object(), 1, 28, 32, "adam"};
const Setting kSmall128 = {"cnn_small", Json::object(), 3, 32, 128, "sgd"};
const Setting kPreact128 = {"preact_resnet18", Json::object(), 3, 32, 128, "sgd"};

BENCHMARK_CAPTURE(train, mlp_adam_batch_32, kMlp32)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, mlp_adam_batch_128, kMlp128)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, lenet5_adam_batch_32, kLenet32)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(train, cnn_small_sgd_batch_128, kSmall128)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(train, preact_resnet18_sgd_batch_128, kPreact128)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(batch, mlp_batch_32, kMlp32)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(batch, cnn_small_batch_128, kSmall128)->Arg(1)->UseRealTime();
BENCHMARK_CAPTURE(digest, mlp, kMlp32);
BENCHMARK_CAPTURE(digest, preact_resnet18, kPreact128);
BENCHMARK_CAPTURE(checkpoint, mlp, kMlp32);
BENCHMARK_CAPTURE(checkpoint, preact_resnet18, kPreact128);

}  // namespace

int main(int argc, char** argv) {
  prepare_process(1);
  prepare_thread();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
