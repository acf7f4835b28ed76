#include "optim/optimiser.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>

#include "core/error.h"
#include "optim/partial_decay.h"
#include "tests/support/gpu.h"
#include "tests/support/weyl.h"

using namespace nlb;

namespace {

const std::vector<std::vector<int64_t>> kShapes = {{3, 5}, {7}, {2, 2, 3}};

Json torch_vectors() { return Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/optim/torch_vectors.json")); }

ParameterStore three_parameters(torch::ScalarType type, torch::Device device = torch::kCPU) {
  ParameterStore store;
  for (size_t p = 0; p < kShapes.size(); ++p) {
    store.add_parameter("p" + std::to_string(p), kShapes[p], [p](double* out, const std::vector<int64_t>& shape, Key) {
      const auto values = test::weyl(shape, static_cast<int64_t>(p), 1);
      std::copy_n(values.data_ptr<double>(), values.numel(), out);
    });
  }
  store.add_buffer("b", {2}, 1);
  store.finalise({}, device, type);
  return store;
}

void set_gradients(ParameterStore& store, int64_t step) {
  auto parameters = store.parameters();
  for (size_t p = 0; p < parameters.size(); ++p) {
    parameters[p].mutable_grad().copy_(test::weyl(kShapes[p], 3 + 3 * step + static_cast<int64_t>(p), 0.5));
  }
}

torch::Tensor joined(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> flat;
  for (const auto& tensor : tensors) flat.push_back(tensor.detach().flatten().to(torch::kFloat64));
  return torch::cat(flat);
}

torch::Tensor tensor_of(const Json& numbers) {
  return torch::tensor(numbers.get<std::vector<double>>(), torch::kFloat64);
}

OptimiserSpec spec_of(const Json& vector) {
  OptimiserSpec spec;
  const Json& options = vector["options"];
  spec.id = meaning_of<OptimiserId>(vector["id"].get<std::string>()).value();
  spec.learning_rate = options["lr"];
  spec.weight_decay = options.value("weight_decay", 0.0);
  spec.momentum = options.value("momentum", 0.0);
  spec.nesterov = options.value("nesterov", false);
  if (options.contains("betas")) {
    spec.beta1 = options["betas"][0];
    spec.beta2 = options["betas"][1];
  }
  spec.epsilon = options.value("eps", spec.epsilon);
  return spec;
}

/// Of a vector of torch_vectors.json, which may say which parameters decay.
std::unique_ptr<Optimiser> optimiser_of(const Json& vector, ParameterStore& store) {
  if (!vector.contains("decays")) return make_optimiser(spec_of(vector), store);
  return make_optimiser(spec_of(vector), store, vector["decays"].get<std::vector<bool>>());
}

/// Steps first..last-1 of the script's 100.
void run_steps(Optimiser& optimiser, ParameterStore& store, double learning_rate, int64_t first, int64_t last) {
  for (int64_t step = first; step < last; ++step) {
    set_gradients(store, step);
    optimiser.step(learning_rate * static_cast<double>(1 + step % 3));
  }
}

/// Largest difference, as a share of the largest value.
double difference(const torch::Tensor& measured, const torch::Tensor& expected) {
  return ((measured - expected).abs().max() / expected.abs().max()).item<double>();
}

double padding_size(ParameterStore& store, torch::Tensor flat) {
  flat = flat.clone();
  for (const Segment& segment : store.segments()) flat.narrow(0, segment.offset, segment.count).zero_();
  return flat.abs().max().item<double>();
}

}  // namespace

TEST_CASE("100 steps equal torch.optim's in double and float, and padding stays zero", "[optim][optimiser]") {
  const Json vectors = torch_vectors()["optimisers"];
  REQUIRE(vectors.size() == 10);
  for (const Json& vector : vectors) {
    CAPTURE(vector["id"], vector["options"].dump());
    const auto spec = spec_of(vector);
    for (const auto type : {torch::kFloat64, torch::kFloat32}) {
      auto store = three_parameters(type);
      const auto optimiser = optimiser_of(vector, store);
      run_steps(*optimiser, store, spec.learning_rate, 0, 100);
      const bool is_double = type == torch::kFloat64;
      const auto expected = tensor_of(vector[is_double ? "double" : "float"]);
      CHECK(difference(joined(store.parameters()), expected) < (is_double ? 1e-12 : 1e-6));
      CHECK(padding_size(store, store.flat()) == 0);
      optimiser->visit_state([&](const std::string& name, torch::Tensor& value) {
        if (name != "step") CHECK(padding_size(store, value) == 0);
      });
    }
  }
}

TEST_CASE("Tensors without a kernel of ours step through the framework to the same values", "[optim][optimiser]") {
  for (const Json& vector : torch_vectors()["optimisers"]) {
    CAPTURE(vector["id"], vector["options"].dump());
    const auto spec = spec_of(vector);
    auto store = three_parameters(torch::kBFloat16);
    const auto optimiser = optimiser_of(vector, store);
    run_steps(*optimiser, store, spec.learning_rate, 0, 5);
    auto exact = three_parameters(torch::kFloat64);
    run_steps(*optimiser_of(vector, exact), exact, spec.learning_rate, 0, 5);
    // Eight bits of mantissa, five steps.
    CHECK(difference(joined(store.parameters()), joined(exact.parameters())) < 0.02);
  }
}

TEST_CASE("An optimiser whose state is saved and loaded goes on bit for bit", "[optim][optimiser]") {
  for (const Json& vector : torch_vectors()["optimisers"]) {
    const auto spec = spec_of(vector);
    auto whole = three_parameters(torch::kFloat32), first = three_parameters(torch::kFloat32);
    auto second = three_parameters(torch::kFloat32);
    run_steps(*optimiser_of(vector, whole), whole, spec.learning_rate, 0, 20);

    const auto before = optimiser_of(vector, first);
    run_steps(*before, first, spec.learning_rate, 0, 11);
    std::map<std::string, torch::Tensor> saved;
    before->visit_state([&](const std::string& name, torch::Tensor& value) { saved[name] = value.clone(); });
    const auto after = optimiser_of(vector, second);
    second.copy_from(first);
    after->visit_state([&](const std::string& name, torch::Tensor& value) { value = saved.at(name); });
    run_steps(*after, second, spec.learning_rate, 11, 20);
    CHECK(torch::equal(second.flat(), whole.flat()));

    before->reset();
    first.copy_from(three_parameters(torch::kFloat32));
    run_steps(*before, first, spec.learning_rate, 0, 20);
    CHECK(torch::equal(first.flat(), whole.flat()));
  }
}

TEST_CASE("Clipping scales all gradients to a joint norm, and leaves small ones alone", "[optim][clip]") {
  auto store = three_parameters(torch::kFloat32);
  set_gradients(store, 0);
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : store.parameters()) gradients.push_back(parameter.grad());
  clip_gradient_norm(store, 0.1);
  CHECK(difference(joined(gradients), tensor_of(torch_vectors()["clipped"])) < 1e-6);
  const auto small = store.flat_gradient().clone();
  clip_gradient_norm(store, 5);
  CHECK(torch::equal(store.flat_gradient(), small));

  // Vector of the PHuber card: g = (.3, -.4, 1.2), norm 1.3, max_norm .1.
  auto card = three_parameters(torch::kFloat64);
  card.flat_gradient().narrow(0, 0, 3).copy_(torch::tensor({0.3, -0.4, 1.2}, torch::kFloat64));
  clip_gradient_norm(card, 0.1);
  const auto expected = torch::tensor({0.023076905, -0.030769207, 0.092307621}, torch::kFloat64);
  CHECK(torch::allclose(card.flat_gradient().narrow(0, 0, 3), expected, 0, 5e-10));
}

TEST_CASE("An average moves towards the values by 1 - decay and takes their statistics", "[optim][average]") {
  auto average = three_parameters(torch::kFloat64), values = three_parameters(torch::kFloat64);
  const auto old = average.flat().clone();
  values.flat().mul_(3);
  values.flat_buffers().fill_(7);
  update_average(average, values, 0.75);
  CHECK(torch::allclose(average.flat(), old * 1.5, 0, 1e-15));  // .75 + .25 * 3
  CHECK(torch::equal(average.flat_buffers(), values.flat_buffers()));
}

TEST_CASE("An optimiser that would divide by zero is refused", "[optim][errors]") {
  auto store = three_parameters(torch::kFloat32);
  for (const auto id : {OptimiserId::adam, OptimiserId::adagrad}) {
    CHECK_THROWS_AS(make_optimiser({.id = id, .epsilon = 0}, store), InputError);
  }
}

TEST_CASE("Adam's beta1 may change between steps, bias correction and all; others have none", "[optim][optimiser]") {
  auto store = three_parameters(torch::kFloat64);
  const OptimiserSpec spec{.id = OptimiserId::adam, .learning_rate = 0.01};
  const auto optimiser = make_optimiser(spec, store);
  auto value = joined(store.parameters());
  auto moment1 = torch::zeros_like(value), moment2 = torch::zeros_like(value);
  for (int step = 0; step < 20; ++step) {
    const double beta1 = step < 10 ? spec.beta1 : 0.1;
    if (step == 10) optimiser->set_beta1(beta1);
    set_gradients(store, step);
    optimiser->step(spec.learning_rate);
    std::vector<torch::Tensor> gradients;
    for (const auto& parameter : store.parameters()) gradients.push_back(parameter.grad());
    const auto gradient = joined(gradients);
    moment1 = beta1 * moment1 + (1 - beta1) * gradient;
    moment2 = spec.beta2 * moment2 + (1 - spec.beta2) * gradient.square();
    const auto rising = moment1 / (1 - std::pow(beta1, step + 1));
    const auto size = (moment2 / (1 - std::pow(spec.beta2, step + 1))).sqrt() + spec.epsilon;
    value = value - spec.learning_rate * rising / size;
  }
  CHECK(difference(joined(store.parameters()), value) < 1e-13);
  for (const auto id : {OptimiserId::sgd, OptimiserId::adagrad}) {
    CHECK_THROWS_AS(make_optimiser({.id = id, .learning_rate = 1}, store)->set_beta1(0.1), InputError);
  }
}

TEST_CASE("on a GPU a hundred steps agree with torch.optim's vectors", "[optim][gpu]") {
  if (!test::have_gpu()) return;
  for (const auto& vector : torch_vectors()["optimisers"]) {
    CAPTURE(vector["options"].dump());
    auto store = three_parameters(torch::kFloat64, torch::kCUDA);
    const auto spec = spec_of(vector);
    run_steps(*optimiser_of(vector, store), store, spec.learning_rate, 0, 100);
    CHECK(difference(joined(store.parameters()).cpu(), tensor_of(vector["double"])) < 1e-12);
  }
}
