#include "nets/layers.h"

#include <catch2/catch.hpp>

#include "tests/support/weyl.h"

using namespace nlb;

namespace {

struct NormNet final : Net {
  NormNet() {
    norm = LayerBuilder(store_, "torch_default").batch_norm("bn", 4);
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
