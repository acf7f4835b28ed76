// nets/device_layers.h -- layers made for a GPU: one kernel (kernels/norm.h, dropout_mask.h, collect.h) where the
// library starts several and passes over the activations each time. On a CPU the library's layers stay, whose bits
// records hold; there the same code runs with the kernels' CPU twins while a ScopedDeviceLayers lives, for tests and
// for counting.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>

#include "kernels/dropout_mask.h"
#include "nets/parameter_store.h"

namespace nlb {

/// What layers are on a GPU, and on a CPU in the nets of computes_by_host_layers: our kernels, or the library's layers
/// with channels last or first. The last two are there to be measured beside; process-wide, before a network is made.
enum class Layers { kernels, library_last, library_first };
void set_layers(Layers wanted);
Layers layers();

/// Whether the kernels compute on tensors of this device here.
bool has_device_layers(const torch::Device& device);
/// For layers of `store`: not while its parameters are replaced, when a derivative is wanted that the kernels do not
/// have (a second one, or one along a direction).
bool uses_device_layers(const torch::Tensor& input, const ParameterStore& store);

/// The current stream of a CUDA device, as launchers take it.
void* current_stream(torch::Device device);

/// While it lives, has_device_layers is true of the CPU. One at a time.
class ScopedDeviceLayers {
 public:
  ScopedDeviceLayers();
  ~ScopedDeviceLayers();
  ScopedDeviceLayers(const ScopedDeviceLayers&) = delete;
  ScopedDeviceLayers& operator=(const ScopedDeviceLayers&) = delete;
};

/// Batch norm with what stands around it: s = x (+ before); y = act(norm(s) (+ after)).
struct NormCall {
  torch::Tensor x;                               ///< [B, C, H, W]
  torch::Tensor before, after;                   ///< as x, or undefined
  torch::Tensor weight, bias;                    ///< [C]
  torch::Tensor running_mean, running_variance;  ///< [C]; undefined in training: they stay
  bool training;
  double slope;              ///< act(v) = v > 0 ? v : slope * v: 0 ReLU, 1 none
  double momentum, epsilon;  ///< momentum: share of the new batch in the running statistics
};
/// With channels last. `again` is y once more, for a second reader: each gives a gradient of its own, and so does what
/// reads `sum` beside the norm; the norm's kernel adds them up in its pass. The gradient is that of the first
/// derivative alone: throws where a graph of it is asked for.
struct NormResult {
  torch::Tensor sum, y, again;
};
NormResult device_norm(const NormCall& call);

/// input * mask * 1 / (1 - rate), the bits of nets/layers.h's Dropout. A first derivative alone, as device_norm.
/// `step_there`: [] int64 on the device, the step in place of how.step; or undefined.
torch::Tensor device_dropout(const torch::Tensor& input, const DropoutDraw& how, const torch::Tensor& step_there = {});

/// Fills the store's flat gradient with that of `loss`, a scalar. With device layers each gradient stays where autograd
/// computed it and one kernel collects all, in place of a fill and one addition per parameter.
void back_propagate(const torch::Tensor& loss, ParameterStore& store);

}  // namespace nlb
