// datasets/label_order.h -- do labels belong to the images of a set in its own order and numbering? Another order or
// numbering is noise that nobody meant: it trains to chance without a word.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "datasets/label_file.h"

namespace nlb {

/// A data set's own labels, in its official order.
struct SetLabels {
  std::string id;  ///< of the data set, "" where it has none
  std::span<const int64_t> clean;
  int64_t classes = 0;
};

struct LabelFit {
  std::vector<std::string> refusals;  ///< labels of other images, classes or things than the set's: what they are, the
                                      ///< cure; whoever trains on them must not go on
  std::vector<std::string> remarks;   ///< what looks wrong but can be meant
};

/// The array of clean labels that `file` has beside the given ones of `name` (CIFAR-100N has coarse ones, too); nothing
/// where it has none, and for that array itself.
const LabelArray* own_clean_of(const LabelFile& file, const std::string& name);

/// Labels that are said to be clean: equal to the set's, but for one in a hundred that somebody corrected. Else names
/// the order (reversed, shifted, by class, by file name, TensorFlow's), the parts that stand elsewhere, or the
/// numbering of classes that fits, where one does.
LabelFit fit_of_clean(std::span<const int64_t> labels, const SetLabels& set, const std::string& name);

/// Noisy labels: refused where another order or numbering of classes fits far better than the set's own, where a part
/// of them stands elsewhere in the file, where all are one class, and where they are a mask of 0 and 1; a remark where
/// they, or a part of them, agree with the set's no more often than by chance. As many labels as the set has, each in
/// [0, classes).
LabelFit fit_of_noisy(std::span<const int64_t> labels, const SetLabels& set);

/// Both: of the file's own clean labels where it has some, else of `array`.
LabelFit fit_of(const LabelFile& file, const LabelArray& array, const SetLabels& set);

/// What to say where the rate that a source states is not the share of wrong labels: "" where they differ by no more
/// than the rounding to a whole percent and four standard deviations of a draw of `count` labels.
std::string rate_gap(double stated, double effective, int64_t count);

}  // namespace nlb
