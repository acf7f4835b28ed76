#include "kernels/image_policy.h"

#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace nlb {
namespace {

/// Coefficients of Pillow's Image.transform: output pixel (x, y) shows (a x + b y + c, d x + e y + f), from centre to
/// centre.
struct Affine {
  double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;
};

/// As Pillow's affine_fixed rounds them.
void set_map(const Affine& m, ImageOperation& operation) {
  const auto fixed = [](double value) { return static_cast<int32_t>(std::floor(value * 65536 + 0.5)); };
  const double values[6] = {m.a, m.b, m.c + m.a * 0.5 + m.b * 0.5, m.d, m.e, m.f + m.d * 0.5 + m.e * 0.5};
  for (size_t i = 0; i < 6; ++i) operation.map[i] = fixed(values[i]);
}

/// Image.rotate: counter-clockwise about the middle.
Affine rotation(int32_t degrees, int32_t height, int32_t width) {
  const double angle = -degrees * std::numbers::pi / 180, x = width / 2.0, y = height / 2.0;
  Affine m = {.a = std::cos(angle), .b = std::sin(angle), .d = -std::sin(angle), .e = std::cos(angle)};
  m.c = x - m.a * x - m.b * y;
  m.f = y - m.d * x - m.e * y;
  return m;
}

Affine movement(Operation kind, int32_t level, int32_t sign, int32_t height, int32_t width) {
  const double shear = sign * (level * 0.3 / 10);
  switch (kind) {
    case Operation::rotate:
      return rotation(sign * level * 3, height, width);
    case Operation::shear_x:
      return {.b = shear};
    case Operation::shear_y:
      return {.d = shear};
    case Operation::translate_x:
      return {.c = static_cast<double>(sign * level)};
    case Operation::translate_y:
      return {.f = static_cast<double>(sign * level)};
    default:
      return {};
  }
}

}  // namespace

ImageOperation make_operation(Operation kind, int32_t level, bool negative, int32_t height, int32_t width) {
  NLB_CHECK(level >= 0 && level < kPolicyLevels, "a level of a policy is 0 to 9");
  ImageOperation operation = {.kind = kind, .factor = static_cast<float>(level * 1.8 / 10 + 0.1)};
  if (kind == Operation::posterize) operation.amount = 255 & ~((1 << (8 - (4 - level * 4 / 10))) - 1);
  if (kind == Operation::solarize) operation.amount = 256 - level * 256 / 10;
  if (kind == Operation::cutout) operation.amount = level * 2;
  set_map(movement(kind, level, negative ? -1 : 1, height, width), operation);
  return operation;
}

std::vector<PolicyStep> randaugment_steps(double probability) {
  constexpr std::array kKinds = {
      Operation::identity,    Operation::autocontrast, Operation::equalize,   Operation::rotate,    Operation::solarize,
      Operation::colour,      Operation::contrast,     Operation::brightness, Operation::sharpness, Operation::shear_x,
      Operation::translate_x, Operation::translate_y,  Operation::posterize,  Operation::shear_y};
  std::vector<PolicyStep> steps;
  for (const Operation kind : kKinds) steps.push_back({kind, static_cast<float>(probability), -1});
  return steps;
}

std::vector<ImageOperation> all_operations(int32_t height, int32_t width) {
  std::vector<ImageOperation> operations;
  for (int32_t kind = 0; kind < kOperations; ++kind) {
    for (int32_t level = 0; level < kPolicyLevels; ++level) {
      for (const bool negative : {false, true}) {
        operations.push_back(make_operation(static_cast<Operation>(kind), level, negative, height, width));
      }
    }
  }
  return operations;
}

}  // namespace nlb
