// tests/support/state_copy.h -- a method's state at one moment, for tests that look inside.
#pragma once

#include <map>
#include <string>

#include "training/method.h"

namespace nlb::test {

/// Copies of all tensors and integers of a method's state, by name.
class StateCopy final : public StateVisitor {
 public:
  explicit StateCopy(Method& method) { method.visit_state(*this); }
  void tensor(const std::string& name, torch::Tensor& value) override { tensors[name] = value.detach().clone(); }
  void integer(const std::string& name, int64_t& value) override { integers[name] = value; }
  void number(const std::string& /*name*/, double& /*value*/) override {}
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, int64_t> integers;
};

}  // namespace nlb::test
