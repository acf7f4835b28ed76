// Label Refinery: the loss of the card, and whole trainings.
#include "tests/methods/stages.h"
#include "tests/methods/vectors.h"
#include "training/soft_targets.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("Refined labels have the card's losses and gradient", "[methods][label_refinery]") {
  const auto teacher = torch::tensor({{1.0, -0.5, 1.2, 0.0}, {0.0, 0.1, 0.2, 2.0}, {0.3, 1.0, 0.2, -0.4}}, kDouble);
  const auto refined = torch::softmax(teacher, 1);
  check_close(soft_cross_entropy(logits_f(), refined), {1.487236342, 0.991323284, 1.382489136});
  const auto mean = [](const auto& targets) {
    return [targets](const auto& z) { return soft_cross_entropy(z, targets).mean(); };
  };
  check_close(mean(refined)(logits_f()), {1.287016254});
  const auto slope = gradient(mean(refined), logits_f());
  check_close(slope[0], {0.110478311, -0.015044615, -0.093666433, -0.001767263});
  check_close(slope[2], {-0.043268887, 0.024383363, 0.038689051, -0.019803527});
  CHECK(gradient(mean(torch::softmax(logits_f(), 1)), logits_f()).abs().max().item<double>() < 1e-15);
}

TEST_CASE("Label Refinery's generations agree with an independent implementation",
          "[methods][label_refinery][training]") {
  check_stages({"label_refinery", {{"generations", 2}}, {"net1", "net2"}});
}

}  // namespace
}  // namespace nlb
