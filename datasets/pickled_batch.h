// datasets/pickled_batch.h -- a dict of pixels and labels that Python pickled, as CIFAR's and downsampled ImageNet's
// batches are. Runs nothing of the pickle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/pickle.h"

namespace nlb {

/// Everything here throws InputError naming `place` and the entry for a pickle that is no such batch.
class PickledBatch {
 public:
  /// `bytes` must outlive it.
  PickledBatch(std::string_view bytes, std::string place);

  /// "data", [n, image_bytes] of uint8, row by row.
  std::string images(int64_t image_bytes) const;
  /// Where the same lie in the pickle, which must hold them as they are.
  std::string_view images_in_place(int64_t image_bytes) const;
  /// A list or an array of whole numbers in [least, most].
  std::vector<int64_t> labels(const std::string& key, int64_t least, int64_t most) const;

 private:
  std::string inside(const std::string& key) const { return place_ + ": \"" + key + "\""; }
  const PickleValue* find(const std::string& key) const;
  const PickleValue& entry(const std::string& key, PickleValue::Kind kind, const char* what) const;
  const PickleValue& pixels(int64_t image_bytes) const;
  std::vector<int64_t> numbers(const std::string& key) const;

  std::string_view bytes_;
  std::string place_;
  Pickle pickle_;
};

/// Throws InputError naming `place` for the first of `labels` outside [least, most].
void require_labels(const std::vector<int64_t>& labels, int64_t least, int64_t most, const std::string& place);

}  // namespace nlb
