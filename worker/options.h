// worker/options.h -- flags of nlbench-worker, read before LibTorch computes anything.
#pragma once

#include <string>

namespace nlb {

struct WorkerOptions {
  std::string device = "cpu";
  int threads = 1;      ///< of every trial
  std::string isa;      ///< "avx512", "avx2", "default"; "": what each library selects
  bool graphs = false;  ///< steps of fixed shape are captured and replayed (docs/gpu.md)
  bool version = false, help = false, gpus = false;
};

/// Throws InputError naming the flag.
WorkerOptions read_worker_options(int argc, const char* const* argv);
std::string worker_help();

/// Puts the libraries' own switches into the environment: the instruction set of --isa, and for several threads how
/// long idle ones spin. The libraries read them while they load, which has happened by then: returns true if anything
/// changed and the program must be started again.
bool set_library_environment(const WorkerOptions& options);

}  // namespace nlb
