// tests/device/journal.h -- what the device was asked to do: operations, and what made the host wait for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace nlb::test {

/// What an operation starts on a GPU, and the bytes that it reads and writes there: each of its tensors once for
/// reading, once for writing.
struct Launched {
  int64_t launches = 0, bytes = 0;
  int64_t activation_bytes = 0;  ///< of those, in activations (count_activations)
};

struct Journal {
  std::map<std::string, int64_t> operations;  ///< by name, as "aten::add.out"
  std::map<std::string, int64_t> waits;       ///< by what waited, as "device to host" or "aten::nonzero"
  std::map<std::string, Launched> launches;   ///< by name, those that start something
  int64_t convolved_bytes = 0;                ///< of the outputs of convolutions forward, each once
};

void write_operation(const std::string& name);
void write_launches(const std::string& name, const Launched& launched);
void write_convolved(int64_t bytes);
void write_wait(const std::string& what);
/// What was written since the last call.
Journal take_journal();

/// Tensors [images, C, H, W] are activations from now on.
void count_activations(int64_t images);
bool is_activation(const int64_t* sizes, size_t dimensions);

/// From its `after`-th operation on, `device` answers every one with CUDA's error for a device that is gone; 0: never.
/// The variable NLB_DEVICE_LOST sets it for a process, for every device, and NLB_DEVICE_LOST_ONCE names a file that is
/// made when it happens and whose presence prevents it.
void lose_device_after(int64_t operations);

}  // namespace nlb::test
