// The operations of the device that is not there: each is LibTorch's own for the CPU, on the same bytes under the
// address through which the device reaches them.
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/device/capture.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"
#include "tests/device/traffic.h"

namespace nlb::test {
namespace {

using torch::jit::Stack;

/// Operations of a real GPU that read a result back before they return: how large it is, or what it is.
const std::set<std::string>& waiting_operations() {
  static const std::set<std::string> names = {"aten::_local_scalar_dense",
                                              "aten::nonzero",
                                              "aten::masked_select",
                                              "aten::masked_select.out",
                                              "aten::nonzero.out",
                                              "aten::_unique2",
                                              "aten::unique_dim",
                                              "aten::unique_consecutive",
                                              "aten::bincount",
                                              "aten::equal",
                                              "aten::histc",
                                              "aten::repeat_interleave.Tensor"};
  return names;
}

std::string name_of(const c10::OperatorHandle& op) {
  const auto& name = op.operator_name();
  return name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
}

/// A tensor of the CPU over the same bytes.
at::Tensor reached(const at::Tensor& tensor) {
  const auto& storage = tensor.storage();
  void* const begin = storage.nbytes() == 0 ? nullptr : reach(storage.data());
  c10::Storage bytes(c10::Storage::use_byte_size_t(), storage.nbytes(), at::DataPtr(begin, c10::kCPU),
                     c10::GetAllocator(c10::kCPU),
                     /*resizable=*/true);
  auto alias = at::detail::make_tensor<c10::TensorImpl>(std::move(bytes), c10::DispatchKeySet(c10::DispatchKey::CPU),
                                                        tensor.dtype());
  auto* const impl = alias.unsafeGetTensorImpl();
  impl->set_sizes_and_strides(tensor.sizes(), tensor.strides(), tensor.storage_offset());
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) impl->set_wrapped_number(true);
  return alias;
}

/// A tensor of the device of its own bytes, as `made` lies in memory.
at::Tensor brought(const at::Tensor& made) {
  auto tensor =
      at::Tensor(at::detail::empty_strided_generic(made.sizes(), made.strides(), c10::GetAllocator(c10::kCUDA),
                                                   c10::DispatchKeySet(c10::DispatchKey::CUDA), made.scalar_type()));
  if (made.numel() > 0) reached(tensor).copy_(made);
  return tensor;
}

/// One call: tensors of the device become tensors of the CPU on the way in, and the other way on the way out.
class Call {
 public:
  explicit Call(std::string name) : name_(std::move(name)) {}

  void take(c10::IValue& value) {
    if (value.isTensor()) {
      value = take_tensor(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(take_tensor(tensor));
      value = list;
    } else if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> list;
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector()) {
        list.push_back(tensor && tensor->defined() ? std::optional(take_tensor(*tensor)) : tensor);
      }
      value = list;
    } else if (value.isDevice() && value.toDevice().is_cuda()) {
      made_on_ = value.toDevice();
      value = c10::Device(c10::kCPU);
    }
  }

  void give(c10::IValue& value) const {
    if (value.isTensor()) {
      value = give_tensor(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& tensor : value.toTensorVector()) list.push_back(give_tensor(tensor));
      value = list;
    }
  }

  /// Operations that size their results themselves moved them to new bytes of the CPU: the device's follow.
  void settle() const {
    for (const at::Tensor& alias : aliases_) {
      const at::Tensor& tensor = taken_.at(alias.unsafeGetTensorImpl());
      const auto& bytes = alias.storage();
      auto* const storage = tensor.storage().unsafeGetStorageImpl();
      if (bytes.data() != (storage->nbytes() == 0 ? nullptr : reach(storage->data()))) {
        auto block = c10::GetAllocator(c10::kCUDA)->allocate(bytes.nbytes());
        if (bytes.nbytes() > 0) std::memcpy(reach(block.get()), bytes.data(), bytes.nbytes());
        storage->set_data_ptr_noswap(std::move(block));
        storage->set_nbytes(bytes.nbytes());
      }
      if (alias.sizes() == tensor.sizes() && alias.strides() == tensor.strides()) continue;
      tensor.unsafeGetTensorImpl()->set_sizes_and_strides(alias.sizes(), alias.strides(), alias.storage_offset());
    }
  }

  /// Where it runs and its results lie: on its tensors' device, or on the one it was told to make them on.
  std::optional<c10::Device> device() const { return device_ ? device_ : made_on_; }

  /// As a real GPU: values of the host come as numbers (tensors without dimensions) alone.
  void check_devices() const {
    TORCH_CHECK(!device_ || !stray_, "Expected all tensors to be on the same device, but found at least two devices, ",
                device_->str(), " and cpu, in ", name_);
  }

 private:
  at::Tensor take_tensor(const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    if (!tensor.is_cuda()) {
      stray_ = stray_ || tensor.dim() > 0;
      return tensor;
    }
    TORCH_CHECK(!device_ || *device_ == tensor.device(), "Expected all tensors to be on the same device, but found ",
                device_->str(), " and ", tensor.device().str(), " in ", name_);
    device_ = tensor.device();
    at::Tensor alias = reached(tensor);
    taken_.emplace(alias.unsafeGetTensorImpl(), tensor);
    aliases_.push_back(alias);
    return alias;
  }

  at::Tensor give_tensor(const at::Tensor& made) const {
    if (!made.defined()) return made;
    if (const auto same = taken_.find(made.unsafeGetTensorImpl()); same != taken_.end()) return same->second;
    for (const at::Tensor& alias : aliases_) {
      if (made.storage().data() != nullptr && made.storage().data() == alias.storage().data())
        return view_of(taken_.at(alias.unsafeGetTensorImpl()), made);
    }
    return brought(made);
  }

  static at::Tensor view_of(const at::Tensor& whole, const at::Tensor& made) {
    auto view = at::detail::make_tensor<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(whole.storage()),
                                                         whole.key_set(), made.dtype());
    view.unsafeGetTensorImpl()->set_sizes_and_strides(made.sizes(), made.strides(), made.storage_offset());
    return view;
  }

  std::string name_;
  std::optional<c10::Device> device_, made_on_;
  bool stray_ = false;
  std::map<c10::TensorImpl*, at::Tensor> taken_;
  std::vector<at::Tensor> aliases_;
};

void wait(const std::string& what) {
  write_wait(what);
  refuse_in_capture(what);
}

void run(const c10::OperatorHandle& op, Stack* stack);

/// `results` are those of a call that is being captured: a replay calls again, and writes where they lie.
void record_call(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
                 const std::vector<c10::IValue>& results) {
  record([op, arguments, results] {
    Stack stack = arguments;
    run(op, &stack);
    for (size_t i = 0; i < results.size(); ++i) {
      if (!results[i].isTensor() || !results[i].toTensor().defined()) continue;
      const at::Tensor &to = results[i].toTensor(), &from = stack[i].toTensor();
      if (to.storage().data() != from.storage().data() && to.numel() > 0) reached(to).copy_(reached(from));
    }
  });
}

void run(const c10::OperatorHandle& op, Stack* stack) {
  const std::string name = name_of(op);
  write_operation(name);
  if (waiting_operations().contains(name)) wait(name);
  Call call(name);
  const auto arguments = static_cast<int64_t>(op.schema().arguments().size());
  CallSeen seen = {.name = name,
                   .schema = op.schema(),
                   .arguments = std::vector<c10::IValue>(stack->end() - arguments, stack->end()),
                   .results = {}};
  for (size_t i = stack->size() - static_cast<size_t>(arguments); i < stack->size(); ++i) call.take((*stack)[i]);
  call.check_devices();
  const c10::OptionalDeviceGuard guard(call.device());
  {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    op.callBoxed(stack);
  }
  call.settle();
  const size_t returns = op.schema().returns().size();
  for (size_t i = stack->size() - returns; i < stack->size(); ++i) call.give((*stack)[i]);
  seen.results.assign(stack->end() - static_cast<int64_t>(returns), stack->end());
  write_traffic(seen);
  if (is_capturing()) record_call(op, seen.arguments, seen.results);
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device> device, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  at::globalContext().lazyInitDevice(c10::kCUDA);
  const c10::OptionalDeviceGuard guard(device);
  return at::Tensor(at::detail::empty_generic(size, c10::GetAllocator(c10::kCUDA),
                                              c10::DispatchKeySet(c10::DispatchKey::CUDA), c10::dtype_or_default(type),
                                              format));
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
  at::globalContext().lazyInitDevice(c10::kCUDA);
  const c10::OptionalDeviceGuard guard(device);
  return at::Tensor(at::detail::empty_strided_generic(size, stride, c10::GetAllocator(c10::kCUDA),
                                                      c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                                      c10::dtype_or_default(type)));
}

/// What a copy between host and device costs the host.
void write_copy(const at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  const at::Tensor& host = to.is_cuda() ? from : to;
  const std::string way = to.is_cuda() ? "host to device" : "device to host";
  refuse_in_capture(way);
  if (!non_blocking) {
    write_wait(way);
  } else if (!host.is_pinned()) {
    write_wait(way + ", pageable");
  }
}

void copy_bytes(const at::Tensor& to, const at::Tensor& from) {
  const at::AutoDispatchBelowADInplaceOrView below_autograd;
  auto target = to.is_cuda() ? reached(to) : to;
  target.copy_(from.is_cuda() ? reached(from) : from);
}

at::Tensor& copy_(at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  write_operation("aten::copy_");
  if (to.is_cuda() != from.is_cuda()) write_copy(to, from, non_blocking);
  copy_bytes(to, from);
  write_copy_traffic(to, from);
  if (is_capturing()) {
    record([to, from] {
      write_operation("aten::copy_");
      copy_bytes(to, from);
      write_copy_traffic(to, from);
    });
  }
  return to;
}

/// Grows the storage where it is too small, keeping what it holds.
const at::Tensor& resize_(const at::Tensor& tensor, at::IntArrayRef size, std::optional<at::MemoryFormat> format) {
  write_operation("aten::resize_");
  const c10::OptionalDeviceGuard guard(tensor.device());
  auto* const impl = tensor.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(size);
  if (format) impl->empty_tensor_restride(*format);
  const auto needed = static_cast<size_t>(impl->storage_offset() + impl->numel()) * impl->dtype().itemsize();
  const auto& storage = tensor.storage();
  if (needed <= storage.nbytes()) return tensor;
  auto bytes = c10::GetAllocator(c10::kCUDA)->allocate(needed);
  if (storage.nbytes() > 0) std::memcpy(reach(bytes.get()), reach(storage.data()), storage.nbytes());
  storage.unsafeGetStorageImpl()->set_data_ptr_noswap(std::move(bytes));
  storage.unsafeGetStorageImpl()->set_nbytes(needed);
  return tensor;
}

}  // namespace

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&run>()); }

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("copy_", &copy_);
  library.impl("resize_", &resize_);
  // LibTorch picks these by libraries that the device does not have: the CPU's own choice instead.
  library.impl("convolution", torch::CppFunction::makeFromBoxedFunction<&run>());
  library.impl("convolution_backward", torch::CppFunction::makeFromBoxedFunction<&run>());
}

}  // namespace nlb::test
