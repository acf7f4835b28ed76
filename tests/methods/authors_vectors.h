// tests/methods/authors_vectors.h -- reads authors_vectors.json: inputs and outputs of the authors' own functions.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/json.h"
#include "tests/methods/vectors.h"

namespace nlb::test {

inline constexpr double kExact = 1e-10;  // float64 on both sides, sums in another order
inline constexpr double kFitted = 1e-7;  // after an iteration that stops by a tolerance, or an inverse

inline void flatten(const Json& value, std::vector<double>& flat, std::vector<int64_t>& shape, size_t depth = 0) {
  if (!value.is_array()) return flat.push_back(value.get<double>());
  if (shape.size() == depth) shape.push_back(std::ssize(value));
  REQUIRE(shape[depth] == std::ssize(value));
  for (const Json& item : value) flatten(item, flat, shape, depth + 1);
}

inline torch::Tensor tensor_of(const Json& value) {
  std::vector<double> flat;
  std::vector<int64_t> shape;
  flatten(value, flat, shape);
  return torch::tensor(flat, kDouble).reshape(shape);
}

/// One entry of the file.
class Vector {
 public:
  explicit Vector(const std::string& id) : entry_(find(id)) {}
  torch::Tensor in(const std::string& name) const { return tensor_of(entry_.at("inputs").at(name)); }
  torch::Tensor classes(const std::string& name) const { return in(name).to(torch::kInt64); }
  double number(const std::string& name) const { return entry_.at("inputs").at(name).get<double>(); }
  int64_t integer(const std::string& name) const { return entry_.at("inputs").at(name).get<int64_t>(); }
  torch::Tensor out(const std::string& name) const { return tensor_of(entry_.at("outputs").at(name)); }
  bool flag(const std::string& name) const { return entry_.at("inputs").at(name).get<bool>(); }
  const Json& lists(const std::string& name) const { return entry_.at("inputs").at(name); }
  const Json& outputs() const { return entry_.at("outputs"); }

 private:
  static Json find(const std::string& id) {
    Problems problems;
    static const Json all =
        JsonNode::read_file(std::filesystem::path(NLB_SOURCE_DIR) / "tests/methods/authors_vectors.json", problems)
            .raw()
            .at("vectors");
    for (const Json& entry : all) {
      if (entry.at("id") == id) return entry;
    }
    FAIL("no vector " << id);
    return {};
  }
  Json entry_;
};

inline void check_near(const torch::Tensor& ours, const torch::Tensor& theirs, double margin = kExact) {
  REQUIRE(ours.sizes() == theirs.sizes());
  const double gap = (ours.to(torch::kFloat64) - theirs).abs().max().item<double>();
  CHECK(gap <= margin * std::max(1.0, theirs.abs().max().item<double>()));
}

/// A loss of logits [B, C] and its gradient, as both sides give it.
inline void check_loss(const Vector& vector, const std::function<torch::Tensor(const torch::Tensor&)>& loss,
                       const std::string& value = "loss", const std::string& slope = "gradient") {
  const auto logits = vector.in("logits");
  check_near(loss(logits), vector.out(value));
  check_near(gradient(loss, logits), vector.out(slope));
}

}  // namespace nlb::test
