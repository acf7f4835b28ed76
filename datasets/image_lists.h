// datasets/image_lists.h -- the lists in which large image sets name their files and labels, one image per line:
// WebVision, CNWL, Clothing1M, Food-101 and Food-101N, Tiny-ImageNet. Made for millions of lines: nothing is copied.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/line_problems.h"

namespace nlb {

/// How a list is written.
struct ListForm {
  enum class Label {
    none,    ///< a path alone
    number,  ///< a path, `separator`, a number
    name,    ///< a path, `separator`, the name of a class
    folder   ///< a path whose first folder is the name of a class
  };
  Label label = Label::none;
  char separator = ' ';                 ///< the first in a line: commas and the like belong to the path
  int64_t classes = 0;                  ///< numbers are [0, classes)
  std::vector<std::string> names = {};  ///< of the classes, where labels are names or folders
  std::string header = {};              ///< how the first line begins where it is no image; it may be absent
  bool labels_may_lack = false;         ///< a line without a label is left out and counted, else a problem
};

struct ListedImage {
  std::string_view path;  ///< as the list has it, below the set's folder
  int32_t label = -1;     ///< in [0, classes); -1: the list has none
  int32_t line = 0;       ///< from 1
};

struct ImageList {
  std::shared_ptr<const std::string> text;  ///< what the paths point into
  std::vector<ListedImage> images;
  std::vector<int32_t> unlabelled;  ///< lines that were left out for want of a label
  int64_t repeated = 0;  ///< images whose path an earlier line has too; they stay, as official loaders keep them
};

/// Lines may end in \r\n; empty ones at the end are passed over, and the last need not end. Problems, with their lines:
/// a path that is absolute, leads out of the folder or is empty; a label that is missing, no class, or followed by
/// more.
ImageList read_image_list(std::string text, const ListForm& form, LineProblems& problems);

/// Labels by path, of a file of lines "<path> <label>".
class LabelBook {
 public:
  /// A path that two lines give different labels is a problem.
  LabelBook(std::string text, int64_t classes, LineProblems& problems);
  int64_t size() const { return std::ssize(labels_); }
  /// -1: it has none.
  int32_t label_of(std::string_view path) const;

 private:
  ImageList list_;
  std::unordered_map<std::string_view, int32_t> labels_;
};

/// Gives every image of `list` its label. Images without one are problems.
void take_labels(ImageList& list, const LabelBook& book, LineProblems& problems);

/// Images of each class.
std::vector<int64_t> class_counts(const ImageList& list, int64_t classes);

}  // namespace nlb
