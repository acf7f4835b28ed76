// datasets/imagenet_batches.h -- a batch of downsampled ImageNet (Chrabaszcz, Loshchilov, Hutter, arXiv:1707.08819): a
// pickle or an .npz with "data" [n, 3 * side * side] of uint8, planes red, green, blue, and "labels" 1 to 1000 in the
// order of ILSVRC's map_clsloc.txt. PatrykChrabaszcz/Imagenet32_Scripts:image2numpy_imagenet_train.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// A batch's pixels are left where they lie: 0.4 GB of 32 x 32 pixels, 1.6 GB of 64 x 64.
struct ImagenetBatch {
  int64_t pixels_at = 0;        ///< byte of the file where image 0 begins; the others follow without a gap
  std::vector<int64_t> labels;  ///< [n] in [0, classes): the file's less one
};

/// Looks at labels and headers alone. Any bytes are allowed as input; throws InputError naming `place` and what is
/// wrong where they are no such batch, or do not hold its pixels as they are.
ImagenetBatch read_imagenet_batch(std::string_view bytes, const std::string& place, int64_t image_bytes,
                                  int64_t classes);

}  // namespace nlb
