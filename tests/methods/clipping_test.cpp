// CE + clipping: whole trainings.
#include "tests/methods/fifty_steps.h"

namespace nlb {
namespace {

using namespace test;

TEST_CASE(
    "Fifty steps of CE with clipped gradients on LeNet-5 agree with an independent implementation, in either "
    "arithmetic",
    "[methods][clipping][training]") {
  check_fifty_steps("clipping", {{"max_norm", 0.1}});
}

}  // namespace
}  // namespace nlb
