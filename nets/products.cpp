#include "nets/products.h"

#include <atomic>

#include "kernels/collect.h"
#include "nets/device_call.h"

namespace nlb {
namespace {

std::atomic<int> product_type = -1;

/// Whether equal places of two tensors of one shape lie equally far behind the first: strides of sizes of 1 say
/// nothing.
bool same_order(const torch::Tensor& a, const torch::Tensor& b) {
  for (int64_t d = 0; d < a.dim(); ++d) {
    if (a.size(d) != 1 && a.stride(d) != b.stride(d)) return false;
  }
  return true;
}

template <class From, class To>
void collect_pieces(const std::vector<torch::Tensor>& gradients, const std::vector<Segment>& segments,
                    torch::Tensor& flat) {
  for (size_t first = 0; first < gradients.size(); first += kMostPieces) {
    Pieces<From> pieces;
    for (size_t i = first; i < gradients.size() && i < first + kMostPieces; ++i)
      pieces.piece[pieces.number++] = {reading<From>(gradients[i]), segments[i].offset, segments[i].count};
    auto* const to = writing<To>(flat);
    const bool there = on_device(flat, [&](void* stream) { collect_cuda(pieces, to, stream); });
    if (!there) collect_cpu(pieces, to);
  }
}

}  // namespace

void set_product_type(std::optional<torch::ScalarType> type) { product_type = type ? static_cast<int>(*type) : -1; }

torch::Tensor for_product(const torch::Tensor& tensor) {
  const int type = product_type;
  if (type < 0 || !tensor.defined() || tensor.scalar_type() == torch::kFloat64) return tensor;
  return tensor.to(static_cast<torch::ScalarType>(type));
}

void collect_gradients(const std::vector<torch::Tensor>& gradients, const ParameterStore& store, torch::Tensor& flat) {
  const auto leaves = store.parameters();
  std::vector<torch::Tensor> ordered;  // each in the memory order of its slice, until the kernel is launched
  torch::ScalarType type = flat.scalar_type();
  for (size_t i = 0; i < gradients.size(); ++i) {
    const torch::Tensor& found = gradients[i];
    const bool as_is = !found.defined() || same_order(found, leaves[i]);
    ordered.push_back(as_is ? found : torch::empty_like(leaves[i], found.options()).copy_(found));
    if (found.defined()) type = found.scalar_type();
  }
  if (type == torch::kBFloat16) return collect_pieces<Bfloat16, float>(ordered, store.segments(), flat);
  if (type == torch::kFloat64) return collect_pieces<double, double>(ordered, store.segments(), flat);
  collect_pieces<float, float>(ordered, store.segments(), flat);
}

}  // namespace nlb
