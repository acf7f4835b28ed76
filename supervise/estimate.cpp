#include "supervise/estimate.h"

#include <algorithm>
#include <future>

#include "protocols/trainings.h"

namespace nlb {
namespace {

/// What training reaches of a core's multiply-adds where nothing was measured, forward and backward pass together. On
/// an AVX-512 EPYC whose core makes 5.8e10 a second: preact_resnet18 88 %; in the library's layers, which pay for
/// starting operations, lenet5 21 %; in the fused arithmetic, over whole trials, lenet5 52 %, cnn_small 45 %, mlp 33 %.
constexpr double kTinyNetShare = 0.2, kNetShare = 0.75, kFusedShare = 0.45;
constexpr double kTypicalCore = 5e10;  ///< multiply-adds a second, where no probe tells
constexpr double kGpuRate = 1e13;
/// A step's operations started one by one, 150 to 300 of 7 to 10 us: an estimate, no GPU has been measured.
constexpr double kGpuStepSeconds = 2e-3;
constexpr int64_t kTinyNet = 1'000'000;    ///< multiply-adds an image
constexpr double kPassesOfTraining = 3;    ///< forward, gradient of activations, gradient of weights
constexpr double kMetaGradientStep = 3.5;  ///< measured on ResNet-32: benchmarks/README.md
constexpr int64_t kLargeNet = 100'000'000;
constexpr double kWorkerBytes = 400e6;  ///< LibTorch loaded, nothing trained yet
/// Labels, place, orders and log of a training sample, its image apart; measured on six million of mnist_massive.
constexpr double kSampleBytes = 130;

/// Images that every training of a trial goes through in one epoch: as many as a record's images_per_second counts.
double images_an_epoch(const TrialSpec& spec, const Facts& facts) {
  const auto& method = facts.methods.at(spec.method.id);
  const auto all = static_cast<double>(training_images(spec, facts));
  if (method.kind == "trusted" && spec.trusted) {
    return spec.trusted->count ? static_cast<double>(*spec.trusted->count) : *spec.trusted->fraction * all;
  }
  return static_cast<double>(trainings_of(spec, method)) * all;
}

/// A step's work in steps of cross-entropy on the same net.
double work_of_a_step(const MethodFacts& method) {
  return std::max(1, method.networks) * (method.kind == "meta_gradient" ? kMetaGradientStep : 1);
}

/// Everything that decides how long a trial takes: all of it but labels, seeds and revisions.
std::string work_of(const TrialSpec& spec) {
  Json json = to_json(spec);
  for (const char* name : {"noise", "seeds", "revisions"}) json.erase(name);
  json["copies"] = spec.noise ? image_copies(*spec.noise) : 0;
  return json.dump();
}

/// Of at least one value, which it reorders; of two in the middle the mean. A trial that waited for a busy or stopped
/// machine does not move it, as it would a mean.
double median(std::vector<double>& values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::string threads_of(const Record& record) {
  const auto& named = record.result.determinism_class;
  return named.contains("threads") ? named.at("threads").get<std::string>() : "";
}

}  // namespace

Probe probe_of(WorkerSettings settings) {
  return [settings]() -> std::optional<double> {
    try {
      auto found = settings;
      if (found.program.empty()) found.program = find_worker();
      std::string why;
      const auto hello = greeting(found, why);
      if (hello && hello->multiply_add_peak > 0) return hello->multiply_add_peak;
    } catch (const EnvironmentError&) {  // no worker, no probe
    }
    return std::nullopt;
  };
}

RecordIndex read_records_beside(const std::vector<std::filesystem::path>& folders,
                                const std::vector<Protocol>& protocols, const Selection& selection, const Plan& plan,
                                const Facts& facts) {
  const bool narrowed = !selection.methods.empty() || !selection.rows.empty() || !selection.noises.empty() ||
                        !selection.seeds.empty() || selection.shards > 1;
  if (!narrowed) return {};
  const auto named = ids_of(plan.trials);
  const std::set<std::string> planned(named.begin(), named.end());
  std::vector<std::string> ids;
  Selection whole;
  whole.groups = selection.groups;
  for (const auto& trial : make_plan(protocols, whole, facts).trials) {
    if (!planned.contains(trial.id)) ids.push_back(trial.id);
  }
  return read_records(folders, ids);
}

Probe probe_beside(WorkerSettings settings) {
  const auto answer = std::async(std::launch::async, probe_of(std::move(settings))).share();
  return [answer] { return answer.get(); };
}

std::vector<const Record*> speeds(const RecordIndex& records, const RecordIndex& beside) {
  std::vector<const Record*> all;
  for (const auto* index : {&records, &beside}) {
    for (const auto& [id, list] : index->by_trial) all.push_back(&list.front());
  }
  return all;
}

int64_t training_images(const TrialSpec& spec, const Facts& facts) {
  const int64_t times = 1 + (spec.noise ? image_copies(*spec.noise) : 0);
  if (spec.data.train_subset) return times * spec.data.train_subset->count;
  return times * facts.datasets.at(spec.data.dataset).train_images;
}

CostModel::CostModel(std::vector<const Record*> records, const Facts& facts, bool gpu, Probe probe)
    : facts_(facts), gpu_(gpu), probe_(std::move(probe)) {
  std::unordered_map<std::string, std::vector<double>> walls;
  for (const Record* record : records) {
    const auto& named = record->result.determinism_class;
    if (named.contains("gpu") != gpu || record->result.timing.wall_seconds <= 0) continue;
    records_.push_back(record);
    trained_.insert({record->spec.method.id, record->spec.net.id});
    walls[threads_of(*record) + " " + work_of(record->spec)].push_back(record->result.timing.wall_seconds);
  }
  for (auto& [work, seconds] : walls) walls_[work] = median(seconds);
}

bool CostModel::is_large(const TrialSpec& spec) const { return facts_.nets.at(spec.net.id).multiply_adds >= kLargeNet; }

double CostModel::training_rate(const TrialSpec& spec, int threads) const {
  const double steps = work_of_a_step(facts_.methods.at(spec.method.id));
  // Records of the same method tell most; those of another one are scaled by the work of its step.
  for (const bool same_method : {true, false}) {
    std::vector<double> rates;
    for (const Record* record : records_) {
      if (record->result.timing.images_per_second <= 0 || record->spec.net.id != spec.net.id ||
          record->spec.recipe.batch_size != spec.recipe.batch_size ||
          record->spec.recipe.arithmetic != spec.recipe.arithmetic || threads_of(*record) != std::to_string(threads) ||
          (same_method && record->spec.method.id != spec.method.id))
        continue;
      const double scale = same_method ? 1 : work_of_a_step(facts_.methods.at(record->spec.method.id)) / steps;
      rates.push_back(record->result.timing.images_per_second * scale);
    }
    if (!rates.empty()) {
      ++measured_;
      return median(rates);
    }
  }
  ++guessed_;
  const int64_t multiply_adds = facts_.nets.at(spec.net.id).multiply_adds;
  const double work = std::max(1.0, static_cast<double>(multiply_adds) * kPassesOfTraining * steps);
  if (gpu_) return 1 / (work / kGpuRate + kGpuStepSeconds * steps / static_cast<double>(spec.recipe.batch_size));
  return guessed_rate(spec, multiply_adds, threads) / work;
}

/// Multiply-adds a second on a CPU. The fused arithmetic uses one thread whatever it is given.
double CostModel::guessed_rate(const TrialSpec& spec, int64_t multiply_adds, int threads) const {
  if (spec.recipe.arithmetic == Arithmetic::fused) return kFusedShare * core_rate();
  return (multiply_adds < kTinyNet ? kTinyNetShare : kNetShare) * core_rate() * threads;
}

double CostModel::core_rate() const {
  if (!core_rate_) core_rate_ = (probe_ ? probe_() : std::nullopt).value_or(kTypicalCore);
  return *core_rate_;
}

double CostModel::seconds(const TrialSpec& spec, int threads) const {
  if (trained_.contains({spec.method.id, spec.net.id})) {  // spares most trials the text of their work
    if (const auto found = walls_.find(std::to_string(threads) + " " + work_of(spec)); found != walls_.end()) {
      ++measured_;
      return found->second;
    }
  }
  const double rate = training_rate(spec, threads);
  const auto epochs = static_cast<double>(spec.recipe.epochs);
  const auto& dataset = facts_.datasets.at(spec.data.dataset);
  const auto tested = spec.data.test_subset ? spec.data.test_subset->count : dataset.test_images;
  // An evaluation is one of the three passes that a training step makes of an image.
  const double evaluations = epochs / static_cast<double>(spec.data.evaluate_every);
  return (epochs * images_an_epoch(spec, facts_) + evaluations * static_cast<double>(tested) / kPassesOfTraining) /
         rate;
}

double CostModel::bytes(const TrialSpec& spec) const {
  const auto& net = facts_.nets.at(spec.net.id);
  const auto& dataset = facts_.datasets.at(spec.data.dataset);
  const int networks = std::max(1, facts_.methods.at(spec.method.id).networks);
  double image_bytes = 1;
  for (const auto size : dataset.image) image_bytes *= static_cast<double>(size);
  const auto images = static_cast<double>(dataset.train_images + dataset.test_images);
  const double state = 4.0 * static_cast<double>(net.parameters) * 4;  // values, gradients, up to two moments
  const double activations = 4.0 * static_cast<double>(net.activations * spec.recipe.batch_size) * 2;
  const double samples = kSampleBytes * static_cast<double>(training_images(spec, facts_));
  return kWorkerBytes + networks * (state + activations) + 2 * images * image_bytes + samples;
}

std::string CostModel::origin() const {
  if (guessed_ == 0) return "from the speed of stored records of the same net and batch size";
  return measured_ == 0 ? "a guess from the nets' multiply-adds, nothing measured yet"
                        : "partly from stored records, partly guessed from the nets' multiply-adds";
}

}  // namespace nlb
