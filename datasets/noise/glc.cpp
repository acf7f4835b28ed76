#include "datasets/noise/glc.h"

#include <string>

#include "core/error.h"
#include "datasets/noise/class_maps.h"

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

Matrix glc_flip_matrix(const Request& request) {
  Targets targets;
  for (const int64_t target : glc_flip_targets(request.classes())) targets.push_back({target});
  return matrix_of(targets, request.rate);
}

Labels with_glc_file_stream(const Request& request, const Matrix& rows) {
  const int64_t population = request.option("population"), trusted_first = request.option("trusted_first");
  if (population != request.size() || trusted_first >= request.size()) {
    throw InputError("order file: population " + std::to_string(population) + ", trusted_first " +
                     std::to_string(trusted_first) + " of " + std::to_string(request.size()) +
                     " images; all take part, and some of them are not trusted");
  }
  NumpyRandomState random = numpy_stream(request);
  Labels labels = request.clean_labels();
  for (int64_t position = trusted_first; position < request.size(); ++position) {
    labels[static_cast<size_t>(position)] = random.choice(rows[static_cast<size_t>(request.clean_at(position))]);
  }
  return labels;
}

Labels with_glc_stream(const Request& request, const Matrix& rows) {
  if (request.option("trusted_first") != 0) {
    throw InputError("order tensorflow_seed_1: trusted_first is not defined; its trusted images come last");
  }
  NumpyRandomState random = numpy_stream(request);
  // The images visited are the authors' whatever the seed; another seed moves the labels only.
  const int64_t population = request.option("population");
  shuffled_order(random, population, request.size());
  const std::vector<int64_t> order = glc_order(population, request.size());
  Labels labels = request.clean_labels();
  for (const int64_t position : order) {
    labels[static_cast<size_t>(position)] = random.choice(rows[static_cast<size_t>(request.clean_at(position))]);
  }
  return labels;
}

}  // namespace noise
}  // namespace nlb
