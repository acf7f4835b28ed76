#include "tests/device/capture.h"

#include <c10/util/Exception.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/graph.h"
#include "tests/device/device_memory.h"
#include "tests/device/journal.h"

namespace nlb::test {
namespace {

/// What one capture recorded, in order. Backward's operations come from a thread of their own.
struct Recording {
  std::mutex mutex;
  std::vector<std::function<void()>> operations;
};

std::atomic<Recording*> open_recording = nullptr;

class DeviceGraph final : public Graph {
 public:
  explicit DeviceGraph(const std::function<void()>& work) {
    write_operation("graph: capture");
    pool_ = std::make_unique<BlockPool>();
    open_recording = &recording_;
    try {
      work();
    } catch (...) {
      open_recording = nullptr;
      pool_->close();
      throw;
    }
    open_recording = nullptr;
    pool_->close();
  }

  void replay() override {
    write_operation("graph: replay");
    for (const auto& operation : recording_.operations) operation();
  }

 private:
  std::unique_ptr<BlockPool> pool_;  // outlives the tensors that the recording holds
  Recording recording_;
};

}  // namespace

bool is_capturing() { return open_recording != nullptr; }

void record(std::function<void()> again) {
  Recording& recording = *open_recording;
  const std::lock_guard lock(recording.mutex);
  recording.operations.push_back(std::move(again));
}

void refuse_in_capture(const std::string& what) {
  TORCH_CHECK(!is_capturing(), "CUDA error: operation not permitted when stream is capturing: ", what);
}

void offer_graphs() {
  set_graph_maker([](torch::Device, const std::function<void()>& work) { return std::make_unique<DeviceGraph>(work); });
}

}  // namespace nlb::test
