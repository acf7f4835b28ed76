// kernels/image_ops.h -- operations on one image as Pillow 9.4 to 13.0 computes them on RGBA (ImageOps, ImageEnhance,
// affine transforms with nearest neighbours), the building blocks of augmentation policies. Where an operation moves
// the image, what lies outside is (0, 0, 0) and uncovered; the operations that
// google-research/google-research:ieg/dataset_utils/augmentation_transforms.py sends through RGB cover everything
// again.
//
// The bodies are written for a team that shares the work: one thread on a CPU, a block on a GPU.
#pragma once

#include <cstdint>

#include "core/draws.h"
#include "kernels/isa.h"

namespace nlb {

enum class Operation : int32_t {
  identity,
  autocontrast,
  equalize,
  invert,
  rotate,
  posterize,
  solarize,
  colour,
  contrast,
  brightness,
  sharpness,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  cutout
};
inline constexpr int32_t kOperations = 16;

/// An operation at one strength, ready to apply.
struct ImageOperation {
  Operation kind = Operation::identity;
  int32_t amount = 0;  ///< posterize: mask of the bits that stay; solarize: the least value inverted; cutout: side
  float factor = 1;    ///< colour, contrast, brightness, sharpness: 0 the plain image, 1 the image as it is
  int32_t map[6] =
      {};  ///< rotate, shear, translate, in 1/65536 pixels: (x, y) shows (m2 + m0 x + m1 y, m5 + m3 x + m4 y)
};

/// Line and column of a square's centre.
struct Centre {
  int32_t y = 0, x = 0;
};

inline constexpr int32_t kCanvasPlanes = 4;  ///< red, green, blue, cover
inline constexpr int32_t kCanvasCells = 3 * 256 + 1;
inline constexpr uint8_t kCovered = 255;

/// One image in work: `image` and `spare` [4, height, width], which change places, and `cells` [kCanvasCells]. The
/// fourth plane is 0 where the image does not reach, else 255.
struct Canvas {
  uint8_t* image = nullptr;
  uint8_t* spare = nullptr;
  uint32_t* cells = nullptr;
  int32_t height = 0, width = 0;
  bool holes = false;  ///< false: the fourth plane is 255 everywhere
};

/// Square of `side` about the centre, cut to the image: lines [top, bottom), columns [left, right). An odd side is as
/// the even one below it.
struct Square {
  int32_t top = 0, bottom = 0, left = 0, right = 0;
};

[[gnu::always_inline]] NLB_HD inline Square square_about(Centre centre, int32_t side, int32_t height, int32_t width) {
  const int32_t half = side / 2;
  Square square = {centre.y - half, centre.y + half, centre.x - half, centre.x + half};
  if (square.top < 0) square.top = 0;
  if (square.left < 0) square.left = 0;
  if (square.bottom > height) square.bottom = height;
  if (square.right > width) square.right = width;
  return square;
}

/// Pillow's conversion to "L" of pixel i.
[[gnu::always_inline]] NLB_HD inline int32_t grey_of(const uint8_t* image, int32_t plane, int32_t i) {
  return (19595 * image[i] + 38470 * image[plane + i] + 7471 * image[2 * plane + i] + 32768) >> 16;
}

/// Image.blend of one value, which truncates.
[[gnu::always_inline]] NLB_HD inline uint8_t blended(int32_t base, int32_t value, float factor) {
  const float mixed = static_cast<float>(base) + factor * static_cast<float>(value - base);
  const float low = mixed > 0 ? mixed : 0.0f;
  return static_cast<uint8_t>(static_cast<int32_t>(low < 255 ? low : 255.0f));
}

[[gnu::always_inline]] NLB_HD inline void swap_images(Canvas& canvas) {
  uint8_t* image = canvas.image;
  canvas.image = canvas.spare;
  canvas.spare = image;
}

/// Each colour value v becomes change(v).
template <class Team, class Change>
NLB_HD void change_values(const Team& team, const Canvas& canvas, Change change) {
  uint8_t* image = canvas.image;
  team.each(3 * canvas.height * canvas.width,
            [=](int32_t i) { image[i] = static_cast<uint8_t>(change(static_cast<int32_t>(image[i]))); });
}

template <class Team>
NLB_HD void cover_all(const Team& team, Canvas& canvas) {
  if (!canvas.holes) return;
  canvas.holes = false;
  const int32_t plane = canvas.height * canvas.width;
  uint8_t* cover = canvas.image + 3 * plane;
  team.each(plane, [=](int32_t i) { cover[i] = kCovered; });
}

/// cells[256 c + v]: how often channel c has value v.
template <class Team>
NLB_HD void count_values(const Team& team, const Canvas& canvas) {
  const int32_t plane = canvas.height * canvas.width;
  uint32_t* cells = canvas.cells;
  team.each(3 * 256, [=](int32_t i) { cells[i] = 0; });
  for (int32_t channel = 0; channel < 3; ++channel) {
    const uint8_t* values = canvas.image + channel * plane;
    team.each(plane, [=](int32_t i) { team.add(cells + 256 * channel + values[i], 1); });
  }
}

/// Replaces the counts of one channel by ImageOps.autocontrast's table. In double, as Python computes it: the largest
/// value may become 254.
[[gnu::always_inline]] NLB_HD inline void autocontrast_table(uint32_t* cells) {
  int32_t low = 0, high = 255;
  while (low < 255 && cells[low] == 0) ++low;
  while (high > 0 && cells[high] == 0) --high;
  const double scale = high > low ? 255.0 / (high - low) : 1.0;
  const double offset = high > low ? -low * scale : 0.0;
  for (int32_t value = 0; value < 256; ++value) {
    const auto stretched = static_cast<int32_t>(value * scale + offset);
    cells[value] = static_cast<uint32_t>(stretched < 0 ? 0 : (stretched > 255 ? 255 : stretched));
  }
}

/// Replaces the counts of one channel by ImageOps.equalize's table.
[[gnu::always_inline]] NLB_HD inline void equalize_table(uint32_t* cells) {
  uint32_t total = 0, last = 0;
  for (int32_t value = 0; value < 256; ++value) {
    total += cells[value];
    if (cells[value] != 0) last = cells[value];
  }
  const uint32_t step = (total - last) / 255;
  uint32_t below = step / 2;
  for (uint32_t value = 0; value < 256; ++value) {
    const uint32_t count = cells[value], spread = step == 0 ? value : below / step;
    cells[value] = spread > 255 ? 255 : spread;
    below += count;
  }
}

/// autocontrast, equalize: a table of each channel made from its counts.
template <class Team, class MakeTable>
NLB_HD void look_up(const Team& team, const Canvas& canvas, MakeTable make_table) {
  count_values(team, canvas);
  uint32_t* cells = canvas.cells;
  team.each(3, [=](int32_t channel) { make_table(cells + 256 * channel); });
  const int32_t plane = canvas.height * canvas.width;
  for (int32_t channel = 0; channel < 3; ++channel) {
    uint8_t* values = canvas.image + channel * plane;
    team.each(plane, [=](int32_t i) { values[i] = static_cast<uint8_t>(cells[256 * channel + values[i]]); });
  }
}

template <class Team>
NLB_HD void blend_with_grey(const Team& team, const Canvas& canvas, float factor) {
  uint8_t* image = canvas.image;
  const int32_t plane = canvas.height * canvas.width;
  team.each(plane, [=](int32_t i) {
    const int32_t grey = grey_of(image, plane, i);
    for (int32_t at = i; at < 3 * plane; at += plane) image[at] = blended(grey, image[at], factor);
  });
}

/// With the mean of the grey image, rounded half up.
template <class Team>
NLB_HD void blend_with_mean(const Team& team, const Canvas& canvas, float factor) {
  const uint8_t* image = canvas.image;
  const int32_t plane = canvas.height * canvas.width;
  const auto count = static_cast<uint32_t>(plane);
  const uint32_t sum = team.total(
      plane, [=](int32_t i) { return static_cast<uint32_t>(grey_of(image, plane, i)); }, canvas.cells + 3 * 256);
  const auto mean = static_cast<int32_t>((2 * uint64_t{sum} + count) / (2 * uint64_t{count}));
  change_values(team, canvas, [=](int32_t value) { return blended(mean, value, factor); });
}

/// ImageFilter.SMOOTH at an inner pixel: weights 1, the middle 5, of 13, rounded half up.
[[gnu::always_inline]] NLB_HD inline int32_t smoothed(const uint8_t* pixel, int32_t width) {
  const uint8_t *above = pixel - width, *below = pixel + width;
  const int32_t sum =
      above[-1] + above[0] + above[1] + pixel[-1] + 5 * pixel[0] + pixel[1] + below[-1] + below[0] + below[1];
  return (2 * sum + 13) / 26;
}

/// With the smoothed image, whose border is the image's own.
template <class Team>
NLB_HD void blend_with_smooth(const Team& team, Canvas& canvas, float factor) {
  const int32_t height = canvas.height, width = canvas.width;
  for (int32_t channel = 0; channel < kCanvasPlanes; ++channel) {
    const int32_t plane = channel * height * width;
    const uint8_t* from = canvas.image + plane;
    uint8_t* to = canvas.spare + plane;
    team.lines(height, width, [=](int32_t y, int32_t x) {
      const int32_t at = y * width + x;
      const bool inner = channel < 3 && y > 0 && y < height - 1 && x > 0 && x < width - 1;
      to[at] = inner ? blended(smoothed(from + at, width), from[at], factor) : from[at];
    });
  }
  swap_images(canvas);
}

template <class Team>
NLB_HD void move_image(const Team& team, Canvas& canvas, const ImageOperation& operation) {
  const int32_t height = canvas.height, width = canvas.width, plane = height * width;
  const uint8_t* from = canvas.image;
  uint8_t* to = canvas.spare;
  const int32_t *map = operation.map, m0 = map[0], m1 = map[1], m2 = map[2], m3 = map[3], m4 = map[4], m5 = map[5];
  team.lines(height, width, [=](int32_t y, int32_t x) {
    const int32_t column = (m2 + m0 * x + m1 * y) >> 16, line = (m5 + m3 * x + m4 * y) >> 16;
    const bool inside = column >= 0 && column < width && line >= 0 && line < height;
    const int32_t source = inside ? line * width + column : 0, at = y * width + x;
    for (int32_t channel = 0; channel < kCanvasPlanes; ++channel) {
      to[channel * plane + at] = inside ? from[channel * plane + source] : uint8_t{0};
    }
  });
  canvas.holes = true;
  swap_images(canvas);
}

/// Uncovers a square and gives it CIFAR's mean colour, which shows where a later operation covers everything again.
template <class Team>
NLB_HD void cut_out(const Team& team, Canvas& canvas, int32_t side, Centre centre) {
  const int32_t width = canvas.width, plane = canvas.height * width;
  const Square square = square_about(centre, side, canvas.height, width);
  uint8_t* image = canvas.image;
  team.lines(square.bottom - square.top, square.right - square.left, [=](int32_t y, int32_t x) {
    const int32_t at = (square.top + y) * width + square.left + x;
    image[at] = 125;
    image[plane + at] = 122;
    image[2 * plane + at] = 113;
    image[3 * plane + at] = 0;
  });
  canvas.holes = true;
}

/// The operations that go through RGB.
template <class Team>
NLB_HD void recolour(const Team& team, const ImageOperation& operation, Canvas& canvas) {
  const int32_t amount = operation.amount;
  switch (operation.kind) {
    case Operation::autocontrast:
      look_up(team, canvas, [](uint32_t* cells) { autocontrast_table(cells); });
      break;
    case Operation::equalize:
      look_up(team, canvas, [](uint32_t* cells) { equalize_table(cells); });
      break;
    case Operation::invert:
      change_values(team, canvas, [](int32_t value) { return 255 - value; });
      break;
    case Operation::posterize:
      change_values(team, canvas, [=](int32_t value) { return value & amount; });
      break;
    default:  // solarize
      change_values(team, canvas, [=](int32_t value) { return value < amount ? value : 255 - value; });
  }
  cover_all(team, canvas);
}

/// Applies one operation; `centre` is cutout's.
template <class Team>
NLB_HD void operate(const Team& team, const ImageOperation& operation, Centre centre, Canvas& canvas) {
  const float factor = operation.factor;
  switch (operation.kind) {
    case Operation::identity:
      break;
    case Operation::autocontrast:
    case Operation::equalize:
    case Operation::invert:
    case Operation::posterize:
    case Operation::solarize:
      recolour(team, operation, canvas);
      break;
    case Operation::colour:
      blend_with_grey(team, canvas, factor);
      break;
    case Operation::contrast:
      blend_with_mean(team, canvas, factor);
      break;
    case Operation::brightness:
      change_values(team, canvas, [=](int32_t value) { return blended(0, value, factor); });
      break;
    case Operation::sharpness:
      blend_with_smooth(team, canvas, factor);
      break;
    case Operation::cutout:
      cut_out(team, canvas, operation.amount, centre);
      break;
    default:
      move_image(team, canvas, operation);
  }
}

/// operate() by one thread; all sets give the same bytes. Code for a set that the processor lacks must not be called.
struct OperationKernels {
  void (*operate)(const ImageOperation& operation, Centre centre, Canvas& canvas);
};
const OperationKernels& operation_kernels(Isa isa = cpu_isa());

}  // namespace nlb
