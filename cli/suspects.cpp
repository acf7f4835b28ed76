#include "cli/suspects.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "formats/csv.h"

namespace nlb {
namespace {

constexpr const char* kHeader =
    "rank,image,file,position,given,given_class,predicted,predicted_class,loss,clean_score,epoch,clean,clean_class\n";
constexpr const char* kConsensusHeader =
    "rank,image,file,position,given,given_class,mean_rank,trials,predicted,predicted_class,agree,clean,clean_class\n";
constexpr int kDigits = 6;  // a float's
constexpr int64_t kFirst = 100;

/// "3,cat"; two empty fields where there is no class.
std::string class_fields(int64_t label, const DatasetFacts& dataset) {
  if (label < 0) return ",";
  return std::to_string(label) + "," + csv_field(dataset.class_names[static_cast<size_t>(label)]);
}

std::string number_field(double value) { return std::isnan(value) ? "" : significant(value, kDigits); }

/// "7,cats/0007.png,7": image, file, position.
std::string image_fields(const NamedImages& images, int64_t index) {
  const auto place = training_image_place(images.dataset, index);
  const auto named = images.names.empty() ? place : ImagePlace{images.names[static_cast<size_t>(index)], index};
  return std::to_string(index) + "," + csv_field(named.file) + "," + std::to_string(named.position);
}

/// Counts a line of the list into it.
void count(SuspectList& list, bool ranked, bool checked, bool wrong) {
  ++list.samples;
  list.ranked += ranked ? 1 : 0;
  if (!ranked || !checked || list.first_known == kFirst) return;
  ++list.first_known;
  list.first_wrong += wrong ? 1 : 0;
}

std::string line_of(const KeptSamples& samples, size_t row, const std::string& rank, const NamedImages& images) {
  const auto& dataset = images.dataset;
  const bool seen = samples.epoch[row] > 0;
  return rank + "," + image_fields(images, samples.image[row]) + "," + class_fields(samples.given[row], dataset) + "," +
         class_fields(samples.predicted[row], dataset) + "," + number_field(samples.loss[row]) + "," +
         number_field(samples.clean_score[row]) + "," + (seen ? std::to_string(samples.epoch[row]) : "") + "," +
         class_fields(samples.clean[row], dataset) + "\n";
}

/// What all trials say of one sample.
struct Voted {
  int64_t image = 0, given = 0, clean = 0;
  double sum = 0;  ///< of ranks, each divided by the number of samples its trial ranks
  int trials = 0;
  std::map<int64_t, int> votes = {};  ///< predicted class -> trials
  double mean() const { return sum / trials; }
};

/// Image and its how-manieth showing: noise may repeat images.
using Place = std::pair<int64_t, int64_t>;

std::vector<Place> places_of(const KeptSamples& samples) {
  std::map<int64_t, int64_t> shown;
  std::vector<Place> places;
  for (const int64_t image : samples.image) places.emplace_back(image, shown[image]++);
  return places;
}

void check_given(const Voted& voted, const KeptSamples& samples, size_t row, const std::string& first,
                 const std::string& name) {
  if (voted.given == samples.given[row]) return;
  throw InputError(first + " and " + name + " were given different labels (image " + std::to_string(voted.image) +
                   ": " + std::to_string(voted.given) + " and " + std::to_string(samples.given[row]) +
                   "), so they have no list of suspects in common; choose trials of one noise draw with --group, "
                   "--noise and --seed");
}

/// Ranks of the samples that the trial ranks: equally suspicious ones share the mean of theirs.
void add_ranks(const TrialSamples& trial, const std::vector<Place>& places, std::map<Place, Voted>& all) {
  const auto order = most_suspicious_first(trial.samples, trial.by);
  const auto equal = [&](size_t a, size_t b) {
    const auto mine = suspected(trial.samples, a, trial.by), other = suspected(trial.samples, b, trial.by);
    const bool no_second = std::isnan(mine.second) && std::isnan(other.second);
    return mine.first == other.first && (mine.second == other.second || no_second);
  };
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && equal(order[begin], order[end])) ++end;
    const double rank = static_cast<double>(begin + end + 1) / 2;
    for (; begin < end; ++begin) {
      auto& voted = all.at(places[order[begin]]);
      voted.sum += rank / static_cast<double>(order.size());
      ++voted.trials;
    }
  }
}

std::map<Place, Voted> votes_of(const std::vector<TrialSamples>& trials) {
  std::map<Place, Voted> all;
  for (const auto& trial : trials) {
    const auto& samples = trial.samples;
    const auto places = places_of(samples);
    for (size_t row = 0; row < samples.size(); ++row) {
      auto [found, added] = all.try_emplace(
          places[row], Voted{.image = samples.image[row], .given = samples.given[row], .clean = samples.clean[row]});
      check_given(found->second, samples, row, trials.front().name, trial.name);
      if (samples.predicted[row] >= 0) ++found->second.votes[samples.predicted[row]];
    }
    add_ranks(trial, places, all);
  }
  return all;
}

std::string line_of(const Voted& voted, const std::string& rank, const NamedImages& images) {
  const auto most = std::max_element(voted.votes.begin(), voted.votes.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const bool none = most == voted.votes.end();
  return rank + "," + image_fields(images, voted.image) + "," + class_fields(voted.given, images.dataset) + "," +
         (voted.trials == 0 ? "" : number_field(voted.mean())) + "," + std::to_string(voted.trials) + "," +
         class_fields(none ? -1 : most->first, images.dataset) + "," + (none ? "" : std::to_string(most->second)) +
         "," + class_fields(voted.clean, images.dataset) + "\n";
}

}  // namespace

SuspectList suspects_of(const KeptSamples& samples, Suspicion by, const NamedImages& images, bool unchecked) {
  SuspectList list{.csv = kHeader};
  std::vector<bool> ranked(samples.size());
  const auto add = [&](size_t row, bool has_rank) {
    if (unchecked && is_checked(samples, row)) return;
    count(list, has_rank, is_checked(samples, row), samples.given[row] != samples.clean[row]);
    list.csv += line_of(samples, row, has_rank ? std::to_string(list.ranked) : "", images);
  };
  for (const size_t row : most_suspicious_first(samples, by)) {
    ranked[row] = true;
    add(row, true);
  }
  for (size_t row = 0; row < samples.size(); ++row) {
    if (!ranked[row]) add(row, false);
  }
  return list;
}

SuspectList consensus_of(const std::vector<TrialSamples>& trials, const NamedImages& images, bool unchecked) {
  const auto all = votes_of(trials);
  std::vector<const Voted*> order;
  for (const auto& [place, voted] : all) {
    if (!unchecked || voted.clean < 0) order.push_back(&voted);
  }
  std::stable_sort(order.begin(), order.end(), [](const Voted* a, const Voted* b) {
    if (a->trials == 0 || b->trials == 0) return a->trials > 0 && b->trials == 0;
    return a->mean() < b->mean();
  });
  SuspectList list{.csv = kConsensusHeader};
  for (const auto* voted : order) {
    count(list, voted->trials > 0, voted->clean >= 0, voted->given != voted->clean);
    list.csv += line_of(*voted, voted->trials > 0 ? std::to_string(list.ranked) : "", images);
  }
  return list;
}

}  // namespace nlb
