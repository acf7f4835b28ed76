// engine/graph.h -- work of a device, captured once and replayed by one call. Who brings LibTorch's CUDA brings the
// maker (worker/cuda_graph.cpp; the device of tests/device its own), because no library of ours names libtorch_cuda.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>

namespace nlb {

class Graph {
 public:
  virtual ~Graph() = default;
  /// Starts the captured work behind what waits on the device already.
  virtual void replay() = 0;
};

/// Captures what work() starts on the device, without running any of it: what is computed has a value only after a
/// replay. Throws c10::Error where it does what a capture does not permit.
using GraphMaker = std::function<std::unique_ptr<Graph>(torch::Device device, const std::function<void()>& work)>;

/// Before any trial runs.
void set_graph_maker(GraphMaker maker);
/// Empty in a program without one.
const GraphMaker& graph_maker();

}  // namespace nlb
