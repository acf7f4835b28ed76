// benchmarks/gpu_plan.cpp -- what a training step would start on a GPU, counted without one: the step runs on the CPU,
// its library operations are seen by LibTorch's observer and our kernels' twins by their journal. Prints JSON: per net,
// with the library's layers and with ours, launches a step and bytes that they read and write.
#include <ATen/record_function.h>

#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "benchmarks/trained.h"
#include "engine/machine.h"
#include "nets/device_layers.h"

namespace {

using namespace nlb;

/// Operations that start nothing on a device.
const std::set<std::string>& free_operations() {
  static const std::set<std::string> names = {"aten::view",         "aten::as_strided",
                                              "aten::empty",        "aten::empty_strided",
                                              "aten::empty_like",   "aten::detach",
                                              "aten::detach_",      "aten::t",
                                              "aten::transpose",    "aten::permute",
                                              "aten::expand",       "aten::narrow",
                                              "aten::slice",        "aten::select",
                                              "aten::unsqueeze",    "aten::squeeze",
                                              "aten::reshape",      "aten::_reshape_alias",
                                              "aten::alias",        "aten::resize_",
                                              "aten::result_type",  "aten::is_floating_point",
                                              "aten::set_",         "aten::item",
                                              "aten::expand_as",    "aten::view_as",
                                              "aten::lift_fresh",   "aten::requires_grad_",
                                              "aten::broadcast_to", "aten::_local_scalar_dense"};
  return names;
}

/// Operations that are one library call on a GPU, whatever they call here.
bool is_whole(const std::string& name) {
  static const std::set<std::string> names = {"aten::convolution",
                                              "aten::convolution_backward",
                                              "aten::native_batch_norm",
                                              "aten::native_batch_norm_backward",
                                              "aten::_batch_norm_impl_index_backward",
                                              "aten::_batch_norm_impl_index"};
  return names.count(name) == 1;
}

struct Frame : at::ObserverContext {
  bool inside_whole = false, has_children = false;
};

struct Counts {
  LaunchJournal launches;
  int64_t activation_bytes = 0;  ///< of those of [B, C, H, W]
  int64_t layer_bytes = 0;       ///< of the convolutions' outputs, each once
};

Counts* counts = nullptr;
thread_local std::vector<Frame*> frames;

int64_t bytes_of(const torch::Tensor& tensor) { return tensor.defined() ? static_cast<int64_t>(tensor.nbytes()) : 0; }

/// An activation, not a weight: its first size is the batch's.
int64_t activation_bytes_of(const torch::Tensor& tensor, int64_t batch) {
  return tensor.defined() && tensor.dim() == 4 && tensor.size(0) == batch ? bytes_of(tensor) : 0;
}

constexpr int64_t kBatch = 128;

void add(const std::string& name, int64_t launches, const std::vector<torch::Tensor>& touched) {
  LaunchCount& count = counts->launches[name];
  count.launches += launches;
  for (const torch::Tensor& tensor : touched) {
    count.bytes += bytes_of(tensor);
    counts->activation_bytes += activation_bytes_of(tensor, kBatch);
  }
}

std::vector<torch::Tensor> tensors_of(c10::ArrayRef<const c10::IValue> values) {
  std::vector<torch::Tensor> found;
  for (const c10::IValue& value : values) {
    if (value.isTensor()) found.push_back(value.toTensor());
    if (value.isTensorList()) {
      for (const torch::Tensor& tensor : value.toTensorVector()) found.push_back(tensor);
    }
  }
  return found;
}

/// Gradients of input and of weight are two launches, each of which reads the gradient of the output.
void add_convolution_backward(const std::vector<torch::Tensor>& in, const std::vector<torch::Tensor>& out) {
  if (out[0].defined()) add("convolution, gradient of input", 1, {in[0], in[2], out[0]});
  add("convolution, gradient of weight", 1, {in[0], in[1], out[1]});
  if (out.size() > 2 && out[2].defined()) add("convolution, gradient of bias", 1, {in[0], out[2]});
}

void note(const at::RecordFunction& function) {
  const std::string name = function.name();
  const auto in = tensors_of(function.inputs());
  std::vector<torch::Tensor> out;
  for (const c10::IValue& value : function.outputs()) {
    if (value.isTensor()) out.push_back(value.toTensor());
  }
  if (name == "aten::convolution_backward") return add_convolution_backward(in, out);
  if (name == "aten::convolution") counts->layer_bytes += bytes_of(out.front());
  auto touched = in;
  // In place, the result is one of the inputs: read and written.
  touched.insert(touched.end(), out.begin(), out.end());
  add(name, 1, touched);
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  auto frame = std::make_unique<Frame>();
  if (!frames.empty()) {
    frames.back()->has_children = frames.back()->has_children || free_operations().count(function.name()) == 0;
    frame->inside_whole = frames.back()->inside_whole;
  }
  frame->inside_whole = frame->inside_whole || is_whole(function.name());
  frames.push_back(frame.get());
  return frame;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  const Frame frame = *static_cast<Frame*>(context);
  frames.pop_back();
  const bool within = !frames.empty() && frames.back()->inside_whole;
  if (counts == nullptr || within || free_operations().count(function.name()) == 1) return;
  if (is_whole(function.name()) || !frame.has_children) note(function);
}

Json step_of(const Setting& setting) {
  Trained trained(setting, torch::kCPU);
  const Pass pass = trained.method->begin_epoch(0).front();
  Counts found;
  const auto take = [&](int64_t number) {
    trained.method->step({.epoch = 0,
                          .pass = 0,
                          .number = number,
                          .count = 1024 / setting.batch,
                          .batches = {trained.set.batch(pass.streams.front(), 0, number)}});
  };
  take(0);  // what is made once
  counts = &found;
  LaunchJournal ours;
  keep_journal(&ours);
  take(1);
  counts = nullptr;
  keep_journal(nullptr);
  for (const auto& [name, count] : ours) {
    found.launches[name] = count;
    if (name.starts_with("norm") || name == "dropout") found.activation_bytes += count.bytes;
  }
  found.launches["augmentation"] = {.launches = 1,
                                    .bytes = setting.batch * setting.channels * setting.side * setting.side * 5};
  Json kernels = Json::object();
  int64_t launches = 0, bytes = 0;
  for (const auto& [name, count] : found.launches) {
    kernels[name] = {{"launches", count.launches}, {"bytes", count.bytes}};
    launches += count.launches;
    bytes += count.bytes;
  }
  return {{"launches", launches},
          {"bytes_per_image", bytes / setting.batch},
          {"passes", static_cast<double>(found.activation_bytes) / static_cast<double>(found.layer_bytes)},
          {"kernels", kernels}};
}

}  // namespace

int main() {
  prepare_process(2);
  prepare_thread();
  at::addGlobalCallback(
      at::RecordFunctionCallback(begin, end).needsInputs(true).needsOutputs(true).scopes({at::RecordScope::FUNCTION}));
  const std::vector<Setting> settings = {preact_resnet18_128(),
                                         {"resnet34", Json::object(), 3, 32, kBatch, "sgd"},
                                         {"wrn_40_2", {{"dropout", .3}}, 3, 32, kBatch, "sgd"},
                                         {"cnn9", {{"dropout", .25}}, 3, 32, kBatch, "adam"}};
  Json plan = Json::object();
  for (const Setting& setting : settings) {
    plan[setting.net]["library"] = step_of(setting);
    const ScopedDeviceLayers scope;
    plan[setting.net]["kernels"] = step_of(setting);
  }
  std::cout << plan.dump(1) << "\n";
  return 0;
}
