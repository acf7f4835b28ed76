// supervise/gpus.h -- which GPUs there are: signs of them on this machine, and what the worker can use. Only the
// worker's answer counts; signs tell whether to ask, and why it may see none.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/gpus.h"

namespace nlb {

struct GpuSigns {
  std::vector<std::string> device_files;  ///< "/dev/nvidia3", in order; "/dev/dxg" under WSL2
  bool control = false;                   ///< /dev/nvidiactl, which the driver needs beside them, or /dev/dxg
  std::vector<std::string> cards;         ///< PCI addresses of NVIDIA display controllers, as "0000:3b:00.0"
  std::optional<std::string> visible;     ///< CUDA_VISIBLE_DEVICES
  bool any() const { return !device_files.empty() || control || !cards.empty(); }
};

/// Looks below `root`: "/", or for tests what NLB_MACHINE_ROOT names.
GpuSigns gpu_signs(const std::filesystem::path& root);
GpuSigns gpu_signs();

/// What `nlbench-worker --gpus` answers. Throws EnvironmentError, with its words, where it does not.
SeenGpus ask_for_gpus(const std::filesystem::path& worker);

/// Whether a tensor can be computed on one of them.
bool has_usable(const SeenGpus& seen);
/// Free memory of the fullest of `devices`; 0 where one of them is not seen.
double free_bytes(const SeenGpus& seen, const std::vector<std::string>& devices);
/// "cuda:0 NVIDIA H200, 139.8 GB, 139.1 GB free"; or what is wrong with it.
std::string gpu_text(const SeenGpu& gpu);
/// Whole sentences for people: the GPUs seen, or why none is although there are signs of one.
std::string gpu_sentence(const GpuSigns& signs, const SeenGpus& seen);

}  // namespace nlb
