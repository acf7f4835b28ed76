// engine/gpu.h -- what decides bits on a GPU, and which GPUs a worker can train on.
#pragma once

#include <torch/torch.h>

#include "core/json.h"
#include "results/gpus.h"

namespace nlb {

/// Starts CUDA where `device` is a GPU, once per process. Until then the allocator has no statistics, and asking for
/// them is an error. Throws EnvironmentError with the driver's reason.
void prepare_device(torch::Device device);

/// The GPU's part of a determinism class: versions of the libraries that are loaded, not of those it was built with;
/// the driver; the GPU; the switches of the environment that choose other arithmetic; and the processor, whose
/// mathematical library draws some numbers. An object of strings.
Json gpu_class(torch::Device device);

/// Every GPU that CUDA shows this process, each tried: memory taken, a sum and one of nlbench's own kernels computed
/// under deterministic algorithms, and read back.
SeenGpus seen_gpus();

}  // namespace nlb
