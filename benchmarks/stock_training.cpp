// The peer of nlb_training_benchmarks on small nets: the same steps as a user of LibTorch writes them, with torch::nn
// modules, torch::optim::Adam and images that are already normalised floats. Nothing of nlbench is in it.
#include <benchmark/benchmark.h>
#include <torch/torch.h>

namespace {

namespace nn = torch::nn;

nn::Sequential mlp() {
  return nn::Sequential(nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 128), nn::ReLU(),
                        nn::Linear(128, 10));
}

nn::Sequential lenet5() {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 6, 5).padding(2)), nn::ReLU(), nn::AvgPool2d(2),
                        nn::Conv2d(6, 16, 5), nn::ReLU(), nn::AvgPool2d(2), nn::Flatten(), nn::Linear(400, 120),
                        nn::ReLU(), nn::Linear(120, 84), nn::ReLU(), nn::Linear(84, 10));
}

nn::Sequential cnn_small() {
  nn::Sequential net;
  for (const auto& [in, out] : {std::pair(3, 8), std::pair(8, 16), std::pair(16, 32)}) {
    net->push_back(nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1)));
    net->push_back(nn::ReLU());
    net->push_back(nn::MaxPool2d(2));
  }
  net->push_back(nn::Flatten());
  net->push_back(nn::Linear(512, 128));
  net->push_back(nn::ReLU());
  net->push_back(nn::Linear(128, 10));
  return net;
}

/// One thread; items are images.
void train(benchmark::State& state, nn::Sequential (*build)(), int64_t channels, int64_t side, int64_t batch) {
  constexpr int64_t kImages = 1024;
  at::set_num_threads(1);
  nn::Sequential net = build();
  net->train();
  torch::optim::Adam adam(net->parameters(), torch::optim::AdamOptions(1e-3));
  const auto images = torch::randn({kImages, channels, side, side});
  const auto labels = torch::randint(10, {kImages});
  auto order = torch::randperm(kImages);
  int64_t begin = 0;
  for (auto _ : state) {
    const auto index = order.slice(0, begin, begin + batch);
    adam.zero_grad();
    const auto loss =
        nn::functional::cross_entropy(net->forward(images.index_select(0, index)), labels.index_select(0, index));
    loss.backward();
    adam.step();
    begin += batch;
    if (begin == kImages) begin = 0, order = torch::randperm(kImages);
  }
  state.SetItemsProcessed(state.iterations() * batch);
}

BENCHMARK_CAPTURE(train, mlp_adam_batch_32, mlp, 1, 28, 32)->UseRealTime();
BENCHMARK_CAPTURE(train, lenet5_adam_batch_32, lenet5, 1, 28, 32)->UseRealTime();
BENCHMARK_CAPTURE(train, cnn_small_adam_batch_128, cnn_small, 3, 32, 128)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
