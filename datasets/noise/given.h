// datasets/noise/given.h -- noise that is read from a file, whole or as a matrix, and copies with uniform labels.
#pragma once

#include "datasets/noise/variants.h"

namespace nlb::noise {

/// The label file's own. Throws InputError where the file is too short for the population, or a label is no class.
Labels file_labels(const Request& request);

/// Throws InputError: own labels come with an own data set, which draws nothing (datasets/noise_draws.h).
Labels own_labels(const Request& request);

/// Rows counted between the population's clean labels and the label file's. Throws as file_labels does.
Matrix file_matrix(const Request& request);

/// One draw a sample from the row of its clean class.
Labels drawn_from(const Request& request, const Matrix& rows);
template <auto MatrixOf>
Labels drawn_from_rows(const Request& request) {
  return drawn_from(request, MatrixOf(request));
}

/// DiegoOrtego/LabelNoiseDRPL:ImageNet32_64/dataset/ImageNet32_64_dataset.py, real_in_noise: int(r n) samples get
/// another class from the row of the matrix file, its diagonal removed and 1e-5 added.
Labels confusion_rows(const Request& request);

/// The population is whole sets of the same images one after another: the first keeps its labels, the `copies` others
/// draw theirs from all classes. Throws InputError unless the rate is copies / (copies + 1).
Labels noisy_copies(const Request& request);

}  // namespace nlb::noise
