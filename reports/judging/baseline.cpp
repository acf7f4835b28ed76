#include "reports/judging/baseline.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "protocols/plan.h"
#include "reports/judging/one_class.h"
#include "reports/judging/rules.h"

namespace nlb {
namespace {

constexpr int kBaselineSchema = 1;
/// The chains of every ok record of a trial, each in its class; those of `record`, which counts, over all others of its
/// class. Returns its class's digest.
std::string note_chains(Snapshot& snapshot, const RecordIndex& records, const Record& record) {
  const auto note = [&](const Record& one) {
    auto digest = class_digest(one.result.determinism_class);
    auto& known = snapshot.classes[digest];
    known.determinism_class = one.result.determinism_class;
    known.chains[one.trial] = {one.result.state_chain, one.result.count_chain};
    return digest;
  };
  for (const auto& other : records.by_trial.at(record.trial)) {
    if (other.result.status == TrialResult::Status::ok) note(other);
  }
  return note(record);
}

class SnapshotBuilder {
 public:
  SnapshotBuilder(const Facts& facts, const SnapshotSource& source) : facts_(facts), source_(source) {}

  void add(const Protocol& protocol, const Group& group, const Row& row, const Column& column) {
    const Cell place{.group = &group, .row = &row, .column = &column};
    // Columns of one setting only: derived ones move with those they are made of.
    const auto& setting = group.setting(column.settings.front());
    std::vector<std::string> trials;
    for (const auto& name : row.seeds) {
      const auto seed = std::find_if(protocol.seeds.begin(), protocol.seeds.end(),
                                     [&](const SeedEntry& entry) { return entry.name == name; });
      trials.push_back(trial_id(resolve_spec(protocol, group, row, setting, *seed, facts_)));
    }
    const CellRecords records(source_.records, trials, source_.known_classes);
    GuardedCell cell{.rule = default_rule(group), .test_images = 0, .seeds = {}};
    std::vector<const Record*> counting;
    for (size_t i = 0; i < trials.size(); ++i) {
      const auto* record = records.find(trials[i]);
      cell.seeds[row.seeds[i]] = state_of(trials[i], record, cell);
      if (record != nullptr) counting.push_back(record);
    }
    cell.remark = class_remark(source_.records, counting);
    snapshot_.cells[place.id(protocol)] = std::move(cell);
  }
  Snapshot take() { return std::move(snapshot_); }

 private:
  SeedState state_of(const std::string& trial, const Record* record, GuardedCell& cell) {
    SeedState state{.trial = trial};
    if (record == nullptr) {
      const auto reason = source_.left_out.find(trial);
      state.missing = reason == source_.left_out.end() ? "not run" : reason->second;
    } else if (record->result.status == TrialResult::Status::failed) {
      state.failure = record->result.failure;
    } else {
      const auto values = rule_values(record->result);
      const auto value = values.find(cell.rule);
      if (value == values.end()) {
        state.missing = "the rule " + cell.rule + " was not measured";
        return state;
      }
      state.percent = value->second;
      cell.test_images = record->result.final_counts.test_count;
      state.determinism_class = note_chains(snapshot_, source_.records, *record);
      const auto fault = source_.records.determinism_faults.find(trial);
      if (fault != source_.records.determinism_faults.end()) state.fault = join(fault->second, "; ");
    }
    return state;
  }

  const Facts& facts_;
  const SnapshotSource& source_;
  Snapshot snapshot_;
};

bool takes(const std::vector<std::string>& groups, const Protocol& protocol, const Group& group) {
  if (groups.empty()) return &group == &protocol.groups.front();
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& name) { return name == "all" || name == group.id; });
}

GuardedCell read_cell(const JsonNode& node) {
  ObjectReader reader(node);
  GuardedCell cell{
      .rule = reader.one_of("rule", all_rules()), .test_images = reader.integer("test_images", 0), .seeds = {}};
  for (const auto& [name, item] : reader.at("seeds").members()) {
    ObjectReader seed(item);
    SeedState state{.trial = seed.text("trial"), .failure = seed.text_or("failure", "")};
    if (state.failure.empty()) state.percent = seed.number("percent", Range::between(0, 100));
    seed.close();
    cell.seeds[name] = std::move(state);
  }
  reader.close();
  return cell;
}

KnownClass read_class(const JsonNode& node) {
  ObjectReader reader(node);
  KnownClass known{.determinism_class = reader.at("class").raw(), .chains = {}};
  for (const auto& [trial, item] : reader.at("chains").members()) {
    ObjectReader heads(item);
    known.chains[trial] = {.state = heads.text("state"), .count = heads.text("count")};
    heads.close();
  }
  reader.close();
  return known;
}

std::vector<std::string> read_words(const JsonNode& node) {
  std::vector<std::string> words;
  for (const auto& item : node.items()) words.push_back(item.text());
  return words;
}

Json cell_json(const GuardedCell& cell) {
  Json seeds = Json::object();
  for (const auto& [name, state] : cell.seeds) {
    seeds[name] = {{"trial", state.trial}};
    if (state.failure.empty()) {
      seeds[name]["percent"] = state.percent;
    } else {
      seeds[name]["failure"] = state.failure;
    }
  }
  return {{"rule", cell.rule}, {"test_images", cell.test_images}, {"seeds", seeds}};
}

}  // namespace

std::vector<double> GuardedCell::percents() const {
  std::vector<double> list;
  for (const auto& [name, state] : seeds) {
    if (state.failure.empty() && state.missing.empty()) list.push_back(state.percent);
  }
  return list;
}

Snapshot snapshot_of(const std::vector<Protocol>& protocols, const std::vector<std::string>& groups, const Facts& facts,
                     const SnapshotSource& source) {
  SnapshotBuilder builder(facts, source);
  for (const auto& protocol : protocols) {
    for (const auto& group : protocol.groups) {
      if (!takes(groups, protocol, group)) continue;
      for (const auto& row : group.rows) {
        if (row.status != Row::Status::measured) continue;
        for (const auto& column : group.columns) {
          if (column.kind == Column::Kind::setting) builder.add(protocol, group, row, column);
        }
      }
    }
  }
  return builder.take();
}

std::set<std::string> class_digests(const Snapshot& snapshot) {
  std::set<std::string> digests;
  for (const auto& [digest, known] : snapshot.classes) digests.insert(digest);
  return digests;
}

Baseline read_baseline(const std::filesystem::path& file) {
  Problems problems;
  const auto root = JsonNode::read_file(file, problems);
  ObjectReader reader(root);
  reader.integer("schema", kBaselineSchema, kBaselineSchema);
  Baseline baseline{.protocols = read_words(reader.at("protocols")),
                    .groups = read_words(reader.at("groups")),
                    .history = {},
                    .snapshot = {}};
  for (const auto& item : reader.at("history").items()) {
    ObjectReader change(item);
    baseline.history.push_back(
        {.reason = change.text("reason"), .version = change.text("version"), .commit = change.text("commit")});
    change.close();
  }
  for (const auto& [id, item] : reader.at("cells").members()) baseline.snapshot.cells[id] = read_cell(item);
  for (const auto& [digest, item] : reader.at("classes").members())
    baseline.snapshot.classes[digest] = read_class(item);
  reader.close();
  problems.throw_if_any();
  return baseline;
}

std::string baseline_text(const Baseline& baseline) {
  Json history = Json::array(), cells = Json::object(), classes = Json::object();
  for (const auto& change : baseline.history)
    history.push_back({{"reason", change.reason}, {"version", change.version}, {"commit", change.commit}});
  for (const auto& [id, cell] : baseline.snapshot.cells) cells[id] = cell_json(cell);
  for (const auto& [digest, known] : baseline.snapshot.classes) {
    Json chains = Json::object();
    for (const auto& [trial, heads] : known.chains) chains[trial] = {{"state", heads.state}, {"count", heads.count}};
    classes[digest] = {{"class", known.determinism_class}, {"chains", chains}};
  }
  const Json json = {{"schema", kBaselineSchema}, {"protocols", baseline.protocols},
                     {"groups", baseline.groups}, {"history", std::move(history)},
                     {"cells", std::move(cells)}, {"classes", std::move(classes)}};
  return json.dump(1) + "\n";
}

Baseline updated(const Baseline& before, const Snapshot& now, const BaselineChange& change) {
  Baseline after = before;
  after.history.push_back(change);
  after.snapshot = now;
  std::set<std::string> moved;  // trials whose chains in a class that both know differ
  for (const auto& [digest, known] : now.classes) {
    const auto old = before.snapshot.classes.find(digest);
    if (old == before.snapshot.classes.end()) continue;
    for (const auto& [trial, heads] : known.chains) {
      const auto place = old->second.chains.find(trial);
      if (place != old->second.chains.end() && place->second != heads) moved.insert(trial);
    }
  }
  std::set<std::string> guarded;
  for (const auto& [id, cell] : now.cells) {
    for (const auto& [seed, state] : cell.seeds) guarded.insert(state.trial);
  }
  for (const auto& [digest, known] : before.snapshot.classes) {
    if (now.classes.contains(digest)) continue;
    KnownClass kept{.determinism_class = known.determinism_class, .chains = {}};
    for (const auto& [trial, heads] : known.chains) {
      if (guarded.contains(trial) && !moved.contains(trial)) kept.chains[trial] = heads;
    }
    if (!kept.chains.empty()) after.snapshot.classes[digest] = std::move(kept);
  }
  return after;
}

std::vector<std::string> missing_of(const Snapshot& snapshot) {
  std::vector<std::string> lines;
  for (const auto& [id, cell] : snapshot.cells) {
    for (const auto& [seed, state] : cell.seeds) {
      if (!state.missing.empty()) lines.push_back(id + " seed " + seed + ": " + state.missing);
    }
  }
  return lines;
}

}  // namespace nlb
