#include "reports/pages/row_facts.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace nlb {
namespace {

size_t place_of(std::vector<std::string>& list, const std::string& text) {
  const auto found = std::find(list.begin(), list.end(), text);
  if (found != list.end()) return static_cast<size_t>(found - list.begin());
  list.push_back(text);
  return list.size() - 1;
}

std::string machine_words(const Record& record) {
  if (!record.machine.gpu.empty()) return record.machine.gpu;
  const auto& kind = record.result.determinism_class;
  const bool known = kind.is_object() && kind.contains("threads") && kind["threads"].is_string();
  const std::string threads = known ? kind["threads"].get<std::string>() : "?";
  return record.machine.cpu + ", " + threads + (threads == "1" ? " thread" : " threads") + " per trial";
}

std::optional<RowCost> cost_of(const Table& table, const Group& group, const Row& row, GroupFacts& facts) {
  std::set<const Record*> records;
  for (const auto& column : group.columns) {
    const auto* cell = table.find(group.id, row.id, column.id);
    for (const auto& seed : cell->seeds) records.insert(seed.records.begin(), seed.records.end());
  }
  std::erase_if(records, [](const Record* record) { return !record->origin.empty(); });  // nobody timed them
  if (records.empty()) return std::nullopt;
  std::vector<const Record*> ordered(records.begin(), records.end());
  std::sort(ordered.begin(), ordered.end(), [](const Record* a, const Record* b) { return a->digest < b->digest; });
  RowCost cost;
  for (const auto* record : ordered) {
    ++cost.trials;
    cost.seconds += record->result.timing.wall_seconds;
    cost.peak_memory = std::max(cost.peak_memory, record->result.timing.peak_memory_bytes);
    const size_t machine = place_of(facts.machines, machine_words(*record));
    if (std::find(cost.machines.begin(), cost.machines.end(), machine) == cost.machines.end())
      cost.machines.push_back(machine);
  }
  cost.seconds /= cost.trials;
  std::sort(cost.machines.begin(), cost.machines.end());
  return cost;
}

/// "uniform/0.5: q = 0.7, tau = 2": what the row changes at a setting.
std::string level_words(const std::string& setting, const Json& changes) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : changes.items())
    parts.push_back(name + " = " + (value.is_string() ? value.get<std::string>() : value.dump()));
  return setting + ": " + join(parts, ", ");
}

std::string tuned_note(const Row& row) {
  std::vector<std::string> parts;
  for (const auto& [setting, changes] : row.options_per_level) parts.push_back(level_words(setting, changes));
  for (const auto& [setting, changes] : row.recipe_per_level) parts.push_back(level_words(setting, changes));
  for (const auto& [setting, net] : row.net_per_level) parts.push_back(setting + ": net " + net.id);
  return parts.empty() ? std::string() : "Tuned per level: " + join(parts, "; ") + ".";
}

std::string trusted_words(const Row& row, const MethodFacts* method) {
  if (row.clean_labels_trained == 0 && row.clean_labels_selected == 0)
    return method == nullptr ? std::string() : method->trusted == "none" ? "none" : method->trusted;
  std::string text = std::to_string(row.clean_labels_trained);
  if (row.clean_labels_selected > 0) text += " + " + std::to_string(row.clean_labels_selected) + " to select";
  return text;
}

}  // namespace

GroupFacts group_facts(const Table& table, const Group& group, const Facts& facts) {
  GroupFacts result;
  for (const auto& row : group.rows) {
    RowFacts line;
    const auto method = facts.methods.find(row.method);
    if (method != facts.methods.end()) line.method = &method->second;
    line.cost = cost_of(table, group, row, result);
    if (line.method != nullptr) line.networks = std::to_string(line.method->networks);
    line.trusted = trusted_words(row, line.method);
    std::vector<std::string> notes;
    if (line.method != nullptr && row.status != Row::Status::published_only) notes = line.method->deviations;
    if (const auto tuned = tuned_note(row); !tuned.empty()) notes.push_back(tuned);
    const bool told = row.status == Row::Status::imported;  // below the row's name
    if (!row.note.empty() && !told) notes.push_back(row.note);
    for (const auto& note : notes) line.footnotes.push_back(place_of(result.footnotes, note));
    result.rows[&row] = std::move(line);
  }
  return result;
}

std::string machine_mark(size_t machine) {
  constexpr size_t kLetters = 26;
  const std::string letter(1, static_cast<char>('a' + machine % kLetters));
  return machine < kLetters ? letter : machine_mark(machine / kLetters - 1) + letter;
}

std::string cost_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600;
  if (seconds < kMinute) return fixed(seconds, seconds < 10 ? 1 : 0) + " s";
  if (seconds < kHour) return fixed(seconds / kMinute, seconds < 10 * kMinute ? 1 : 0) + " min";
  return fixed(seconds / kHour, seconds < 10 * kHour ? 1 : 0) + " h";
}

}  // namespace nlb
