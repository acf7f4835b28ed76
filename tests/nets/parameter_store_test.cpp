#include "nets/parameter_store.h"

#include <catch2/catch.hpp>

#include "core/error.h"
#include "nets/initialisers.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

/// A 5x3 matrix, a vector of 5 and one running statistic.
void declare(ParameterStore& store) {
  const auto initialisation = make_initialisation("torch_default");
  store.add_parameter("weight", {5, 3}, initialisation.weight);
  store.add_parameter("bias", {5}, initialisation.bias(3));
  store.add_buffer("running_var", {5}, 1);
}

torch::Tensor squares(ParameterStore& store, const torch::Tensor& x) {
  return torch::linear(x, store.parameter(0), store.parameter(1)).square().sum();
}

}  // namespace

TEST_CASE("Slices start at multiples of 64 bytes and padding is zero", "[nets][store]") {
  const auto [type, unit] = GENERATE(table<torch::ScalarType, int64_t>({{torch::kFloat32, 16}, {torch::kFloat64, 8}}));
  ParameterStore store;
  declare(store);
  store.finalise({{1, 2}}, torch::kCPU, type);
  const auto& segments = store.segments();
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].offset == 0);
  CHECK(segments[0].count == 15);
  CHECK(segments[1].offset == 16);
  CHECK(segments[1].count == 5);
  CHECK(store.flat().numel() == 16 + unit);
  CHECK(store.flat_gradient().numel() == store.flat().numel());
  CHECK(store.flat()[15].item<double>() == 0);
  CHECK(store.flat().narrow(0, 21, unit - 5).abs().max().item<double>() == 0);
  CHECK(reinterpret_cast<uintptr_t>(store.flat().data_ptr()) % 64 == 0);
  CHECK(store.flat_buffers().narrow(0, 0, 5).eq(1).all().item<bool>());
  for (const auto& leaf : store.parameters()) CHECK((leaf.is_leaf() && leaf.requires_grad() && leaf.is_contiguous()));
}

TEST_CASE("Views of values and gradients survive backward passes and flat steps", "[nets][store]") {
  ParameterStore store;
  declare(store);
  store.finalise({{1, 2}}, torch::kCPU, torch::kFloat64);
  const auto x = test::weyl({4, 3}, 1, 1);
  for (int step = 0; step < 3; ++step) {
    store.zero_gradient();
    const auto leaves = store.parameters();
    const auto expected = torch::autograd::grad({squares(store, x)}, leaves);
    squares(store, x).backward();
    for (size_t p = 0; p < leaves.size(); ++p) {
      const Segment& segment = store.segments()[p];
      const auto in_flat = store.flat_gradient().narrow(0, segment.offset, segment.count);
      CHECK(leaves[p].grad().data_ptr() == in_flat.data_ptr());
      CHECK(torch::equal(in_flat.view_as(leaves[p]), expected[p]));
    }
    const auto before = store.parameter(0).detach().clone();
    store.flat().sub_(store.flat_gradient(), 0.01);
    CHECK(torch::allclose(store.parameter(0), before - 0.01 * expected[0], 0, 1e-15));
  }
}

TEST_CASE("Gradients of two backward passes add up", "[nets][store]") {
  ParameterStore store;
  declare(store);
  store.finalise({{1, 2}}, torch::kCPU, torch::kFloat64);
  const auto x = test::weyl({4, 3}, 1, 1);
  squares(store, x).backward();
  const auto once = store.flat_gradient().clone();
  squares(store, x).backward();
  CHECK(torch::equal(store.flat_gradient(), 2 * once));
}

TEST_CASE("Scoped parameters take the place of a store's own, nest, and leave no trace", "[nets][store]") {
  ParameterStore store;
  declare(store);
  store.finalise({{1, 2}}, torch::kCPU, torch::kFloat64);
  const std::vector<torch::Tensor> zeros = {torch::zeros({5, 3}), torch::zeros({5})};
  const std::vector<torch::Tensor> ones = {torch::ones({5, 3}), torch::ones({5})};
  const auto own = store.parameters();
  {
    const ScopedParameters outer(store, zeros);
    CHECK(store.parameter(0).is_same(zeros[0]));
    {
      const ScopedParameters inner(store, ones);
      CHECK(store.parameter(1).is_same(ones[1]));
    }
    CHECK(store.parameter(1).is_same(zeros[1]));
  }
  CHECK(store.parameter(0).is_same(own[0]));
  CHECK_THROWS_AS(ScopedParameters(store, {ones[0]}), InternalError);
}

TEST_CASE("A store is saved and loaded by visiting it", "[nets][store]") {
  ParameterStore store, other;
  declare(store);
  declare(other);
  store.finalise({{1, 2}}, torch::kCPU, torch::kFloat32);
  other.finalise({{3, 4}}, torch::kCPU, torch::kFloat32);
  store.flat_buffers().narrow(0, 0, 5).fill_(0.5);
  std::vector<std::pair<std::string, torch::Tensor>> saved;
  store.visit([&](const std::string& name, torch::Tensor& value) { saved.emplace_back(name, value.clone()); });
  REQUIRE(saved.size() == 3);
  CHECK(saved[0].first == "weight");
  CHECK(saved[2].first == "running_var");
  CHECK_FALSE(torch::equal(store.flat(), other.flat()));

  SECTION("by copying into the tensors") {
    size_t i = 0;
    other.visit([&](const std::string&, torch::Tensor& value) { value.copy_(saved[i++].second); });
  }
  SECTION("by putting other tensors in their place") {
    size_t i = 0;
    other.visit([&](const std::string&, torch::Tensor& value) { value = saved[i++].second; });
  }
  SECTION("by copying the store") { other.copy_from(store); }
  CHECK(torch::equal(store.flat(), other.flat()));
  CHECK(torch::equal(store.flat_buffers(), other.flat_buffers()));
  CHECK(other.parameter(0).requires_grad());
}
