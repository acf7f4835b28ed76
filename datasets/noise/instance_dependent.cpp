#include "datasets/noise/instance_dependent.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "datasets/indices.h"
#include "datasets/noise/fixed_math.h"
#include "images/image_source.h"

namespace nlb::noise {
namespace {

/// The value of each pixel of each channel: [channels][256].
using PixelTable = std::vector<std::array<double, 256>>;

PixelTable raw_pixels(const ImageShape& shape) {
  PixelTable table(static_cast<size_t>(shape.channels));
  for (auto& channel : table) {
    for (size_t value = 0; value < channel.size(); ++value) channel[value] = static_cast<double>(value);
  }
  return table;
}

/// (x / 255 - mean) / deviation, both of the channel over all training images. The scale 255 falls out.
PixelTable normalised_pixels(const ImageSource& images, const ImageShape& shape) {
  const auto plane = static_cast<size_t>(shape.height * shape.width);
  PixelTable table = raw_pixels(shape);
  std::vector<int64_t> sums(table.size()), squares(table.size());
  images.read(counting(images.count()), [&](size_t, const ImageView& image) {
    for (size_t channel = 0; channel < table.size(); ++channel) {
      for (const uint8_t pixel : image.pixels.subspan(channel * plane, plane)) {
        sums[channel] += pixel;
        squares[channel] += int64_t{pixel} * pixel;
      }
    }
  });
  for (size_t channel = 0; channel < table.size(); ++channel) {
    const auto count = static_cast<double>(images.count() * static_cast<int64_t>(plane));
    const double mean = static_cast<double>(sums[channel]) / count;
    const double deviation = std::sqrt(static_cast<double>(squares[channel]) / count - mean * mean);
    NLB_CHECK(deviation > 0, "a channel's pixels differ");
    for (double& value : table[channel]) value = (value - mean) / deviation;
  }
  return table;
}

/// W of one clean class: [pixels, classes], row after row.
std::vector<double> weights_of(Key key, int64_t clean_class, int64_t pixels, int64_t classes) {
  std::vector<double> weights(static_cast<size_t>(pixels * classes));
  for (size_t place = 0; place < weights.size(); ++place) {
    uint32_t next = 0;
    weights[place] = fixed_normal(key, static_cast<uint64_t>(clean_class), place, next);
  }
  return weights;
}

/// x W, summed pixel after pixel.
void project(std::span<const uint8_t> image, const PixelTable& table, const std::vector<double>& weights,
             std::vector<double>& sums) {
  std::fill(sums.begin(), sums.end(), 0.0);
  const size_t plane = image.size() / table.size();
  const double* row = weights.data();
  for (size_t pixel = 0; pixel < image.size(); ++pixel) {
    const double value = table[pixel / plane][image[pixel]];
    for (size_t j = 0; j < sums.size(); ++j) sums[j] += value * row[j];
    row += sums.size();
  }
}

/// The class but `own` in which u of [0, 1) falls, each with its share of the softmax of `scores`.
int64_t other_by_softmax(const std::vector<double>& scores, int64_t own, double u) {
  double largest = -INFINITY, total = 0;
  for (size_t j = 0; j < scores.size(); ++j) {
    if (static_cast<int64_t>(j) != own) largest = std::max(largest, scores[j]);
  }
  std::vector<double> sums(scores.size());
  for (size_t j = 0; j < scores.size(); ++j) {
    if (static_cast<int64_t>(j) != own) total += fixed_exp(scores[j] - largest);
    sums[j] = total;
  }
  int64_t last = -1;
  for (size_t j = 0; j < scores.size(); ++j) {
    if (static_cast<int64_t>(j) == own) continue;
    last = static_cast<int64_t>(j);
    if (u * total < sums[j]) break;
  }
  return last;
}

double flip_rate(const Request& request, int64_t position) {
  constexpr double kDeviation = 0.1;
  const Key key = derive(request.key, "rates");
  for (uint32_t next = 0;;) {
    const double rate = request.rate + kDeviation * fixed_normal(key, 0, static_cast<uint64_t>(position), next);
    if (rate >= 0 && rate <= 1) return rate;
  }
}

}  // namespace

Labels instance_dependent(const Request& request) {
  NLB_CHECK(request.population.images != nullptr, "images were given");
  const ImageSource& images = *request.population.images;
  NLB_CHECK(images.shape().has_value(), "a projection of pixels needs images of one shape");
  const ImageShape shape = *images.shape();
  const bool shared = request.options.value("weights", "") == "shared";
  const PixelTable table =
      request.options.value("pixels", "") == "normalised" ? normalised_pixels(images, shape) : raw_pixels(shape);
  const Key weight_key = derive(request.key, "weights");
  Labels labels = request.clean_labels();
  std::vector<double> weights, scores(static_cast<size_t>(request.classes()));
  // Whether the sample flips, and to which class.
  const auto unit_of = [&](int64_t position) {
    const Words4 words = draw(request.class_key, 0, static_cast<uint64_t>(position), 0);
    return std::pair(unit_double(words.word[0], words.word[1]), unit_double(words.word[2], words.word[3]));
  };
  const auto members = positions_by_class(request.clean(), request.classes());
  for (int64_t own = 0; own < request.classes(); ++own) {
    if (!shared || own == 0) weights = weights_of(weight_key, own, shape.bytes(), request.classes());
    std::vector<int64_t> flipped, shown;
    for (const int64_t position : members[static_cast<size_t>(own)]) {
      if (unit_of(position).first >= flip_rate(request, position)) continue;
      flipped.push_back(position);
      shown.push_back(request.population.image_at(position));
    }
    images.read(shown, [&](size_t place, const ImageView& image) {
      project(image.pixels, table, weights, scores);
      const int64_t position = flipped[place];
      labels[static_cast<size_t>(position)] = other_by_softmax(scores, own, unit_of(position).second);
    });
  }
  return labels;
}

}  // namespace nlb::noise
