// datasets/label_sources.h -- the forms that hold labels, each to the arrays in it: parts of datasets/label_file.h.
#pragma once

#include <string>
#include <string_view>

#include "datasets/label_file.h"
#include "datasets/label_values.h"

namespace nlb {

/// ImageNet's 1.3 million labels as int64 are 10 MB; a file may hold several such arrays.
inline constexpr size_t kMaxLabelFile = size_t{256} << 20;

/// Gathers what a file holds: labels, and what is left alone.
class LabelMembers {
 public:
  /// `what`: the file in words, for the message when nothing in it is labels.
  LabelMembers(std::string place, std::string what) : place_(std::move(place)), what_(std::move(what)) {}
  /// Throws InputError once a file is made to hold more labels than it has room for, by naming one array many times.
  void add(const std::string& name, LabelReading reading);
  void leave(const std::string& name, const std::string& words);
  /// Throws InputError where nothing was labels: what there is instead.
  LabelFile file(const std::string& kind);

 private:
  std::string place_, what_;
  LabelFile file_;
  size_t total_ = 0;
};

/// Of a file that is one array. Throws InputError where it is not labels.
LabelFile one_array(LabelReading reading, const std::string& kind, const std::string& place);

LabelFile labels_from_npy(std::string_view bytes, const std::string& place);
LabelFile labels_from_pickle(std::string_view bytes, const std::string& place);
/// torch.save's .pt, numpy.savez's .npz.
LabelFile labels_from_zip(std::string_view bytes, const std::string& place);
LabelFile labels_from_json(std::string_view bytes, const std::string& place);

/// What a file is by its first bytes, in words, of kinds that are neither text nor JSON, and of web pages and Git LFS
/// pointers; "" for others.
std::string known_kind(std::string_view bytes);

/// What a file that holds no labels is, by its first bytes, and what to do about it.
std::string foreign_kind(std::string_view bytes);

}  // namespace nlb
