#include "tests/device/traffic.h"

#include <torch/torch.h>

#include <algorithm>
#include <set>

namespace nlb::test {
namespace {

/// Bytes of distinct elements: a dimension of stride 0 repeats them.
int64_t bytes_of(const at::Tensor& tensor) {
  int64_t elements = 1;
  for (int64_t d = 0; d < tensor.dim(); ++d) elements *= tensor.stride(d) == 0 ? 1 : tensor.size(d);
  return elements * static_cast<int64_t>(tensor.itemsize());
}

class Sum {
 public:
  explicit Sum(int64_t launches) { sum_.launches = launches; }
  /// A read or a write of a share of `tensor`.
  void touch(const at::Tensor& tensor, double share = 1) {
    if (!tensor.defined() || !tensor.is_cuda()) return;
    const auto bytes = static_cast<int64_t>(static_cast<double>(bytes_of(tensor)) * share);
    sum_.bytes += bytes;
    if (is_activation(tensor.sizes().data(), tensor.sizes().size())) sum_.activation_bytes += bytes;
  }
  void touch_weight(const at::Tensor& weight) { sum_.bytes += bytes_of(weight); }
  void touch(const c10::IValue& value) {
    if (value.isTensor()) return touch(value.toTensor());
    if (!value.isTensorList()) return;
    for (const at::Tensor& tensor : value.toTensorVector()) touch(tensor);
  }
  void write(const std::string& name) const { write_launches(name, sum_); }

 private:
  Launched sum_;
};

/// The share of its input that a convolution touches: between kernels smaller than their stride lie gaps. One stride
/// stands for those of all sides.
double touched_share(const at::Tensor& weight, const std::vector<int64_t>& stride) {
  double share = 1;
  for (int64_t d = 2; d < weight.dim(); ++d) {
    const auto step = stride.size() == 1 ? stride.front() : stride.at(static_cast<size_t>(d) - 2);
    share *= std::min(1.0, static_cast<double>(weight.size(d)) / static_cast<double>(step));
  }
  return share;
}

/// A weight is told from an activation of as many images by its place in the call.
void write_convolution(const CallSeen& call) {
  const auto input = call.arguments[0].toTensor(), weight = call.arguments[1].toTensor();
  const auto output = call.results[0].toTensor();
  const double share = touched_share(weight, call.arguments[3].toIntVector());
  Sum forward(1);
  forward.touch(input, share);
  forward.touch_weight(weight);
  forward.touch(output);
  forward.write("convolution");
  write_convolved(bytes_of(output));
  if (!call.arguments[2].isTensor() || !call.arguments[2].toTensor().defined()) return;
  Sum bias(1);
  bias.touch(output);
  bias.touch(output);
  bias.write("convolution, bias");
}

void write_convolution_backward(const CallSeen& call) {
  const auto gradient = call.arguments[0].toTensor(), input = call.arguments[1].toTensor(),
             weight = call.arguments[2].toTensor();
  const double share = touched_share(weight, call.arguments[4].toIntVector());
  const auto result = [&](size_t i) { return call.results[i].isTensor() ? call.results[i].toTensor() : at::Tensor(); };
  if (const auto of_input = result(0); of_input.defined()) {
    Sum sum(1);
    sum.touch(gradient);
    sum.touch_weight(weight);
    sum.touch(of_input);
    sum.write("convolution, gradient of input");
  }
  if (const auto of_weight = result(1); of_weight.defined()) {
    Sum sum(1);
    sum.touch(gradient);
    sum.touch(input, share);
    sum.touch_weight(of_weight);
    sum.write("convolution, gradient of weight");
  }
  if (const auto of_bias = result(2); of_bias.defined()) {
    Sum sum(1);
    sum.touch(gradient);
    sum.touch(of_bias);
    sum.write("convolution, gradient of bias");
  }
}

bool gives_views_only(const c10::FunctionSchema& schema) {
  for (const c10::Argument& result : schema.returns()) {
    if (result.alias_info() == nullptr || result.alias_info()->isWrite()) return false;
  }
  return !schema.returns().empty();
}

bool starts_nothing(const CallSeen& call) {
  static const std::set<std::string> names = {"aten::_local_scalar_dense",
                                              "aten::resize_",
                                              "aten::set_.source_Storage",
                                              "aten::set_.source_Storage_storage_offset",
                                              "aten::set_.source_Tensor",
                                              "aten::record_stream",
                                              "aten::is_pinned"};
  return names.contains(call.name) || gives_views_only(call.schema);
}

int64_t launches_of(const std::string& name) {
  static const std::set<std::string> fill_first = {"aten::nll_loss_backward", "aten::nll_loss_backward.grad_input",
                                                   "aten::max_pool2d_with_indices_backward",
                                                   "aten::max_pool2d_with_indices_backward.grad_input"};
  return fill_first.contains(name) ? 2 : 1;
}

/// What is normalised is read for its statistics, then for its values; backwards as much with its gradient.
size_t arguments_read_twice(const std::string& name) {
  if (name == "aten::native_batch_norm") return 1;
  return name == "aten::native_batch_norm_backward" ? 2 : 0;
}

}  // namespace

void write_traffic(const CallSeen& call) {
  if (starts_nothing(call)) return;
  if (call.name == "aten::convolution") return write_convolution(call);
  if (call.name == "aten::convolution_backward") return write_convolution_backward(call);
  Sum sum(launches_of(call.name));
  const std::string plain = call.name.substr(0, call.name.find('.'));
  const bool in_place = plain.ends_with("_") && plain != "aten::zero_" && plain != "aten::fill_";
  const auto& arguments = call.schema.arguments();
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const bool written = arguments[i].alias_info() != nullptr && arguments[i].alias_info()->isWrite();
    if (!written || in_place) sum.touch(call.arguments[i]);
    if (written || i < arguments_read_twice(call.name)) sum.touch(call.arguments[i]);
  }
  for (size_t i = 0; i < call.results.size(); ++i) {
    if (call.schema.returns()[i].alias_info() == nullptr) sum.touch(call.results[i]);
  }
  sum.write(call.name);
}

void write_copy_traffic(const at::Tensor& to, const at::Tensor& from) {
  Sum sum(1);
  sum.touch(from);
  sum.touch(to);
  sum.write("aten::copy_");
}

}  // namespace nlb::test
