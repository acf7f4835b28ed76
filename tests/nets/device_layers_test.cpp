// Layers made for a GPU beside the library's, which reference_nets.json holds to torch.nn: with the kernels' CPU twins,
// and on a device.
#include "nets/device_layers.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/error.h"
#include "nets/layers.h"
#include "nets/net.h"
#include "nets/products.h"
#include "tests/support/gpu.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

struct Built {
  std::string id;
  Json options;
};

const std::vector<Built>& nets() {
  static const std::vector<Built> list = {{"cnn9", {{"dropout", .25}}},        {"cnn_small", Json::object()},
                                          {"densenet_100", Json::object()},    {"mlp", {{"hidden", {16, 16}}}},
                                          {"preact_resnet18", Json::object()}, {"preact_resnet32", Json::object()},
                                          {"resnet29", Json::object()},        {"resnet32", Json::object()},
                                          {"resnet34", Json::object()},        {"resnet50", Json::object()},
                                          {"vgg13", Json::object()},           {"wrn_28_10", {{"dropout", .3}}},
                                          {"wrn_40_2", {{"dropout", .3}}},     {"wrn_28_10_pooled", {{"dropout", .3}}}};
  return list;
}

/// What a step and an evaluation leave, in the order of declaration and on the CPU in float64.
struct Left {
  torch::Tensor logits, gradients, statistics, evaluation;
};

/// A step on four images, whose dropout draws are those of step 3, then an evaluation.
Left run(const Built& of, torch::Device device, torch::ScalarType type) {
  const auto net = make_net({of.id, of.options, "torch_default"}, {}, derive(3, "init"), device, type);
  const auto images = test::weyl({4, 3, 32, 32}, 0, 1).to(device, type);
  Left left;
  const auto logits = net->forward(images, {.training = true, .dropout_key = derive(3, "dropout"), .step = 3});
  back_propagate(logits.square().mean(), net->parameters());
  const auto whole = [](const std::vector<torch::Tensor>& parts) {
    return parts.empty() ? torch::zeros({0}, torch::kFloat64) : torch::cat(parts).cpu().to(torch::kFloat64);
  };
  std::vector<torch::Tensor> gradients, statistics;
  for (const auto& leaf : net->parameters().parameters()) gradients.push_back(leaf.grad().flatten());
  net->parameters().visit([&](const std::string& name, torch::Tensor& value) {
    if (name.find("running") != std::string::npos) statistics.push_back(value.flatten());
  });
  const torch::NoGradGuard no_grad;
  return {logits.detach().cpu().to(torch::kFloat64), whole(gradients), whole(statistics),
          net->forward(images, {}).cpu().to(torch::kFloat64)};
}

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  if (a.numel() == 0) return 0;
  return ((a - b).norm() / (b.norm() + 1e-30)).item<double>();
}

void check_near(const Left& found, const Left& expected, double error) {
  CHECK(distance(found.logits, expected.logits) < error);
  CHECK(distance(found.gradients, expected.gradients) < error);
  CHECK(distance(found.statistics, expected.statistics) < error);
  CHECK(distance(found.evaluation, expected.evaluation) < error);
}

}  // namespace

TEST_CASE("every net with device layers trains and evaluates as with the library's", "[nets][device_layers]") {
  for (const Built& of : nets()) {
    CAPTURE(of.id);
    const Left expected = run(of, torch::kCPU, torch::kFloat64);
    const ScopedDeviceLayers scope;
    check_near(run(of, torch::kCPU, torch::kFloat64), expected, 1e-9);
  }
}

TEST_CASE("every net on a GPU trains and evaluates as on the CPU", "[nets][device_layers][gpu]") {
  if (!test::have_gpu()) return;
  for (const Built& of : nets()) {
    CAPTURE(of.id);
    const Left expected = run(of, torch::kCPU, torch::kFloat64);
    check_near(run(of, torch::kCUDA, torch::kFloat64), expected, 1e-9);
    at::globalContext().setAllowTF32CuDNN(false);
    // Batch norm over four images divides by small deviations, which makes float32's rounding grow from layer to layer.
    check_near(run(of, torch::kCUDA, torch::kFloat32), expected, 2e-2);
  }
}

TEST_CASE("a gradient is collected in the place of its parameter, zeros where nothing reached it",
          "[nets][device_layers]") {
  const ScopedDeviceLayers scope;
  const auto net = make_net({"preact_resnet18", Json::object(), "torch_default"}, {3, 8, 8, 10}, derive(3, "init"),
                            torch::kCPU, torch::kFloat64);
  ParameterStore& store = net->parameters();
  store.flat_gradient().fill_(7);
  back_propagate(net->features(test::weyl({2, 3, 8, 8}, 0, 1), {.training = true}).sum(), store);
  const auto leaves = store.parameters();
  for (size_t i = 0; i < leaves.size(); ++i) {
    const Segment& segment = store.segments()[i];
    CAPTURE(segment.name);
    CHECK(leaves[i].grad().data_ptr() == store.flat_gradient().data_ptr<double>() + segment.offset);
    const bool reached = !segment.name.starts_with("linear");
    CHECK((leaves[i].grad().abs().sum().item<double>() > 0) == reached);
  }
  CHECK(leaves[0].strides() == std::vector<int64_t>{27, 1, 9, 3});  // [64, 3, 3, 3], channels last
}

TEST_CASE("dropout's kernel gives the layer's bits in either memory order, also backwards", "[nets][device_layers]") {
  ParameterStore store;
  LayerBuilder build(store, "torch_default");
  build.dropout(.5);
  const Dropout layer = build.dropout(.3);
  const ForwardContext context = {.training = true, .dropout_key = derive(9, "dropout"), .step = 12};
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64);
  const auto order = GENERATE(torch::MemoryFormat::Contiguous, torch::MemoryFormat::ChannelsLast);
  const auto sizes =
      GENERATE(std::vector<int64_t>{3, 5, 4, 6}, std::vector<int64_t>{2, 7, 3, 5}, std::vector<int64_t>{4, 9});
  auto input = test::weyl(sizes, 0, 1).to(type);
  if (sizes.size() == 4) input = input.contiguous(order);
  const auto step = [&] {
    auto leaf = input.clone().set_requires_grad(true);
    const auto out = layer(leaf, context);
    (out * test::weyl(sizes, 1, 1).to(type)).sum().backward();
    return std::pair(out.detach(), leaf.grad());
  };
  const auto expected = step();
  const ScopedDeviceLayers scope;
  const auto found = step();
  CHECK(torch::equal(found.first, expected.first));
  CHECK(torch::equal(found.second, expected.second));
  CHECK(torch::equal(layer(input, {}), input));
}

TEST_CASE("what the kernels have no derivative for is refused, or left to the library", "[nets][device_layers]") {
  const ScopedDeviceLayers scope;
  const auto net = make_net({"preact_resnet18", Json::object(), "torch_default"}, {3, 8, 8, 10}, derive(3, "init"),
                            torch::kCPU, torch::kFloat64);
  const auto images = test::weyl({2, 3, 8, 8}, 0, 1);
  const auto leaves = net->parameters().parameters();
  const auto loss = [&] { return net->forward(images, {.training = true}).square().sum(); };
  CHECK_THROWS_WITH(torch::autograd::grad({loss()}, leaves, {}, true, /*create_graph=*/true),
                    Catch::Contains("no second derivative"));
  const ScopedParameters by_the_library(net->parameters(), leaves);
  const auto first = torch::autograd::grad({loss()}, leaves, {}, true, /*create_graph=*/true);
  CHECK(torch::autograd::grad({first[0].square().sum()}, {leaves[0]})[0].abs().sum().item<double>() > 0);
}

TEST_CASE("dropout beside replaced parameters has every derivative and the kernel's mask", "[nets][device_layers]") {
  const auto net = make_net({"wrn_40_2", {{"dropout", .3}}, "torch_default"}, {3, 8, 8, 10}, derive(3, "init"),
                            torch::kCPU, torch::kFloat64);
  const auto images = test::weyl({2, 3, 8, 8}, 0, 1);
  const auto leaves = net->parameters().parameters();
  const ForwardContext context = {.training = true, .dropout_key = derive(3, "dropout"), .step = 3};
  const auto gradient = [&] {
    const auto first = torch::autograd::grad({net->forward(images, context).square().sum()}, leaves, {}, true, true);
    return torch::autograd::grad({first[0].square().sum()}, {leaves[0]})[0];
  };
  const auto expected = gradient();
  const ScopedDeviceLayers scope;
  const ScopedParameters by_the_library(net->parameters(), leaves);
  CHECK(distance(gradient(), expected) < 1e-9);
}

TEST_CASE("products in bfloat16 leave parameters, statistics and logits in float32", "[nets][device_layers]") {
  const auto layered = GENERATE(false, true);
  CAPTURE(layered);
  std::optional<ScopedDeviceLayers> scope;
  if (layered) scope.emplace();
  const Built of = {"preact_resnet18", Json::object()};
  const Left expected = run(of, torch::kCPU, torch::kFloat32);
  set_product_type(torch::kBFloat16);
  const auto net = make_net({of.id, of.options, "torch_default"}, {}, derive(3, "init"), torch::kCPU);
  const auto logits = net->forward(test::weyl({4, 3, 32, 32}, 0, 1).to(torch::kFloat32), {.training = true});
  const Left found = run(of, torch::kCPU, torch::kFloat32);
  set_product_type({});
  CHECK(logits.scalar_type() == torch::kFloat32);
  CHECK(net->parameters().flat().scalar_type() == torch::kFloat32);
  // Eight bits of mantissa through 18 layers: near, and not the same.
  CHECK(distance(found.evaluation, expected.evaluation) < .1);
  CHECK(distance(found.statistics, expected.statistics) < .05);
  CHECK(distance(found.evaluation, expected.evaluation) > 1e-4);
}

TEST_CASE("one cast of all parameters gives what a cast per layer gives, bit for bit", "[nets][device_layers]") {
  const auto layered = GENERATE(false, true);
  CAPTURE(layered);
  std::optional<ScopedDeviceLayers> scope;
  if (layered) scope.emplace();
  const auto images = test::weyl({2, 3, 32, 32}, 0, 1).to(torch::kFloat32);
  const auto step = [&](const auto& forward) {
    const auto net = make_net({"cnn9", {{"dropout", .25}}, "torch_default"}, {}, derive(3, "init"), torch::kCPU);
    // Two passes: what reaches a weight twice is added up in its own type.
    const auto logits = forward(*net) + forward(*net);
    back_propagate(logits.square().mean(), net->parameters());
    return std::pair(logits.detach(), net->parameters().flat_gradient().clone());
  };
  const ForwardContext context = {.training = true, .dropout_key = derive(3, "dropout"), .step = 3};
  set_product_type(torch::kBFloat16);
  const auto at_once = step([&](Net& net) { return net.forward(images, context); });
  const auto apart = step([&](Net& net) { return net.classify(net.features(images, context)); });
  set_product_type({});
  CHECK(torch::equal(at_once.first, apart.first));
  CHECK(torch::equal(at_once.second, apart.second));
  CHECK(at_once.second.abs().sum().item<double>() > 0);
}

TEST_CASE("a norm adds up the gradients of its readers as autograd would", "[nets][device_layers]") {
  const auto x = test::weyl({3, 4, 5, 5}, 0, 1), side = test::weyl({3, 4, 5, 5}, 1, 1);
  const auto readers = GENERATE(values<std::vector<bool>>({{true, false, false},
                                                           {false, true, false},
                                                           {false, false, true},
                                                           {true, true, false},
                                                           {false, true, true},
                                                           {true, true, true}}));
  const bool sums = GENERATE(false, true);
  const auto gradients = [&] {
    ParameterStore store;
    LayerBuilder build(store, "torch_default");
    const BatchNorm2d norm = build.batch_norm("bn", 4);
    store.finalise(derive(3, "init"), torch::kCPU, torch::kFloat64);
    const auto main = x.clone().set_requires_grad(true), other = side.clone().set_requires_grad(true);
    const auto out = norm.of_sum({main, sums ? other : torch::Tensor()}, {.training = true});
    auto loss = torch::zeros({}, torch::kFloat64);
    if (readers[0]) loss = loss + (out.active.first * side).sum();
    if (readers[1]) loss = loss + out.active.second.square().sum();
    if (readers[2]) loss = loss + (out.sum * x.cos()).sum();
    back_propagate(loss, store);
    std::vector<torch::Tensor> found = {main.grad(), store.flat_gradient().clone()};
    if (sums) found.push_back(other.grad());
    return found;
  };
  const auto expected = gradients();
  const ScopedDeviceLayers scope;
  const auto found = gradients();
  for (size_t i = 0; i < expected.size(); ++i) CHECK((found[i] - expected[i]).abs().max().item<double>() < 1e-12);
}
