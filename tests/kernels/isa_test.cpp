// Kernels that promise the same bits on every instruction set, held to it on all that this processor has.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "kernels/augment.h"
#include "kernels/optimiser_step.h"

using namespace nlb;

namespace {

/// Numbers of both signs and many sizes; an odd count, so that a rest is left of every register.
template <typename T>
std::vector<T> spread_values(uint32_t number) {
  std::vector<T> values(1003);
  for (uint32_t i = 0; i < values.size(); ++i) {
    const Words4 words = draw(derive(number, "isa"), 0, i, 0);
    const double size = static_cast<double>(1u << (words.word[1] % 20)) / 1024;
    values[i] = static_cast<T>((unit_double(words.word[0], words.word[2]) - 0.5) * size);
  }
  return values;
}

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <typename T>
std::vector<T> after_sgd(Isa isa, T momentum, bool nesterov) {
  auto value = spread_values<T>(1), slope = spread_values<T>(2), speed = spread_values<T>(3);
  const SgdConstants<T> constants = {T(0.1), T(5e-4), momentum, nesterov};
  optimiser_kernels<T>(isa).sgd_step(constants, std::ssize(value), slope.data(), value.data(),
                                     momentum == 0 ? nullptr : speed.data());
  value.insert(value.end(), speed.begin(), speed.end());
  return value;
}

template <typename T>
std::vector<T> after_adam(Isa isa) {
  auto value = spread_values<T>(1), slope = spread_values<T>(2), first = spread_values<T>(3), second = slope;
  for (T& moment : second) moment *= moment;
  const AdamConstants<T> constants = {T(1e-3), T(1e-3), T(0.1), T(0.999), T(1e-3), T(1.7), T(1e-8)};
  optimiser_kernels<T>(isa).adam_step(constants, std::ssize(value), slope.data(), value.data(), first.data(),
                                      second.data());
  value.insert(value.end(), first.begin(), first.end());
  value.insert(value.end(), second.begin(), second.end());
  return value;
}

template <typename T>
std::vector<T> augmented(Isa isa, Placement placement) {
  std::vector<uint8_t> image(3 * 13 * 19);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i * 37);
  const double mean[] = {0.4, 0.5, 0.6}, deviation[] = {0.2, 0.25, 0.3};
  const auto table = normalisation_table<T>(3, mean, deviation);
  std::vector<T> out(image.size());
  augment_kernels<T>(isa).image(image.data(), 3, 13, 19, placement, table.data(), out.data());
  return out;
}

}  // namespace

TEST_CASE("pixels computed by the formula are the looked-up ones bit for bit", "[kernels][isa]") {
  // CIFAR's, MNIST's and ImageNet's normalisations and none; sizes with and without a rest in the register.
  struct Normalisation {
    std::vector<double> mean, std;
  };
  const auto row = GENERATE(values<Normalisation>({{{}, {}},
                                                   {{0.4914, 0.4822, 0.4465}, {0.2023, 0.1994, 0.2010}},
                                                   {{0.507, 0.487, 0.441}, {0.267, 0.256, 0.276}},
                                                   {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
                                                   {{0.1307, 0.5, 0}, {0.3081, 0.5, 1}}}));
  const auto width = GENERATE(1, 7, 8, 16, 19, 28, 32, 33);
  const auto table = normalisation_table<float>(3, row.mean, row.std);
  const auto formulas = pixel_formulas(3, row.mean, row.std);
  REQUIRE(formulas.size() == 3);
  std::vector<uint8_t> image(static_cast<size_t>(3 * 13 * width));
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(i * 37 + i / 256);
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    for (const Placement placement : {Placement{0, 0, false}, Placement{0, 0, true}, Placement{-4, 3, true},
                                      Placement{2, -4, false}, Placement{1, -40, true}, Placement{20, 40, false}}) {
      CAPTURE(name_of(isa), width, placement.top, placement.left, placement.flip);
      std::vector<float> looked_up(image.size(), -1), computed(image.size() + 16, -1);
      augment_kernels<float>(Isa::plain).image(image.data(), 3, 13, width, placement, table.data(), looked_up.data());
      formula_kernels(isa).image(image.data(), 3, 13, width, placement, formulas.data(), computed.data());
      CHECK(std::count(computed.end() - 16, computed.end(), -1.0f) == 16);
      computed.resize(image.size());
      CHECK(same_bits(computed, looked_up));
    }
  }
}

TEST_CASE("a normalisation that no formula rounds rightly is looked up", "[kernels][isa]") {
  CHECK(formula_kernels(Isa::plain).image == nullptr);
  const double mean[] = {0}, huge[] = {0x1p-149};  // 1 / std is no float
  CHECK(pixel_formulas(1, mean, huge).empty());
}

TEMPLATE_TEST_CASE("optimiser steps give the same bits on every instruction set", "[kernels][isa]", float, double) {
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    CAPTURE(name_of(isa));
    CHECK(same_bits(after_adam<TestType>(isa), after_adam<TestType>(Isa::plain)));
    CHECK(same_bits(after_sgd<TestType>(isa, 0, false), after_sgd<TestType>(Isa::plain, 0, false)));
    for (const bool nesterov : {false, true}) {
      CHECK(same_bits(after_sgd<TestType>(isa, TestType(0.9), nesterov),
                      after_sgd<TestType>(Isa::plain, TestType(0.9), nesterov)));
    }
  }
}

TEMPLATE_TEST_CASE("augmentation gives the same bits on every instruction set", "[kernels][isa]", float, double) {
  for (const Isa isa : {Isa::avx2, Isa::avx512}) {
    if (!has_isa(isa)) continue;
    for (const Placement placement : {Placement{0, 0, false}, Placement{-4, 3, true}, Placement{2, -4, false}}) {
      CAPTURE(name_of(isa), placement.top, placement.left, placement.flip);
      CHECK(same_bits(augmented<TestType>(isa, placement), augmented<TestType>(Isa::plain, placement)));
    }
  }
}
