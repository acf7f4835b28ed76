// datasets/noise/variants.h -- the parts that label noise generators are made of. Definitions and sources:
// docs/noise.md.
//
// A Philox variant is a choice of samples times a replacement rule; a variant with an author's stream replays the
// author's visiting order draw by draw. All see the population in official order; position i is sample i of it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/draws.h"
#include "core/mersenne.h"

namespace nlb::noise {

using Labels = std::vector<int64_t>;

struct Request {
  std::span<const int64_t> clean;
  int64_t classes = 0;
  double rate = 0;  ///< (0, 1); GLC's generators take 1 too
  uint64_t seed = 0;
  int64_t population = 0;         ///< GLC's generators: images of their order that take part
  int64_t trusted_first = 0;      ///< the same: images at the front for which no label is drawn
  Key choose_key{}, class_key{};  ///< below derive(seed, "noise"): which samples, which new class

  int64_t size() const { return static_cast<int64_t>(clean.size()); }
  int64_t clean_at(int64_t position) const { return clean[static_cast<size_t>(position)]; }
};

/// int(rate * count) as Python computes it: the double product, truncated.
int64_t truncated_count(double rate, int64_t count);
/// How many j = 0, 1, ... are below rate * count: the double product, rounded up.
int64_t ceiling_count(double rate, int64_t count);

// Choices: positions in the population.
std::vector<int64_t> choose_exact(const Request& request);       ///< truncated_count of all
std::vector<int64_t> choose_per_class(const Request& request);   ///< truncated_count of each class
std::vector<int64_t> choose_per_sample(const Request& request);  ///< each with probability rate, independently

// Replacements: the new label of the sample at `position`.
int64_t any_class(const Request& request, int64_t position);
int64_t other_class(const Request& request, int64_t position);
int64_t next_class(const Request& request, int64_t position);
int64_t cifar10_partner(const Request& request, int64_t position);

template <auto Choose, auto Replace>
Labels with_philox(const Request& request) {
  Labels labels(request.clean.begin(), request.clean.end());
  for (const int64_t position : Choose(request)) labels[static_cast<size_t>(position)] = Replace(request, position);
  return labels;
}

// Rows of transition matrices, computed with the authors' own operations in double.
std::vector<double> inclusive_row(const Request& request, int64_t clean_class);
std::vector<double> exclusive_row(const Request& request, int64_t clean_class);
std::vector<double> next_class_row(const Request& request, int64_t clean_class);
std::vector<double> cifar10_partner_row(const Request& request, int64_t clean_class);
std::vector<double> glc_flip_row(const Request& request, int64_t clean_class);
std::vector<double> glc_hierarchical_row(const Request& request, int64_t clean_class);  ///< CIFAR-100's 100 classes

/// RandomState(request.seed). Throws InputError for a seed that it cannot take.
NumpyRandomState numpy_stream(const Request& request);

using RowOf = std::vector<double> (*)(const Request&, int64_t);
/// row_of each class.
std::vector<std::vector<double>> matrix(const Request& request, RowOf row_of);
/// One RandomState(seed).multinomial(1, row) a sample, in order.
Labels with_numpy_multinomial(const Request& request, RowOf row_of);
/// One RandomState(seed).choice(classes, p=row) a sample, in order.
Labels with_numpy_choice(const Request& request, RowOf row_of);

/// In GLC's order (datasets/noise/glc.h), one choice a sample on the stream behind the shuffle; images that take no
/// part keep their labels. The stream is the authors' for seed 1; the order is theirs for every seed.
Labels with_glc_stream(const Request& request, RowOf row_of);
/// In file order behind the first `trusted_first` images, one choice a sample. Throws InputError unless all images take
/// part.
Labels with_glc_file_stream(const Request& request, RowOf row_of);

template <auto Row>
Labels numpy_multinomial(const Request& request) {
  return with_numpy_multinomial(request, Row);
}
template <auto Row>
Labels numpy_choice(const Request& request) {
  return with_numpy_choice(request, Row);
}

template <auto Row>
Labels glc_stream(const Request& request) {
  return with_glc_stream(request, Row);
}
template <auto Row>
Labels glc_file_stream(const Request& request) {
  return with_glc_file_stream(request, Row);
}

/// LiJunnan1992/DivideMix:dataloader_cifar.py, noise_mode "sym": random.seed(seed), shuffle, then randint in file
/// order.
Labels dividemix_symmetric(const Request& request);
/// The same file, noise_mode "asym".
Labels dividemix_asymmetric(const Request& request);
/// shengliu66/ELR:ELR/data_loader/cifar10.py, symmetric_noise, with the seed it never sets.
Labels elr_symmetric(const Request& request);
/// The same file, asymmetric_noise: class by class on labels already moved; own draws in place of its unseeded ones.
Labels elr_asymmetric(const Request& request);

}  // namespace nlb::noise
