#include <catch2/catch.hpp>

#include "engine/chain.h"
#include "kernels/state_digest.h"
#include "tests/support/gpu.h"

namespace nlb {
namespace {

/// `count` elements of `type` that begin `offset` elements behind an aligned address.
torch::Tensor some_values(int64_t count, torch::ScalarType type, int64_t offset) {
  const auto values = torch::arange(count + offset).mul(7919).remainder(100003).sub(40000).to(type);
  return values.slice(0, offset);
}

torch::Tensor on_device(const torch::Tensor& value) {  // a view again, so that the address is as odd as here
  const int64_t offset = value.storage_offset();
  auto whole = torch::zeros({value.numel() + offset}, value.options().device(torch::kCUDA));
  auto view = whole.slice(0, offset);
  view.copy_(value);
  return view;
}

TEST_CASE("A GPU gives the digest that the host gives", "[engine][chain][gpu]") {
  if (!test::have_gpu()) return;
  const auto type = GENERATE(torch::kFloat32, torch::kFloat64, torch::kInt64, torch::kUInt8, torch::kBFloat16);
  const auto count = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 1000, 1024, 100003);
  const auto offset = GENERATE(as<int64_t>{}, 0, 1, 3);
  CAPTURE(count, offset);
  const auto value = some_values(count, type, offset);
  CHECK(state_digest({{"x", on_device(value)}}) == state_digest({{"x", value}}));
}

TEST_CASE("A GPU sums all tensors of a state in one launch", "[engine][chain][gpu]") {
  if (!test::have_gpu()) return;
  std::vector<StateEntry> here = {{"steps", torch::tensor(12, torch::kInt64)}};
  for (const int64_t count : {0, 5, 0, 2048, 2049, 0, 1, 10'000'000, 300, 0}) {  // more tiles than blocks
    here.push_back({"t" + std::to_string(here.size()), some_values(count, torch::kFloat32, 0)});
  }
  here.push_back({"turned", torch::arange(600, torch::kFloat32).view({20, 30}).t()});
  auto there = here;
  for (size_t i = 1; i < there.size(); ++i) there[i].value = there[i].value.to(torch::kCUDA);
  CHECK(state_digest(there) == state_digest(here));
  CHECK(state_digest(there) == state_digest(here));
}

#if defined(NLB_WITH_CUDA)
TEST_CASE("The digest's CUDA kernel writes nothing behind its output", "[engine][chain][gpu]") {
  if (!test::have_gpu()) return;
  const auto value = torch::ones({5000}, torch::kCUDA);
  DigestPart part = {.bytes = value.const_data_ptr(), .size = 20000, .first_tile = 0};
  const auto parts = torch::from_blob(&part, {sizeof(part)}, torch::kUInt8).to(torch::kCUDA);
  auto sums = torch::full({kDigestLanes + 64}, -7, torch::TensorOptions(torch::kCUDA).dtype(torch::kInt64));
  state_digest_cuda(static_cast<const DigestPart*>(parts.const_data_ptr()), 1, digest_tiles(part.size),
                    static_cast<DigestSums*>(sums.mutable_data_ptr()), nullptr);
  const auto found = sums.cpu().split({kDigestLanes, 64});
  CHECK(found[0].ne(-7).all().item<bool>());
  CHECK(found[1].eq(-7).all().item<bool>());
}
#endif

}  // namespace
}  // namespace nlb
