// nlbench-worker: trains one trial after the other, in a process of its own.
#include <torch/torch.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "core/stop_signals.h"
#include "core/version.h"
#include "engine/gpu.h"
#include "engine/machine.h"
#include "engine/runner.h"
#include "engine/step_graphs.h"
#include "kernels/peak.h"
#include "worker/options.h"
#include "worker/pipe.h"

namespace nlb {
namespace {

constexpr double kPeakSeconds = 0.01;
constexpr int kBadFlag = 2, kNoDevice = 5;  // as nlbench's exit codes

torch::Device parse_device(const std::string& name) {
  try {
    const torch::Device device(name);
    if (device.is_cuda() || device.is_cpu()) return device;
  } catch (const c10::Error&) {  // LibTorch's own words name devices that no trial can use
  }
  throw InputError("--device: \"" + name + "\"; allowed here: cpu, cuda:0, cuda:1, ...");
}

torch::Device find_device(const std::string& name) {
  const torch::Device device = parse_device(name);
  if (device.is_cpu()) return torch::kCPU;
  const c10::DeviceIndex count = torch::cuda::device_count();
  const auto index = std::max<c10::DeviceIndex>(device.index(), 0);
  if (index >= count) {
    throw EnvironmentError("no device " + name + ": this worker sees " + std::to_string(count) +
                           " CUDA devices; use --device cpu, or see nlbench doctor");
  }
  const torch::Device found(torch::kCUDA, index);
  prepare_device(found);
  return found;
}

[[noreturn]] void serve(const WorkerOptions& options) {
  // Blocked before the libraries start threads of their own, so that Pipe::obey alone hears them.
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Pipe pipe;
  prepare_process(options.threads);
  prepare_thread();
  RunnerEnvironment environment;
  environment.device = find_device(options.device);
  environment.graphs = options.graphs;
  environment.determinism_class = determinism_class(environment.device);
  if (options.graphs) {
    if (!has_step_graphs(environment.device)) {
      throw EnvironmentError("--graphs: steps are captured on a GPU alone, and this worker trains on " +
                             environment.device.str() + "; leave --graphs away");
    }
    environment.determinism_class["graphs"] = "on";  // until a device has shown equal bits
  }
  if (environment.device.is_cpu()) environment.multiply_add_peak = multiply_add_peak(kPeakSeconds);
  environment.emit = [&](const Event& event) { pipe.send(event); };
  environment.log = [](const std::string& line) { std::cerr << line << std::endl; };
  environment.stop = &pipe.stop();
  Hello hello;
  hello.determinism_class = environment.determinism_class;
  hello.device = environment.device.str();
  hello.multiply_add_peak = environment.multiply_add_peak;
  pipe.send(hello);
  pipe.obey(signals);
  pipe.listen();
  while (true) run_trial(pipe.next(), environment);
}

int run(int argc, char** argv) {
  const WorkerOptions options = read_worker_options(argc, argv);
  if (options.help) std::cout << worker_help();
  if (options.version) std::cout << "nlbench-worker " << version() << " (" << git_commit() << ")\n";
  if (options.help || options.version) return EXIT_SUCCESS;
  if (set_library_environment(options)) {
    execv("/proc/self/exe", argv);
    throw EnvironmentError(std::string("cannot start again: ") + std::strerror(errno));
  }
  // Ctrl-C reaches the whole process group: nlbench decides what it means, and a stop comes over the pipe. Other
  // signals are sent to every process by batch systems, and SIGXCPU to this one alone: they stop it in order.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);                    // too large a file is then an error with words
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 1);  // cuBLAS is deterministic only with a fixed workspace
  if (options.gpus) {
    prepare_process(options.threads);
    std::cout << encode(seen_gpus());
    return EXIT_SUCCESS;
  }
  serve(options);
}

}  // namespace
}  // namespace nlb

int main(int argc, char** argv) {
  try {
    return nlb::run(argc, argv);
  } catch (const nlb::InputError& error) {
    std::cerr << "nlbench-worker: " << error.what() << "\n";
    return nlb::kBadFlag;
  } catch (const std::exception& error) {
    std::cerr << "nlbench-worker: " << error.what() << "\n";
    return nlb::kNoDevice;
  }
}
