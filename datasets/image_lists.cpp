#include "datasets/image_lists.h"

#include <charconv>
#include <optional>
#include <unordered_set>

#include "core/error.h"

namespace nlb {
namespace {

/// Goes through the lines of a text without copying them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number_;
    return line;
  }
  int32_t number() const { return number_; }
  bool only_empty_left() const { return rest_.find_first_not_of("\r\n") == std::string_view::npos; }

 private:
  std::string_view rest_;
  int32_t number_ = 0;
};

/// "" where the path stays below its folder.
std::string path_fault(std::string_view path) {
  if (path.empty()) return "no path";
  if (path.front() == '/') return "an absolute path";
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return "a path with a part \"" + std::string(part) + "\"";
    begin = end + 1;
  }
  return path.find('\0') != std::string_view::npos ? "a path with a NUL" : "";
}

class ListReader {
 public:
  ListReader(const ListForm& form, LineProblems& problems) : form_(form), problems_(problems) {
    for (size_t i = 0; i < form.names.size(); ++i) classes_[form.names[i]] = static_cast<int32_t>(i);
  }

  void read(ImageList& list) {
    std::unordered_set<std::string_view> seen;
    Lines lines(*list.text);
    while (const auto line = lines.next()) {
      if (line->empty() && lines.only_empty_left()) break;
      if (lines.number() == 1 && !form_.header.empty() && line->starts_with(form_.header)) continue;
      auto image = read_line(*line, lines.number());
      if (!image) continue;
      if (form_.label != ListForm::Label::none && image->label < 0) {
        list.unlabelled.push_back(image->line);
        continue;
      }
      if (!seen.insert(image->path).second) ++list.repeated;
      list.images.push_back(*image);
    }
  }

 private:
  std::optional<ListedImage> read_line(std::string_view line, int32_t number) {
    const bool beside = form_.label == ListForm::Label::number || form_.label == ListForm::Label::name;
    const size_t gap = beside ? line.find(form_.separator) : std::string_view::npos;
    ListedImage image{.path = line.substr(0, gap), .label = -1, .line = number};
    if (const std::string fault = path_fault(image.path); !fault.empty()) {
      problems_.add(number, "path", fault + "; expected one below the set's folder, as images/0/a.jpg");
      return std::nullopt;
    }
    if (form_.label == ListForm::Label::none) return image;
    std::string_view label = gap == std::string_view::npos ? std::string_view() : line.substr(gap + 1);
    if (form_.label == ListForm::Label::folder) label = image.path.substr(0, image.path.find('/'));
    if (label.empty()) {
      if (form_.labels_may_lack) return image;
      problems_.add(number, "no label", "no label behind \"" + std::string(image.path) + "\"");
      return std::nullopt;
    }
    image.label = form_.label == ListForm::Label::number ? class_number(label) : class_named(label);
    if (image.label >= 0) return image;
    problems_.add(number, "label", "label \"" + std::string(label) + "\"; expected " + expected());
    return std::nullopt;
  }

  int32_t class_number(std::string_view word) const {
    int32_t number = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = error == std::errc() && end == word.data() + word.size();
    return whole && number >= 0 && number < form_.classes ? number : -1;
  }

  int32_t class_named(std::string_view word) const {
    const auto found = classes_.find(word);
    return found == classes_.end() ? -1 : found->second;
  }

  std::string expected() const {
    if (form_.label == ListForm::Label::number) return "a number from 0 to " + std::to_string(form_.classes - 1);
    return "one of " + std::to_string(form_.names.size()) + " classes, as \"" + form_.names.front() + "\"";
  }

  const ListForm& form_;
  LineProblems& problems_;
  std::unordered_map<std::string_view, int32_t> classes_;
};

}  // namespace

ImageList read_image_list(std::string text, const ListForm& form, LineProblems& problems) {
  ImageList list{.text = std::make_shared<const std::string>(std::move(text)), .images = {}, .unlabelled = {}};
  ListReader(form, problems).read(list);
  return list;
}

LabelBook::LabelBook(std::string text, int64_t classes, LineProblems& problems)
    : list_(read_image_list(std::move(text), {.label = ListForm::Label::number, .classes = classes}, problems)) {
  labels_.reserve(list_.images.size());
  for (const ListedImage& image : list_.images) {
    const auto [entry, is_new] = labels_.try_emplace(image.path, image.label);
    if (is_new || entry->second == image.label) continue;
    problems.add(image.line, "two labels",
                 "\"" + std::string(image.path) + "\" has label " + std::to_string(image.label) + " here and " +
                     std::to_string(entry->second) + " before");
  }
}

int32_t LabelBook::label_of(std::string_view path) const {
  const auto found = labels_.find(path);
  return found == labels_.end() ? -1 : found->second;
}

void take_labels(ImageList& list, const LabelBook& book, LineProblems& problems) {
  for (ListedImage& image : list.images) {
    image.label = book.label_of(image.path);
    if (image.label < 0) problems.add(image.line, "no label", "no label for \"" + std::string(image.path) + "\"");
  }
}

std::vector<int64_t> class_counts(const ImageList& list, int64_t classes) {
  std::vector<int64_t> counts(static_cast<size_t>(classes));
  for (const ListedImage& image : list.images) {
    NLB_CHECK(image.label >= 0 && image.label < classes, "an image with a label");
    ++counts[static_cast<size_t>(image.label)];
  }
  return counts;
}

}  // namespace nlb
