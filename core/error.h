// core/error.h -- the three ways something can be wrong, kept apart because they end in different exit codes.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace nlb {

/// A file or flag given by the user is wrong: exit 2. what() holds every problem, one a line, each in the form
/// `place: what was found; what is allowed`.
class InputError : public std::runtime_error {
 public:
  explicit InputError(const std::string& problem) : std::runtime_error(problem) {}
};

/// Data that a trial needs is not there: the trial is *skipped* (computed, never stored). what() names the file, its
/// digest and where to get it.
class MissingData : public std::runtime_error {
 public:
  explicit MissingData(const std::string& problem) : std::runtime_error(problem) {}
};

/// The machine cannot go on (disk full, unwritable folder, no such device, no memory): exit 5. Never the trial's fault.
class EnvironmentError : public std::runtime_error {
 public:
  explicit EnvironmentError(const std::string& problem) : std::runtime_error(problem) {}
};

/// The trial itself failed (NaN loss, a stated precondition does not hold): stored as a `failed` record.
class TrialFailure : public std::runtime_error {
 public:
  explicit TrialFailure(const std::string& problem) : std::runtime_error(problem) {}
};

/// Our own bug.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(const char* file, int line, const char* condition, const std::string& message);

#define NLB_CHECK(condition, message) \
  (static_cast<bool>(condition) ? void(0) : ::nlb::fail_check(__FILE__, __LINE__, #condition, (message)))

/// Collects all problems of one or several files, so that a user mends them in one go.
class Problems {
 public:
  void add(const std::string& place, const std::string& text) { lines_.push_back(place + ": " + text); }
  void add(const Problems& others) { lines_.insert(lines_.end(), others.lines_.begin(), others.lines_.end()); }
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }
  /// Throws InputError with all lines if there are any.
  void throw_if_any() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace nlb
