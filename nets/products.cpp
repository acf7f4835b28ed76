#include "nets/products.h"

#include <atomic>

#include "kernels/collect.h"
#include "nets/device_call.h"

namespace nlb {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

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

/// What a graph remembers of the store that its parameters are of, which outlives the step.
struct StoreOf final : torch::CustomClassHolder {
  explicit StoreOf(ParameterStore& one) : store(one) {}
  ParameterStore& store;
};

/// All parameters in the product type; backwards, all gradients in the parameters' own.
class ProductsFunction : public torch::autograd::Function<ProductsFunction> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList leaves, ParameterStore* store) {
    context->saved_data["store"] = c10::IValue::make_capsule(c10::make_intrusive<StoreOf>(*store));
    context->set_materialize_grads(false);
    const auto all = for_product(store->flat());
    variable_list views;
    for (const torch::Tensor& leaf : leaves)
      views.push_back(all.as_strided(leaf.sizes(), leaf.strides(), leaf.storage_offset()));
    return views;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    NLB_CHECK(!torch::GradMode::is_enabled(), "the cast of all parameters has no second derivative");
    const auto held = context->saved_data["store"].toCapsule();
    auto& store = static_cast<const StoreOf&>(*held).store;
    auto flat = torch::empty_like(store.flat());
    collect_gradients(gradients, store, flat);
    const auto leaves = store.parameters();
    variable_list found;
    for (size_t i = 0; i < gradients.size(); ++i) {
      const torch::Tensor& leaf = leaves[i];
      found.push_back(gradients[i].defined() ? flat.as_strided(leaf.sizes(), leaf.strides(), leaf.storage_offset())
                                             : torch::Tensor());
    }
    found.emplace_back();  // of the store
    return found;
  }
};

}  // namespace

void set_product_type(std::optional<torch::ScalarType> type) { product_type = type ? static_cast<int>(*type) : -1; }

torch::Tensor for_product(const torch::Tensor& tensor) {
  const int type = product_type;
  if (type < 0 || !tensor.defined() || tensor.scalar_type() == torch::kFloat64) return tensor;
  return tensor.to(static_cast<torch::ScalarType>(type));
}

ScopedProducts::ScopedProducts(ParameterStore& store) : store_(store) {
  const bool wanted = product_type >= 0 && store.flat().scalar_type() == torch::kFloat32;
  if (!wanted || store.is_replaced() || store.products_ != nullptr) return;
  products_ = ProductsFunction::apply(at::TensorList(store.parameters()), &store);
  store.products_ = &products_;
}

ScopedProducts::~ScopedProducts() {
  if (store_.products_ == &products_) store_.products_ = nullptr;
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
