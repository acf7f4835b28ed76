// Dropout's draws by wide registers beside those of core/draws.h, group by group, for every instruction set of this
// processor.
#include "kernels/dropout_lanes.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/dropout_samples.h"

using namespace nlb;

namespace {

constexpr DropoutDraw kHow = {.key = {{0x12345678u, 0x9abcdef0u}}, .step = 0x500000007, .layer = 3, .rate = .3};

DropoutDraws draws(double rate) {
  return {{kHow.key.word[0], kHow.key.word[1]}, kHow.step, kHow.layer, static_cast<uint32_t>(std::ceil(rate * 0x1p24))};
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("masks by wide registers are those of single draws", "[kernels][dropout]") {
  // One rate is a multiple of 2^-24 and an element's number, 1/2 its own bit; the smallest drops one word in 2^24.
  const double rate = GENERATE(0., 0x1p-24, .1, .3, .5, .999);
  const int64_t groups = 48, first = 4'000'000'000;
  std::vector<float> expected(4 * groups);
  for (int64_t group = 0; group < groups; ++group) {
    const Words4 words = draw(kHow.key, kHow.step, static_cast<uint64_t>(first + group), kHow.layer);
    for (int64_t word = 0; word < 4; ++word) {
      const bool kept = static_cast<double>(unit_float(words.word[word])) >= rate;
      expected[static_cast<size_t>(4 * group + word)] = kept ? 1 : 0;
    }
  }
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    CAPTURE(rate, name_of(isa));
    std::vector<float> found(4 * groups);
    dropout_lane_kernels(isa).mask(draws(rate), first, groups, found.data());
    CHECK(same_bits(found, expected));
  }
}

TEST_CASE("a layer with channels last drops by wide registers what single groups drop", "[kernels][dropout]") {
  const DropoutShape shape = {3, 48, 20, true};
  std::vector<float> input(static_cast<size_t>(shape.count())), expected(input.size());
  for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i % 17) - 8;
  input[5] = INFINITY, input[6] = NAN;
  for (int64_t group = 0; 4 * group < shape.count(); ++group) {
    dropout_group(kHow, shape, group, input.data(), expected.data());
  }
  REQUIRE(has_dropout_lanes(shape));
  std::vector<float> found(input.size());
  dropout_cpu(kHow, shape, input.data(), found.data());
  CHECK(same_bits(found, expected));
  const int64_t sample = shape.places * shape.channels;
  for (const Isa isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    CAPTURE(name_of(isa));
    found.assign(input.size(), -1);
    for (int64_t s = 0; s < shape.samples; ++s) {
      dropout_lane_kernels(isa).sample(draws(kHow.rate), s * sample / 4, shape.places, shape.channels,
                                       static_cast<float>(1 / (1 - kHow.rate)), input.data() + s * sample,
                                       found.data() + s * sample);
    }
    CHECK(same_bits(found, expected));
  }
}
