// tests/device/journal.h -- what the device was asked to do: operations, and what made the host wait for it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace nlb::test {

struct Journal {
  std::map<std::string, int64_t> operations;  ///< by name, as "aten::add.out"
  std::map<std::string, int64_t> waits;       ///< by what waited, as "device to host" or "aten::nonzero"
};

void write_operation(const std::string& name);
void write_wait(const std::string& what);
/// What was written since the last call.
Journal take_journal();

/// From its `after`-th operation on, `device` answers every one with CUDA's error for a device that is gone; 0: never.
/// The variable NLB_DEVICE_LOST sets it for a process, for every device, and NLB_DEVICE_LOST_ONCE names a file that is
/// made when it happens and whose presence prevents it.
void lose_device_after(int64_t operations);

}  // namespace nlb::test
