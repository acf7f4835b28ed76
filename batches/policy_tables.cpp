#include "batches/policy_tables.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "core/error.h"

namespace nlb {
namespace {

template <class T>
torch::Tensor bytes_of(std::span<const T> values, torch::Device device) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto bytes = std::as_bytes(values);
  auto tensor = torch::empty({static_cast<int64_t>(bytes.size())}, torch::kUInt8);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::byte*>(tensor.mutable_data_ptr<uint8_t>()));
  return tensor.to(device);
}

template <class T>
const T* array_in(const torch::Tensor& bytes) {
  return reinterpret_cast<const T*>(bytes.const_data_ptr<uint8_t>());
}

}  // namespace

PolicyTables::PolicyTables(const PolicySpec& spec, int64_t height, int64_t width, torch::Device device) {
  std::vector<PolicyStep> list(autoaugment_cifar10().begin(), autoaugment_cifar10().end());
  policy_.steps = kAutoAugmentSteps;
  policy_.rounds = 1;
  if (const auto* drawn = std::get_if<RandAugmentSpec>(&spec)) {
    list = randaugment_steps(drawn->probability);
    policy_.steps = 1;
    policy_.rounds = static_cast<int32_t>(drawn->operations);
    policy_.lowest_level = static_cast<int32_t>(drawn->lowest_level);
    policy_.highest_level = static_cast<int32_t>(drawn->highest_level);
    policy_.shared = drawn->drawn_for == PolicyShare::batch;
  }
  policy_.entries = static_cast<int32_t>(list.size()) / policy_.steps;
  const auto operations = all_operations(static_cast<int32_t>(height), static_cast<int32_t>(width));
  operations_ = bytes_of(std::span<const ImageOperation>(operations), device);
  list_ = bytes_of(std::span<const PolicyStep>(list), device);
  policy_.operations = array_in<ImageOperation>(operations_);
  policy_.list = array_in<PolicyStep>(list_);
}

}  // namespace nlb
