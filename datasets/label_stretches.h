// datasets/label_stretches.h -- labels of which a part belongs to other images: batches in another order, one label
// lost on the way. The others hide it: the file as a whole agrees with the set far more often than by chance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace nlb {

/// Images [begin, end) whose labels in the file agree with the set's no more often than by chance, though other images'
/// do.
struct LabelStretch {
  int64_t begin = 0, end = 0;
  std::optional<int64_t> shift;  ///< their labels stand so much further on in the file (modulo its length); nothing
                                 ///< where no place fits
};

/// In the set's order; borders are those of blocks of 500 images or a hundredth of the set. labels, clean: [N],
/// `chance`: the share of agreement of labels that know nothing of each other. Empty for fewer than two blocks.
std::vector<LabelStretch> stretches_at_chance(std::span<const int64_t> labels, std::span<const int64_t> clean,
                                              double chance);

/// "images 10000 to 19999 find theirs at 20000 to 29999 of the file, ...", of stretches of `count` labels.
std::string stretch_words(const std::vector<LabelStretch>& stretches, int64_t count);

}  // namespace nlb
