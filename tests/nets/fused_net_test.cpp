// The fused arithmetic against the library's layers, against finite differences, and at its edges.
#include <catch2/catch.hpp>

#include "core/error.h"
#include "nets/net.h"
#include "tests/support/weyl.h"

namespace nlb {
namespace {

struct Case {
  const char* id;
  Json options;
  NetShape shape;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"mlp", {{"hidden", {24, 17}}}, {.channels = 1, .height = 9, .width = 9, .classes = 10}},
      {"mlp", {{"hidden", {32}}}, {.channels = 1, .height = 8, .width = 8, .classes = 3}},
      {"lenet5", Json::object(), {.channels = 1, .height = 28, .width = 28, .classes = 10}},
      {"cnn_small", Json::object(), {.channels = 3, .height = 32, .width = 32, .classes = 10}},
      {"cnn_small", Json::object(), {.channels = 1, .height = 24, .width = 40, .classes = 4}}};
  return all;
}

std::unique_ptr<Net> make(const Case& of, torch::ScalarType type, Arithmetic arithmetic) {
  return make_net({of.id, of.options, "torch_default"}, of.shape, derive(3, "init"), torch::kCPU, type, arithmetic);
}

torch::Tensor pixels(const NetShape& shape, int64_t batch, torch::ScalarType type) {
  return test::weyl({batch, shape.channels, shape.height, shape.width}, 1, 2).to(type);
}

/// A loss whose gradient differs for every logit.
torch::Tensor loss_of(const torch::Tensor& logits) {
  const auto factors = test::weyl(logits.sizes().vec(), 2, 1).to(logits.scalar_type());
  return (torch::log_softmax(logits, 1) * factors).sum();
}

struct Pass {
  torch::Tensor logits, gradient;
};

template <typename Forward>
Pass pass(Net& net, const Forward& forward) {
  net.parameters().zero_gradient();
  const auto logits = forward();
  loss_of(logits).backward();
  return {logits.detach().clone(), net.parameters().flat_gradient().clone()};
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>() / std::max(1.0, b.abs().max().item<double>());
}

}  // namespace

TEST_CASE("the fused arithmetic computes what the library's layers compute", "[nets][fused]") {
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    for (const Case& of : cases()) {
      for (const int64_t batch : {1, 5, 16, 33}) {
        for (const auto type : {torch::kFloat64, torch::kFloat32}) {
          CAPTURE(name_of(isa), of.id, batch, torch::toString(type));
          const auto net = make(of, type, Arithmetic::library);
          const auto images = pixels(of.shape, batch, type);
          FusedNet fused(net->parameters(), *net->fused_plan(of.shape), isa);
          const Pass expected = pass(*net, [&] { return net->forward(images, {.training = true}); });
          const Pass measured = pass(*net, [&] { return fused.forward(images); });
          const double bound = type == torch::kFloat64 ? 1e-13 : 1e-5;
          CHECK(largest_difference(measured.logits, expected.logits) < bound);
          CHECK(largest_difference(measured.gradient, expected.gradient) < 10 * bound);
        }
      }
    }
  }
}

TEST_CASE("gradients of the fused arithmetic are the slopes of its loss", "[nets][fused]") {
  for (const Case& of : cases()) {
    CAPTURE(of.id);
    const auto net = make(of, torch::kFloat64, Arithmetic::fused);
    const auto images = pixels(of.shape, 3, torch::kFloat64);
    const Pass found = pass(*net, [&] { return net->forward(images, {.training = true}); });
    const torch::NoGradGuard no_gradient;
    const auto loss_at = [&](int64_t element, double value) {
      net->parameters().flat()[element] = value;
      return loss_of(net->forward(images, {})).item<double>();
    };
    for (const Segment& segment : net->parameters().segments()) {
      for (const int64_t within : {int64_t{0}, segment.count / 2, segment.count - 1}) {
        const int64_t element = segment.offset + within;
        const double value = net->parameters().flat()[element].item<double>(), step = 1e-6;
        const double slope = (loss_at(element, value + step) - loss_at(element, value - step)) / (2 * step);
        loss_at(element, value);
        CAPTURE(segment.name, within);
        CHECK(found.gradient[element].item<double>() == Approx(slope).margin(2e-7).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("the fused arithmetic gives the same bits whatever ran before, with and without a gradient",
          "[nets][fused]") {
  const Case& of = cases()[2];
  const auto net = make(of, torch::kFloat32, Arithmetic::fused);
  const auto images = pixels(of.shape, 33, torch::kFloat32);
  const Pass first = pass(*net, [&] { return net->forward(images, {.training = true}); });
  pass(*net, [&] { return net->forward(images.narrow(0, 0, 7) * 3, {.training = true}); });
  const Pass again = pass(*net, [&] { return net->forward(images, {.training = true}); });
  CHECK(torch::equal(first.logits, again.logits));
  CHECK(torch::equal(first.gradient, again.gradient));
  const torch::NoGradGuard no_gradient;
  CHECK(torch::equal(first.logits, net->forward(images, {})));
}

TEST_CASE("gradients of several forward passes add up", "[nets][fused]") {
  const Case& of = cases()[3];
  const auto net = make(of, torch::kFloat64, Arithmetic::fused);
  const auto images = pixels(of.shape, 8, torch::kFloat64);
  const auto one = [&](int64_t from, int64_t count) {
    return net->forward(images.narrow(0, from, count), {.training = true});
  };
  const auto first = pass(*net, [&] { return one(0, 3); }).gradient;
  const auto second = pass(*net, [&] { return one(3, 5); }).gradient;
  net->parameters().zero_gradient();
  const auto a = one(0, 3), b = one(3, 5);  // both kept until the one backward pass
  (loss_of(a) + loss_of(b)).backward();
  CHECK(largest_difference(net->parameters().flat_gradient(), first + second) < 1e-13);
}

TEST_CASE("a weight that is not a number shows in the logits", "[nets][fused]") {
  for (const Case& of : cases()) {
    const auto net = make(of, torch::kFloat32, Arithmetic::fused);
    net->parameters().parameters().front().detach().view(-1)[0] = std::nan("");
    const torch::NoGradGuard no_gradient;
    CHECK(net->forward(pixels(of.shape, 2, torch::kFloat32), {}).isnan().any().item<bool>());
  }
}

TEST_CASE("what the fused arithmetic cannot do is said or done by the library", "[nets][fused]") {
  const Case& of = cases()[0];
  const auto net = make(of, torch::kFloat64, Arithmetic::fused);
  const auto images = pixels(of.shape, 4, torch::kFloat64);
  const auto loss = [&] { return loss_of(net->forward(images, {.training = true})); };
  CHECK_THROWS_WITH(loss().backward({}, true, true), Catch::Contains("no second derivative"));
  const auto library = make(of, torch::kFloat64, Arithmetic::library);
  const auto own = net->parameters().parameters();
  const ScopedParameters look_ahead(net->parameters(), own);
  CHECK(torch::equal(net->forward(images, {}), library->forward(images, {})));
  CHECK_THROWS_WITH(make_net({"cnn_small", Json::object(), "torch_default"}, {.height = 16, .width = 16}, {},
                             torch::kCPU, torch::kFloat32, Arithmetic::fused),
                    Catch::Contains("no fused arithmetic"));
}

}  // namespace nlb
