// engine/step_graphs.h -- training steps of fixed shape, captured once and replayed (docs/gpu.md, "Graphs"). Eager and
// captured steps are the same operations with the same numbers, so they give equal bits.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/graph.h"
#include "training/method.h"

namespace nlb {

/// Whether steps can be captured on `device` in this program: its layers are kernels of ours, and somebody makes
/// graphs.
bool has_step_graphs(torch::Device device);

class StepGraphs {
 public:
  /// Of one method, which lives as long. Not `wanted`: every step is the method's own.
  StepGraphs(Method& method, torch::Device device, bool wanted);
  /// As Method::step. A step of a phase that the method names (Method::phase) is replayed from its third time on; the
  /// first is the method's own, so that what libraries make once is there, the second captures.
  StepLog step(const Step& step);

 private:
  /// A phase: the tensors that the captured work reads and leaves.
  struct Phase {
    bool seen = false;
    Step fixed;
    StepLog log;
    std::unique_ptr<Graph> graph;
  };
  StepLog first_step(Phase& phase, const Step& step);
  void capture(Phase& phase);

  Method& method_;
  torch::Device device_;
  bool wanted_;
  std::map<std::string, Phase> phases_;
};

}  // namespace nlb
