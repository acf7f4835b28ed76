// Expected digests: tests/engine/chain_reference.py, the definition in plain Python.
#include "engine/chain.h"

#include <ATen/Parallel.h>

#include <catch2/catch.hpp>
#include <set>

namespace nlb {
namespace {

std::vector<StateEntry> reference_state() {
  return {{"net/weight", (torch::arange(10000, torch::kFloat32) / 7).view({100, 100})},
          {"net/steps", torch::tensor(12, torch::kInt64)},
          {"net/optimiser/rate", torch::tensor(0.1, torch::kFloat64)},
          {"B", torch::tensor({1, 0, 255}, torch::kUInt8)},
          {"empty", torch::zeros({0, 3})}};
}

Digest digest_of(const torch::Tensor& value) { return state_digest({{"x", value}}); }

TEST_CASE("The state digest is what its definition says", "[engine][chain]") {
  CHECK(hex(state_digest(reference_state())) == "5d906f95616b8db5a8449a3cf622b73eab46e59429d8a8da9588e78173e95abc");
}

TEST_CASE("A tensor's digest is what its definition says, for each type", "[engine][chain]") {
  struct Row {
    const char* why;
    torch::Tensor value;
    const char* expected;
  };
  const auto counted = torch::arange(100003);
  const std::vector<Row> rows = {
      {"float32", torch::tensor({0.0f, -0.0f, 1.5f, -2.25f}).view({2, 2}),
       "a89d2db8e20991c28a6099ec9688abb118fc18eaa009757ee7d34ad580791c05"},
      {"float64", torch::tensor({0.1, -1e300, 0.0}, torch::kFloat64),
       "b16204d30d1179510fd58d94c88e6a2333a5fbf12225555aed72bd0135d8c3e8"},
      {"int64", torch::tensor({int64_t{-1}, int64_t{0}, int64_t{1}, int64_t{1} << 40}),
       "1eee4cb4ca9d6cdacddde9c76c4a9c30b471e1ff2e998a5e0898161161af6123"},
      {"uint8, three bytes behind the padding's end", torch::arange(67).mul(3).remainder(256).to(torch::kUInt8),
       "66c4d93385bc9a8d39c6191a1e403112e4fb1a912be241d987734f34d3f80d02"},
      {"bool, less than a word", torch::tensor({1, 0, 1, 1, 0}).to(torch::kBool),
       "cead72e0e9b081c4fec57cdb965abbce8f56033ebe2d16e6ead5ef046a1bee95"},
      {"0-dim", torch::tensor(0.5f), "20f126ee7e883e0f3a0fcb67769016f10926e9d6f5f115f2f62b71305b959d24"},
      {"empty", torch::zeros({0}, torch::kInt64), "a3efd40d8b70fabd294e66205c163f3e0b8db3aefada213a5e443feeb9fbac9b"},
      {"98 tiles", counted * counted * counted, "cd8939437bca64256af8b71e8c231797c65db0f70c7037a4bf7c3c2477a39dec"}};
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(hex(digest_of(row.value)) == row.expected);
  }
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

TEST_CASE("A state large enough for several threads has the digest of one", "[engine][chain]") {
  const auto large = torch::arange(20'000'000, torch::kInt32);  // 153 pieces, more than two grains
  std::vector<StateEntry> state = {{"a", large}, {"b", torch::ones({3})}, {"c", large.slice(0, 1)}};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Digest alone = state_digest(state);
  at::set_num_threads(3);
  CHECK(state_digest(state) == alone);
  at::set_num_threads(threads);
}

TEST_CASE("Name, type and shape of a tensor are part of its digest", "[engine][chain]") {
  const auto zeros = torch::zeros({6});
  const Digest digest = digest_of(zeros);
  CHECK(digest_of(torch::zeros({5})) != digest);
  CHECK(digest_of(torch::zeros({7})) != digest);
  CHECK(digest_of(zeros.view({2, 3})) != digest);
  CHECK(digest_of(zeros.view({3, 2})) != digest_of(zeros.view({2, 3})));
  CHECK(digest_of(zeros.to(torch::kInt32)) != digest);
  CHECK(digest_of(torch::zeros({})) != digest_of(torch::zeros({1})));
  CHECK(digest_of(torch::zeros({0, 3})) != digest_of(torch::zeros({3, 0})));
  CHECK(digest_of(-zeros) != digest);
  CHECK(state_digest({{"y", zeros}}) != digest);
  CHECK(state_digest({{"x", zeros}, {"y", zeros}}) != digest);
  const auto other = torch::ones({6});
  CHECK(state_digest({{"x", zeros}, {"y", other}}) != state_digest({{"x", other}, {"y", zeros}}));
}

TEST_CASE("The state digest sees permuted rows", "[engine][chain]") {
  const auto rows = torch::arange(640, torch::kFloat32).view({10, 64});
  std::set<std::string> digests;
  for (int64_t i = 0; i < 10; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      auto order = torch::arange(10);
      order[i] = j;
      order[j] = i;
      digests.insert(hex(digest_of(rows.index_select(0, order))));
    }
  }
  CHECK(digests.size() == 45);
}

TEST_CASE("The chain adds epoch and digest to its head", "[engine][chain]") {
  const Digest digest = state_digest(reference_state());
  Chain chain("trial");
  CHECK(chain.head() == "8e4d479a360eb8989af407d1321321294f93c26700df4a350a56232a00dc3bd2");
  chain.extend(1, digest);
  CHECK(chain.head() == "7f808281885b7b91659365c0b11f98193a71b3506fd5f2d1c1bcb2371fbc836d");
  Chain resumed = Chain::from_hex(chain.head());
  resumed.extend(258, digest);
  CHECK(resumed.head() == "e46fceb1105b681a675894542f2faf7f9815ee32b0d15f37480358aee2bae3d9");
}

TEST_CASE("Counts are hashed as decimal numbers", "[engine][chain]") {
  CHECK(hex(count_digest({3, -1, 20})) == "bdf5064936b1f098c8102a2ea477fd5ec2e2d508b09adfb6912eb390d03fd698");
}

}  // namespace
}  // namespace nlb
