// Our own layers on a CPU (nets/winograd_conv.h, host_norm.h) beside the library's in float64.
#include <ATen/Parallel.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "nets/device_layers.h"
#include "nets/host_norm.h"
#include "nets/net.h"
#include "nets/strided_conv.h"
#include "nets/winograd_conv.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

constexpr auto kLast = torch::MemoryFormat::ChannelsLast;

double distance(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a.to(torch::kFloat64) - b.to(torch::kFloat64)).norm() / b.to(torch::kFloat64).norm()).item<double>();
}

struct Threads {
  explicit Threads(int wanted) : before(at::get_num_threads()) { at::set_num_threads(wanted); }
  ~Threads() { at::set_num_threads(before); }
  int before;
};

/// Output and gradients of a convolution of [images, in, side, side].
std::vector<torch::Tensor> convolve(torch::Tensor input, torch::Tensor weight, torch::Tensor bias, int64_t padding,
                                    bool own) {
  input = input.detach().requires_grad_();
  weight = weight.detach().requires_grad_();
  bias = bias.detach().requires_grad_();
  const auto output =
      own ? winograd_conv(input, weight, bias, padding) : torch::conv2d(input, weight, bias, 1, padding);
  (output * test::weyl(output.sizes().vec(), 4, 1).to(output)).sum().backward();
  return {output.detach(), input.grad(), weight.grad(), bias.grad()};
}

/// The same of one with stride 2.
std::vector<torch::Tensor> convolve_strided(torch::Tensor input, torch::Tensor weight, bool own) {
  input = input.detach().requires_grad_();
  weight = weight.detach().requires_grad_();
  const auto output = own ? strided_conv(input, weight) : torch::conv2d(input, weight, {}, 2, 1);
  (output * test::weyl(output.sizes().vec(), 4, 1).to(output)).sum().backward();
  return {output.detach(), input.grad(), weight.grad()};
}

struct Stepped {
  std::vector<torch::Tensor> gradients;  ///< of each parameter
  torch::Tensor logits;
};

/// A training step of a net on `count` images; they and the initial weights are those of one draw.
Stepped step(const std::string& id, const Json& options, torch::ScalarType type, int64_t count, int64_t draw) {
  const auto net =
      make_net({id, options, "torch_default"}, {}, derive(static_cast<uint64_t>(3 + draw), "init"), torch::kCPU, type);
  const auto images = test::weyl({count, 3, 32, 32}, draw, 1).to(type);
  Stepped done;
  done.logits = net->forward(images, {.training = true, .dropout_key = derive(3, "dropout"), .step = 3});
  back_propagate(torch::cross_entropy_loss(done.logits, torch::arange(count) % 10), net->parameters());
  for (const auto& leaf : net->parameters().parameters()) done.gradients.push_back(leaf.grad().clone());
  done.logits = done.logits.detach();
  return done;
}

/// The median over the parameters of a gradient's distance from float64's.
double median_distance(const Stepped& found, const Stepped& expected) {
  std::vector<double> distances;
  for (size_t i = 0; i < expected.gradients.size(); ++i) {
    distances.push_back(distance(found.gradients[i], expected.gradients[i]));
  }
  std::nth_element(distances.begin(), distances.begin() + std::ssize(distances) / 2, distances.end());
  return distances[distances.size() / 2];
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

double standard_error_of(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += std::pow(value - mean_of(values), 2);
  const auto count = static_cast<double>(values.size());
  return std::sqrt(squares / (count - 1) / count);
}

}  // namespace

TEST_CASE("our convolution and its gradients are the library's in float64", "[nets][host_layers]") {
  for (const auto& [in, out, side, padding] : std::vector<std::tuple<int64_t, int64_t, int64_t, int64_t>>{
           {16, 32, 9, 1}, {32, 16, 8, 0}, {64, 64, 5, 1}, {256, 256, 4, 1}}) {
    CAPTURE(in, out, side, padding);
    const auto input = test::weyl({6, in, side, side}, 0, 1), weight = test::weyl({out, in, 3, 3}, 1, 1),
               bias = test::weyl({out}, 2, 1);
    const auto expected =
        convolve(input.to(torch::kFloat64), weight.to(torch::kFloat64), bias.to(torch::kFloat64), padding, false);
    const auto floats = [](const torch::Tensor& tensor) { return tensor.to(torch::kFloat32); };
    const auto found = convolve(floats(input).contiguous(kLast), floats(weight), floats(bias), padding, true);
    for (size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      CHECK(distance(found[i], expected[i]) < 3e-6);
    }
  }
}

TEST_CASE("our convolution of stride 2 and its gradients are the library's in float64", "[nets][host_layers]") {
  for (const auto& [in, out, side] :
       std::vector<std::tuple<int64_t, int64_t, int64_t>>{{64, 128, 14}, {128, 256, 8}, {256, 48, 2}}) {
    CAPTURE(in, out, side);
    const auto input = test::weyl({6, in, side, side}, 0, 1), weight = test::weyl({out, in, 3, 3}, 1, 1);
    const auto floats = [](const torch::Tensor& tensor) { return tensor.to(torch::kFloat32); };
    REQUIRE(takes_strided(floats(input), floats(weight), 2, 1));
    const auto expected = convolve_strided(input.to(torch::kFloat64), weight.to(torch::kFloat64), false);
    const auto found = convolve_strided(floats(input).contiguous(kLast), floats(weight), true);
    for (size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      CHECK(distance(found[i], expected[i]) < 3e-6);
    }
  }
  CHECK_FALSE(takes_strided(torch::zeros({1, 64, 9, 8}), torch::zeros({64, 64, 3, 3}), 2, 1));
}

TEST_CASE("our convolution of stride 2 has the same bits for any number of threads and for parts of a batch",
          "[nets][host_layers]") {
  const auto input = test::weyl({13, 64, 10, 20}, 0, 1).to(torch::kFloat32).contiguous(kLast);
  const auto weight = test::weyl({48, 64, 3, 3}, 1, 1).to(torch::kFloat32);
  std::vector<torch::Tensor> one;
  {
    const Threads alone(1);
    one = convolve_strided(input, weight, true);
  }
  for (const int threads : {2, 3}) {
    const Threads these(threads);
    const auto several = convolve_strided(input, weight, true);
    for (size_t i = 0; i < one.size(); ++i) CHECK(torch::equal(several[i], one[i]));
  }
  const auto first = strided_conv(input.narrow(0, 0, 4), weight), rest = strided_conv(input.narrow(0, 4, 9), weight);
  CHECK(torch::equal(torch::cat({first, rest}), one[0]));
}

TEST_CASE("our convolution has the same bits for any number of threads and for parts of a batch",
          "[nets][host_layers]") {
  const auto input = test::weyl({13, 32, 10, 10}, 0, 1).to(torch::kFloat32).contiguous(kLast);
  const auto weight = test::weyl({32, 32, 3, 3}, 1, 1).to(torch::kFloat32), bias = torch::zeros({32});
  std::vector<torch::Tensor> one;
  {
    const Threads alone(1);
    one = convolve(input, weight, bias, 1, true);
  }
  for (const int threads : {2, 3}) {
    const Threads these(threads);
    const auto several = convolve(input, weight, bias, 1, true);
    for (size_t i = 0; i < one.size(); ++i) CHECK(torch::equal(several[i], one[i]));
  }
  const auto first = winograd_conv(input.narrow(0, 0, 4), weight, bias, 1),
             rest = winograd_conv(input.narrow(0, 4, 9), weight, bias, 1);
  CHECK(torch::equal(torch::cat({first, rest}), one[0]));
}

TEST_CASE("a whole step of our layers is off float64's by Winograd's rounding and no more", "[nets][host_layers]") {
  // Winograd's F(4x4, 3x3) rounds by up to five times as much as a direct convolution does (Barabasz et al., Error
  // Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks, 2020). The outputs move
  // smoothly with every rounding. Gradients are within 1e-5 until a rounding turns the sign before a ReLU or the winner
  // of a pooling, in any arithmetic: then all layers below are off by what that one value counts for. How often that
  // happens is in proportion to the rounding, so the same five bound a mean over many batches, and what is beyond must
  // be chance: two standard errors of the difference.
  // Beside it stands the library with channels first, whose norms sum exactly. With channels last they add plainly in
  // float, and how much that costs depends on the number of threads.
  constexpr double kWinogradAgainstDirect = 5;
  struct Row {
    std::string id;
    Json options;
    double allowed;  ///< whatever the library's is
  };
  const auto row = GENERATE(values<Row>({{"preact_resnet18", Json::object(), 3e-3},
                                         {"resnet32", Json::object(), 1e-2},
                                         {"cnn9", {{"dropout", .25}}, 1e-2},
                                         {"wrn_40_2", {{"dropout", .3}}, 1e-2}}));
  CAPTURE(row.id);
  REQUIRE(computes_by_host_layers(row.id, torch::kCPU, torch::kFloat32, Arithmetic::library));
  constexpr int64_t kDraws = 16, kImages = 4;
  std::vector<double> ours, beyond;
  double outputs = 0, library_outputs = 0;
  for (int64_t draw = 0; draw < kDraws; ++draw) {
    const auto expected = step(row.id, row.options, torch::kFloat64, kImages, draw),
               found = step(row.id, row.options, torch::kFloat32, kImages, draw);
    set_layers(Layers::library_first);
    const auto library = step(row.id, row.options, torch::kFloat32, kImages, draw);
    set_layers(Layers::kernels);
    outputs += distance(found.logits, expected.logits) / kDraws;
    library_outputs += distance(library.logits, expected.logits) / kDraws;
    ours.push_back(median_distance(found, expected));
    beyond.push_back(ours.back() - kWinogradAgainstDirect * median_distance(library, expected));
  }
  CAPTURE(outputs, library_outputs, mean_of(ours), mean_of(beyond), standard_error_of(beyond));
  CHECK(outputs < kWinogradAgainstDirect * library_outputs);
  CHECK(mean_of(ours) < row.allowed);
  CHECK(mean_of(beyond) < 2 * standard_error_of(beyond));
}

TEST_CASE("batch norm of many rows loses nothing to its sums", "[nets][host_layers]") {
  // A mean far from 0: a plain float sum of these rows is off by 1e-3 of a deviation.
  const auto x = (test::weyl({64, 16, 32, 32}, 0, 1) + 100).to(torch::kFloat32).contiguous(kLast);
  const auto wide = x.to(torch::kFloat64);
  auto mean = torch::zeros({16}), variance = torch::ones({16});
  const NormCall call = {x, {}, {}, torch::ones({16}), torch::zeros({16}), mean, variance, true, 1, .1, 1e-5};
  device_norm(call);
  CHECK(distance(mean, .1 * wide.mean({0, 2, 3})) < 1e-7);
  CHECK(distance(variance - .9, .1 * wide.var({0, 2, 3}, true)) < 1e-5);
}

TEST_CASE("a pass in training that leaves the running averages alone has its gradients too", "[nets][host_layers]") {
  const auto x = test::weyl({4, 16, 5, 5}, 0, 1).to(torch::kFloat32).contiguous(kLast).requires_grad_();
  const auto wide = x.detach().to(torch::kFloat64).requires_grad_();
  const auto slopes = test::weyl({4, 16, 5, 5}, 1, 1);
  const NormCall call = {x, {}, {}, torch::ones({16}), torch::zeros({16}), {}, {}, true, 0, .1, 1e-5};
  (device_norm(call).y * slopes.to(torch::kFloat32)).sum().backward();
  (torch::relu(torch::batch_norm(wide, {}, {}, {}, {}, true, .1, 1e-5, false)) * slopes).sum().backward();
  CHECK(distance(x.grad(), wide.grad()) < 1e-5);
}

TEST_CASE("two readers of a norm give the gradient of their sum, bit for bit", "[nets][host_layers]") {
  const auto slopes = test::weyl({4, 16, 5, 5}, 1, 1).to(torch::kFloat32),
             others = test::weyl({4, 16, 5, 5}, 2, 1).to(torch::kFloat32);
  const auto gradient = [&](bool apart) {
    const auto x = test::weyl({4, 16, 5, 5}, 0, 1).to(torch::kFloat32).contiguous(kLast).requires_grad_();
    const NormCall call = {x, {}, {}, torch::ones({16}), torch::zeros({16}), {}, {}, true, 0, .1, 1e-5};
    const NormResult out = device_norm(call);
    ((out.y * slopes).sum() + ((apart ? out.again : out.y) * others).sum()).backward();
    return x.grad();
  };
  CHECK(torch::equal(gradient(true), gradient(false)));
}
