#include "engine/gpu.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>

#include <cstdlib>

#include "core/error.h"
#include "core/text.h"
#include "engine/chain.h"
#include "engine/machine.h"

namespace nlb {
namespace {

/// Environment variables that pick other arithmetic or other algorithms, whatever the program asks for. Found in the
/// libraries of CUDA 13.0, cuDNN 9 and LibTorch 2.11.
constexpr const char* kSwitches[] = {"NVIDIA_TF32_OVERRIDE",
                                     "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
                                     "CUBLAS_WORKSPACE_CONFIG",
                                     "CUBLASLT_WORKSPACE_SIZE",
                                     "TORCH_CUBLASLT_UNIFIED_WORKSPACE",
                                     "TORCH_BLAS_PREFER_CUBLASLT",
                                     "DISABLE_ADDMM_CUDA_LT",
                                     "CUBLAS_EMULATE_SINGLE_PRECISION",
                                     "CUBLAS_EMULATE_DOUBLE_PRECISION",
                                     "CUBLAS_EMULATION_STRATEGY",
                                     "CUBLAS_FIXEDPOINT_EMULATION_MANTISSA_BIT_COUNT",
                                     "CUBLASLT_HEURISTICS_LUT_FILE",
                                     "TORCH_CUDNN_USE_HEURISTIC_MODE_B",
                                     "TORCH_CUDNN_V8_API_DISABLED",
                                     "CUDNN_ERRATA_JSON_FILE",
                                     "CUDNN_USE_EX2_EMULATION",
                                     "CUDNN_FORWARD_COMPAT_DISABLE",
                                     "PYTORCH_TUNABLEOP_ENABLED",
                                     "CUDA_FORCE_PTX_JIT",
                                     "TORCH_LINALG_PREFER_CUSOLVER",
                                     "TORCH_LINALG_PREFER_MAGMA"};

std::string switches() {
  std::vector<std::string> found;
  for (const char* name : kSwitches) {
    if (const char* value = std::getenv(name)) found.push_back(std::string(name) + "=" + value);
  }
  return found.empty() ? "none" : join(found, " ");
}

/// A function of a library that this process has loaded, or that the driver brings: a build without CUDA needs no
/// header of it. Null where there is none.
template <typename Function>
Function* loaded(const char* library, const char* name) {
  void* found = dlsym(RTLD_DEFAULT, name);
  if (found == nullptr) {
    if (void* const opened = dlopen(library, RTLD_NOW | RTLD_GLOBAL)) found = dlsym(opened, name);
  }
  return reinterpret_cast<Function*>(found);
}

std::string runtime_version() {
  int version = 0;
  const auto ask = loaded<int(int*)>("libcudart.so.13", "cudaRuntimeGetVersion");
  if (ask != nullptr && ask(&version) == 0) return std::to_string(version);
  return "built with " + std::to_string(at::detail::getCUDAHooks().versionCUDART());
}

std::string cudnn_version() {
  const at::CUDAHooksInterface& hooks = at::detail::getCUDAHooks();
  return hooks.hasCuDNN() ? std::to_string(hooks.versionRuntimeCuDNN()) : "none";
}

/// cublasGetProperty needs no handle: 0, 1, 2 are major, minor and patch.
std::string cublas_version() {
  const auto ask = loaded<int(int, int*)>("libcublas.so.13", "cublasGetProperty");
  if (ask == nullptr) return "none";
  std::vector<std::string> numbers;
  for (int property = 0; property < 3; ++property) {
    int value = 0;
    if (ask(property, &value) != 0) return "unknown";
    numbers.push_back(std::to_string(value));
  }
  return join(numbers, ".");
}

/// The driver's own number, through its management library; else the CUDA version it speaks.
std::string driver_version() {
  const auto start = loaded<int()>("libnvidia-ml.so.1", "nvmlInit_v2");
  const auto ask = loaded<int(char*, unsigned)>("libnvidia-ml.so.1", "nvmlSystemGetDriverVersion");
  char text[96] = "";
  if (start != nullptr && ask != nullptr && start() == 0 && ask(text, sizeof(text)) == 0) return text;
  int version = 0;
  const auto speaks = loaded<int(int*)>("libcuda.so.1", "cuDriverGetVersion");
  return speaks != nullptr && speaks(&version) == 0 ? "CUDA " + std::to_string(version) : "unknown";
}

struct Gpu {
  std::string name = "unknown", capability = "unknown";
};

/// Through the driver's library, in CUDA's own order and with what CUDA_VISIBLE_DEVICES leaves.
Gpu describe(int ordinal) {
  Gpu gpu;
  int device = 0;
  const auto get = loaded<int(int*, int)>("libcuda.so.1", "cuDeviceGet");
  if (get == nullptr || get(&device, ordinal) != 0) return gpu;
  char name[256] = "";
  const auto get_name = loaded<int(char*, int, int)>("libcuda.so.1", "cuDeviceGetName");
  if (get_name != nullptr && get_name(name, static_cast<int>(sizeof(name)), device) == 0) gpu.name = name;
  constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_...
  int major = 0, minor = 0;
  const auto ask = loaded<int(int*, int, int)>("libcuda.so.1", "cuDeviceGetAttribute");
  if (ask != nullptr && ask(&major, kMajor, device) == 0 && ask(&minor, kMinor, device) == 0) {
    gpu.capability = std::to_string(major) + "." + std::to_string(minor);
  }
  return gpu;
}

/// The first line of what LibTorch says: further ones are for its developers.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Throws whatever the device throws, or InternalError where it computes something else.
void try_gpu(torch::Device device) {
  prepare_device(device);
  const auto here = torch::arange(100'000, torch::kFloat64);
  const auto there = here.to(device);
  NLB_CHECK(there.sum().item<double>() == 4999950000.0, "a sum on " + device.str() + " is wrong");
  NLB_CHECK(state_digest(std::vector<StateEntry>{{"x", there}}) == state_digest(std::vector<StateEntry>{{"x", here}}),
            "nlbench's own kernel computes something else on " + device.str());
  // LibTorch before 2.11 refuses this under deterministic algorithms.
  NLB_CHECK(std::get<0>(there.view({100, 1000}).kthvalue(7, 1)).sum().item<double>() == 4950600.0,
            "kthvalue on " + device.str() + " is wrong");
}

SeenGpu examine(int ordinal) {
  const torch::Device device(torch::kCUDA, static_cast<c10::DeviceIndex>(ordinal));
  SeenGpu seen;
  seen.device = device.str();
  try {
    try_gpu(device);
    const auto [free, total] = at::getDeviceAllocator(device.type())->getMemoryInfo(device.index());
    seen.memory_bytes = static_cast<int64_t>(total);
    seen.free_bytes = static_cast<int64_t>(free);
  } catch (const c10::Error& error) {
    seen.problem = first_line(error.what_without_backtrace());
  } catch (const std::exception& error) {
    seen.problem = first_line(error.what());
  }
  const Gpu gpu = describe(ordinal);
  seen.name = gpu.name;
  seen.capability = gpu.capability;
  return seen;
}

}  // namespace

void prepare_device(torch::Device device) {
  if (!device.is_cuda()) return;
  try {
    at::globalContext().lazyInitDevice(device.type());
    torch::empty({1}, device);  // the context of this GPU
  } catch (const c10::Error& error) {
    throw EnvironmentError("CUDA does not start on " + device.str() + ": " +
                           first_line(error.what_without_backtrace()) + "; nlbench doctor tries every GPU");
  }
}

Json gpu_class(torch::Device device) {
  const Gpu gpu = describe(device.has_index() ? device.index() : 0);
  return {{"cuda", runtime_version()},  {"cudnn", cudnn_version()}, {"cublas", cublas_version()},
          {"driver", driver_version()}, {"gpu", gpu.name},          {"capability", gpu.capability},
          {"switches", switches()}};
}

SeenGpus seen_gpus() {
  SeenGpus seen;
  seen.libtorch = TORCH_VERSION;
  seen.built_with_cuda = at::globalContext().hasCUDA() || at::detail::getCUDAHooks().hasCUDART();
  try {
    const int count = static_cast<int>(torch::cuda::device_count());
    for (int ordinal = 0; ordinal < count; ++ordinal) seen.gpus.push_back(examine(ordinal));
    if (count == 0 && seen.built_with_cuda) at::globalContext().lazyInitDevice(torch::kCUDA);  // for its reason
  } catch (const c10::Error& error) {
    seen.problem = first_line(error.what_without_backtrace());
  }
  return seen;
}

}  // namespace nlb
