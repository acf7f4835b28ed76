// supervise/standing.h -- how each trial of a plan stands on this disk: computed whenever asked, never stored.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "facts/facts.h"
#include "protocols/plan.h"
#include "results/store.h"

namespace nlb {

enum class Standing {
  done,         ///< an ok record
  failed,       ///< only failed records
  running,      ///< some process holds the claim
  interrupted,  ///< a checkpoint waits, nobody runs it
  skipped,      ///< data are missing
  open,         ///< nothing yet
};
std::string to_text(Standing standing);

struct TrialStanding {
  const Trial* trial = nullptr;
  Standing standing = Standing::open;
  std::string reason;  ///< of failed and skipped
  int64_t records = 0;
};

/// Whether the files of data sets and of noise are there; each is looked at once.
class DataCheck {
 public:
  DataCheck(std::filesystem::path data_folder, const Facts& facts) : folder_(std::move(data_folder)), facts_(facts) {}
  /// "" when all files of the trial's data sets and noise are there and right; else what is missing and where to get
  /// it. Throws InputError when a file is truncated or changed.
  std::string missing(const TrialSpec& spec);

 private:
  std::string missing_of(const std::string& dataset);
  std::string missing_file_of(const NoiseSpec& noise);
  std::filesystem::path folder_;
  const Facts& facts_;
  std::map<std::string, std::string> known_;
};

/// One entry per trial of the plan, in its order. Throws InputError for broken or newer records and wrong data files,
/// all problems at once.
std::vector<TrialStanding> stand(const Plan& plan, const RecordIndex& records, const Store& store, DataCheck& data);

/// "cifar10_sym/main ce 0.5 seed 1 (0a1b2c3d4e5f)": how a trial is named to people.
std::string trial_name(const Trial& trial);
std::vector<std::string> ids_of(const std::vector<Trial>& trials);

}  // namespace nlb
