// What is said of GPUs, on machines made of empty device files below a root of their own.
#include "supervise/gpus.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "core/error.h"
#include "tests/cli/program.h"

using namespace nlb;
using namespace nlb::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A machine of files.
class Root {
 public:
  explicit Root(fs::path folder) : folder_(std::move(folder)) { fs::create_directories(folder_); }
  const Root& device(const std::string& name) const { return write("dev/" + name, ""); }
  const Root& card(const std::string& address, const std::string& vendor = "0x10de",
                   const std::string& kind = "0x030200") const {
    write("sys/bus/pci/devices/" + address + "/vendor", vendor + "\n");
    return write("sys/bus/pci/devices/" + address + "/class", kind + "\n");
  }
  const fs::path& path() const { return folder_; }

 private:
  const Root& write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return *this;
  }
  fs::path folder_;
};

constexpr const char* kNone = R"({"built_with_cuda":true,"gpus":[],"libtorch":"2.11.0+cu130","problem":"PROBLEM"})";
constexpr const char* kTwo =
    R"({"built_with_cuda":true,"libtorch":"2.11.0+cu130","problem":"","gpus":[
      {"device":"cuda:0","name":"NVIDIA H200","capability":"9.0","memory_bytes":140000000000,"free_bytes":139000000000,"problem":""},
      {"device":"cuda:1","name":"Tesla T4","capability":"7.5","memory_bytes":0,"free_bytes":0,"problem":"no kernel image is available"}]})";

/// On one line, as the worker prints it.
std::string one_line(std::string text) {
  std::erase(text, '\n');
  return text;
}

std::string none_because(const std::string& words) {
  std::string text = kNone;
  return text.replace(text.find("PROBLEM"), 7, words);
}

struct Machine {
  const char* why;
  std::vector<std::string> devices, cards;
  std::string visible, gpus, sentence;
};

std::vector<Machine> machines() {
  const std::string cpu_build = R"({"built_with_cuda":false,"gpus":[],"libtorch":"2.11.0","problem":""})";
  return {
      {"no GPU", {}, {}, "", cpu_build, "there is no sign of an NVIDIA GPU on this machine"},
      {"a build for CPUs on a machine with a GPU",
       {"nvidia0", "nvidiactl"},
       {"0000:3b:00.0"},
       "",
       cpu_build,
       "no GPU can be used: this machine shows 1 NVIDIA GPU on the PCI bus (0000:3b:00.0), device file /dev/nvidia0, "
       "but "
       "nlbench-worker was built without CUDA"},
      {"the device files are hidden from the container",
       {},
       {"0000:3b:00.0", "0000:af:00.0"},
       "",
       none_because("no CUDA-capable device is detected"),
       "this machine shows 2 NVIDIA GPUs on the PCI bus (0000:3b:00.0, 0000:af:00.0), but /dev holds no /dev/nvidiaN"},
      {"only the fourth GPU's file, and no control file",
       {"nvidia3"},
       {},
       "",
       none_because("no CUDA-capable device is detected"),
       "device file /dev/nvidia3, but /dev/nvidiactl is missing"},
      {"CUDA_VISIBLE_DEVICES hides them",
       {"nvidia0", "nvidia1", "nvidiactl"},
       {},
       "7",
       none_because("no CUDA-capable device is detected"),
       "device files /dev/nvidia0, /dev/nvidia1, but CUDA_VISIBLE_DEVICES is \"7\", which leaves none"},
      {"a driver that is too old",
       {"nvidia0", "nvidiactl"},
       {},
       "",
       none_because("The NVIDIA driver on your system is too old"),
       "device file /dev/nvidia0, but CUDA says: The NVIDIA driver on your system is too old"},
      {"WSL2 has one device file for all GPUs",
       {"dxg"},
       {},
       "",
       none_because("unknown error"),
       "device file /dev/dxg, but CUDA says: unknown error"},
      {"only the fourth GPU's file, and it works",
       {"nvidia3", "nvidiactl", "nvidia-uvm"},
       {},
       "",
       kTwo,
       "cuda:0 NVIDIA H200, 140 GB of memory, 139 GB free; cuda:1 Tesla T4 cannot be used: no kernel image is "
       "available"},
  };
}

}  // namespace

TEST_CASE("signs of GPUs are device files of any number, WSL2's one, and cards on the bus", "[cli][gpus]") {
  const Workplace place;
  const Root root(place / "machine");
  CHECK_FALSE(gpu_signs(root.path()).any());
  root.device("nvidia10").device("nvidia3").device("nvidia-uvm").device("nvidiactl").device("null");
  root.card("0000:3b:00.0").card("0000:3b:00.1", "0x10de", "0x040300").card("0000:01:00.0", "0x1002");
  const auto signs = gpu_signs(root.path());
  CHECK(signs.device_files == std::vector<std::string>{"/dev/nvidia3", "/dev/nvidia10"});
  CHECK(signs.control);
  CHECK(signs.cards == std::vector<std::string>{"0000:3b:00.0"});
  const Root windows(place / "windows");
  windows.device("dxg");
  CHECK(gpu_signs(windows.path()).device_files == std::vector<std::string>{"/dev/dxg"});
}

TEST_CASE("doctor says of every machine what is true of its GPUs, and run trains nowhere without a word",
          "[cli][gpus][doctor]") {
  const Machine machine = GENERATE(from_range(machines()));
  CAPTURE(machine.why);
  Workplace place;
  const Root root(place / "machine");
  for (const auto& name : machine.devices) root.device(name);
  for (const auto& address : machine.cards) root.card(address);
  place.with("NLB_MACHINE_ROOT", root.path().string()).with("FAKE_GPUS", one_line(machine.gpus));
  place.with("CUDA_VISIBLE_DEVICES", machine.visible);
  const auto found = place.run({"doctor"});
  CHECK_THAT(found.out, Contains(machine.sentence));
  place.write_protocol("small", 1);
  const auto outcome = place.run({"run", "small"});
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  if (machine.devices.empty() && machine.cards.empty()) {
    CHECK_THAT(outcome.err, !Contains("GPU"));
  } else {
    CHECK_THAT(outcome.err, Contains(machine.sentence));
    CHECK_THAT(outcome.err, Contains(machine.gpus == kTwo ? "training on cuda:0 (" : "training on the CPU: no GPU"));
  }
}

TEST_CASE("a worker that does not answer what it sees is told with its words", "[cli][gpus]") {
  CHECK_THROWS_WITH(ask_for_gpus("/bin/false"), Contains("/bin/false --gpus does not say what it sees"));
  CHECK_THROWS_AS(decode_gpus("{\"gpus\": []}"), InputError);
}

TEST_CASE("doctor names the versions of LibTorch that were tried", "[cli][doctor]") {
  Workplace place;
  const auto tried = place.run({"doctor"});
  CHECK_THAT(tried.out, Contains("2.11.0, a version that nlbench was tried with"));
  place.with("FAKE_GPUS", R"({"built_with_cuda":false,"gpus":[],"libtorch":"2.4.1","problem":""})");
  const auto older = place.run({"doctor"});
  CHECK_THAT(older.out, Contains("note") && Contains("2.4.1 was not tried with nlbench; 2.11.0 was"));
}
