// engine/clock.h -- times that are shown and stored, never of any consequence for a result.
#pragma once

#include <string>

namespace nlb {

double seconds_now();   ///< of a clock that only moves on
std::string utc_now();  ///< "2026-11-30T18:04:00Z"

/// Adds the life of a block to a total.
class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total), begin_(seconds_now()) {}
  ~Stopwatch() { total_ += seconds_now() - begin_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& total_;
  double begin_;
};

}  // namespace nlb
