#include "datasets/noise/glc.h"

#include <string>

#include "core/error.h"
#include "datasets/noise/variants.h"

namespace nlb {
namespace {

constexpr uint32_t kAuthorsSeed = 1;
constexpr int64_t kValidationImages = 5000;  // TensorFlow's reader sets the first of the file apart; they come last

/// Shuffles in place, so that the caller's stream goes on behind the shuffle.
std::vector<int64_t> shuffled_order(NumpyRandomState& random, int64_t population, int64_t images) {
  if (images != kGlcImages || population < 1 || population > images) {
    throw InputError("order tensorflow_seed_1: population " + std::to_string(population) + " of " +
                     std::to_string(images) + " images; defined for 1 to 60000 of MNIST's 60000 training images");
  }
  std::vector<int64_t> read;
  read.reserve(static_cast<size_t>(population));
  for (int64_t i = 0; i < population; ++i) read.push_back((i + kValidationImages) % images);
  random.shuffle(read);
  return read;
}

}  // namespace

// Derived from UCSC-REAL/cifar-10-100n:fine2coarse.py; the labels of train.bin agree (noise_vectors_test.cpp).
const std::array<uint8_t, 100> kCifar100Superclass{
    4,  1,  14, 8,  0,  6,  7,  7, 18, 3,  3,  14, 9, 18, 7,  11, 3,  9, 7,  11, 6,  11, 5,  10, 7,
    6,  13, 15, 3,  15, 0,  11, 1, 10, 12, 14, 16, 9, 11, 5,  5,  19, 8, 8,  15, 13, 14, 17, 18, 10,
    16, 4,  17, 4,  2,  0,  17, 4, 18, 17, 10, 3,  2, 12, 12, 16, 12, 1, 9,  19, 2,  10, 0,  1,  16,
    12, 9,  13, 15, 13, 16, 19, 2, 4,  6,  19, 5,  5, 8,  19, 18, 1,  2, 15, 6,  0,  17, 8,  14, 13};

std::vector<int64_t> glc_order(int64_t population, int64_t images) {
  NumpyRandomState random(kAuthorsSeed);
  return shuffled_order(random, population, images);
}

std::vector<int64_t> glc_flip_targets(int64_t classes) {
  NumpyRandomState random(kAuthorsSeed);
  std::vector<int64_t> targets;
  for (int64_t c = 0; c < classes; ++c) {
    const int64_t other = random.interval(static_cast<uint32_t>(classes - 2));
    targets.push_back(other + (other >= c ? 1 : 0));
  }
  return targets;
}

namespace noise {

std::vector<double> glc_flip_row(const Request& request, int64_t clean_class) {
  std::vector<double> row(static_cast<size_t>(request.classes), 0.0);
  row[static_cast<size_t>(clean_class)] = 1.0 - request.rate;
  row[static_cast<size_t>(glc_flip_targets(request.classes)[static_cast<size_t>(clean_class)])] = request.rate;
  return row;
}

std::vector<double> glc_hierarchical_row(const Request& request, int64_t clean_class) {
  constexpr double kSiblings = 4;
  const auto own = static_cast<size_t>(clean_class);
  std::vector<double> row(kCifar100Superclass.size(), 0.0);
  for (size_t c = 0; c < row.size(); ++c) {
    if (kCifar100Superclass[c] == kCifar100Superclass[own]) row[c] = request.rate / kSiblings;
  }
  row[own] = 1.0 - request.rate;
  return row;
}

Labels with_glc_file_stream(const Request& request, RowOf row_of) {
  if (request.population != request.size() || request.trusted_first >= request.size()) {
    throw InputError("order file: population " + std::to_string(request.population) + ", trusted_first " +
                     std::to_string(request.trusted_first) + " of " + std::to_string(request.size()) +
                     " images; all take part, and some of them are not trusted");
  }
  NumpyRandomState random = numpy_stream(request);
  const auto rows = matrix(request, row_of);
  Labels labels(request.clean.begin(), request.clean.end());
  for (int64_t position = request.trusted_first; position < request.size(); ++position) {
    labels[static_cast<size_t>(position)] = random.choice(rows[static_cast<size_t>(request.clean_at(position))]);
  }
  return labels;
}

Labels with_glc_stream(const Request& request, RowOf row_of) {
  if (request.trusted_first != 0) {
    throw InputError("order tensorflow_seed_1: trusted_first is not defined; its trusted images come last");
  }
  NumpyRandomState random = numpy_stream(request);
  // The images visited are the authors' whatever the seed; another seed moves the labels only.
  shuffled_order(random, request.population, request.size());
  const std::vector<int64_t> order = glc_order(request.population, request.size());
  const auto rows = matrix(request, row_of);
  Labels labels(request.clean.begin(), request.clean.end());
  for (const int64_t position : order) {
    labels[static_cast<size_t>(position)] = random.choice(rows[static_cast<size_t>(request.clean_at(position))]);
  }
  return labels;
}

}  // namespace noise
}  // namespace nlb
