// nets/device_call.h -- how tensors reach kernels of our own, on a device or on the CPU. For nets/*.cpp only.
#pragma once

#include <c10/core/DeviceGuard.h>
#include <torch/torch.h>

#include "core/error.h"
#include "kernels/bfloat16.h"
#include "nets/device_layers.h"

namespace nlb {

/// Calls work(T{}) with the element type of `type` as our kernels know it.
template <class Work>
void with_type(torch::ScalarType type, Work work) {
  if (type == torch::kFloat32) return work(float{});
  if (type == torch::kFloat64) return work(double{});
  NLB_CHECK(type == torch::kBFloat16, "layers compute in float32, float64 or bfloat16");
  work(Bfloat16{});
}

template <class T>
const T* reading(const torch::Tensor& tensor) {
  return tensor.defined() ? static_cast<const T*>(tensor.const_data_ptr()) : nullptr;
}
template <class T>
T* writing(torch::Tensor& tensor) {
  return tensor.defined() ? static_cast<T*>(tensor.mutable_data_ptr()) : nullptr;
}

/// The device's part: calls work(stream) with its device and current stream, or returns false on the CPU.
template <class Work>
bool on_device(const torch::Tensor& tensor, Work work) {
  if (!tensor.is_cuda()) return false;
  const c10::DeviceGuard guard(tensor.device());
  work(current_stream(tensor.device()));
  return true;
}

}  // namespace nlb
