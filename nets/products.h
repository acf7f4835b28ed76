// nets/products.h -- the type that convolutions and linear layers compute in, where it is not their parameters'.
#pragma once

#include <torch/torch.h>

#include <optional>
#include <vector>

#include "nets/parameter_store.h"

namespace nlb {

/// The type that convolutions and linear layers compute in (their sums are float's): parameters, statistics, losses and
/// optimisers keep their own. Process-wide, as the other precision switches; none: as the parameters.
void set_product_type(std::optional<torch::ScalarType> type);
/// `tensor` in the product type, where one is set and it is of float32 or of the product type.
torch::Tensor for_product(const torch::Tensor& tensor);

/// While it lives, ParameterStore::product gives views of one copy of all parameters in the product type, which one
/// launch makes and whose gradients one launch collects; without it each layer's parameters are turned apart. Does
/// nothing where no product type is set, where the parameters are float64 or replaced, or while another one lives.
class ScopedProducts {
 public:
  explicit ScopedProducts(ParameterStore& store);
  ~ScopedProducts();
  ScopedProducts(const ScopedProducts&) = delete;
  ScopedProducts& operator=(const ScopedProducts&) = delete;

 private:
  ParameterStore& store_;
  std::vector<torch::Tensor> products_;
};

/// gradients[i] of parameter i (float32, bfloat16 or float64; undefined: zeros) -> its slice of `flat`, which is as the
/// store's flat gradient.
void collect_gradients(const std::vector<torch::Tensor>& gradients, const ParameterStore& store, torch::Tensor& flat);

}  // namespace nlb
