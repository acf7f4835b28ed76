#include "nets/initialisers.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <span>

#include "core/error.h"
#include "core/json.h"
#include "core/sha256.h"
#include "nets/net.h"

using namespace nlb;

namespace {

const std::vector<int64_t> kShape = {400, 50, 3, 3};  // fan_in 450, fan_out 3600

torch::Tensor filled(const Initialiser& initialiser, const std::vector<int64_t>& shape, Key key) {
  auto values = torch::empty(shape, torch::kFloat64);
  initialiser(values.data_ptr<double>(), shape, key);
  return values;
}

/// Variance of a normal with `deviation` given that its size is at most `cut`.
double truncated_variance(double deviation, double cut) {
  const double a = cut / deviation;
  const double density = std::exp(-a * a / 2) / std::sqrt(2 * M_PI);
  return deviation * deviation * (1 - 2 * a * density / std::erf(a / std::sqrt(2)));
}

/// Parameters of a network by name.
std::map<std::string, torch::Tensor> parameters_of(const std::string& net, const NetShape& shape,
                                                   const std::string& initialisation, uint64_t seed,
                                                   torch::ScalarType type = torch::kFloat32) {
  std::map<std::string, torch::Tensor> parameters;
  make_net({net, Json::object(), initialisation}, shape, derive(seed, "init"), torch::kCPU, type)
      ->parameters()
      .visit([&](const std::string& name, torch::Tensor& value) { parameters[name] = value.clone(); });
  return parameters;
}

/// Parameters of a LeNet-5 by name, flat.
std::map<std::string, torch::Tensor> lenet5_parameters(const std::string& initialisation, uint64_t seed,
                                                       torch::ScalarType type) {
  auto parameters = parameters_of("lenet5", {.channels = 1, .height = 28, .width = 28}, initialisation, seed, type);
  for (auto& [name, value] : parameters) value = value.flatten();
  return parameters;
}

constexpr const char* kAfterNoiseStream = "truncated_unit_normal_at_0.2_after_noise_stream";

}  // namespace

TEST_CASE("Initial weights have the moments and bounds of their closed forms", "[nets][initialisation]") {
  struct Row {
    const char* id;
    double variance, bound;
  };
  constexpr double kNone = 1e9;
  const auto row =
      GENERATE(values<Row>({{"torch_default", 1. / 450 / 3, 1 / std::sqrt(450.)},
                            {"he_normal_fan_in", 2. / 450, kNone},
                            {"he_normal_fan_out", 2. / 3600, kNone},
                            {"glorot_uniform", 2. / 4050, std::sqrt(6. / 4050)},
                            {"fan_in_normal", 1. / 450, kNone},
                            {"he_fan_out_convolutions_torch_linear", 2. / 3600, kNone},
                            {"he_fan_in_convolutions_fan_in_linear", 2. / 450, kNone},
                            {"truncated_unit_normal_at_0.2", truncated_variance(1, 0.2), 0.2},
                            {"truncated_normal_0.1_at_0.2", truncated_variance(0.1, 0.2), 0.2},
                            {"truncated_he_fan_in", truncated_variance(std::sqrt(2. / 450), 2 * std::sqrt(2. / 450)),
                             2 * std::sqrt(2. / 450)},
                            {kAfterNoiseStream, truncated_variance(1, 0.2), 0.2}}));
  CAPTURE(row.id);
  const auto weights = filled(make_initialisation(row.id).weight, kShape, derive(7, "init"));
  const double count = 180000, deviation = std::sqrt(row.variance);
  CHECK(std::abs(weights.mean().item<double>()) < 4 * deviation / std::sqrt(count));
  // The fourth moment of none of them exceeds the normal's, so sqrt(2 / n) bounds the relative error of the variance.
  CHECK(weights.square().mean().item<double>() == Approx(row.variance).epsilon(4 * std::sqrt(2 / count)));
  const double largest = weights.abs().max().item<double>();
  CHECK(largest <= row.bound);
  CHECK(largest > 2 * deviation * (row.bound == kNone ? 2 : 0.85));
  CHECK(weights.abs().min().item<double>() < deviation * 1e-3);
}

TEST_CASE("Schemes by kind of layer give linear layers their own", "[nets][initialisation]") {
  const std::vector<int64_t> matrix = {300, 100};
  const auto same_as = [&](const char* mixed, const char* pure) {
    const auto key = derive(3, "init");
    return torch::equal(filled(make_initialisation(mixed).weight, matrix, key),
                        filled(make_initialisation(pure).weight, matrix, key));
  };
  CHECK(same_as("he_fan_out_convolutions_torch_linear", "torch_default"));
  CHECK(same_as("he_fan_in_convolutions_fan_in_linear", "fan_in_normal"));
  for (const char* id : {"he_fan_out_convolutions_torch_linear", "he_fan_in_convolutions_fan_in_linear"}) {
    CHECK(filled(make_initialisation(id).bias(100), {300}, derive(3, "init")).abs().max().item<double>() == 0);
  }
}

TEST_CASE("A stem that replaces the constructor's starts as torch.nn's, the other convolutions as torchvision's",
          "[nets][initialisation]") {
  const auto key = derive(3, "init");
  const auto from = [&](const char* id) { return make_initialisation(id).weight; };
  const std::vector<int64_t> stem = {64, 3, 3, 3}, convolution = {64, 16, 3, 3}, linear = {10, 100};
  const auto mixed = from("he_fan_out_convolutions_torch_stem_and_linear");
  CHECK(torch::equal(filled(mixed, stem, key), filled(from("torch_default"), stem, key)));
  CHECK(torch::equal(filled(mixed, convolution, key), filled(from("he_normal_fan_out"), convolution, key)));
  CHECK(torch::equal(filled(mixed, stem, key), filled(from("he_normal_fan_out"), stem, key)));  // only the first one
  CHECK(torch::equal(filled(mixed, linear, key), filled(from("torch_default"), linear, key)));
}

TEST_CASE("The first weight that ResNet-50 asks for is its stem", "[nets][initialisation]") {
  const NetShape cifar = {.channels = 3, .height = 32, .width = 32};
  const auto values = parameters_of("resnet50", cifar, "he_fan_out_convolutions_torch_stem_and_linear", 1);
  int64_t convolutions = 0;
  for (const auto& [name, value] : values) {
    if (value.dim() != 4) continue;
    ++convolutions;
    const double variance = value.square().mean().item<double>();
    const auto count = static_cast<double>(value.numel());
    const double expected = value.size(1) == 3 ? 1 / 27. / 3 : 2 / (count / static_cast<double>(value.size(1)));
    CAPTURE(name);
    CHECK(variance == Approx(expected).epsilon(5 * std::sqrt(2 / count)));
  }
  CHECK(convolutions == 53);
}

TEST_CASE("torch_default reproduces torch.nn's bound also for a matrix", "[nets][initialisation]") {
  const auto weights = filled(make_initialisation("torch_default").weight, {300, 100}, derive(1, "init"));
  CHECK(weights.abs().max().item<double>() <= 0.1);
  CHECK(weights.abs().max().item<double>() > 0.0999);
}

TEST_CASE("Batch norm's scale starts at 1, under PyTorch before 1.2 uniform in (0, 1)", "[nets][initialisation]") {
  const std::vector<int64_t> channels = {20000};
  const Key key = derive(5, "init");
  CHECK(torch::equal(filled(make_initialisation("torch_default").norm_scale(), channels, key),
                     torch::ones(channels, torch::kFloat64)));
  const auto old = filled(make_initialisation("torch_default_before_1.2").norm_scale(), channels, key);
  CHECK(old.min().item<double>() >= 0);
  CHECK(old.max().item<double>() < 1);
  CHECK(old.mean().item<double>() == Approx(1. / 2).margin(4 * std::sqrt(1. / 12 / 20000)));
  CHECK(old.var().item<double>() == Approx(1. / 12).epsilon(4 * std::sqrt(0.8 / 20000)));  // kurtosis of U is 1.8
  CHECK(torch::equal(filled(make_initialisation("torch_default_before_1.2").weight, kShape, key),
                     filled(make_initialisation("torch_default").weight, kShape, key)));

  std::map<std::string, torch::Tensor> parameters;
  make_net({"cnn9", {{"dropout", 0}}, "torch_default_before_1.2"}, {.channels = 1, .height = 28, .width = 28},
           derive(1, "init"), torch::kCPU, torch::kFloat32)
      ->parameters()
      .visit([&](const std::string& name, torch::Tensor& value) { parameters[name] = value.clone(); });
  CHECK(parameters.at("bn7.weight").max().item<float>() < 1);
  CHECK_FALSE(torch::equal(parameters.at("bn1.weight"), parameters.at("bn2.weight")));
  CHECK(torch::equal(parameters.at("bn7.bias"), torch::zeros({512})));
}

TEST_CASE("Biases start as torch.nn's where a scheme says nothing of them, else at zero", "[nets][initialisation]") {
  for (const char* id :
       {"torch_default", "truncated_unit_normal_at_0.2", "truncated_normal_0.1_at_0.2", kAfterNoiseStream}) {
    const auto bias = filled(make_initialisation(id).bias(25), {10000}, derive(1, "b"));
    CHECK(bias.abs().max().item<double>() <= 0.2);
    CHECK(bias.square().mean().item<double>() == Approx(0.04 / 3).epsilon(0.06));
  }
  for (const char* id : {"he_normal_fan_in", "he_normal_fan_out", "glorot_uniform", "fan_in_normal"}) {
    CHECK(filled(make_initialisation(id).bias(25), {100}, derive(1, "b")).abs().max().item<double>() == 0);
  }
}

TEST_CASE("Initial values follow the key alone; other names draw other values", "[nets][initialisation]") {
  const auto weight = make_initialisation("he_normal_fan_in").weight;
  const Key init = derive(3, "init");
  const auto one = filled(weight, {64, 64}, derive(init, "fc1.weight"));
  CHECK(torch::equal(one, filled(weight, {64, 64}, derive(init, "fc1.weight"))));
  CHECK(torch::equal(one[0], filled(weight, {1, 64}, derive(init, "fc1.weight"))[0]));
  CHECK((one == filled(weight, {64, 64}, derive(init, "fc2.weight"))).sum().item<int64_t>() == 0);
  CHECK((one == filled(weight, {64, 64}, derive(derive(4, "init"), "fc1.weight"))).sum().item<int64_t>() == 0);
}

TEST_CASE("Weights after the stream of the noise are scipy's, each in turn", "[nets][initialisation]") {
  const auto expected = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/nets/noise_stream_weights.json"));
  const auto exact = lenet5_parameters(kAfterNoiseStream, 3, torch::kFloat64);
  const auto single = lenet5_parameters(kAfterNoiseStream, 4, torch::kFloat32);
  for (const char* layer : {"conv1", "conv2", "fc1", "fc2", "fc3"}) {
    CAPTURE(layer);
    const auto& wanted = expected[layer];
    const auto weight = exact.at(std::string(layer) + ".weight");
    for (int64_t i = 0; i < 4; ++i) {
      CHECK(weight[i].item<double>() ==
            Approx(wanted["first"][static_cast<size_t>(i)].get<double>()).margin(1e-14).epsilon(0));
      CHECK(weight[i - 4].item<double>() ==
            Approx(wanted["last"][static_cast<size_t>(i)].get<double>()).margin(1e-14).epsilon(0));
    }
    CHECK(weight.sum().item<double>() == Approx(wanted["sum"].get<double>()).margin(1e-10).epsilon(0));
    const auto floats = single.at(std::string(layer) + ".weight");
    const std::span values(floats.data_ptr<float>(), static_cast<size_t>(floats.numel()));
    CHECK(hex(sha256(std::as_bytes(values))) == wanted["float32_sha256"].get<std::string>());
  }
}

TEST_CASE("Biases beside weights of the noise's stream are those of the init key", "[nets][initialisation]") {
  const auto seeded = lenet5_parameters(kAfterNoiseStream, 3, torch::kFloat32);
  const auto fresh = lenet5_parameters("truncated_unit_normal_at_0.2", 3, torch::kFloat32);
  const auto other = lenet5_parameters(kAfterNoiseStream, 4, torch::kFloat32);
  for (const auto& [name, value] : seeded) {
    CAPTURE(name);
    const bool bias = name.ends_with(".bias");
    CHECK(torch::equal(value, fresh.at(name)) == bias);
    CHECK(torch::equal(value, other.at(name)) == !bias);
  }
}

TEST_CASE("Weights of TensorFlow's seed 0 are TensorFlow's, whatever the key", "[nets][initialisation]") {
  constexpr const char* kId = "truncated_he_fan_out_unit_scaling_linear_tensorflow_seed_0";
  const auto file = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/nets/tensorflow_weights.json"));
  for (const auto& [name, wanted] : file.items()) {
    CAPTURE(name);
    auto shape = wanted["shape"].get<std::vector<int64_t>>();  // [kh, kw, in, out] or [in, out]
    std::reverse(shape.begin(), shape.end());                  // all kernels are square
    const auto weight = filled(make_initialisation(kId).weight, shape, derive(1, "init"));
    CHECK(torch::equal(weight, filled(make_initialisation(kId).weight, shape, derive(2, "other"))));
    const auto flat = (weight.dim() == 4 ? weight.permute({2, 3, 1, 0}) : weight.t()).flatten();
    const auto near = [](double value) { return Approx(value).epsilon(1e-6).margin(1e-7); };  // of an angle in float
    for (int64_t i = 0; i < 8; ++i) CHECK(flat[i].item<double>() == near(wanted["first"][static_cast<size_t>(i)]));
    for (int64_t i = 0; i < 4; ++i) CHECK(flat[i - 4].item<double>() == near(wanted["last"][static_cast<size_t>(i)]));
    CHECK(flat.sum().item<double>() == Approx(wanted["sum"].get<double>()).epsilon(1e-5).margin(1e-4));
    CHECK(flat.square().sum().item<double>() == Approx(wanted["squares"].get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("All convolutions of one shape start alike where a program gives every variable seed 0",
          "[nets][initialisation]") {
  const auto values_of = [](const std::string& initialisation) {
    std::map<std::string, torch::Tensor> values;
    make_net({"wrn_28_10_pooled", {{"dropout", .3}}, initialisation}, {.height = 8, .width = 8}, derive(1, "init"),
             torch::kCPU)
        ->parameters()
        .visit([&](const std::string& name, torch::Tensor& value) { values[name] = value.clone(); });
    return values;
  };
  const auto seeded = values_of("truncated_he_fan_out_unit_scaling_linear_tensorflow_seed_0");
  CHECK(torch::equal(seeded.at("layer3.1.conv1.weight"), seeded.at("layer3.3.conv2.weight")));
  CHECK_FALSE(seeded.contains("layer1.3.bn1.bias"));
  const auto fresh = values_of("truncated_he_fan_out_unit_scaling_linear");
  CHECK_FALSE(torch::equal(fresh.at("layer3.1.conv1.weight"), fresh.at("layer3.3.conv2.weight")));
  for (const auto* values : {&seeded, &fresh}) {
    CHECK(values->at("layer2.0.bn1.bias").abs().max().item<float>() == 0);
    const auto weight = values->at("layer2.1.conv1.weight").to(torch::kFloat64);  // fan_out 9 * 320
    const double deviation = std::sqrt(2. / 2880), count = 9. * 320 * 320;
    CHECK(weight.abs().max().item<double>() <= 2 * deviation * (1 + 1e-6));
    CHECK(weight.square().mean().item<double>() ==
          Approx(truncated_variance(deviation, 2 * deviation)).epsilon(4 * std::sqrt(2 / count)));
    const auto linear = values->at("linear.weight").to(torch::kFloat64);
    CHECK(linear.abs().max().item<double>() <= std::sqrt(3. / 640));
    CHECK(linear.square().mean().item<double>() == Approx(1. / 640).epsilon(4 * std::sqrt(0.8 / 6400)));
  }
}

TEST_CASE("An unknown initialisation is refused", "[nets][errors]") {
  CHECK_THROWS_WITH(make_initialisation("ones"), Catch::Contains("\"ones\" is unknown; allowed: torch_default"));
}
