// nets/parameter_store.h -- all parameters of a network in one flat buffer, all gradients in another: one fill zeroes
// them, one kernel steps them, one copy averages them. Parameters are views; slices start at multiples of 64 bytes,
// padding stays zero.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/draws.h"

namespace nlb {

/// Weight decay and clipping act per segment.
struct Segment {
  std::string name;
  int64_t offset = 0, count = 0;  ///< elements in the flat buffer, without padding
};

/// Fills one tensor's values (given as a contiguous CPU double buffer) with its initial ones; the key is the
/// parameter's own.
using Initialiser = std::function<void(double* values, const std::vector<int64_t>& shape, Key key)>;

class ParameterStore {
 public:
  /// Before finalise(): declares a parameter or buffer and returns its handle.
  size_t add_parameter(const std::string& name, std::vector<int64_t> shape, Initialiser initialiser);
  size_t add_buffer(const std::string& name, std::vector<int64_t> shape, double value);
  /// Allocates the flat buffers and initialises: parameter p with key derive(init_key, p.name).
  void finalise(Key init_key, torch::Device device, torch::ScalarType type);

  /// The parameter, or what a ScopedParameters put in its place. Layers ask at every forward.
  const torch::Tensor& parameter(size_t handle) const;
  bool is_replaced() const { return replaced_ != nullptr; }
  /// On a CPU: layers compute by our own kernels (nets/host_norm.h, winograd_conv.h) where they take the shape.
  void use_host_layers() { host_layers_ = true; }
  bool has_host_layers() const { return host_layers_; }
  /// The parameter in the type that products are computed in (nets/products.h).
  torch::Tensor product(size_t handle) const;
  torch::Tensor& buffer(size_t handle);

  const std::vector<Segment>& segments() const;
  torch::Tensor& flat();                          ///< [P] values with padding
  torch::Tensor& flat_gradient();                 ///< [P]; the gradients of the parameters are views of it
  torch::Tensor& flat_buffers();                  ///< batch-norm statistics
  std::vector<torch::Tensor> parameters() const;  ///< leaves, in the order of declaration
  void zero_gradient();
  /// Copies values and buffers of an equal store (an average, a snapshot).
  void copy_from(const ParameterStore& other);
  /// Calls visit(name, tensor) for each parameter, then each buffer. The tensors alias the values and carry no
  /// gradient; what a visitor puts in their place (loading) is copied into the flat buffer.
  void visit(const std::function<void(const std::string&, torch::Tensor&)>& visit);

 private:
  friend class ScopedParameters;
  friend class ScopedProducts;
  struct Entry {
    std::string name;
    std::vector<int64_t> shape;
    Initialiser initialiser;
    double value = 0;
    torch::Tensor tensor;
  };
  static std::vector<Segment> layout(const std::vector<Entry>& entries, torch::ScalarType type);
  std::vector<Entry> parameters_, buffers_;
  std::vector<Segment> segments_;
  torch::Tensor flat_, flat_gradient_, flat_buffers_;
  const std::vector<torch::Tensor>* replaced_ = nullptr;
  bool host_layers_ = false;
  const std::vector<torch::Tensor>* products_ = nullptr;
};

/// While it lives, the network computes with `tensors` (one per parameter, the caller's to keep) in place of its own:
/// the look-ahead step of L2R, MLNT, IEG.
class ScopedParameters {
 public:
  ScopedParameters(ParameterStore& store, const std::vector<torch::Tensor>& tensors);
  ~ScopedParameters();
  ScopedParameters(const ScopedParameters&) = delete;
  ScopedParameters& operator=(const ScopedParameters&) = delete;

 private:
  ParameterStore& store_;
  const std::vector<torch::Tensor>* outer_;  // scopes nest
};

}  // namespace nlb
