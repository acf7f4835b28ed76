// The .cu files beside the loops that are their twins. Compiled twice: for a device ([gpu]), and with the shim that
// plays one, where the sanitizers look on.
#include <cstring>

#include "kernels/augment.h"
#include "kernels/collect.h"
#include "kernels/dropout_mask.h"
#include "kernels/optimiser_step.h"
#include "kernels/state_digest.h"
#include "tests/kernels/device_array.h"

namespace nlb {
namespace {

using test::DeviceArray;
using test::have_device;

/// Any values, some of them far out.
template <class T>
std::vector<T> some(int64_t count, uint64_t seed) {
  std::vector<T> values;
  const Key key = derive(seed, "values");
  for (int64_t i = 0; i < count; ++i) {
    const Words4 words = draw(key, 0, static_cast<uint64_t>(i), 0);
    const double value = (unit_double(words.word[0], words.word[1]) - .5) * (words.word[2] % 50 == 0 ? 1000 : 4);
    values.push_back(narrow<T>(static_cast<Arithmetics<T>>(value)));
  }
  return values;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

const std::vector<int64_t> kSizes = {0, 1, 31, 32, 33, 1000};

TEMPLATE_TEST_CASE("augmentation: the kernel's bits are the loop's", "[kernels][cuda][gpu]", float, double) {
  if (!have_device()) return;
  const int64_t count = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 100);
  const auto width = GENERATE(as<int32_t>{}, 1, 28, 33);
  const int32_t channels = 3, height = 9, plane = height * width;
  std::vector<uint8_t> pixels(static_cast<size_t>(40 * channels * plane));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 37 % 256);
  std::vector<int64_t> rows;
  for (int64_t b = 0; b < count; ++b) rows.push_back(b * 7 % 40);
  const auto table = some<TestType>(channels * 256, 1);
  Augmentation how = {.key = derive(1, "augment/x"), .epoch = 3, .view = 1, .pad = 4, .flip = true};
  how.pad_normalised = width == 28;
  how.cutout = width == 33 ? 5 : 0;
  const auto size = count * channels * plane;
  if (count * plane > test::kMostElements) return;
  std::vector<TestType> expected(static_cast<size_t>(size));
  augment_cpu({pixels.data(), channels, height, width}, rows.data(), count, how, table.data(), expected.data());
  const DeviceArray<uint8_t> there(pixels);
  const DeviceArray<int64_t> rows_there(rows);
  const DeviceArray<TestType> table_there(table), out(size);
  augment_cuda({there.get(), channels, height, width}, rows_there.get(), count, how, table_there.get(), nullptr,
               out.get(), nullptr);
  CHECK(same_bits(out.read(), expected));
}

TEST_CASE("digest: the kernel's sums are the loop's", "[kernels][cuda][gpu]") {
  if (!have_device()) return;
  const int64_t size = GENERATE(as<int64_t>{}, 0, 1, 31, 32, 33, 1000, 8191, 8192, 8193, 50000);
  const int64_t offset = GENERATE(as<int64_t>{}, 0, 1, 3);
  const auto words = some<float>(size / 4 + 2, 2);
  std::vector<uint8_t> bytes(words.size() * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  DigestSums expected;
  state_digest_cpu(bytes.data() + offset, size, 0, digest_tiles(size), expected);
  const DeviceArray<uint8_t> there(bytes);
  // Parts without tiles around it, and itself once more.
  const int64_t tiles = digest_tiles(size);
  const DeviceArray<DigestPart> parts(std::vector<DigestPart>{{there.get(), 0, 0},
                                                              {there.get() + offset, size, 0},
                                                              {there.get(), 0, tiles},
                                                              {there.get() + offset, size, tiles}});
  const DeviceArray<uint64_t> sums(std::vector<uint64_t>(4 * kDigestLanes));
  state_digest_cuda(parts.get(), 4, 2 * tiles, reinterpret_cast<DigestSums*>(sums.get()), nullptr);
  const auto found = sums.read();
  for (size_t lane = 0; lane < kDigestLanes; ++lane) {
    CHECK(found[lane] == 0);
    CHECK(found[kDigestLanes + lane] == expected.lane[lane]);
    CHECK(found[2 * kDigestLanes + lane] == 0);
    CHECK(found[3 * kDigestLanes + lane] == expected.lane[lane]);
  }
}

TEMPLATE_TEST_CASE("dropout: the kernel's bits are the loop's, and the mask's", "[kernels][cuda][gpu]", float, double,
                   Bfloat16) {
  if (!have_device()) return;
  const auto shape = GENERATE(values<DropoutShape>({{0, 3, 4, false},
                                                    {1, 1, 1, false},
                                                    {31, 1, 1, true},
                                                    {1, 32, 1, true},
                                                    {3, 11, 1, false},
                                                    {2, 5, 100, true},
                                                    {5, 8, 25, true},
                                                    {2, 3, 1024, true},
                                                    {4, 1, 1000, false}}));
  CAPTURE(shape.samples, shape.channels, shape.places, shape.channels_last);
  const DropoutDraw how = {.key = derive(4, "dropout"), .step = 7, .layer = 2, .rate = .3};
  const auto input = some<TestType>(shape.count(), 5);
  std::vector<TestType> expected(input.size());
  dropout_cpu(how, shape, input.data(), expected.data());
  std::vector<float> mask(input.size());
  dropout_mask_cpu(how.key, how.step, how.layer, how.rate, shape.count(), mask.data());
  for (int64_t e = 0; e < shape.count(); ++e) {
    const auto at = static_cast<size_t>(shape.address(e));
    using Wide = Arithmetics<TestType>;
    const auto by_hand = narrow<TestType>(widen(input[at]) * static_cast<Wide>(mask[static_cast<size_t>(e)]) *
                                          static_cast<Wide>(1 / (1 - how.rate)));
    REQUIRE(std::memcmp(&by_hand, &expected[at], sizeof(by_hand)) == 0);
  }
  const DeviceArray<TestType> there(input), out(shape.count());
  dropout_cuda(how, shape, there.get(), out.get(), nullptr);
  CHECK(same_bits(out.read(), expected));
  // The step as a number on the device.
  const DeviceArray<int64_t> step(std::vector<int64_t>{7});
  const DropoutDraw counted = {.key = how.key, .step = 0, .layer = 2, .rate = .3, .step_at = step.get()};
  const DeviceArray<TestType> again(shape.count());
  dropout_cuda(counted, shape, there.get(), again.get(), nullptr);
  CHECK(same_bits(again.read(), expected));
}

TEMPLATE_TEST_CASE("optimisers: the kernel's bits are the loop's", "[kernels][cuda][gpu]", float, double) {
  if (!have_device()) return;
  const int64_t count = GENERATE(from_range(kSizes));
  const bool momentum = GENERATE(false, true), prepared = GENERATE(false, true);
  const auto gradient = some<TestType>(count, 6);
  auto value = some<TestType>(count, 7), first = some<TestType>(count, 8), second = some<TestType>(count, 9);
  for (TestType& moment : second) moment = std::abs(moment);
  const DeviceArray<TestType> gradient_there(gradient), value_there(value), first_there(first), second_there(second);
  const SgdConstants<TestType> sgd = {TestType(.1), TestType(5e-4), momentum ? TestType(.9) : 0, momentum};
  const AdamConstants<TestType> adam = {TestType(.01),  TestType(1e-4), TestType(.1),  TestType(.999),
                                        TestType(.001), TestType(3),    TestType(1e-8)};
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    momentum ? sgd_element(sgd, gradient[at], value[at], first[at]) : sgd_element(sgd, gradient[at], value[at]);
    adam_element(adam, gradient[at], value[at], first[at], second[at]);
  }
  // What changes from step to step comes with the launch, or lies on the device already.
  const DeviceArray<TestType> rate(std::vector<TestType>{sgd.learning_rate}),
      factors(std::vector<TestType>{adam.step_size, adam.inverse_correction, adam.rest1});
  SgdConstants<TestType> sgd_given = sgd;
  AdamConstants<TestType> adam_given = adam;
  if (prepared) {
    sgd_given.learning_rate = adam_given.step_size = adam_given.inverse_correction = adam_given.rest1 = 0;
  }
  sgd_step_cuda(sgd_given, count, gradient_there.get(), value_there.get(), momentum ? first_there.get() : nullptr,
                prepared ? rate.get() : nullptr, nullptr);
  adam_step_cuda(adam_given, count, gradient_there.get(), value_there.get(), first_there.get(), second_there.get(),
                 prepared ? factors.get() : nullptr, nullptr);
  // On a device the root and the division round as here, but one bit is left to its square root of float.
  const auto found = value_there.read();
  for (size_t i = 0; i < value.size(); ++i) CHECK(found[i] == Approx(value[i]).epsilon(1e-6).margin(1e-12));
  CHECK(same_bits(first_there.read(), first));
  CHECK(same_bits(second_there.read(), second));
}

TEST_CASE("collect: pieces of any size land in their places", "[kernels][cuda][gpu]") {
  if (!have_device()) return;
  std::vector<std::unique_ptr<DeviceArray<float>>> sources;
  Pieces<float> there;
  std::vector<float> expected;
  for (const int64_t count : {0, 1, 31, 32, 33, 1000, 5000}) {
    const auto values = some<float>(count, static_cast<uint64_t>(count));
    sources.push_back(std::make_unique<DeviceArray<float>>(values));
    const bool missing = count == 33;
    there.piece[there.number++] = {missing ? nullptr : sources.back()->get(), std::ssize(expected), count};
    expected.insert(expected.end(), values.begin(), values.end());
    if (missing) std::fill(expected.end() - count, expected.end(), 0.F);
    expected.insert(expected.end(), 3, -1.F);  // padding is left alone
  }
  const DeviceArray<float> flat(std::vector<float>(expected.size(), -1.F));
  collect_cuda(there, flat.get(), nullptr);
  CHECK(same_bits(flat.read(), expected));
  collect_cuda(Pieces<float>{}, flat.get(), nullptr);
  CHECK(same_bits(flat.read(), expected));
}

TEST_CASE("collect: pieces of bfloat16 land as the float of the same value", "[kernels][cuda][gpu]") {
  if (!have_device()) return;
  const auto values = some<Bfloat16>(33, 5);
  const DeviceArray<Bfloat16> source(values);
  Pieces<Bfloat16> there;
  there.piece[there.number++] = {source.get(), 2, 33};
  std::vector<float> expected(40, -1.F);
  for (size_t i = 0; i < values.size(); ++i) expected[i + 2] = widen(values[i]);
  const DeviceArray<float> flat(std::vector<float>(40, -1.F));
  collect_cuda(there, flat.get(), nullptr);
  CHECK(same_bits(flat.read(), expected));
}

}  // namespace
}  // namespace nlb
