// reports/pages/row_facts.h -- what stands beside a row's cells: cost and on which machine, networks, clean labels, and
// the footnotes on where its method departs from paper or table.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

struct RowCost {
  int trials = 0;
  double seconds = 0;                 ///< mean wall time of a trial
  int64_t peak_memory = 0;            ///< largest, in bytes
  std::vector<size_t> machines = {};  ///< positions in GroupFacts::machines
};

struct RowFacts {
  const MethodFacts* method = nullptr;  ///< null for a method the facts do not know
  std::optional<RowCost> cost = {};     ///< absent where nothing is measured
  std::vector<size_t> footnotes = {};   ///< positions in GroupFacts::footnotes
  std::string networks, trusted;        ///< in words, short; "" unknown
};

struct GroupFacts {
  std::map<const Row*, RowFacts> rows;
  std::vector<std::string> machines;   ///< "AMD EPYC, 1 thread"; marked a, b, c
  std::vector<std::string> footnotes;  ///< marked 1, 2, 3
};
GroupFacts group_facts(const Table& table, const Group& group, const Facts& facts);

std::string machine_mark(size_t machine);  ///< "a", "b", ..., "aa"
/// "12 s", "3.4 min", "2.1 h": one unit, two digits, so that a column can be read down.
std::string cost_text(double seconds);

}  // namespace nlb
