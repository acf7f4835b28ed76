// engine/machine.h -- settings of the process and the thread that decide bits, and the determinism class they add up
// to.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "core/json.h"
#include "protocols/trial.h"

namespace nlb {

/// Once, before the first tensor: deterministic algorithms, `threads` for every trial, large blocks kept by the
/// allocator.
void prepare_process(int threads);
/// On each thread that runs a trial, before its first tensor: denormal numbers count as zero. Adam's moments of inputs
/// that stopped moving sink into them, where a step costs several times as much; nothing above 1e-38 changes.
void prepare_thread();
/// "fp32"; on CUDA also "tf32" (products of convolutions and matrices rounded to TF32) and "bf16" (their operands in
/// bfloat16, sums, parameters and all else in float32). Process-wide. Throws InputError for another word.
void set_precision(const std::string& precision, torch::Device device);

/// Object of strings. Equal classes promise equal bits: compiler, flags, libtorch, threads; on a CPU onednn, mkl, cpu,
/// isa; on a GPU those of gpu_class(), and the host's cpu. And "chain", the version of the chain's definition: other
/// versions have other heads.
Json determinism_class(torch::Device device);
/// `of_worker` as it holds for one trial: a net that computes by our own layers on a CPU (computes_by_host_layers)
/// names their version, so that other trials keep the class that they had before there were any.
Json trial_class(Json of_worker, const TrialSpec& spec, torch::Device device, torch::ScalarType type);

/// Highest since the reset: of this process on a CPU, of the caching allocator on a GPU, which is started for it.
void reset_peak_memory(torch::Device device);
int64_t peak_memory_bytes(torch::Device device);

}  // namespace nlb
