// Batch norm's kernels beside their loops (compiled as cuda_kernels_test.cpp is), and the loops beside the definition.
#include <cmath>

#include "kernels/norm.h"
#include "tests/kernels/device_array.h"

namespace nlb {
namespace {

using test::DeviceArray;
using test::have_device;

/// Everything of one layer, here and on the device.
template <class T>
struct Layer {
  using Wide = Arithmetics<T>;
  using Values = std::vector<T>;
  using Wides = std::vector<Wide>;

  Layer(NormShape wanted, uint64_t seed)
      : shape(wanted),
        x(values(seed)),
        before(values(seed + 1)),
        after(values(seed + 2)),
        gradient(values(seed + 3)),
        other(values(seed + 4)),
        second(values(seed + 9)),
        weight(wides(seed + 5)),
        bias(wides(seed + 6)),
        running_mean(wides(seed + 7)),
        running_variance(wides(seed + 8)) {
    for (Wide& variance : running_variance) variance = std::abs(variance) + 1;
  }
  Values values(uint64_t seed) const {
    Values made;
    for (const double value : drawn(shape.rows * shape.channels, seed))
      made.push_back(narrow<T>(static_cast<Wide>(value)));
    return made;
  }
  Wides wides(uint64_t seed) const {
    const auto found = drawn(shape.channels, seed);
    return {found.begin(), found.end()};
  }
  /// Channel c about 10 c, so that a sum of squares without a shift would lose digits; one value far out.
  std::vector<double> drawn(int64_t count, uint64_t seed) const {
    std::vector<double> found;
    const Key key = derive(seed, "values");
    for (int64_t i = 0; i < count; ++i) {
      const Words4 words = draw(key, 0, static_cast<uint64_t>(i), 0);
      const double wide = i % 97 == 5 ? 20 : 2;
      found.push_back((unit_double(words.word[0], words.word[1]) - .5) * wide +
                      static_cast<double>(i % shape.channels % 7));
    }
    return found;
  }

  NormShape shape;
  Values x, before, after, gradient, other, second;
  Wides weight, bias, running_mean, running_variance;
};

struct Form {
  const char* why;
  bool before, after, other, second;
  double slope;
};

template <class T>
struct Outputs {
  std::vector<T> sum, y, input, after;
  std::vector<Arithmetics<T>> mean, inverse, running_mean, running_variance, weight_gradient, bias_gradient;
};

template <class T>
Outputs<T> by_loops(Layer<T> layer, const Form& form) {
  using Wide = Arithmetics<T>;
  Outputs<T> out = {.sum = layer.x,
                    .y = layer.x,
                    .input = layer.x,
                    .after = layer.x,
                    .mean = layer.weight,
                    .inverse = layer.weight,
                    .running_mean = layer.running_mean,
                    .running_variance = layer.running_variance,
                    .weight_gradient = layer.weight,
                    .bias_gradient = layer.weight};
  norm_forward_cpu<T>({layer.shape, layer.x.data(), form.before ? layer.before.data() : nullptr,
                       form.after ? layer.after.data() : nullptr, layer.weight.data(), layer.bias.data(),
                       out.running_mean.data(), out.running_variance.data(), out.sum.data(), out.y.data(),
                       out.mean.data(), out.inverse.data(), .1, 1e-5, static_cast<Wide>(form.slope)});
  const T* s = form.before ? out.sum.data() : layer.x.data();
  norm_backward_cpu<T>({layer.shape, s, form.after ? out.y.data() : nullptr, layer.gradient.data(),
                        form.second ? layer.second.data() : nullptr, form.other ? layer.other.data() : nullptr,
                        layer.weight.data(), layer.bias.data(), out.mean.data(), out.inverse.data(), out.input.data(),
                        form.after ? out.after.data() : nullptr, out.weight_gradient.data(), out.bias_gradient.data(),
                        static_cast<Wide>(form.slope)});
  return out;
}

template <class T>
Outputs<T> by_kernels(const Layer<T>& layer, const Form& form) {
  using Wide = Arithmetics<T>;
  const int64_t size = layer.shape.rows * layer.shape.channels, channels = layer.shape.channels;
  const DeviceArray<T> x(layer.x), before(layer.before), after(layer.after), gradient(layer.gradient),
      other(layer.other), second(layer.second), sum(layer.x), y(size), input(size), after_gradient(layer.x);
  const DeviceArray<Wide> weight(layer.weight), bias(layer.bias), running_mean(layer.running_mean),
      running_variance(layer.running_variance), mean(channels), inverse(channels), weight_gradient(channels),
      bias_gradient(channels);
  const DeviceArray<double> workspace(norm_workspace(layer.shape));
  norm_forward_cuda<T>({layer.shape, x.get(), form.before ? before.get() : nullptr, form.after ? after.get() : nullptr,
                        weight.get(), bias.get(), running_mean.get(), running_variance.get(), sum.get(), y.get(),
                        mean.get(), inverse.get(), .1, 1e-5, static_cast<Wide>(form.slope)},
                       workspace.get(), nullptr);
  norm_backward_cuda<T>(
      {layer.shape, form.before ? sum.get() : x.get(), form.after ? y.get() : nullptr, gradient.get(),
       form.second ? second.get() : nullptr, form.other ? other.get() : nullptr, weight.get(), bias.get(), mean.get(),
       inverse.get(), input.get(), form.after ? after_gradient.get() : nullptr, weight_gradient.get(),
       bias_gradient.get(), static_cast<Wide>(form.slope)},
      workspace.get(), nullptr);
  workspace.read();
  return {sum.read(),
          y.read(),
          input.read(),
          after_gradient.read(),
          mean.read(),
          inverse.read(),
          running_mean.read(),
          running_variance.read(),
          weight_gradient.read(),
          bias_gradient.read()};
}

template <class T>
double worst(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double left = widen(a[i]), right = widen(b[i]);
    REQUIRE(std::isfinite(left));
    most = std::max(most, std::abs(left - right) / (1 + std::abs(right)));
  }
  return most;
}

/// The last digit of a mean decides which way a value near a tie of bf16 rounds: one unit there.
template <class T>
constexpr double kValueError = 4e-5;
template <>
constexpr double kValueError<double> = 1e-12;
template <>
constexpr double kValueError<Bfloat16> = 1.0 / 128;
/// Sums over 1,000 rows of values up to 20, in the type's arithmetic within a thread.
template <class Wide>
constexpr double kSumError = std::is_same_v<Wide, double> ? 1e-12 : 1e-4;

TEMPLATE_TEST_CASE("batch norm: the kernels give what the loops give", "[kernels][cuda][norm][gpu]", float, double,
                   Bfloat16) {
  if (!have_device()) return;
  const auto shape =
      GENERATE(values<NormShape>({{2, 1}, {31, 3}, {32, 4}, {33, 33}, {1000, 8}, {100, 64}, {50, 132}, {7, 260}}));
  const auto form = GENERATE(values<Form>({{"relu of the norm", false, false, false, false, 0},
                                           {"a norm alone", false, false, true, false, 1},
                                           {"leaky", false, false, false, false, .01},
                                           {"a sum before it, two readers", true, false, true, true, 0},
                                           {"a sum after it", false, true, false, false, 0},
                                           {"a sum after it, two readers", false, true, false, true, 0}}));
  if (shape.rows * shape.channels > test::kMostElements) return;
  CAPTURE(shape.rows, shape.channels, form.why);
  const Layer<TestType> layer(shape, 11);
  const auto expected = by_loops(layer, form), found = by_kernels(layer, form);
  using Wide = Arithmetics<TestType>;
  CHECK(worst(found.mean, expected.mean) < kSumError<Wide>);
  CHECK(worst(found.inverse, expected.inverse) < kSumError<Wide>);
  CHECK(worst(found.running_mean, expected.running_mean) < kSumError<Wide>);
  CHECK(worst(found.running_variance, expected.running_variance) < kSumError<Wide>);
  if (form.before) CHECK(worst(found.sum, expected.sum) == 0);
  CHECK(worst(found.y, expected.y) < kValueError<TestType>);
  CHECK(worst(found.weight_gradient, expected.weight_gradient) < 10 * kSumError<Wide>);
  CHECK(worst(found.bias_gradient, expected.bias_gradient) < kSumError<Wide>);
  CHECK(worst(found.input, expected.input) < 10 * kValueError<TestType>);
  if (form.after) CHECK(worst(found.after, expected.after) == 0);
}

TEMPLATE_TEST_CASE("batch norm in evaluation: the kernel gives what the loop gives", "[kernels][cuda][norm][gpu]",
                   float, double, Bfloat16) {
  if (!have_device()) return;
  const auto shape = GENERATE(values<NormShape>({{0, 3}, {1, 1}, {33, 33}, {1000, 8}, {9, 132}}));
  const bool before = GENERATE(false, true), after = GENERATE(false, true);
  Layer<TestType> layer(shape, 21);
  using Wide = Arithmetics<TestType>;
  std::vector<TestType> y = layer.x, sum = layer.x;
  const auto how = [&](const TestType* x, const TestType* first, const TestType* second, const Wide* weight,
                       const Wide* bias, Wide* mean, Wide* variance, TestType* sums, TestType* out) {
    return NormForward<TestType>{shape,
                                 x,
                                 before ? first : nullptr,
                                 after ? second : nullptr,
                                 weight,
                                 bias,
                                 mean,
                                 variance,
                                 sums,
                                 out,
                                 nullptr,
                                 nullptr,
                                 .1,
                                 1e-5,
                                 0};
  };
  norm_evaluate_cpu(how(layer.x.data(), layer.before.data(), layer.after.data(), layer.weight.data(), layer.bias.data(),
                        layer.running_mean.data(), layer.running_variance.data(), sum.data(), y.data()));
  const DeviceArray<TestType> x(layer.x), first(layer.before), second(layer.after), sums(layer.x), out(layer.x);
  const DeviceArray<Wide> weight(layer.weight), bias(layer.bias), mean(layer.running_mean),
      variance(layer.running_variance);
  norm_evaluate_cuda(how(x.get(), first.get(), second.get(), weight.get(), bias.get(), mean.get(), variance.get(),
                         sums.get(), out.get()),
                     nullptr);
  CHECK(worst(out.read(), y) < kValueError<TestType> / 10);
  CHECK(mean.read() == layer.running_mean);
}

TEST_CASE("batch norm's kernels take a number of channels that no width divides and no block holds",
          "[kernels][cuda][norm][gpu]") {
  if (!have_device()) return;
  const Layer<float> layer({40, 300}, 31);
  const Form form = {"a sum before it", true, false, true, true, 0};
  CHECK(worst(by_kernels(layer, form).input, by_loops(layer, form).input) < 10 * kValueError<float>);
}

#if defined(NLB_CUDA_SHIM)
TEST_CASE("batch norm's kernels pass over their arrays as often as they say", "[kernels][cuda][norm][traffic]") {
  const auto form = GENERATE(values<Form>({{"relu of the norm", false, false, false, false, 0},
                                           {"a sum before it, two readers", true, false, true, true, 0},
                                           {"a sum after it", false, true, false, false, 0},
                                           {"a sum after it, two readers", false, true, false, true, 0}}));
  const Layer<float> layer({33, 8}, 41);
  CAPTURE(form.why);
  const float* const some = layer.x.data();
  NormForward<float> forward = {};
  forward.before = form.before ? some : nullptr;
  forward.after = form.after ? some : nullptr;
  NormBackward<float> backward = {};
  backward.y = form.after ? some : nullptr;
  backward.second = form.second ? some : nullptr;
  backward.other = form.other ? some : nullptr;
  std::vector<float> written = layer.after;
  backward.after = form.after ? written.data() : nullptr;
  const int64_t before = shim::bytes();
  by_kernels(layer, form);
  const int64_t each = layer.shape.rows * layer.shape.channels * static_cast<int64_t>(sizeof(float));
  CHECK((shim::bytes() - before) == each * (norm_forward_passes(forward) + norm_backward_passes(backward)));
}
#endif

}  // namespace
}  // namespace nlb
