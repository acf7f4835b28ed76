#include "training/state.h"

#include <set>

#include "core/error.h"

namespace nlb {
namespace {

constexpr std::pair<torch::ScalarType, const char*> kTypes[] = {
    {torch::kFloat32, "float32"}, {torch::kFloat64, "float64"}, {torch::kInt64, "int64"},      {torch::kInt32, "int32"},
    {torch::kUInt8, "uint8"},     {torch::kBool, "bool"},       {torch::kBFloat16, "bfloat16"}};

class Reader final : public StateVisitor {
 public:
  void tensor(const std::string& name, torch::Tensor& value) override { add(name, value.detach()); }
  void integer(const std::string& name, int64_t& value) override { add(name, scalar(value, torch::kInt64)); }
  void number(const std::string& name, double& value) override { add(name, scalar(value, torch::kFloat64)); }
  std::vector<StateEntry> entries;

 private:
  /// torch::tensor() takes several times as long, at every evaluation.
  template <typename T>
  static torch::Tensor scalar(T value, torch::ScalarType type) {
    auto tensor = torch::empty({}, type);
    *tensor.data_ptr<T>() = value;
    return tensor;
  }
  void add(const std::string& name, torch::Tensor value) {
    NLB_CHECK(names_.insert(name).second, "two parts of the state are called " + name);
    entries.push_back({name, std::move(value)});
  }
  std::set<std::string> names_;
};

class Writer final : public StateVisitor {
 public:
  explicit Writer(const std::map<std::string, torch::Tensor>& saved) : saved_(saved) {}
  void tensor(const std::string& name, torch::Tensor& value) override {
    const torch::Tensor& stored = find(name);
    if (value.sizes() == stored.sizes()) {
      value.detach().copy_(stored);
    } else {
      value = stored.to(value.options()).clone();
    }
  }
  void integer(const std::string& name, int64_t& value) override { value = find(name).item<int64_t>(); }
  void number(const std::string& name, double& value) override { value = find(name).item<double>(); }
  size_t asked() const { return asked_.size(); }

 private:
  const torch::Tensor& find(const std::string& name) {
    const auto found = saved_.find(name);
    if (found == saved_.end()) throw InputError("saved state does not hold " + name);
    asked_.insert(name);
    return found->second;
  }
  const std::map<std::string, torch::Tensor>& saved_;
  std::set<std::string> asked_;
};

}  // namespace

std::vector<StateEntry> read_state(Method& method) {
  Reader reader;
  method.visit_state(reader);
  return std::move(reader.entries);
}

void write_state(Method& method, const std::map<std::string, torch::Tensor>& saved) {
  const torch::NoGradGuard no_gradient;
  Writer writer(saved);
  method.visit_state(writer);
  if (writer.asked() != saved.size()) throw InputError("saved state has parts that the method does not know");
}

std::string type_name(torch::ScalarType type) {
  for (const auto& [known, name] : kTypes) {
    if (known == type) return name;
  }
  NLB_CHECK(false, std::string("no state has type ") + torch::toString(type));
}

torch::ScalarType type_from_name(const std::string& name) {
  for (const auto& [type, known] : kTypes) {
    if (known == name) return type;
  }
  throw InputError("unknown tensor type " + name);
}

}  // namespace nlb
