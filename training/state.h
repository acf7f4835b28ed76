// training/state.h -- the training state as named tensors: what the chain digests and a checkpoint holds.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "training/method.h"

namespace nlb {

struct StateEntry {
  std::string name;
  torch::Tensor value;  ///< without gradient; may share memory with the living state
};

/// All of a method's state in the order it names it; integers and numbers as 0-dim int64 and float64 tensors.
/// Names are unique, else InternalError.
std::vector<StateEntry> read_state(Method& method);

/// The reverse. Tensors of equal shape are written in place, so that views stay views. Throws InputError unless `saved`
/// has exactly the names that the method asks for.
void write_state(Method& method, const std::map<std::string, torch::Tensor>& saved);

/// "float32", "int64", ...: as the digest and the files spell it. Throws InternalError for a type that no state has.
std::string type_name(torch::ScalarType type);
torch::ScalarType type_from_name(const std::string& name);

}  // namespace nlb
