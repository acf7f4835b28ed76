// tests/device/capture.h -- CUDA graphs of the device that is not there, as engine/graph.h asks for them. While a
// capture is open nothing it is told has an effect in the end: operations run, so that their results have shapes, and
// then the memory is put back. A replay runs the same operations again, into the same memory, and writes them into the
// journal. What a stream that is being captured does not permit, a wait of the host or a copy from or to it, is an
// error as on a GPU.
#pragma once

#include <functional>
#include <string>

namespace nlb::test {

bool is_capturing();
/// What a replay does again.
void record(std::function<void()> again);
/// Throws CUDA's error where a capture is open.
void refuse_in_capture(const std::string& what);
/// From now on engine/graph.h makes graphs of this device.
void offer_graphs();

}  // namespace nlb::test
