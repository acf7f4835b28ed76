#include "cli/desk.h"

#include <algorithm>
#include <set>

#include "supervise/estimate.h"

namespace nlb {
namespace {

void sort_once(std::vector<std::string>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

std::vector<Protocol> load(const std::vector<std::string>& ids, const ProtocolShelf& shelf) {
  std::vector<Protocol> protocols;
  std::set<std::string> seen;
  std::string wrong;
  for (const auto& id : ids) {
    try {
      auto protocol = shelf.find(id, facts());
      if (seen.insert(protocol.id).second) protocols.push_back(std::move(protocol));
    } catch (const InputError& error) {
      wrong += (wrong.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (!wrong.empty()) throw InputError(wrong);
  return protocols;
}

}  // namespace

Desk::Desk(ProtocolFlags protocols, Selection selection, std::vector<std::string> results)
    : flags_(std::move(protocols)), selection_(std::move(selection)), named_results_(std::move(results)) {}

const ProtocolShelf& Desk::shelf() {
  if (!shelf_) shelf_.emplace(protocol_folders(flags_.folder));
  return *shelf_;
}

const std::vector<Protocol>& Desk::protocols() {
  if (protocols_) return *protocols_;
  const auto ids = flags_.ids();
  if (ids.empty()) throw InputError("no protocol named; add --protocol ID (nlbench list protocols shows them)");
  protocols_ = load(ids, shelf());
  return *protocols_;
}

const std::vector<Protocol>& Desk::readable() {
  if (readable_) return *readable_;
  std::vector<Protocol> all;
  for (const auto& id : shelf().ids()) {
    try {
      all.push_back(shelf().find(id, facts()));
    } catch (const InputError&) {
      continue;
    }
  }
  readable_ = std::move(all);
  return *readable_;
}

const Protocol& Desk::protocol(const std::string& id_or_path) {
  const auto place = found_.find(id_or_path);
  if (place != found_.end()) return place->second;
  return found_.emplace(id_or_path, shelf().find(id_or_path, facts())).first->second;
}

const Facts& Desk::known() {
  if (!known_) known_ = std::make_unique<KnownFacts>(facts(), protocols());
  return known_->get();
}

const Plan& Desk::plan() {
  if (!plan_) plan_ = make_plan(protocols(), selection_, known());
  return *plan_;
}

const Plan& Desk::whole() {
  if (!whole_) whole_ = make_plan(protocols(), everything(), known());
  return *whole_;
}

const std::vector<std::filesystem::path>& Desk::results() {
  if (!results_) results_ = results_folders(named_results_);
  return *results_;
}

const RecordIndex& Desk::records() {
  if (!records_) records_ = records_of(plan());
  return *records_;
}

RecordIndex Desk::records_of(const Plan& plan) { return read_records(results(), ids_of(plan.trials)); }

RecordIndex Desk::records_beside(const Plan& plan) {
  return read_records_beside(results(), protocols(), selection_, plan, known());
}

const std::vector<std::string>& Desk::table_trials() {
  if (table_trials_) return *table_trials_;
  auto ids = ids_of(whole().trials);
  for (const auto& protocol : protocols()) {
    if (protocol.seed_looks.empty()) continue;
    auto all = everything();
    for (const auto& entry : protocol.seeds) all.seeds.push_back(entry.name);
    const auto further = ids_of(make_plan({protocol}, all, facts()).trials);
    ids.insert(ids.end(), further.begin(), further.end());
  }
  sort_once(ids);
  table_trials_ = std::move(ids);
  return *table_trials_;
}

RecordIndex Desk::table_records() { return table_records(results()); }

RecordIndex Desk::table_records(const std::vector<std::filesystem::path>& folders) {
  return read_records(folders, table_trials());
}

std::vector<std::string> Desk::stored_trials() { return nlb::stored_trials(results()); }

std::vector<std::string> stored_trials(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> trials;
  for (const auto& folder : folders) {
    for (auto& id : Store(folder, false).trial_ids()) trials.push_back(std::move(id));
  }
  sort_once(trials);
  return trials;
}

}  // namespace nlb
