// datasets/fixture_files.h -- miniatures of data sets in the exact official layouts: for tests of readers, nlbench's
// own and other people's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/dataset.h"

namespace nlb {

/// Images whose class can be learned: two bands of rows are lit, which ones says the class; every pixel has a draw of
/// its own. Image i has label i mod classes.
ImageSet fixture_images(const DatasetFacts& facts, int64_t first, int64_t count);

/// The forms that make-fixture writes for a format, the first being the usual one: for idx raw, gzip; for CIFAR binary,
/// python, binary_archive, python_archive. Empty for drawn data sets.
std::vector<std::string> fixture_forms(const DatasetFacts& facts);

/// Writes a miniature below `folder` with `per_class` training images and half as many test images (at least one) of
/// each class, and gives facts that it satisfies: sizes and digests of the content, the rest as in `facts`.
DatasetFacts write_fixture(const DatasetFacts& facts, const std::filesystem::path& folder, const std::string& form,
                           int64_t per_class);

}  // namespace nlb
