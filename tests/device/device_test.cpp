// The device that is not there behaves as CUDA does where nlbench depends on it.
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "engine/chain.h"
#include "engine/gpu.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"
#include "tests/engine/run_support.h"

namespace nlb {
namespace {

using namespace test;

/// Whether a process that does this dies of a segmentation fault.
template <typename Act>
bool dies(const Act& act) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    act();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

TEST_CASE("Before CUDA is started the allocator has no statistics", "[device][start]") {
  auto* const allocator = at::getDeviceAllocator(torch::kCUDA);
  CHECK(torch::cuda::device_count() == 2);  // does not start it
  CHECK_FALSE(allocator->initialized());
  CHECK_THROWS_WITH(allocator->resetPeakStats(0), Catch::Contains("did you call init?"));
  reset_peak_memory({torch::kCUDA, 0});
  CHECK(allocator->initialized());
}

TEST_CASE("Operations give the CPU's bits on the device", "[device]") {
  const auto a = torch::arange(60, torch::kFloat32).view({6, 10}).sin(), b = torch::arange(10, torch::kFloat32).cos();
  const auto there = a.to(torch::kCUDA), beside = b.to(torch::kCUDA);
  CHECK(there.is_cuda());
  const auto sum = (there + beside).relu_();
  CHECK(sum.is_cuda());
  CHECK(torch::equal(sum.cpu(), (a + b).relu()));
  CHECK(torch::equal(there.t().narrow(0, 2, 3).contiguous().cpu(), a.t().narrow(0, 2, 3).contiguous()));
  CHECK(torch::equal(there.mm(there.t()).cpu(), a.mm(a.t())));
  CHECK(torch::equal(there.index_select(0, torch::tensor({3, 1}).to(torch::kCUDA)).cpu(),
                     a.index_select(0, torch::tensor({3, 1}))));
  CHECK(torch::equal(torch::softmax(there, 1).cpu(), torch::softmax(a, 1)));
}

TEST_CASE("Gradients flow on the device", "[device]") {
  const auto gradient = [](torch::Device device) {
    auto x = torch::arange(48, torch::kFloat32).view({2, 3, 2, 4}).sin().to(device).requires_grad_();
    auto w = torch::arange(27, torch::kFloat32).view({1, 3, 3, 3}).cos().to(device).requires_grad_();
    torch::conv2d(x, w, {}, 1, 1).relu().mean().backward();
    return torch::cat({x.grad().flatten(), w.grad().flatten()}).cpu();
  };
  CHECK(torch::equal(gradient(torch::kCUDA), gradient(torch::kCPU)));
}

TEST_CASE("A host that reads or writes device memory dies", "[device]") {
  const auto there = torch::ones({4}, torch::kCUDA);
  CHECK(dies([&] { std::_Exit(static_cast<int>(*there.const_data_ptr<float>())); }));
  CHECK(dies([&] { *there.mutable_data_ptr<float>() = 2; }));
  CHECK_FALSE(dies([&] { there.add(1).cpu(); }));
  CHECK_THROWS_WITH(there + torch::ones({4}), Catch::Contains("Expected all tensors to be on the same device"));
  CHECK_THROWS_WITH(there + torch::ones({4}, torch::Device("cuda:1")), Catch::Contains("cuda:1"));
}

TEST_CASE("The journal tells what waited", "[device]") {
  const auto there = torch::ones({4}, torch::kCUDA);
  take_journal();
  there.add(1).mul_(2);
  CHECK(take_journal().waits.empty());
  there.sum().item<float>();
  CHECK(take_journal().waits == std::map<std::string, int64_t>{{"aten::_local_scalar_dense", 1}});
  torch::ones({3}).to(torch::kCUDA);
  CHECK(take_journal().waits == std::map<std::string, int64_t>{{"host to device", 1}});
  torch::ones({3}).to(torch::kCUDA, /*non_blocking=*/true);
  CHECK(take_journal().waits == std::map<std::string, int64_t>{{"host to device, pageable", 1}});
  torch::ones({3}).pin_memory().to(torch::kCUDA, /*non_blocking=*/true);
  CHECK(take_journal().waits.empty());
}

TEST_CASE("Every GPU is tried, and the one that has too little memory says so", "[device][gpus]") {
  const SeenGpus seen = seen_gpus();
  REQUIRE(seen.gpus.size() == 2);
  CHECK(seen.built_with_cuda);
  CHECK(seen.gpus.front().problem.empty());
  CHECK(seen.gpus.front().memory_bytes == static_cast<int64_t>(kDeviceBytes));
  set_device_limit(1000);
  CHECK_THAT(seen_gpus().gpus.front().problem, Catch::Contains("CUDA out of memory"));
  set_device_limit(kDeviceBytes);
}

}  // namespace
}  // namespace nlb
