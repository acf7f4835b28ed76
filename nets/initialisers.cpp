#include "nets/initialisers.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>

#include "core/draws.h"
#include "core/error.h"
#include "core/mersenne.h"
#include "nets/tensorflow_draws.h"

namespace nlb {
namespace {

constexpr int64_t kMnistTrainingImages = 60000;

struct Fans {
  double in = 1, out = 1;
};

Fans fans_of(const std::vector<int64_t>& shape) {
  double area = 1;
  for (size_t i = 2; i < shape.size(); ++i) area *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape.at(1)) * area, static_cast<double>(shape.at(0)) * area};
}

int64_t count_of(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

void fill_uniform(double* values, int64_t count, Key key, double bound) {
  for (int64_t i = 0; i < count; ++i) {
    const Words4 words = draw(key, 0, static_cast<uint64_t>(i), 0);
    values[i] = bound * (2 * unit_double(words.word[0], words.word[1]) - 1);
  }
}

Initialiser uniform(std::function<double(Fans)> bound) {
  return [bound = std::move(bound)](double* values, const std::vector<int64_t>& shape, Key key) {
    fill_uniform(values, count_of(shape), key, bound(fans_of(shape)));
  };
}

Initialiser normal(std::function<double(Fans)> deviation) {
  return [deviation = std::move(deviation)](double* values, const std::vector<int64_t>& shape, Key key) {
    const double scale = deviation(fans_of(shape));
    const int64_t count = count_of(shape);
    for (int64_t i = 0; i < count; ++i) values[i] = scale * standard_normal(draw(key, 0, static_cast<uint64_t>(i), 0));
  };
}

/// One scheme for convolutions, another for linear layers: sources that go through a network's convolutions by hand
/// leave its linear layer to the framework.
Initialiser by_kind(Initialiser convolution, Initialiser linear) {
  return [convolution = std::move(convolution), linear = std::move(linear)](
             double* values, const std::vector<int64_t>& shape, Key key) {
    (shape.size() > 2 ? convolution : linear)(values, shape, key);
  };
}

/// `stem` for the first weight that is asked for, `rest` for all others: sources that replace a network's first layer
/// after its constructor has initialised everything.
Initialiser first_apart(Initialiser stem, Initialiser rest) {
  return [stem = std::move(stem), rest = std::move(rest), is_first = std::make_shared<bool>(true)](
             double* values, const std::vector<int64_t>& shape, Key key) {
    (std::exchange(*is_first, false) ? stem : rest)(values, shape, key);
  };
}

/// Inverse distribution function of a normal with `deviation`, given that its size is at most `cut`.
class TruncatedNormal {
 public:
  TruncatedNormal(double deviation, double cut)
      : deviation_(deviation), tail_(0.5 * std::erfc(cut / deviation / std::numbers::sqrt2)) {}
  double operator()(double probability) const {
    return deviation_ * inverse_normal(tail_ + probability * (1 - 2 * tail_));
  }

 private:
  double deviation_, tail_;  // probability below -cut
};

Initialiser truncated_normal(double deviation, double cut) {
  return [inverse = TruncatedNormal(deviation, cut)](double* values, const std::vector<int64_t>& shape, Key key) {
    const int64_t count = count_of(shape);
    for (int64_t i = 0; i < count; ++i) {
      const Words4 words = draw(key, 0, static_cast<uint64_t>(i), 0);
      values[i] = inverse(unit_double(words.word[0], words.word[1]));
    }
  };
}

/// The same cut at `cut` deviations, which `deviation` gives by the fans.
Initialiser truncated_normal_by_fans(std::function<double(Fans)> deviation, double cut) {
  return [deviation = std::move(deviation), cut](double* values, const std::vector<int64_t>& shape, Key key) {
    const double scale = deviation(fans_of(shape));
    truncated_normal(scale, cut * scale)(values, shape, key);
  };
}

/// Elements of a weight in the order in which TensorFlow holds them, [kh, kw, in, out] or [in, out], are
/// `draw(group, four)` of fours in turn, times the weight's scale.
Initialiser tensorflow_order(std::function<void(int64_t, double*)> draw, std::function<double(Fans)> scale) {
  return [draw = std::move(draw), scale = std::move(scale)](double* values, const std::vector<int64_t>& shape, Key) {
    const double by = scale(fans_of(shape));
    const int64_t out = shape.at(0), in = shape.at(1), count = count_of(shape), area = count / (out * in);
    double four[4];
    for (int64_t i = 0; i < count; ++i) {
      if (i % 4 == 0) draw(i / 4, four);
      const int64_t o = i % out, rest = i / out;
      values[(o * in + rest % in) * area + rest / in] = by * four[i % 4];
    }
  };
}

/// Goes on with one stream from weight to weight; `spent` doubles were drawn from it before.
Initialiser truncated_normal_from(NumpyRandomState start, int64_t spent, double deviation, double cut) {
  for (int64_t i = 0; i < spent; ++i) start.random_sample();
  return [stream = std::make_shared<NumpyRandomState>(start), inverse = TruncatedNormal(deviation, cut)](
             double* values, const std::vector<int64_t>& shape, Key) {
    const int64_t count = count_of(shape);
    for (int64_t i = 0; i < count; ++i) values[i] = inverse(stream->random_sample());
  };
}

}  // namespace

Initialiser constant_initialiser(double value) {
  return
      [value](double* values, const std::vector<int64_t>& shape, Key) { std::fill_n(values, count_of(shape), value); };
}

Initialiser Initialisation::bias(int64_t fan_in) const {
  if (zero_bias) return constant_initialiser(0);
  return [fan_in](double* values, const std::vector<int64_t>& shape, Key key) {
    fill_uniform(values, count_of(shape), key, 1 / std::sqrt(static_cast<double>(fan_in)));
  };
}

Initialiser Initialisation::norm_scale() const {
  if (!uniform_norm_scale) return constant_initialiser(1);
  return [](double* values, const std::vector<int64_t>& shape, Key key) {
    const int64_t count = count_of(shape);
    for (int64_t i = 0; i < count; ++i) {
      const Words4 words = draw(key, 0, static_cast<uint64_t>(i), 0);
      values[i] = unit_double(words.word[0], words.word[1]);
    }
  };
}

Initialisation make_initialisation(const std::string& id) {
  const auto torch_uniform = uniform([](Fans fans) { return 1 / std::sqrt(fans.in); });
  const auto he_fan_in = normal([](Fans fans) { return std::sqrt(2 / fans.in); });
  const auto he_fan_out = normal([](Fans fans) { return std::sqrt(2 / fans.out); });
  const auto fan_in_normal = normal([](Fans fans) { return 1 / std::sqrt(fans.in); });
  if (id == "torch_default") return {torch_uniform, false};
  if (id == "torch_default_before_1.2") return {torch_uniform, false, /*uniform_norm_scale=*/true};
  if (id == "he_normal_fan_in") return {he_fan_in, true};
  if (id == "he_normal_fan_out") return {he_fan_out, true};
  if (id == "glorot_uniform") return {uniform([](Fans fans) { return std::sqrt(6 / (fans.in + fans.out)); }), true};
  if (id == "fan_in_normal") return {fan_in_normal, true};
  if (id == "he_fan_out_convolutions_torch_linear") return {by_kind(he_fan_out, torch_uniform), true};
  if (id == "he_fan_out_convolutions_torch_stem_and_linear") {
    return {first_apart(torch_uniform, by_kind(he_fan_out, torch_uniform)), false};
  }
  if (id == "he_fan_in_convolutions_fan_in_linear") return {by_kind(he_fan_in, fan_in_normal), true};
  if (id == "truncated_he_fan_in") {
    return {truncated_normal_by_fans([](Fans fans) { return std::sqrt(2 / fans.in); }, 2), true};
  }
  const auto he_deviation = [](Fans fans) { return std::sqrt(2 / fans.out); };
  const auto unit_scaling = [](Fans fans) { return std::sqrt(3 / fans.in); };
  if (id == "truncated_he_fan_out_unit_scaling_linear") {
    return {by_kind(truncated_normal_by_fans(he_deviation, 2), uniform(unit_scaling)), true};
  }
  if (id == "truncated_he_fan_out_unit_scaling_linear_tensorflow_seed_0") {
    const auto normals = [](int64_t group, double* four) { tensorflow_truncated_normals({}, group, four); };
    const auto signed_uniforms = [](int64_t group, double* four) {
      tensorflow_uniforms({}, group, four);
      for (int i = 0; i < 4; ++i) four[i] = 2 * four[i] - 1;
    };
    return {by_kind(tensorflow_order(normals, he_deviation), tensorflow_order(signed_uniforms, unit_scaling)), true};
  }
  if (id == "truncated_unit_normal_at_0.2") return {truncated_normal(1, 0.2), false};
  if (id == "truncated_normal_0.1_at_0.2") return {truncated_normal(0.1, 0.2), false};
  if (id == "truncated_unit_normal_at_0.2_after_noise_stream") {
    return {truncated_normal_from(NumpyRandomState(0), kMnistTrainingImages, 1, 0.2), false};
  }
  throw InputError("initialisation \"" + id +
                   "\" is unknown; allowed: torch_default, torch_default_before_1.2, he_normal_fan_in, "
                   "he_normal_fan_out, glorot_uniform, "
                   "fan_in_normal, he_fan_out_convolutions_torch_linear, "
                   "he_fan_out_convolutions_torch_stem_and_linear, he_fan_in_convolutions_fan_in_linear, "
                   "truncated_he_fan_in, truncated_he_fan_out_unit_scaling_linear, "
                   "truncated_he_fan_out_unit_scaling_linear_tensorflow_seed_0, "
                   "truncated_unit_normal_at_0.2, truncated_normal_0.1_at_0.2, "
                   "truncated_unit_normal_at_0.2_after_noise_stream");
}

}  // namespace nlb
