#include "tests/device/journal.h"

#include <c10/util/Exception.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <utility>

namespace nlb::test {
namespace {

std::mutex mutex;
Journal journal;
std::atomic<int64_t> left = -1;  // operations until the device is gone; -1: it stays
std::atomic<bool> gone = false;
std::atomic<int64_t> counted_images = -1;

int64_t from_environment() {
  const char* number = std::getenv("NLB_DEVICE_LOST");
  const char* once = std::getenv("NLB_DEVICE_LOST_ONCE");
  if (number == nullptr || (once != nullptr && std::filesystem::exists(once))) return -1;
  return std::atoll(number);
}

void lose() {
  gone = true;
  if (const char* once = std::getenv("NLB_DEVICE_LOST_ONCE")) std::ofstream(once) << "gone\n";
}

void read_environment() {
  static const bool asked = (left = from_environment(), true);
  static_cast<void>(asked);
}

}  // namespace

void write_operation(const std::string& name) {
  read_environment();
  if (left > 0 && --left == 0) lose();
  TORCH_CHECK(!gone, "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported");
  const std::lock_guard lock(mutex);
  ++journal.operations[name];
}

void write_wait(const std::string& what) {
  const std::lock_guard lock(mutex);
  ++journal.waits[what];
}

void write_launches(const std::string& name, const Launched& launched) {
  const std::lock_guard lock(mutex);
  Launched& sum = journal.launches[name];
  sum.launches += launched.launches;
  sum.bytes += launched.bytes;
  sum.activation_bytes += launched.activation_bytes;
}

void write_convolved(int64_t bytes) {
  const std::lock_guard lock(mutex);
  journal.convolved_bytes += bytes;
}

void count_activations(int64_t images) { counted_images = images; }
bool is_activation(const int64_t* sizes, size_t dimensions) { return dimensions == 4 && sizes[0] == counted_images; }

Journal take_journal() {
  const std::lock_guard lock(mutex);
  return std::exchange(journal, {});
}

void lose_device_after(int64_t operations) {
  read_environment();  // so that no later operation puts it in the place of this
  gone = false;
  left = operations > 0 ? operations : -1;
}

}  // namespace nlb::test
