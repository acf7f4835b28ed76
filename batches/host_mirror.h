// batches/host_mirror.h -- tensors that go to the device without a wait of the host, and what of them may be read back
// without one.
#pragma once

#include <torch/torch.h>

namespace nlb {

/// `host` on `device`, copied from page-locked memory behind the work that waits there already: nobody waits. On a CPU
/// the tensor itself.
torch::Tensor upload(const torch::Tensor& host, torch::Device device);

/// Keeps `host`, the same values, beside `tensor`; what is computed from `tensor` does not have it.
void set_host_mirror(const torch::Tensor& tensor, torch::Tensor host);
/// The values of `tensor` on the host: at once for one on a CPU or with a mirror, else copied, which waits for the
/// device.
torch::Tensor on_host(const torch::Tensor& tensor);

}  // namespace nlb
