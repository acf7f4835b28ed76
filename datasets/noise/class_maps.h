// datasets/noise/class_maps.h -- generators whose wrong labels of a class are a fixed set: for each class the classes
// that a picked sample may get, all with equal probability. A class without any stays as it is.
#pragma once

#include <array>

#include "datasets/noise/variants.h"

namespace nlb::noise {

using Targets = std::vector<std::vector<int64_t>>;

/// Class i becomes i + 1, the last one 0; with option class_order its successor there. Throws InputError unless that
/// names every class once.
Targets next_class(const Request& request);
/// Truck becomes automobile, bird airplane, deer horse, cat dog, dog cat; with option dog "dog_to_dog" dogs stay.
Targets cifar10_partner(const Request& request);
/// 7 becomes 1, 2 becomes 7, 3 becomes 8, 5 becomes 6, 6 becomes 5.
Targets mnist_partner(const Request& request);
/// Next id inside blocks of five consecutive ones, the last of a block its first.
Targets cifar100_block_next(const Request& request);
/// Next id inside the true superclass, the last its first.
Targets cifar100_superclass_next(const Request& request);
/// The four other classes of the true superclass.
Targets cifar100_siblings(const Request& request);
/// Two classes of each block of five, drawn with the noise seed, become one another.
Targets cifar100_block_pair(const Request& request);
/// Option targets, or a permutation without fixed point drawn with the noise seed. Throws InputError unless it names
/// for each class another one.
Targets biased_map(const Request& request);

/// Rows 1 - r on the own class and r / m on each of its m targets.
Matrix matrix_of(const Targets& targets, double rate);

template <auto TargetsOf>
Matrix map_matrix(const Request& request) {
  return matrix_of(TargetsOf(request), request.rate);
}

/// The label of `position` once it is picked; drawn where its class has several targets.
int64_t mapped(const Request& request, const Targets& targets, int64_t position);

template <auto Choose, auto TargetsOf>
Labels map_with_philox(const Request& request) {
  const Targets targets = TargetsOf(request);
  Labels labels = request.clean_labels();
  for (const int64_t position : Choose(request)) {
    labels[static_cast<size_t>(position)] = mapped(request, targets, position);
  }
  return labels;
}

/// LiJunnan1992/DivideMix:dataloader_cifar.py, noise_mode "asym".
template <auto TargetsOf>
Labels map_with_cpython(const Request& request) {
  const Targets targets = TargetsOf(request);
  return with_cpython_shuffle(request, [&](CPythonRandom&, int64_t i) { return mapped(request, targets, i); });
}

/// shengliu66/ELR:ELR/data_loader/cifar10.py, asymmetric_noise: class by class on labels already moved; own draws in
/// place of its unseeded ones.
Labels elr_asymmetric(const Request& request);

/// YisenWang/symmetric_cross_entropy_for_noisy_labels:datasets.py: class after class in its own order, int(percent n_c
/// / 100) samples by choice without replacement.
Labels sce_cifar10(const Request& request);
Labels sce_mnist(const Request& request);
/// HanxunH/Active-Passive-Losses:dataset.py, CIFAR-10: the same order, but int(r n) of the samples that have the label
/// by now.
Labels apl_cifar10(const Request& request);
/// YisenWang/symmetric_cross_entropy_for_noisy_labels:datasets.py, CIFAR-100: the pairs with RandomState(seed), then
/// one RandomState(0).multinomial a sample.
Labels sce_block_pair(const Request& request);

}  // namespace nlb::noise
