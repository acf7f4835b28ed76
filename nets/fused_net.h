// nets/fused_net.h -- the arithmetic "fused" of a recipe: forward and backward of small nets written by hand for one
// CPU thread. For nets this small the library spends most of a step on starting operations and on layouts that suit
// wide layers. The loops are kernels/conv_stage.h and kernels/linear_lanes.h.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/conv_stage.h"
#include "kernels/isa.h"
#include "nets/parameter_store.h"

namespace nlb {

/// Convolution stages, then linear layers with ReLU between. Layers are named as in the store: `<name>.weight`,
/// `<name>.bias`.
struct FusedPlan {
  struct Stage {
    std::string name;
    ConvStage shape;
  };
  std::vector<Stage> stages;  ///< each takes what the one before gives
  std::vector<std::string> linears;
};

/// Computes with the flat buffers of a finalised store on the CPU, float or double. Gradients of parameters are added
/// to the flat gradient by loss.backward(); images get none, and neither a second derivative nor autograd::grad with
/// respect to parameters exists: methods that need those ask for the library's arithmetic.
class FusedNet {
 public:
  /// Tests pick another instruction set than this processor's widest.
  FusedNet(ParameterStore& store, const FusedPlan& plan, Isa isa = cpu_isa());
  ~FusedNet();
  /// images [B, C, H, W] contiguous -> logits [B, classes].
  torch::Tensor forward(const torch::Tensor& images);

  class Arithmetic;  ///< of one scalar type

 private:
  std::shared_ptr<Arithmetic> arithmetic_;
};

}  // namespace nlb
