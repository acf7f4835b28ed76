#include "supervise/standing.h"

#include "datasets/dataset.h"
#include "datasets/file_forms.h"
#include "datasets/noise_inputs.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

TrialStanding stand_one(const Trial& trial, const RecordIndex& records, const Store& store, DataCheck& data) {
  TrialStanding one{.trial = &trial, .standing = Standing::open, .reason = "", .records = 0};
  if (const Record* record = records.find(trial.id)) {
    one.records = static_cast<int64_t>(records.by_trial.at(trial.id).size());
    const bool ok = record->result.status == TrialResult::Status::ok;
    one.standing = ok ? Standing::done : Standing::failed;
    if (!ok) one.reason = record->result.failure;
    if (ok) return one;
  }
  if (store.is_claimed(trial.id)) {
    one.standing = Standing::running;
  } else if (one.standing == Standing::open) {
    one.reason = data.missing(trial.spec);
    if (!one.reason.empty()) {
      one.standing = Standing::skipped;
    } else if (fs::exists(store.checkpoint_path(trial.id))) {
      one.standing = Standing::interrupted;
    }
  }
  return one;
}

}  // namespace

std::string to_text(Standing standing) {
  switch (standing) {
    case Standing::done:
      return "done";
    case Standing::failed:
      return "failed";
    case Standing::running:
      return "running";
    case Standing::interrupted:
      return "interrupted";
    case Standing::skipped:
      return "skipped";
    case Standing::open:
      break;
  }
  return "open";
}

std::string DataCheck::missing(const TrialSpec& spec) {
  auto text = missing_of(spec.data.dataset);
  const auto add = [&](const std::string& missing) {
    if (!missing.empty()) text += (text.empty() ? "" : "\n") + missing;
  };
  if (spec.trusted && spec.trusted->dataset) add(missing_of(*spec.trusted->dataset));
  if (!spec.noise) return text;
  const auto foreign = foreign_dataset(*spec.noise, facts_);
  if (!foreign.empty()) add(missing_of(foreign));
  add(missing_file_of(*spec.noise));
  return text;
}

std::string DataCheck::missing_file_of(const NoiseSpec& noise) {
  const auto [known, is_new] = known_.try_emplace("file of " + noise.options.dump());
  if (is_new) known->second = missing_noise_file(noise, folder_);
  return known->second;
}

std::string DataCheck::missing_of(const std::string& dataset) {
  if (const auto known = known_.find(dataset); known != known_.end()) return known->second;
  const auto& facts = facts_.datasets.at(dataset);
  std::string missing;
  Problems wrong;
  for (const auto& state : verify_dataset(facts, folder_)) {
    if (state.kind == FileState::Kind::good) continue;
    if (state.kind != FileState::Kind::missing) {
      wrong.add((folder_ / state.name).string(), state.found + "; get the official file from " + facts.address);
      continue;
    }
    for (const auto& file : facts.files) {
      if (file.name != state.name) continue;
      missing += (folder_ / file.name).string() + ": not there (" + expected_words(file) + ")" +
                 (state.found.empty() ? "" : "; " + state.found) + "\n";
    }
  }
  wrong.throw_if_any();
  if (!missing.empty()) missing += "get " + facts.title + " from " + facts.address + ", or name its folder with --data";
  return known_[dataset] = missing;
}

std::vector<TrialStanding> stand(const Plan& plan, const RecordIndex& records, const Store& store, DataCheck& data) {
  records.problems.throw_if_any();
  std::vector<TrialStanding> standings;
  for (const auto& trial : plan.trials) standings.push_back(stand_one(trial, records, store, data));
  return standings;
}

std::string trial_name(const Trial& trial) {
  const auto& use = trial.uses.front();
  return use.protocol + "/" + use.group + " " + use.row + " " + use.setting + " seed " + use.seed + " (" +
         trial.id.substr(0, 12) + ")";
}

std::vector<std::string> ids_of(const std::vector<Trial>& trials) {
  std::vector<std::string> ids;
  for (const auto& trial : trials) ids.push_back(trial.id);
  return ids;
}

}  // namespace nlb
