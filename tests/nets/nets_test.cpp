// All nets against torch.nn (reference_nets.py), their facts, and finite differences.
#include <torch/csrc/autograd/functions/accumulate_grad.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <set>

#include "core/error.h"
#include "facts/facts.h"
#include "nets/decay.h"
#include "nets/device_layers.h"
#include "nets/initialisers.h"
#include "nets/net.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

const Json& reference() {
  static const Json json = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/nets/reference_nets.json"));
  return json;
}

NetShape shape_of(const Json& images) { return {.channels = images[1], .height = images[2], .width = images[3]}; }

std::unique_ptr<Net> build(const std::string& id, const NetShape& shape, torch::ScalarType type = torch::kFloat64,
                           const std::string& initialisation = "torch_default") {
  const Json options = reference().contains(id) ? reference()[id]["options"] : Json::object();
  return make_net({id, options, initialisation}, shape, derive(1, "init"), torch::kCPU, type);
}

/// The weights that reference_nets.py gives its nets.
void fill_as_reference(Net& net) {
  int64_t number = 0;
  net.parameters().visit([&](const std::string& name, torch::Tensor& value) {
    if (name.find("running") != std::string::npos) return;
    const bool scales_norm = value.dim() == 1 && name.ends_with("weight");
    const double scale = value.dim() > 1 ? std::sqrt(12. / static_cast<double>(value[0].numel())) : 0.25;
    value.copy_(test::weyl(value.sizes().vec(), ++number, scale, scales_norm ? 1 : 0));
  });
}

torch::Tensor tensor_of(const Json& numbers) {
  return torch::tensor(numbers.get<std::vector<double>>(), torch::kFloat64);
}

double difference(const torch::Tensor& measured, const Json& expected) {
  const auto values = tensor_of(expected);
  return ((measured.detach().flatten() - values).abs().max() / values.abs().max()).item<double>();
}

void check_statistics(Net& net, const Json& expected) {
  size_t i = 0;
  net.parameters().visit([&](const std::string& name, torch::Tensor& value) {
    if (name.find("running") == std::string::npos) return;
    CAPTURE(name);
    CHECK(name == expected[i]["name"].get<std::string>());
    CHECK(value.sum().item<double>() == Approx(expected[i]["sum"].get<double>()).epsilon(1e-10).margin(1e-10));
    CHECK(value.flatten()[-1].item<double>() == Approx(expected[i]["last"].get<double>()).epsilon(1e-10).margin(1e-12));
    ++i;
  });
  CHECK(i == expected.size());
}

/// The layers that a classifier fitted afterwards reads.
void check_inner(Net& net, const torch::Tensor& images, const Json& expected) {
  const auto layers = net.layer_features(images, {});
  REQUIRE(layers.size() == expected.size());
  for (size_t i = 0; i < layers.size(); ++i) CHECK(difference(layers[i], expected[i]) < 1e-10);
}

using Node = torch::autograd::Node;

/// The leaf behind an edge of the graph, or behind the transposition before it.
const torch::Tensor& leaf_behind(const torch::autograd::Edge& edge) {
  const Node* node = edge.function.get();
  if (node->name() == "TBackward0") node = node->next_edge(0).function.get();
  const auto* leaf = dynamic_cast<const torch::autograd::AccumulateGrad*>(node);
  REQUIRE(leaf != nullptr);
  return leaf->variable;
}

/// Multiply-adds of the convolutions and linear layers that made the logits of one image, from the graph the framework
/// built.
int64_t multiply_adds(const torch::Tensor& logits) {
  std::vector<Node*> open = {logits.grad_fn().get()};
  std::set<Node*> seen = {open.front()};
  int64_t total = 0;
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (node->name() == "ConvolutionBackward0") {
      const auto out = node->input_metadata(0).shape_as_dim_vector();
      total += leaf_behind(node->next_edge(1)).numel() * (out[2] * out[3]).expect_int();
    } else if (node->name() == "AddmmBackward0") {
      total += leaf_behind(node->next_edge(2)).numel();
    }
    for (const auto& edge : node->next_edges()) {
      if (edge.function && seen.insert(edge.function.get()).second) open.push_back(edge.function.get());
    }
  }
  return total;
}

torch::Tensor cross_entropy(const torch::Tensor& logits) {
  const auto labels = torch::arange(logits.size(0)) % logits.size(1);
  return torch::nll_loss(torch::log_softmax(logits, 1), labels, {}, at::Reduction::None);
}

/// Loss after one look-ahead step on examples weighted by `weights`: what L2R differentiates.
torch::Tensor look_ahead_loss(Net& net, const torch::Tensor& images, const torch::Tensor& weights) {
  const ForwardContext context = {.training = true, .update_statistics = false};
  const auto leaves = net.parameters().parameters();
  const auto inner = (weights * cross_entropy(net.forward(images, context))).sum();
  const auto gradients = torch::autograd::grad({inner}, leaves, {}, true, /*create_graph=*/true);
  std::vector<torch::Tensor> moved;
  for (size_t p = 0; p < leaves.size(); ++p) moved.push_back(leaves[p] - 0.001 * gradients[p]);
  const ScopedParameters scope(net.parameters(), moved);
  return cross_entropy(net.forward(images.flip(3), context)).mean();
}

/// Compares the derivative of look_ahead_loss by the weights, along one direction, with a difference quotient.
void check_double_backward(const std::string& id, const NetShape& shape) {
  const auto net = build(id, shape);
  const auto images = test::weyl({4, shape.channels, shape.height, shape.width}, 3, 2);
  const auto weights = torch::full({4}, 0.25, torch::kFloat64).set_requires_grad(true);
  const auto slope = torch::autograd::grad({look_ahead_loss(*net, images, weights)}, {weights})[0];
  CHECK(slope.abs().max().item<double>() > 1e-6);
  CHECK(net->parameters().flat_gradient().abs().max().item<double>() == 0);
  const double h = 1e-8;  // larger steps cross kinks of ReLU in the deep nets
  const auto direction = torch::tensor({1., -2., 0.5, 3.}, torch::kFloat64);
  const double up = look_ahead_loss(*net, images, weights.detach() + h * direction).item<double>();
  const double down = look_ahead_loss(*net, images, weights.detach() - h * direction).item<double>();
  CHECK((up - down) / (2 * h) == Approx(slope.dot(direction).item<double>()).epsilon(1e-5));
}

}  // namespace

TEST_CASE("Nets equal torch.nn in float64: logits, gradients, statistics", "[nets][reference]") {
  for (const auto& [id, expected] : reference().items()) {
    CAPTURE(id);
    const auto shape = shape_of(expected["images"]);
    const auto net = build(id, shape);
    fill_as_reference(*net);
    const auto& parameters = net->parameters().segments();
    REQUIRE(parameters.size() == expected["parameters"].size());
    int64_t count = 0;
    for (size_t p = 0; p < parameters.size(); ++p) {
      CHECK(parameters[p].name == expected["parameters"][p]["name"].get<std::string>());
      count += parameters[p].count;
    }
    CHECK(count == expected["count"].get<int64_t>());

    const auto images = test::weyl(expected["images"].get<std::vector<int64_t>>(), 0, 1);
    const auto logits = net->forward(images, {.training = true});
    CHECK(difference(logits, expected["training"]) < 1e-10);
    logits.square().sum().backward();
    std::vector<double> gradients;
    for (const auto& leaf : net->parameters().parameters()) gradients.push_back(leaf.grad().abs().sum().item<double>());
    CHECK(difference(torch::tensor(gradients, torch::kFloat64), expected["gradients"]) < 1e-10);
    check_statistics(*net, expected["statistics"]);
    const torch::NoGradGuard no_grad;
    CHECK(difference(net->forward(images, {}), expected["evaluation"]) < 1e-10);
    CHECK(torch::equal(net->classify(net->features(images, {})), net->forward(images, {})));
    if (expected.contains("inner")) check_inner(*net, images, expected["inner"]);
  }
}

TEST_CASE("inner layers are those that RoG's code reads", "[nets]") {
  // pokaxpoka/RoGNoisyLabel:models: DenseNet after units 6 and 11 of the last block and at its end; ResNet's last
  // stage. zjfheart/BadLabels:eval_badlabels/models/PreResNet_rog.py:178-193: both blocks of layer 4.
  struct Row {
    const char* net;
    std::vector<int64_t> widths;
  };
  const auto row = GENERATE(values<Row>({{"densenet_100", {222, 282, 342}},
                                         {"resnet34", {512, 512, 512}},
                                         {"resnet32", {64, 64, 64, 64, 64}},
                                         {"preact_resnet18", {512, 512}},
                                         {"wrn_40_2", {128, 128, 128, 128, 128, 128}},
                                         {"resnet29", {256, 256, 256}},
                                         {"wrn_28_10_pooled", {640, 640, 640, 640}}}));
  CAPTURE(row.net);
  const auto net = build(row.net, {}, torch::kFloat64);
  const torch::NoGradGuard no_grad;
  const auto images = test::weyl({2, 3, 32, 32}, 0, 1);
  const auto layers = net->layer_features(images, {});
  REQUIRE(layers.size() == row.widths.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    CHECK(layers[i].sizes().vec() == std::vector<int64_t>{2, row.widths[i]});
    if (i > 0 && layers[i].sizes() == layers[i - 1].sizes()) CHECK_FALSE(torch::equal(layers[i], layers[i - 1]));
  }
  CHECK(torch::equal(layers.back(), net->features(images, {})));
}

TEST_CASE("Facts count what the nets have", "[nets][facts]") {
  set_layers(Layers::library_last);  // whose convolutions are nodes that say what they are
  int built = 0;
  for (const auto& [id, known] : facts().nets) {
    if (known.status != Status::built) continue;
    CAPTURE(id);
    ++built;
    const NetShape shape = {known.input[0], known.input[1], known.input[2], known.classes};
    for (const auto& initialisation : known.initialisations) CHECK_NOTHROW(make_initialisation(initialisation));
    const auto net = build(id, shape, torch::kFloat32);
    int64_t parameters = 0;
    for (const Segment& segment : net->parameters().segments()) parameters += segment.count;
    CHECK(parameters == known.parameters);
    const auto image = torch::zeros({1, shape.channels, shape.height, shape.width});
    CHECK(multiply_adds(net->forward(image, {})) == known.multiply_adds);
  }
  set_layers(Layers::kernels);
  CHECK(built == 15);
}

TEST_CASE("Weight decay acts on every parameter, on weights alone where the network's source says so",
          "[nets][decay]") {
  // uber-research/learning-to-reweight-examples:models/cnn/resnet_module.py: only _conv's and _fully_connected's
  // kernels get config.weight_decay.
  const auto* id = GENERATE("wrn_28_10", "wrn_28_10_pooled");
  CAPTURE(id);
  const auto net = build(id, {.height = 8, .width = 8}, torch::kFloat32);
  const auto decays = decayed_parameters(id, net->parameters());
  const auto& segments = net->parameters().segments();
  REQUIRE(decays.size() == segments.size());
  int64_t left_out = 0;
  for (size_t i = 0; i < decays.size(); ++i) {
    CAPTURE(segments[i].name);
    const bool kernel = segments[i].name == "linear.weight" ||
                        (segments[i].name.find("conv") != std::string::npos && segments[i].name.ends_with(".weight"));
    CHECK(decays[i] == (kernel || id == std::string("wrn_28_10")));
    left_out += decays[i] ? 0 : 1;
  }
  CHECK(left_out == (id == std::string("wrn_28_10") ? 0 : 23));  // 22 shifts and the linear layer's bias
}

TEST_CASE("A gradient through a gradient agrees with finite differences", "[nets][double_backward]") {
  const auto [id, shape] = GENERATE(table<std::string, NetShape>({{"mlp", {2, 3, 3, 3}},
                                                                  {"lenet5", {1, 28, 28, 3}},
                                                                  {"cnn_small", {2, 8, 8, 3}},
                                                                  {"preact_resnet18", {3, 8, 8, 3}}}));
  CAPTURE(id);
  check_double_backward(id, shape);
}

TEST_CASE("A gradient through a gradient agrees with finite differences in deep nets",
          "[nets][double_backward][slow]") {
  const auto* id = GENERATE("resnet29", "resnet32", "resnet34", "preact_resnet32", "wrn_40_2", "densenet_100");
  CAPTURE(id);
  check_double_backward(id, {3, 8, 8, 3});
}

TEST_CASE("The same key gives the same weights in either precision, another key others", "[nets][initialisation]") {
  const NetShape shape = {1, 28, 28};
  const auto one = build("lenet5", shape), rounded = build("lenet5", shape, torch::kFloat32);
  for (size_t p = 0; p < one->parameters().segments().size(); ++p) {
    CHECK(torch::equal(one->parameters().parameter(p).to(torch::kFloat32), rounded->parameters().parameter(p)));
  }
  const auto other =
      make_net({"lenet5", Json::object(), "torch_default"}, shape, derive(2, "init"), torch::kCPU, torch::kFloat64);
  CHECK((one->parameters().parameter(0) == other->parameters().parameter(0)).sum().item<int64_t>() == 0);
}

TEST_CASE("Nets that are not built, options and shapes that do not fit are refused", "[nets][errors]") {
  const auto make = [](const std::string& id, const Json& options, const NetShape& shape,
                       const std::string& initialisation = "torch_default") {
    return make_net({id, options, initialisation}, shape, {}, torch::kCPU);
  };
  CHECK_THROWS_WITH(make("vgg", Json::object(), {}),
                    Catch::Contains("net \"vgg\" is not built; built are cnn9, cnn_small"));
  CHECK_THROWS_WITH(make("lenet5", Json::object(), {}),
                    Catch::Contains("net \"lenet5\": data.height is 32; allowed: 28; take images of another size"));
  CHECK_THROWS_WITH(make("resnet34", {{"depth", 3}}, {}), Catch::Contains("unknown key"));
  CHECK_THROWS_AS(make("resnet34", Json::object(), {3, 4, 4, 10}), InputError);
  CHECK_THROWS_AS(make("mlp", Json::object(), {}), InputError);
  CHECK_THROWS_AS(make("mlp", {{"hidden", {0}}}, {}), InputError);
  CHECK_THROWS_WITH(make("mlp", {{"hidden", {1.5}}}, {}), Catch::Contains("/hidden/0"));
  CHECK_THROWS_AS(make("mlp", {{"hidden", {8}}}, {}, "ones"), InputError);
  CHECK_THROWS_AS(make("mlp", {{"hidden", {8}}}, {3, 32, 32, 1}), InputError);
  CHECK(make("mlp", {{"hidden", Json::array()}}, {})->parameters().segments().size() == 2);
}

TEST_CASE("An MLP drops hidden units behind their ReLU, in training alone", "[nets][mlp]") {
  const NetShape shape{1, 6, 6, 4};
  const auto images = test::weyl({50, 1, 6, 6}, 0, 1);
  const auto net_of = [&](const Json& options) {
    return make_net({"mlp", options, "truncated_he_fan_in"}, shape, derive(1, "init"), torch::kCPU, torch::kFloat64);
  };
  const ForwardContext training = {.training = true, .dropout_key = derive(3, "dropout"), .step = 7};
  const auto one = net_of({{"hidden", {400}}, {"dropout", 0.25}}), plain = net_of({{"hidden", {400}}});
  CHECK(torch::equal(one->forward(images, {}), plain->forward(images, {})));
  const auto whole = plain->features(images, training), dropped = one->features(images, training);
  const auto active = whole > 0, kept = dropped > 0;
  CHECK((dropped - whole * kept / 0.75).abs().max().item<double>() < 1e-12);
  const auto count = active.sum().item<double>();
  CHECK(kept.sum().item<double>() / count == Approx(0.75).margin(5 * std::sqrt(0.75 * 0.25 / count)));
  // Both hidden layers: what the second keeps is no multiple of what it would be without the first's.
  const auto two = net_of({{"hidden", {40, 30}}, {"dropout", 0.25}}), bare = net_of({{"hidden", {40, 30}}});
  const auto seen = two->features(images, training), wanted = bare->features(images, training);
  CHECK((seen - wanted * (seen > 0) / 0.75).abs().max().item<double>() > 0.1);
  CHECK_THROWS_WITH(make_net({"mlp", {{"hidden", {8}}, {"dropout", 0.5}}, "torch_default"}, shape, derive(1, "init"),
                             torch::kCPU, torch::kFloat32, Arithmetic::fused),
                    Catch::Contains("no fused arithmetic"));
  CHECK_THROWS_AS(net_of({{"hidden", {8}}, {"dropout", 1}}), InputError);
}
