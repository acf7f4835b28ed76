#include "worker/options.h"

#include <cstdlib>
#include <map>
#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace nlb {
namespace {

struct Isa {
  const char *aten, *onednn, *mkl;
};

const std::map<std::string, Isa>& known_isas() {
  static const std::map<std::string, Isa> isas = {{"avx2", {"avx2", "AVX2", "AVX2"}},
                                                  {"avx512", {"avx512", "AVX512_CORE", "AVX512"}},
                                                  {"default", {"default", "SSE41", "COMPATIBLE"}}};
  return isas;
}

const std::vector<std::string> kFlags = {"--device", "--threads", "--isa", "--graphs", "--gpus", "--version", "--help"};

int read_threads(const std::string& value) {
  char* end = nullptr;
  const long threads = std::strtol(value.c_str(), &end, 10);
  if (value.empty() || *end != '\0' || threads < 1 || threads > 1024) {
    throw InputError("--threads: \"" + value + "\" is not a whole number in [1, 1024]");
  }
  return static_cast<int>(threads);
}

void read_flag(const std::string& flag, const std::string& value, WorkerOptions& options) {
  if (flag == "--device") options.device = value;
  if (flag == "--threads") options.threads = read_threads(value);
  if (flag != "--isa") return;
  if (!known_isas().contains(value)) throw InputError("--isa: \"" + value + "\"; allowed here: avx2, avx512, default");
  options.isa = value;
}

}  // namespace

WorkerOptions read_worker_options(int argc, const char* const* argv) {
  WorkerOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--version") {
      options.version = true;
    } else if (flag == "--graphs") {
      options.graphs = true;
    } else if (flag == "--gpus") {
      options.gpus = true;
    } else if (flag == "--help") {
      options.help = true;
    } else if (flag == "--device" || flag == "--threads" || flag == "--isa") {
      if (i + 1 == argc) throw InputError(flag + ": needs a value");
      read_flag(flag, argv[++i], options);
    } else {
      throw InputError(flag + ": unknown flag; allowed here: " + join(kFlags, ", "));
    }
  }
  return options;
}

std::string worker_help() {
  return "nlbench-worker trains trials: commands come in on standard input, events go out on standard output, one "
         "JSON\n"
         "object a line. nlbench starts it; there is rarely a reason to do so by hand.\n\n"
         "  --device cpu|cuda:N   where to train (cpu)\n"
         "  --threads N           threads of every trial (1)\n"
         "  --isa avx512|avx2|default\n"
         "                        pins the instruction set of LibTorch, oneDNN and MKL, so that machines agree on "
         "bits\n"
         "  --graphs              captures training steps of fixed shape on a GPU and replays them; part of the class\n"
         "  --gpus                tries every GPU that CUDA shows, and prints them as one JSON object\n"
         "  --version             prints version and commit\n";
}

bool set_library_environment(const WorkerOptions& options) {
  std::vector<std::pair<const char*, std::string>> wanted;
  if (!options.isa.empty()) {
    const Isa& isa = known_isas().at(options.isa);
    wanted = {{"ATEN_CPU_CAPABILITY", isa.aten}, {"ONEDNN_MAX_CPU_ISA", isa.onednn}, {"MKL_CBWR", isa.mkl}};
  }
  // libgomp lets waiting threads spin for milliseconds. Where cores are shared that takes the time from those they wait
  // for: cnn_small on two threads of a busy machine made 345 images/s so, 1,690 with a short spin.
  if (options.threads > 1 && std::getenv("GOMP_SPINCOUNT") == nullptr) wanted.emplace_back("GOMP_SPINCOUNT", "1000");
  bool changed = false;
  for (const auto& [name, value] : wanted) {
    const char* now = std::getenv(name);
    if (now != nullptr && now == value) continue;
    setenv(name, value.c_str(), 1);
    changed = true;
  }
  return changed;
}

}  // namespace nlb
