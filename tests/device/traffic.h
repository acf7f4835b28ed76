// tests/device/traffic.h -- what one operation of the library would start on a GPU and move there.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <string>
#include <vector>

#include "tests/device/journal.h"

namespace nlb::test {

/// The tensors of one call, before and after it.
struct CallSeen {
  std::string name;  ///< "aten::add.out"
  const c10::FunctionSchema& schema;
  std::vector<c10::IValue> arguments, results;
};

/// Writes its launches into the journal. One launch per call, but:
/// - what only gives views, or reads a number back, starts none;
/// - a convolution with bias adds it by a launch of its own, and its backward is one each for the gradients of input,
///   weight and bias;
/// - backward of nll_loss and of max_pool2d_with_indices fill with zeros first (ATen/native/cuda/Loss.cu,
///   DilatedMaxPool2d.cu);
/// A library may start more (a change of layout, a sum over parts of a gradient): only a profile on a GPU can tell.
void write_traffic(const CallSeen& call);
/// Of a copy between tensors of the device, or between it and the host.
void write_copy_traffic(const at::Tensor& to, const at::Tensor& from);

}  // namespace nlb::test
