// datasets/noise/variants.h -- the parts that label noise generators are made of. Definitions and sources:
// docs/noise.md.
//
// A Philox variant is a choice of samples times a replacement rule; a variant with an author's stream replays the
// author's visiting order draw by draw. All see the population in official order; position i is sample i of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/draws.h"
#include "core/mersenne.h"
#include "datasets/indices.h"
#include "datasets/noise.h"

namespace nlb::noise {

using Labels = std::vector<int64_t>;

/// Optional word of generators with a cpython stream: "text" seeds it with the seed's digits as text.
inline constexpr std::string_view kSeedAs = "seed_as";

struct Request {
  NoisePopulation population;
  double rate = 0;  ///< (0, 1); some generators take 1 too
  uint64_t seed = 0;
  Json options = Json::object();
  const NoiseInputs* inputs = nullptr;
  Key key{};                      ///< derive(seed, "noise")
  Key choose_key{}, class_key{};  ///< below key: which samples, which new class

  int64_t classes() const { return population.classes; }
  std::span<const int64_t> clean() const { return population.clean; }
  int64_t size() const { return static_cast<int64_t>(population.clean.size()); }
  int64_t clean_at(int64_t position) const { return population.clean[static_cast<size_t>(position)]; }
  Labels clean_labels() const { return {population.clean.begin(), population.clean.end()}; }
  int64_t option(const std::string& name) const { return options.value(name, int64_t{0}); }  ///< absent: 0
};

/// int(rate * count) as Python computes it: the double product, truncated.
int64_t truncated_count(double rate, int64_t count);
/// How many j = 0, 1, ... are below rate * count: the double product, rounded up.
int64_t ceiling_count(double rate, int64_t count);
/// round(rate * count) as Python computes it: a half goes to the even number.
int64_t rounded_count(double rate, int64_t count);
/// The percentage that `rate` stands for: .29 is 29.
double percent_of(double rate);
/// int(percent * count / 100).
int64_t percent_count(double rate, int64_t count);

/// Positions of each class, increasing.
std::vector<std::vector<int64_t>> positions_by_class(std::span<const int64_t> labels, int64_t classes);

// Choices: positions in the population.
std::vector<int64_t> choose_exact(const Request& request);              ///< truncated_count of all
std::vector<int64_t> choose_per_class(const Request& request);          ///< truncated_count of each class
std::vector<int64_t> choose_rounded_per_class(const Request& request);  ///< rounded_count of each class
std::vector<int64_t> choose_per_sample(const Request& request);         ///< each with probability rate, independently

// Replacements: the new label of the sample at `position`.
int64_t any_class(const Request& request, int64_t position);
int64_t other_class(const Request& request, int64_t position);
int64_t all_but_last_class(const Request& request, int64_t position);
int64_t background_class(const Request& request, int64_t position);  ///< one for all, never the last
/// [0, bound), drawn for `position` alone.
int64_t drawn_below(const Request& request, int64_t position, int64_t bound);

template <auto Choose, auto Replace>
Labels with_philox(const Request& request) {
  Labels labels = request.clean_labels();
  for (const int64_t position : Choose(request)) labels[static_cast<size_t>(position)] = Replace(request, position);
  return labels;
}

/// Of each class pair (i, j), i != j: int(n_i r / (K - 1)) samples of i become j.
Labels exclusive_per_pair(const Request& request);

using Matrix = std::vector<std::vector<double>>;  ///< row = clean class, column = noisy class

// Transition matrices, computed with the authors' own operations in double.
Matrix inclusive_matrix(const Request& request);
Matrix exclusive_matrix(const Request& request);

/// random.seed(request.seed), or with option "seed_as" text random.seed of its digits as text.
CPythonRandom cpython_stream(const Request& request);
/// RandomState(request.seed). Throws InputError for a seed that it cannot take.
NumpyRandomState numpy_stream(const Request& request);

/// One RandomState(seed).multinomial(1, row) a sample, in order. Numpy up to 1.16 draws where a probability is 0 too,
/// so every map from class to class comes out otherwise there; rows without a 0 do not.
template <auto MatrixOf, ZeroProbability AtZero = ZeroProbability::draws_nothing>
Labels numpy_multinomial(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const Matrix rows = MatrixOf(request);
  Labels labels;
  for (const int64_t clean : request.clean())
    labels.push_back(random.multinomial_one(rows[static_cast<size_t>(clean)], AtZero));
  return labels;
}
/// The same with numpy up to 1.16: stream "numpy_multinomial_before_1.17".
template <auto MatrixOf>
Labels old_numpy_multinomial(const Request& request) {
  return numpy_multinomial<MatrixOf, ZeroProbability::draws_one>(request);
}

/// One RandomState(seed).choice(classes, p=row) a sample, in order.
template <auto MatrixOf>
Labels numpy_choice(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const Matrix rows = MatrixOf(request);
  Labels labels;
  for (const int64_t clean : request.clean()) labels.push_back(random.choice(rows[static_cast<size_t>(clean)]));
  return labels;
}

/// LiJunnan1992/DivideMix:dataloader_cifar.py: random.seed(seed), shuffle the indices; the first int(r n) are chosen.
/// Calls replace(random, position) for each of them in file order.
template <class Replace>
Labels with_cpython_shuffle(const Request& request, Replace replace) {
  CPythonRandom random = cpython_stream(request);
  std::vector<int64_t> order = counting(request.size());
  random.shuffle(order);
  std::vector<bool> chosen(order.size(), false);
  for (int64_t j = 0; j < truncated_count(request.rate, request.size()); ++j) {
    chosen[static_cast<size_t>(order[static_cast<size_t>(j)])] = true;
  }
  Labels labels = request.clean_labels();
  for (size_t i = 0; i < labels.size(); ++i) {
    if (chosen[i]) labels[i] = replace(random, static_cast<int64_t>(i));
  }
  return labels;
}

/// The same file, noise_mode "sym".
Labels dividemix_symmetric(const Request& request);
/// zjfheart/BadLabels:eval_badlabels/LNL/loader/dataloader.py, noise_mode "sym": the same shuffle, choice of the
/// others.
Labels badlabel_symmetric(const Request& request);
/// shengliu66/ELR:ELR/data_loader/cifar10.py, symmetric_noise, with the seed it never sets.
Labels elr_symmetric(const Request& request);

/// DiegoOrtego/LabelNoiseDRPL:cifar10/dataset/cifar10_dataset.py, random_in_noise: permutation, then for its first
/// int(r n) entries randint(K) until it is another class.
Labels drpl_symmetric(const Request& request);
/// The same file, real_in_noise: permutation, then one choice(K, p=row) a sample in its order.
template <auto MatrixOf>
Labels drpl_choice(const Request& request) {
  NumpyRandomState random = numpy_stream(request);
  const Matrix rows = MatrixOf(request);
  Labels labels = request.clean_labels();
  for (const int64_t position : random.permutation(request.size())) {
    labels[static_cast<size_t>(position)] = random.choice(rows[static_cast<size_t>(request.clean_at(position))]);
  }
  return labels;
}

/// PaulAlbert31/LabelNoiseCorrection:utils.py: sample i is picked where torch.randint(100), seeded with 2 whatever the
/// noise seed, is at least 100 - percent; then numpy.random.randint over all classes (add_noise_cifar_w) or the others
/// (add_noise_cifar_wo). The released program draws from ten classes whatever K is; here from K.
Labels arazo_inclusive(const Request& request);
Labels arazo_exclusive(const Request& request);

/// YisenWang/symmetric_cross_entropy_for_noisy_labels:datasets.py: of each class int(int(percent n / 100) / K) samples
/// by choice without replacement, then in that order another class by choice over the others.
Labels sce_symmetric(const Request& request);

}  // namespace nlb::noise
