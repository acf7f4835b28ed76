// Expected digests: tests/engine/chain_reference.py, the definition in hashlib and numpy.
#include "engine/chain.h"

#include <catch2/catch.hpp>

namespace nlb {
namespace {

std::vector<StateEntry> reference_state() {
  return {{"net/weight", (torch::arange(10000, torch::kFloat32) / 7).view({100, 100})},
          {"net/steps", torch::tensor(12, torch::kInt64)},
          {"net/optimiser/rate", torch::tensor(0.1, torch::kFloat64)},
          {"B", torch::tensor({1, 0, 255}, torch::kUInt8)},
          {"empty", torch::zeros({0, 3})}};
}

TEST_CASE("The state digest is the tree that its definition says", "[engine][chain]") {
  CHECK(hex(state_digest(reference_state())) == "544894fd8a2e96c600f3d43b870ed24ea1f8feeb9c05311aea32248cbdb3141f");
}

TEST_CASE("The state digest sees logical elements, not memory layout or threads", "[engine][chain]") {
  auto state = reference_state();
  const Digest digest = state_digest(state);
  state[0].value = state[0].value.t().contiguous().t();
  std::swap(state[1], state[3]);
  CHECK(state_digest(state) == digest);
  state[0].value = state[0].value.clone();
  state[0].value[99][99] += 1;
  CHECK(state_digest(state) != digest);
}

TEST_CASE("The chain adds epoch and digest to its head", "[engine][chain]") {
  const Digest digest = state_digest(reference_state());
  Chain chain("trial");
  chain.extend(1, digest);
  CHECK(chain.head() == "84b1290e382840138d2c300c552802ad762b496208987c3abe6c65d0d053aa91");
  Chain resumed = Chain::from_hex(chain.head());
  resumed.extend(258, digest);
  CHECK(resumed.head() == "97a467a5f7a4bd82c958a4f88be3c032113f6edb798fdcc32d449d92726a6830");
}

TEST_CASE("Counts are hashed as decimal numbers", "[engine][chain]") {
  CHECK(hex(count_digest({3, -1, 20})) == "bdf5064936b1f098c8102a2ea477fd5ec2e2d508b09adfb6912eb390d03fd698");
}

}  // namespace
}  // namespace nlb
