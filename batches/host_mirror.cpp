#include "batches/host_mirror.h"

#include <utility>

#include "core/error.h"

namespace nlb {
namespace {

/// Travels with one tensor, as LibTorch lets any backend attach what it needs.
struct HostMirror final : c10::BackendMeta {
  explicit HostMirror(torch::Tensor values) : host(std::move(values)) {}
  torch::Tensor host;
};

}  // namespace

torch::Tensor upload(const torch::Tensor& host, torch::Device device) {
  NLB_CHECK(host.is_cpu(), "only tensors of the host are uploaded");
  if (device.is_cpu()) return host;
  return host.pin_memory().to(device, /*non_blocking=*/true);
}

void set_host_mirror(const torch::Tensor& tensor, torch::Tensor host) {
  NLB_CHECK(host.is_cpu() && host.sizes() == tensor.sizes(), "a mirror has the tensor's shape and lies on the host");
  tensor.unsafeGetTensorImpl()->set_backend_meta(c10::make_intrusive<HostMirror>(std::move(host)));
}

torch::Tensor on_host(const torch::Tensor& tensor) {
  if (tensor.is_cpu()) return tensor;
  const auto* mirror = dynamic_cast<const HostMirror*>(tensor.unsafeGetTensorImpl()->get_backend_meta());
  return mirror != nullptr ? mirror->host : tensor.cpu();
}

}  // namespace nlb
