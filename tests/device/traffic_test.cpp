// Launches and bytes of a step, counted: the numbers behind compare.py --gpu-plan.
#include <catch2/catch.hpp>

#include "tests/device/step_count.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("the journal counts launches and bytes of an operation by its tensors", "[device][traffic]") {
  const auto there = torch::ones({4, 8}, torch::kCUDA);
  const auto counted = [](const auto& work) {
    take_journal();
    work();
    return take_journal().launches;
  };
  const auto sum = counted([&] { there.add(there.narrow(0, 0, 1)); });
  CHECK(sum.at("aten::add.out").launches == 1);
  CHECK(sum.at("aten::add.out").bytes == (32 + 8 + 32) * 4);
  CHECK(counted([&] { there.view({8, 4}).t().narrow(0, 1, 2); }).empty());
  CHECK(counted([&] { there.mul_(2); }).at("aten::mul.out").bytes == 2 * 32 * 4);
  CHECK(counted([&] { there.zero_(); }).at("aten::zero_").bytes == 32 * 4);
  CHECK(counted([&] { there.clone(); }).at("aten::copy_").bytes == 2 * 32 * 4);
}

TEST_CASE("a convolution is counted as forward and two gradients, with the part of its input that it touches",
          "[device][traffic]") {
  count_activations(2);
  auto input = torch::ones({2, 4, 6, 6}, torch::kCUDA).requires_grad_();
  auto weight = torch::ones({3, 4, 1, 1}, torch::kCUDA).requires_grad_();
  take_journal();
  torch::conv2d(input, weight, {}, /*stride=*/2).sum().backward();
  const Journal journal = take_journal();
  count_activations(-1);
  const int64_t in = 2 * 4 * 36 * 4, out = 2 * 3 * 9 * 4, kernel = 3 * 4 * 4;
  CHECK(journal.convolved_bytes == out);
  CHECK(journal.launches.at("convolution").bytes == in / 4 + kernel + out);
  CHECK(journal.launches.at("convolution").activation_bytes == in / 4 + out);
  // The gradient of a sum is one number for all places.
  CHECK(journal.launches.at("convolution, gradient of weight").launches == 1);
  CHECK(journal.launches.at("convolution, gradient of input").launches == 1);
}

TEST_CASE("a large batch is counted by two small ones", "[device][traffic]") {
  // A net with a norm, a pooling, dropout and a linear layer, and a batch that could be counted itself.
  const Setting setting = {"cnn9", {{"dropout", .25}}, 3, 32, 9, OptimiserId::adam};
  const auto layers = GENERATE(Layers::library_last, Layers::kernels);
  const StepCount counted = count_step(setting, layers), found = count_step_of(setting, layers, "fp32", 3, 5);
  CHECK(found.all.launches == counted.all.launches);
  CHECK(found.all.bytes == counted.all.bytes);
  CHECK(found.all.activation_bytes == counted.all.activation_bytes);
  CHECK(found.convolved_bytes == counted.convolved_bytes);
}

/// The layers of PreAct ResNet-18 on 32x32, by hand: sizes in units of a map of the first stage, [64, 32, 32].
struct ByHand {
  int launches = 0;
  double convolved = 0, convolutions = 0, forward = 0, backward = 0;

  /// Forward it reads and writes; the gradient of its input reads one and writes the other; that of its weight reads
  /// both. `share`: of its input that it touches.
  void convolution(double in, double out, bool first, double share) {
    launches += first ? 2 : 3;
    convolved += out;
    convolutions += 2 * (share * in + out) + (first ? 0 : in + out);
  }
  /// Forward: what is normalised twice, y written; of a sum also its second part read and the sum written. Backward:
  /// what was normalised and each gradient of y twice, the other gradient of the sum once, the result written.
  void norm(double size, bool of_sum, bool two_readers, bool passed_on) {
    launches += 2;
    forward += size * (of_sum ? 5 : 3);
    backward += size * ((two_readers ? 6 : 4) + (passed_on ? 1 : 0) + 1);
  }
};

ByHand preact_resnet18_by_hand() {
  ByHand sum;
  sum.convolution(3. / 64, 1, /*first=*/true, 1);
  sum.norm(1, false, false, false);
  double in = 1;
  bool of_sum = false;  // the first block reads the stem's output alone
  for (const double out : {1., 1. / 2, 1. / 4, 1. / 8}) {
    for (const bool halves : {out < 1, false}) {
      sum.norm(in, of_sum, /*two_readers=*/halves, /*passed_on=*/!halves);
      sum.convolution(in, out, false, 1);
      if (halves) sum.convolution(in, out, false, .25);  // 1x1, stride 2
      sum.norm(out, false, false, false);
      sum.convolution(out, out, false, 1);
      in = out;
      of_sum = true;
    }
  }
  return sum;
}

TEST_CASE("PreAct ResNet-18's step starts and moves what its layers say", "[device][traffic]") {
  const ByHand expected = preact_resnet18_by_hand();
  const StepCount found = count_step_of(preact_resnet18_128(), Layers::kernels);
  const auto passes = [&](std::initializer_list<const char*> names) {
    double sum = 0;
    for (const char* name : names) sum += found.passes_of(found.kernels.at(name));
    return sum * expected.convolved;
  };
  CHECK(passes({"convolution", "convolution, gradient of input", "convolution, gradient of weight"}) ==
        Approx(expected.convolutions));
  CHECK(passes({"nlb::norm_forward_cuda"}) == Approx(expected.forward));
  CHECK(passes({"nlb::norm_backward_cuda"}) == Approx(expected.backward));
  int64_t layers = 0;
  for (const char* name : {"convolution", "convolution, gradient of input", "convolution, gradient of weight",
                           "nlb::norm_forward_cuda", "nlb::norm_backward_cuda"})
    layers += found.kernels.at(name).launches;
  CHECK(layers == expected.launches);
  CHECK(found.kernels.at("nlb::collect_cuda").launches == 1);
  CHECK(found.kernels.at("nlb::sgd_step_cuda").launches == 1);
  // The goals: 120 launches, which includes loss and log; 12 passes, which layers of a library's convolutions cannot
  // reach (docs/gpu.md).
  CHECK(found.all.launches <= 120);
  CHECK(found.passes() < 15.5);
  CHECK(count_step_of(preact_resnet18_128(), Layers::library_last).passes() > 21);
}

}  // namespace
}  // namespace nlb
