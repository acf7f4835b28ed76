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

/// gradients[i] of parameter i (float32, bfloat16 or float64; undefined: zeros) -> its slice of `flat`, which is as the
/// store's flat gradient.
void collect_gradients(const std::vector<torch::Tensor>& gradients, const ParameterStore& store, torch::Tensor& flat);

}  // namespace nlb
