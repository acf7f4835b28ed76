// formats/line_problems.h -- problems of the lines of one file, told all at once and yet readable.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nlb {

/// Collects problems of many lines and keeps a message readable: the first of each kind, then how many more.
class LineProblems {
 public:
  explicit LineProblems(std::string file) : file_(std::move(file)) {}
  void add(int64_t line, const std::string& kind, const std::string& text);
  void add(const std::string& text);  ///< of the whole file
  /// False once so many of that kind are listed that the next will only be counted: its text need not be found out.
  bool shows_next(const std::string& kind) const;
  bool empty() const { return lines_.empty(); }
  void throw_if_any() const;  ///< InputError

 private:
  struct Kind {
    std::string name;
    int64_t count = 0;
  };
  std::string file_;
  std::vector<std::string> lines_;
  std::vector<Kind> kinds_;
};

}  // namespace nlb
