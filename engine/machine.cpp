#include "engine/machine.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "core/text.h"
#include "core/version.h"
#include "engine/chain.h"
#include "engine/gpu.h"
#include "kernels/isa.h"
#include "nets/net.h"
#include "nets/products.h"
#include "nets/winograd_conv.h"

namespace nlb {
namespace {

/// The rest of the first line of `text` that holds `word`, or the words up to `end`.
std::string after(const std::string& text, const std::string& word, const std::string& end) {
  const size_t at = text.find(word);
  if (at == std::string::npos) return "none";
  const size_t begin = at + word.size();
  return text.substr(begin, text.find_first_of(end, begin) - begin);
}

std::string environment_or(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : fallback;
}

/// What the environment tells oneDNN, which reads each of its variables under two names: the older one counts where the
/// newer is absent or empty. What is not set is not named, but for the instruction set.
std::string onednn_settings() {
  std::string text;
  for (const char* name : {"MAX_CPU_ISA", "CPU_ISA_HINTS", "DEFAULT_FPMATH_MODE"}) {
    auto value = environment_or(("ONEDNN_" + std::string(name)).c_str(), "");
    if (value.empty()) value = environment_or(("DNNL_" + std::string(name)).c_str(), "");
    if (name == std::string("MAX_CPU_ISA")) {
      text = value.empty() ? "auto" : value;
    } else if (!value.empty()) {
      text += " " + std::string(name) + "=" + value;
    }
  }
  return text;
}

std::map<std::string, std::string> first_processor() {
  std::map<std::string, std::string> fields;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    fields[line.substr(0, line.find_last_not_of("\t ", colon - 1) + 1)] = line.substr(colon + 2);
  }
  return fields;
}

/// Model numbers tell virtual machines apart that all call themselves "AMD EPYC"; cache sizes steer oneDNN's and MKL's
/// blocking.
std::string processor_name() {
  auto fields = first_processor();
  std::string caches;
  for (int index = 0; index < 4; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    std::string size;
    if (file >> size) caches += " " + size;
  }
  return fields["model name"] + " (" + fields["vendor_id"] + " " + fields["cpu family"] + "/" + fields["model"] + "/" +
         fields["stepping"] + ", caches" + caches + ")";
}

/// Which of the extensions that decide a code path this processor has.
std::string processor_extensions() {
  const std::string flags = " " + first_processor()["flags"] + " ";
  std::string found;
  for (const char* name : {"avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
                           "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8", "avx_vnni"}) {
    if (flags.find(" " + std::string(name) + " ") != std::string::npos) found += " " + std::string(name);
  }
  return found;
}

/// The code branch MKL chose for this processor; MKL does not say it in its version text.
std::string mkl_branch() {
  void* const found = dlsym(RTLD_DEFAULT, "mkl_serv_cbwr_get_auto_branch");
  if (found == nullptr) return "unknown";
  return std::to_string(reinterpret_cast<int (*)()>(found)());
}

}  // namespace

void prepare_process(int threads) {
  at::set_num_threads(threads);
  at::set_num_interop_threads(1);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(false);
  context.setDeterministicCuDNN(true);
  context.setDeterministicMkldnn(true);
  context.setBenchmarkCuDNN(false);
  // Activations of a wide network are tens of megabytes: without this each is mapped, faulted in and unmapped at every
  // step. No threshold does for all, since glibc takes none above 32 MB: what is as large is mapped all the same. What
  // is never mapped comes from the heap, which stays.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void prepare_thread() {
  at::globalContext().setFlushDenormal(true);
  at::get_num_threads();  // hands the process's number to OpenMP and MKL on this thread too
}

void set_precision(const std::string& precision, torch::Device device) {
  const bool tf32 = precision == "tf32", bf16 = precision == "bf16";
  if (precision != "fp32" && !((tf32 || bf16) && device.is_cuda())) {
    throw InputError("precision \"" + precision + "\" is not built for device " + device.str() +
                     "; allowed here: fp32" + (device.is_cuda() ? ", tf32, bf16" : ""));
  }
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);
  context.setAllowBF16ReductionCuBLAS(false);  // sums stay float's
  set_product_type(bf16 ? std::optional(torch::kBFloat16) : std::nullopt);
}

Json determinism_class(torch::Device device) {
  const std::string config = at::show_config();
  Json names = {{"compiler", compiler_id()},
                {"flags", build_flags()},
                {"libtorch", after(config, "TORCH_VERSION=", ",\n") + " " + after(config, "COMMIT_SHA=", ",\n")},
                {"threads", std::to_string(at::get_num_threads())},
                {"chain", std::to_string(kChainVersion)}};
  if (device.is_cuda()) {
    names.update(gpu_class(device));
    // Mixtures, Beta draws and label noise are computed here whatever trains.
    names["cpu"] = processor_name();
    return names;
  }
  names["onednn"] = after(config, "MKL-DNN ", "\n");
  names["mkl"] = after(config, "Math Kernel Library Version ", "\n") + ", branch " + mkl_branch();
  names["cpu"] = processor_name();
  names["isa"] = "aten " + at::get_cpu_capability() + ", onednn " + onednn_settings() + ", mkl " +
                 environment_or("MKL_CBWR", "auto") + ", nlbench " + name_of(cpu_isa()) + ", cpu" +
                 processor_extensions();
  return names;
}

Json trial_class(Json of_worker, const TrialSpec& spec, torch::Device device, torch::ScalarType type) {
  if (computes_by_host_layers(spec.net.id, device, type, spec.recipe.arithmetic)) {
    of_worker["layers"] = "nlbench " + std::to_string(kHostLayersVersion);
  }
  return of_worker;
}

void reset_peak_memory(torch::Device device) {
  if (device.is_cuda()) {
    prepare_device(device);
    at::getDeviceAllocator(device.type())->resetPeakStats(device.index());
  } else {
    std::ofstream("/proc/self/clear_refs") << "5";
  }
}

int64_t peak_memory_bytes(torch::Device device) {
  if (device.is_cuda()) {
    auto* const allocator = at::getDeviceAllocator(device.type());
    return allocator->initialized() ? allocator->getDeviceStats(device.index()).allocated_bytes[0].peak : 0;
  }
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

}  // namespace nlb
