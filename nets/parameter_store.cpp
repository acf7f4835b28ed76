#include "nets/parameter_store.h"

#include <functional>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "nets/device_layers.h"
#include "nets/products.h"

namespace nlb {
namespace {

// A cache line and the widest vector: every segment's loop starts aligned. The padding stays 0, so that sums over the
// whole buffer may run across it.
constexpr int64_t kAlignmentBytes = 64;

int64_t element_count(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t padded(int64_t count, torch::ScalarType type) {
  const int64_t unit = kAlignmentBytes / static_cast<int64_t>(torch::elementSize(type));
  return (count + unit - 1) / unit * unit;
}

/// On a GPU a convolution's weight lies with its channels last, as its input and gradient do: no copy between the two.
torch::Tensor slice(const torch::Tensor& flat, const Segment& segment, const std::vector<int64_t>& shape) {
  const auto part = flat.narrow(0, segment.offset, segment.count);
  if (shape.size() == 4 && has_device_layers(flat.device())) {
    return part.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2}).detach();
  }
  return part.view(shape).detach();
}

}  // namespace

size_t ParameterStore::add_parameter(const std::string& name, std::vector<int64_t> shape, Initialiser initialiser) {
  NLB_CHECK(!flat_.defined(), "parameter " + name + " declared after finalise()");
  parameters_.push_back({name, std::move(shape), std::move(initialiser), 0, {}});
  return parameters_.size() - 1;
}

size_t ParameterStore::add_buffer(const std::string& name, std::vector<int64_t> shape, double value) {
  NLB_CHECK(!flat_.defined(), "buffer " + name + " declared after finalise()");
  buffers_.push_back({name, std::move(shape), {}, value, {}});
  return buffers_.size() - 1;
}

std::vector<Segment> ParameterStore::layout(const std::vector<Entry>& entries, torch::ScalarType type) {
  std::vector<Segment> segments;
  int64_t offset = 0;
  for (const Entry& entry : entries) {
    segments.push_back({entry.name, offset, element_count(entry.shape)});
    offset += padded(segments.back().count, type);
  }
  return segments;
}

void ParameterStore::finalise(Key init_key, torch::Device device, torch::ScalarType type) {
  NLB_CHECK(!flat_.defined(), "finalise() called twice");
  const auto allocate = [&](const std::vector<Segment>& segments) {
    const int64_t size = segments.empty() ? 0 : segments.back().offset + padded(segments.back().count, type);
    return torch::zeros({size}, torch::TensorOptions().dtype(type).device(device));
  };
  segments_ = layout(parameters_, type);
  flat_ = allocate(segments_);
  flat_gradient_ = torch::zeros_like(flat_);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Entry& entry = parameters_[i];
    std::vector<double> values(static_cast<size_t>(segments_[i].count));
    entry.initialiser(values.data(), entry.shape, derive(init_key, entry.name));
    entry.tensor = slice(flat_, segments_[i], entry.shape);
    // Drawn in double in the order of the shape; copy_ puts each value where the view's strides have it, and rounds
    // once.
    entry.tensor.copy_(torch::from_blob(values.data(), entry.shape, torch::kFloat64));
    entry.tensor.set_requires_grad(true);
    entry.tensor.mutable_grad() = slice(flat_gradient_, segments_[i], entry.shape);
  }
  const auto buffer_segments = layout(buffers_, type);
  flat_buffers_ = allocate(buffer_segments);
  for (size_t i = 0; i < buffers_.size(); ++i) {
    buffers_[i].tensor = slice(flat_buffers_, buffer_segments[i], buffers_[i].shape);
    buffers_[i].tensor.fill_(buffers_[i].value);
  }
}

const torch::Tensor& ParameterStore::parameter(size_t handle) const {
  return replaced_ != nullptr ? (*replaced_)[handle] : parameters_[handle].tensor;
}

torch::Tensor ParameterStore::product(size_t handle) const {
  return products_ != nullptr && replaced_ == nullptr ? (*products_)[handle] : for_product(parameter(handle));
}

torch::Tensor& ParameterStore::buffer(size_t handle) { return buffers_[handle].tensor; }

const std::vector<Segment>& ParameterStore::segments() const { return segments_; }
torch::Tensor& ParameterStore::flat() { return flat_; }
torch::Tensor& ParameterStore::flat_gradient() { return flat_gradient_; }
torch::Tensor& ParameterStore::flat_buffers() { return flat_buffers_; }

std::vector<torch::Tensor> ParameterStore::parameters() const {
  std::vector<torch::Tensor> leaves;
  for (const Entry& entry : parameters_) leaves.push_back(entry.tensor);
  return leaves;
}

void ParameterStore::zero_gradient() { flat_gradient_.zero_(); }

void ParameterStore::copy_from(const ParameterStore& other) {
  NLB_CHECK(flat_.sizes() == other.flat_.sizes() && flat_buffers_.sizes() == other.flat_buffers_.sizes(),
            "copy between stores of different networks");
  flat_.copy_(other.flat_);
  flat_buffers_.copy_(other.flat_buffers_);
}

void ParameterStore::visit(const std::function<void(const std::string&, torch::Tensor&)>& visit) {
  for (auto* entries : {&parameters_, &buffers_}) {
    for (Entry& entry : *entries) {
      // A visitor that loads replaces `shown`; its values go into the view, which must stay a view of the flat buffer.
      const torch::Tensor own = entry.tensor.detach();
      torch::Tensor shown = own;
      visit(entry.name, shown);
      if (!shown.is_same(own)) own.copy_(shown);
    }
  }
}

ScopedParameters::ScopedParameters(ParameterStore& store, const std::vector<torch::Tensor>& tensors)
    : store_(store), outer_(store.replaced_) {
  NLB_CHECK(tensors.size() == store.parameters_.size(), "one tensor per parameter is needed");
  store_.replaced_ = &tensors;
}

ScopedParameters::~ScopedParameters() { store_.replaced_ = outer_; }

}  // namespace nlb
