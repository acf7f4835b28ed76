#include "results/curve_columns.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/sha256.h"
#include "results/store.h"

namespace nlb {
namespace {

/// Walks the compact text that write_record makes of its JSON, keys sorted. The digest has said that this is that text,
/// so a surprise means that a later version changed what it writes.
class Scanner {
 public:
  Scanner(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  /// Goes to just behind `mark`.
  void find(std::string_view mark) {
    const auto place = text_.find(mark, at_);
    if (place == std::string_view::npos) fail(mark);
    at_ = place + mark.size();
  }
  bool take(char sign) {
    if (at_ >= text_.size() || text_[at_] != sign) return false;
    ++at_;
    return true;
  }
  std::string_view word() {  // names hold no escapes
    if (!take('"')) fail("\"");
    const auto end = text_.find('"', at_);
    if (end == std::string_view::npos) fail("\"");
    const auto found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
  }
  template <typename Number>
  std::vector<Number> numbers() {
    std::vector<Number> list;
    if (!take('[')) fail("[");
    while (!take(']')) {
      list.push_back(number<Number>());
      take(',');
    }
    return list;
  }
  template <typename Number>
  std::map<std::string, std::vector<Number>> columns() {
    std::map<std::string, std::vector<Number>> named;
    while (!take('}')) {
      const std::string name(word());
      if (!take(':')) fail(":");
      named[name] = numbers<Number>();
      take(',');
    }
    return named;
  }

 private:
  template <typename Number>
  Number number() {
    if constexpr (std::is_floating_point_v<Number>) {
      if (text_.substr(at_, 4) == "null") {
        at_ += 4;
        return std::numeric_limits<Number>::quiet_NaN();
      }
    }
    Number value{};
    const auto* end = text_.data() + text_.size();
    const auto result = std::from_chars(text_.data() + at_, end, value);
    if (result.ec != std::errc()) fail("a number");
    at_ = static_cast<size_t>(result.ptr - text_.data());
    return value;
  }
  [[noreturn]] void fail(std::string_view wanted) const {
    throw InputError(file_ + ": byte " + std::to_string(at_) + ": expected " + std::string(wanted));
  }

  std::string_view text_;
  std::string file_;
  size_t at_ = 0;
};

void check_lengths(const CurveColumns& columns, const std::string& file) {
  const auto check = [&](size_t length, const std::string& name) {
    if (length != columns.epoch.size())
      throw InputError(file + ": " + name + " has " + std::to_string(length) + " values, expected " +
                       std::to_string(columns.epoch.size()));
  };
  check(columns.test_correct.size(), "test_correct");
  for (const auto& [name, values] : columns.train_counts) check(values.size(), name);
  for (const auto& [name, values] : columns.detection) check(values.size(), name);
}

/// Of predictions made elsewhere: their curves came with them.
CurveColumns columns_of(const Curves& curves) {
  CurveColumns columns;
  columns.epoch = curves.epoch;
  if (!curves.test_correct.empty()) columns.test_correct = curves.test_correct.front();
  columns.train_counts = curves.train_counts;
  columns.detection = curves.detection;
  columns.detection_score = curves.detection_score;
  return columns;
}

}  // namespace

CurveColumns read_curve_columns(const Record& record) {
  if (!record.origin.empty()) return columns_of(record.result.curves);
  const auto [text, place] = stored_curves(record);
  check_curves_digest(text, place, record);
  Scanner scanner(text, place);
  CurveColumns columns;
  scanner.find("\"curves\":{\"detection\":{");
  columns.detection = scanner.columns<double>();
  scanner.find("\"detection_score\":");
  columns.detection_score = scanner.word();
  scanner.find("\"epoch\":");
  columns.epoch = scanner.numbers<int64_t>();
  if (!columns.epoch.empty()) {
    scanner.find("\"test_correct\":[");
    columns.test_correct = scanner.numbers<int64_t>();
  }
  scanner.find("\"train_counts\":{");
  columns.train_counts = scanner.columns<int64_t>();
  check_lengths(columns, place);
  return columns;
}

}  // namespace nlb
