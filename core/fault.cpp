// core/fault.cpp -- the faults at points of core/durable.h that tests ask for by NLB_FAULT.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <map>

#include "core/durable.h"
#include "core/error.h"
#include "core/text.h"

namespace nlb {
namespace {

struct Fault {
  std::string kind;  ///< "crash", "ENOSPC", "EIO" or "ENOLCK"; empty: none asked for
  std::string point;
  uint64_t arrival = 0;
};

const std::map<std::string, int>& errors() {
  static const std::map<std::string, int> known = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"ENOLCK", ENOLCK}};
  return known;
}

Fault parse_fault(const char* text) {
  if (text == nullptr) return {};
  const auto parts = split(text, ':');
  const auto refuse = [&] {
    throw InputError("NLB_FAULT: " + std::string(text) +
                     " is not a fault; <crash|ENOSPC|EIO|ENOLCK>:<point>:<arrival>, with point " +
                     join(durable_points(), ", ") + ", lock");
  };
  if (parts.size() != 3) refuse();
  Fault fault{parts[0], parts[1], 0};
  const char* end = parts[2].data() + parts[2].size();
  const bool number = std::from_chars(parts[2].data(), end, fault.arrival).ptr == end && fault.arrival > 0;
  const auto& points = durable_points();
  const bool point = fault.point == "lock" || std::find(points.begin(), points.end(), fault.point) != points.end();
  const bool kind = fault.kind == "crash" || errors().contains(fault.kind);
  if (!number || !point || !kind) refuse();
  return fault;
}

}  // namespace

const std::vector<std::string>& durable_points() {
  static const std::vector<std::string> points{"open", "write", "sync", "close", "rename", "sync_folder", "unlink"};
  return points;
}

int fault_at(std::string_view point) {
  static const Fault fault = parse_fault(std::getenv("NLB_FAULT"));
  static std::atomic<uint64_t> arrivals{0};
  if (fault.kind.empty() || fault.point != point || ++arrivals != fault.arrival) return 0;
  if (fault.kind == "crash") std::abort();
  return errors().at(fault.kind);
}

}  // namespace nlb
