// Graphs by LibTorch's CUDA, for programs that link it.
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "engine/graph.h"

namespace nlb {
namespace {

class CudaGraph final : public Graph {
 public:
  CudaGraph(torch::Device device, const std::function<void()>& work) : device_(device) {
    const c10::cuda::CUDAGuard guard(device);
    const auto current = c10::cuda::getCurrentCUDAStream(device.index());
    // The default stream cannot be captured; the other one starts behind it.
    const auto stream = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
    at::cuda::CUDAEvent before;
    before.record(current);
    before.block(stream);
    const c10::cuda::CUDAStreamGuard on_stream(stream);
    graph_.capture_begin();
    try {
      work();
    } catch (...) {
      try {
        graph_.capture_end();
      } catch (const c10::Error&) {  // the first error is the one to tell
      }
      throw;
    }
    graph_.capture_end();
  }

  void replay() override {
    const c10::cuda::CUDAGuard guard(device_);
    graph_.replay();
  }

 private:
  torch::Device device_;
  at::cuda::CUDAGraph graph_;
};

const struct Registration {
  Registration() {
    set_graph_maker([](torch::Device device, const std::function<void()>& work) {
      return std::make_unique<CudaGraph>(device, work);
    });
  }
} registration;

}  // namespace
}  // namespace nlb
