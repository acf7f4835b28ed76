#include "nets/layers.h"

#include <catch2/catch.hpp>
#include <optional>

#include "nets/device_layers.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

struct NormNet final : Net {
  explicit NormNet(const NormOptions& norms = {}) {
    norm = LayerBuilder(store_, "torch_default", norms).batch_norm("bn", 4);
    store_.finalise({}, torch::kCPU, torch::kFloat64);
  }
  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    return norm(images, context);
  }
  torch::Tensor classify(const torch::Tensor& features) override { return features; }
  BatchNorm2d norm;
};

ForwardContext training_at(int64_t step) {
  return {.training = true, .dropout_key = derive(5, "dropout"), .step = step};
}

}  // namespace

TEST_CASE("Dropout drops its rate, scales what stays, and is the identity outside training", "[nets][dropout]") {
  ParameterStore store;
  const double rate = GENERATE(0.1, 0.3, 0.5);
  const auto dropout = LayerBuilder(store, "torch_default").dropout(rate);
  const auto ones = torch::ones({100, 1001}, torch::kFloat64);
  const auto out = dropout(ones, training_at(3));
  const double count = 100100;
  const double dropped = out.eq(0).sum().item<double>() / count;
  CHECK(std::abs(dropped - rate) < 4 * std::sqrt(rate * (1 - rate) / count));
  CHECK(torch::allclose(out.masked_select(out.ne(0)), torch::tensor(1 / (1 - rate), torch::kFloat64), 1e-15, 0));
  CHECK(dropout(ones, {}).is_same(ones));
}

TEST_CASE("A dropout mask is a function of key, step and layer", "[nets][dropout]") {
  ParameterStore store;
  LayerBuilder build(store, "torch_default");
  const auto first = build.dropout(0.5), second = build.dropout(0.5);
  const auto ones = torch::ones({64, 64});
  const auto mask = first(ones, training_at(3));
  const auto agreement = [&](const torch::Tensor& other) {
    return (mask == other).to(torch::kFloat64).mean().item<double>();
  };
  CHECK(torch::equal(mask, first(ones, training_at(3))));
  CHECK(torch::equal(mask.flatten().narrow(0, 0, 77), first(torch::ones({77}), training_at(3))));
  CHECK(agreement(first(ones, training_at(4))) == Approx(0.5).margin(0.04));
  CHECK(agreement(second(ones, training_at(3))) == Approx(0.5).margin(0.04));
  auto other_key = training_at(3);
  other_key.dropout_key = derive(6, "dropout");
  CHECK(agreement(first(ones, other_key)) == Approx(0.5).margin(0.04));
}

TEST_CASE("Dropout without a rate passes everything", "[nets][dropout]") {
  ParameterStore store;
  const auto ones = torch::ones({8});
  CHECK(LayerBuilder(store, "torch_default").dropout(0)(ones, training_at(0)).is_same(ones));
}

TEST_CASE("Batch-norm statistics move only when a training step asks for it", "[nets][batch_norm]") {
  NormNet net;
  const auto x = test::weyl({6, 4, 3, 3}, 1, 2, 0.3);
  const auto before = net.parameters().flat_buffers().clone();
  const auto quiet = net.forward(x, {.training = true, .update_statistics = false});
  CHECK(torch::equal(net.parameters().flat_buffers(), before));
  net.forward(x, {});
  CHECK(torch::equal(net.parameters().flat_buffers(), before));
  CHECK(torch::equal(net.forward(x, {.training = true}), quiet));
  const auto mean = 0.1 * x.mean({0, 2, 3});
  const auto variance = 0.9 + 0.1 * x.transpose(0, 1).flatten(1).var(1, true);
  CHECK(torch::allclose(net.parameters().flat_buffers().narrow(0, 0, 4), mean, 1e-12, 1e-15));
  CHECK(torch::allclose(net.parameters().flat_buffers().narrow(0, 8, 4), variance, 1e-12, 1e-15));
}

TEST_CASE("A batch norm without a scale has its own epsilon and share of the new batch", "[nets][batch_norm]") {
  const bool by_kernels = GENERATE(false, true);
  std::optional<ScopedDeviceLayers> scope;
  if (by_kernels) scope.emplace();
  NormNet net({.momentum = 0.001, .epsilon = 1e-3, .scale = false});
  REQUIRE(net.parameters().segments().size() == 1);
  CHECK(net.parameters().segments()[0].name == "bn.bias");
  const auto shift = torch::tensor({0.5, -1., 0., 2.}, torch::kFloat64);
  net.parameters().flat().narrow(0, 0, 4).copy_(shift);
  const auto x = 0.1 * test::weyl({6, 4, 3, 3}, 1, 2, 0.3);
  const auto by_map = x.transpose(0, 1).flatten(1);  // [4, 54]
  const auto wide = [](const torch::Tensor& of_map) { return of_map.view({1, 4, 1, 1}); };
  const auto deviation = (by_map.var(1, /*unbiased=*/false) + 1e-3).sqrt();
  const auto expected = (x - wide(by_map.mean(1))) / wide(deviation) + wide(shift);
  CHECK(torch::allclose(net.forward(x, {.training = true}), expected, 1e-12, 1e-12));
  const auto mean = 0.001 * by_map.mean(1), variance = 0.999 + 0.001 * by_map.var(1, true);
  CHECK(torch::allclose(net.parameters().flat_buffers().narrow(0, 0, 4), mean, 1e-12, 1e-15));
  CHECK(torch::allclose(net.parameters().flat_buffers().narrow(0, 8, 4), variance, 1e-12, 1e-15));
  const auto evaluated = (x - wide(mean)) / wide((variance + 1e-3).sqrt()) + wide(shift);
  CHECK(torch::allclose(net.forward(x, {}), evaluated, 1e-12, 1e-12));
}

TEST_CASE("A convolution pads the far side as TensorFlow's SAME does", "[nets][convolution]") {
  // A kernel of ones at stride 2 over 0, 1, ..., by hand: over 4x4 rows 0-2 and 2-3; over 5x5 one zero on each side.
  struct Row {
    int64_t side;
    std::vector<double> sums;
  };
  const auto row =
      GENERATE(values<Row>({{4, {45, 39, 66, 50}}, {5, {12, 27, 24, 63, 108, 81, 72, 117, 84}}, {3, {8, 12, 20, 24}}}));
  CAPTURE(row.side);
  ParameterStore store;
  const auto convolution = LayerBuilder(store, "torch_default").conv("conv", 1, 1, {.stride = 2, .same = true});
  store.finalise({}, torch::kCPU, torch::kFloat64);
  store.flat().narrow(0, 0, 9).fill_(1);
  const auto input = torch::arange(row.side * row.side, torch::kFloat64).view({1, 1, row.side, row.side});
  const auto out = convolution(input);
  CHECK(torch::equal(out.flatten(), torch::tensor(row.sums, torch::kFloat64)));
}
