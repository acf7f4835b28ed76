#include "supervise/gpus.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/text.h"
#include "supervise/quantities.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code none;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, none)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string first_word(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

/// The number of /dev/nvidia<number>; -1 for other names, as nvidiactl and nvidia-uvm.
int64_t minor_of(const std::string& name) {
  if (!name.starts_with("nvidia") || name.size() == 6 || name.size() > 12) return -1;
  if (name.find_first_not_of("0123456789", 6) != std::string::npos) return -1;
  return std::stoll(name.substr(6));
}

void look_into_dev(const fs::path& root, GpuSigns& signs) {
  std::vector<int64_t> numbers;
  for (const auto& path : entries(root / "dev")) {
    const auto name = path.filename().string();
    if (const auto number = minor_of(name); number >= 0) numbers.push_back(number);
    if (name == "nvidiactl" || name == "dxg") signs.control = true;
    if (name == "dxg") signs.device_files.emplace_back("/dev/dxg");
  }
  std::sort(numbers.begin(), numbers.end());
  for (const auto number : numbers) signs.device_files.push_back("/dev/nvidia" + std::to_string(number));
}

/// Class 0x03 is a display controller; a GPU's sound device has another.
std::vector<std::string> nvidia_cards(const fs::path& root) {
  std::vector<std::string> cards;
  for (const auto& path : entries(root / "sys/bus/pci/devices")) {
    if (first_word(path / "vendor") == "0x10de" && first_word(path / "class").starts_with("0x03"))
      cards.push_back(path.filename().string());
  }
  return cards;
}

std::string count_text(size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// "1 NVIDIA GPU on the PCI bus (0000:3b:00.0)", "device file /dev/nvidia3".
std::string signs_text(const GpuSigns& signs) {
  std::vector<std::string> parts;
  if (!signs.cards.empty())
    parts.push_back(count_text(signs.cards.size(), "NVIDIA GPU", "NVIDIA GPUs") + " on the PCI bus (" +
                    join(signs.cards, ", ") + ")");
  if (!signs.device_files.empty())
    parts.push_back((signs.device_files.size() == 1 ? "device file " : "device files ") +
                    join(signs.device_files, ", "));
  if (parts.empty()) parts.emplace_back("the driver's control file /dev/nvidiactl");
  return join(parts, ", ");
}

/// Why the worker sees none although there are signs.
std::string reason_for_none(const GpuSigns& signs, const SeenGpus& seen) {
  if (!seen.built_with_cuda)
    return "nlbench-worker was built without CUDA; install a CUDA toolkit and run NLB_CUDA=on bash ci/quickstart.sh";
  if (signs.device_files.empty())
    return "/dev holds no /dev/nvidiaN, so the driver is not loaded or the GPU is hidden from this container; start "
           "the container with its GPUs (--gpus all), or load the driver";
  if (!signs.control) return "/dev/nvidiactl is missing; start the container with its GPUs (--gpus all)";
  const std::string words = seen.problem.empty() ? "" : "CUDA says: " + seen.problem;
  if (signs.visible)
    return "CUDA_VISIBLE_DEVICES is \"" + *signs.visible +
           "\", which leaves none; unset it or name a GPU that is there" + (words.empty() ? "" : " (" + words + ")");
  return words.empty() ? "CUDA shows none and gives no reason; nvidia-smi may" : words;
}

}  // namespace

GpuSigns gpu_signs(const fs::path& root) {
  GpuSigns signs;
  look_into_dev(root, signs);
  signs.cards = nvidia_cards(root);
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) signs.visible = visible;
  return signs;
}

GpuSigns gpu_signs() {
  const char* root = std::getenv("NLB_MACHINE_ROOT");
  return gpu_signs(root != nullptr ? root : "/");
}

SeenGpus ask_for_gpus(const fs::path& worker) {
  const std::string command = "'" + worker.string() + "' --gpus 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw EnvironmentError(worker.string() + " cannot be started");
  std::string text;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) text += piece.data();
  const bool good = ::pclose(pipe) == 0;
  const size_t begin = text.rfind("{\"built_with_cuda\"");  // libraries may have their say before it
  if (good && begin != std::string::npos) return decode_gpus(text.substr(begin));
  throw EnvironmentError(worker.string() + " --gpus does not say what it sees: " + text.substr(0, 500));
}

bool has_usable(const SeenGpus& seen) {
  return std::any_of(seen.gpus.begin(), seen.gpus.end(), [](const SeenGpu& gpu) { return gpu.problem.empty(); });
}

double free_bytes(const SeenGpus& seen, const std::vector<std::string>& devices) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& device : devices) {
    const auto found =
        std::find_if(seen.gpus.begin(), seen.gpus.end(), [&](const SeenGpu& gpu) { return gpu.device == device; });
    if (found == seen.gpus.end()) return 0;
    least = std::min(least, static_cast<double>(found->free_bytes));
  }
  return std::isfinite(least) ? least : 0;
}

std::string gpu_text(const SeenGpu& gpu) {
  std::string text = gpu.device + " " + gpu.name;
  if (!gpu.problem.empty()) return text + " cannot be used: " + gpu.problem;
  return text + ", " + bytes_text(static_cast<double>(gpu.memory_bytes)) + " of memory, " +
         bytes_text(static_cast<double>(gpu.free_bytes)) + " free";
}

std::string gpu_sentence(const GpuSigns& signs, const SeenGpus& seen) {
  if (!seen.gpus.empty()) {
    std::vector<std::string> parts;
    for (const auto& gpu : seen.gpus) parts.push_back(gpu_text(gpu));
    if (signs.visible) parts.push_back("as CUDA_VISIBLE_DEVICES=" + *signs.visible + " leaves them");
    return join(parts, "; ");
  }
  if (!signs.any()) return "there is no sign of an NVIDIA GPU on this machine";
  return "no GPU can be used: this machine shows " + signs_text(signs) + ", but " + reason_for_none(signs, seen);
}

}  // namespace nlb
