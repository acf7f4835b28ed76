// Sharpening, mixed rows and what is drawn for them.
#include "training/mixing.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "tests/methods/vectors.h"

namespace nlb {
namespace {

using namespace test;

torch::Tensor row(const std::vector<double>& values) { return torch::tensor(values, kDouble).unsqueeze(0); }

TEST_CASE("Sharpening has the cards' values, and no power underflows", "[training][mixing]") {
  check_close(sharpen(row({.1, .2, .3, .4}), .5), {.0333333333, .1333333333, .3, .5333333333});
  check_close(sharpen(row({.6, .3, .1}), .3), {.9076383996, .0900491344, .0023124660});
  check_close(sharpen((row({.6, .3, .1}) + row({.2, .5, .3})) / 2, .5), {.4444444444, .4444444444, .1111111111});
  check_close(sharpen(row({.5, .3, .2}), 1e-3), {1, 0, 0});
  check_close(sharpen(row({1, 0, 0}), .5), {1, 0, 0});
}

TEST_CASE("Rows are mixed with the rows of a permutation", "[training][mixing]") {
  const auto rows = torch::tensor({{1., 10.}, {2., 20.}, {4., 40.}}, kDouble);
  const auto order = torch::tensor({2, 0, 1}, torch::kInt64);
  check_close(mix(rows, .75, order), {1.75, 17.5, 1.75, 17.5, 3.5, 35});
  check_close(mix(rows, torch::tensor({1., 0., .5}, kDouble), order), {1, 10, 1, 10, 3, 30});
  check_close(mix(rows.view({3, 1, 1, 2}), torch::tensor({1., 0., .5}, kDouble), order), {1, 10, 1, 10, 3, 30});
}

TEST_CASE("A mixing is a pure function of key, epoch and step", "[training][mixing]") {
  const Key key = derive(5, "mix");
  const auto at = [&](int64_t epoch, int64_t step) { return draw_row_mixing(key, epoch, step, 64, 4, torch::kCPU); };
  const RowMixing first = at(3, 7), again = at(3, 7);
  CHECK(first.weight == again.weight);
  CHECK(torch::equal(first.order, again.order));
  CHECK(torch::equal(std::get<0>(first.order.sort()), torch::arange(64)));
  CHECK(at(3, 8).weight != first.weight);
  CHECK(!torch::equal(at(3, 8).order, first.order));
  CHECK(!torch::equal(at(4, 7).order, first.order));
  double sum = 0;
  for (int64_t step = 0; step < 1000; ++step) sum += at(0, step).weight;
  CHECK(sum / 1000 == near(.5, 5 * std::sqrt(1 / (4 * 9.) / 1000)));  // variance of Beta(4, 4): 1 / 36
}

TEST_CASE("The penalty on uneven predictions has the cards' values", "[training][mixing]") {
  const auto z = torch::tensor({{1., 0., -1.}, {.5, .5, 0.}, {2., 1., 0.}}, kDouble);
  CHECK(uneven_penalty(z).item<double>() == near(.1605606799));
  CHECK(uneven_penalty(torch::zeros({4, 3}, kDouble)).item<double>() == near(0, 1e-15));
  CHECK(uneven_penalty(torch::tensor({{1000., 0.}}, kDouble)).item<double>() == near(500 - std::log(2.)));
}

TEST_CASE("Mixing is drawn again in each step: one Beta weight and a permutation of the batch's own size",
          "[training][mixing]") {
  const Key key = derive(7, "mix");
  std::set<double> weights;
  std::set<std::vector<int64_t>> orders;
  double sum = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    for (int64_t number = 0; number < 10; ++number) {
      const int64_t rows = number == 9 ? 5 : 16;
      const auto mixing = draw_row_mixing(key, epoch, number, rows, 32, torch::kCPU);
      CHECK(torch::equal(std::get<0>(mixing.order.sort()), torch::arange(rows)));
      weights.insert(mixing.weight);
      const auto* order = mixing.order.const_data_ptr<int64_t>();
      if (number < 9) orders.insert(std::vector<int64_t>(order, order + rows));
      sum += mixing.weight;
      CHECK(std::fabs(mixing.weight - 0.5) < 0.5);
    }
  }
  CHECK(weights.size() == 200);
  CHECK(orders.size() == 180);
  CHECK(sum / 200 == near(0.5, 0.02));  // the deviation of Beta(32, 32) is 0.062, that of the mean 0.0044
  const auto weight_again = [&] { return draw_row_mixing(key, 3, 4, 16, 32, torch::kCPU).weight; };
  CHECK(weight_again() == weight_again());
}

}  // namespace
}  // namespace nlb
