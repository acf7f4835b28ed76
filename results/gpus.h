// results/gpus.h -- the GPUs that a worker sees, as `nlbench-worker --gpus` prints them: one JSON object on a line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nlb {

struct SeenGpu {
  std::string device;                        ///< "cuda:0": CUDA's own number
  std::string name, capability;              ///< "NVIDIA H200", "9.0"; "unknown" where the driver does not say
  int64_t memory_bytes = 0, free_bytes = 0;  ///< of the GPU; 0 where it could not be used
  std::string problem;                       ///< why no tensor could be computed on it; "" where one was
};

struct SeenGpus {
  std::string libtorch;          ///< version of the LibTorch that runs
  bool built_with_cuda = false;  ///< the LibTorch
  std::string problem;           ///< why CUDA shows no GPU, in its own words; "" where it gave none
  std::vector<SeenGpu> gpus;
};

std::string encode(const SeenGpus& seen);       ///< with a newline
SeenGpus decode_gpus(const std::string& line);  ///< throws InputError for anything else

}  // namespace nlb
