// Linear: the unhinged loss of the card, and whole trainings.
#include "methods/linear.h"

#include "tests/methods/fifty_steps.h"
#include "tests/methods/vectors.h"
#include "training/losses.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE("The unhinged loss has the card's values and gradient", "[methods][linear]") {
  check_close(unhinged_loss(cross_entropy(logits_f(), labels_f())), {0.846709230, 0.406326533, 0.903315093});
  const auto loss = [](const auto& z) { return unhinged_loss(cross_entropy(z, labels_f())).mean(); };
  CHECK(loss(logits_f()).item<double>() == near(0.718783619, 1e-8));
  check_close(gradient(loss, logits_f())[0], {0.035103666, 0.001747709, -0.043264237, 0.006412861});
}

TEST_CASE("Fifty steps of the unhinged loss on LeNet-5 agree with an independent implementation, in either arithmetic",
          "[methods][linear][training]") {
  check_fifty_steps("linear", Json::object());
}

}  // namespace
}  // namespace nlb
