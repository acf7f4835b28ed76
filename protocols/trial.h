// protocols/trial.h -- TrialSpec: everything that can move a number of one trial, fully resolved, and nothing else.
// Its canonical JSON is what the worker gets and what the trial id is the SHA-256 of (docs/protocols.md, "Trial ids").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace nlb {

struct SubsetSpec {
  int64_t count = 0;
  std::string how;  ///< "first": the first count images in file order; "stratified": count / classes of each class,
                    ///< drawn with the split seed
};

/// A part of the training set held out for selecting an epoch.
struct HeldOutSpec {
  int64_t count = 0;
  std::string labels;  ///< "noisy" or "clean"
  bool stratified = false;
  std::string noise;      ///< "before_split" or "after_split": when the noise is drawn
  std::string draw = {};  ///< an author's draw of the part ("numpy_choice"); empty: by `stratified`
};

/// Clean labels given to the method for training.
struct TrustedSpec {
  std::optional<int64_t> count;
  std::optional<double> fraction;      ///< of the training images; exactly one of count and fraction
  std::string draw;                    ///< "stratified", "uniform", or an author's draw ("glc")
  std::optional<std::string> dataset;  ///< from another data set
  std::optional<std::string> digest;   ///< of that data set
  Json options = Json::object();       ///< of an author's draw
};

struct DataSpec {
  std::string dataset;
  std::string digest;  ///< DatasetFacts::digest
  std::optional<SubsetSpec> train_subset;
  std::optional<HeldOutSpec> held_out;
  std::optional<SubsetSpec> test_subset;
  int64_t evaluate_every = 1;  ///< epochs
};

struct NoiseSpec {
  std::string generator;
  double rate = 0;  ///< noise_rate, [0, 1)
  Json options = Json::object();
};

/// How often more than once the training set shows each image: by noisy_copies; else 0.
int64_t image_copies(const NoiseSpec& noise);

struct NetSpec {
  std::string id;
  Json options = Json::object();
  std::string initialisation;  ///< one of NetFacts::initialisations
};

struct OptimiserSpec {
  std::string id;  ///< "sgd" or "adam"
  double learning_rate = 0;
  double weight_decay = 0;                            ///< L2 term added to the gradient, as torch.optim does
  double momentum = 0;                                ///< sgd
  bool nesterov = false;                              ///< sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam
};

/// Learning rate as a function of epoch or step; factor 1 times OptimiserSpec::learning_rate unless warmed up.
struct ScheduleSpec {
  std::string id;                       ///< constant, multi_step, cosine, cosine_restarts, exponential, linear
  std::vector<double> milestones = {};  ///< multi_step: epochs at which the rate is multiplied by factor
  double factor = 1;   ///< multi_step: per milestone; exponential: per `period` steps, applied smoothly each step
  double minimum = 0;  ///< cosine, cosine_restarts, linear: rate at the end (absolute)
  double period = 0;   ///< cosine_restarts: epochs; exponential: steps; cosine: 0 = all epochs
  double start = 0;    ///< linear: epoch from which the rate falls
  std::string unit = "epoch";  ///< cosine: "epoch" or "step"
  double warmup_epochs = 0;    ///< linear from warmup_start to the rate, per step
  double warmup_start = 0;     ///< absolute rate
};

/// Changes of colour and shape drawn from a list (kernels/image_policy.h).
struct PolicySpec {
  std::string id;                               ///< "autoaugment_cifar10" or "randaugment"; the rest is randaugment's
  int64_t operations = 0;                       ///< drawn for an image, applied one after the other
  double probability = 0;                       ///< of each that it is applied
  int64_t lowest_level = 0, highest_level = 0;  ///< of the levels that are drawn
  std::string drawn_for = {};                   ///< "image" or "batch": what shares operations and levels
};

/// In this order: policy, pad and crop, flip, normalisation, cutout.
struct AugmentationSpec {
  std::optional<PolicySpec> policy = {};
  int64_t pad_crop = 0;         ///< padding before a random crop to the original size; 0: none
  bool pad_normalised = false;  ///< padding is 0 after normalisation, else before it
  bool flip = false;            ///< horizontal, probability 1/2
  int64_t cutout = 0;           ///< side of a square that is 0 after normalisation; 0: none
};

/// x / 255, then (x - mean) / std per channel. Empty: only / 255.
struct NormalisationSpec {
  std::vector<double> mean, std;
};

/// Whose code computes a small net on a CPU: the library's layers, or forward and backward written by hand
/// (nets/fused_net.h). They differ in the last bits. On a GPU both are the library's.
enum class Arithmetic { library, fused };

struct RecipeSpec {
  int64_t epochs = 0;
  int64_t batch_size = 0;
  std::string last_batch;  ///< "keep" or "drop" a short last batch
  OptimiserSpec optimiser;
  ScheduleSpec schedule;
  std::optional<AugmentationSpec> augmentation;
  NormalisationSpec normalisation;
  Arithmetic arithmetic = Arithmetic::library;
};

struct MethodSpec {
  std::string id;
  Json options = Json::object();
};

struct SeedSpec {
  std::optional<uint64_t> noise;  ///< absent where the method reads no noisy label
  uint64_t split = 0, init = 0, train = 0;
};

struct RevisionSpec {
  int method = 1, net = 1, dataset = 1, optimiser = 1, random = 1, data_path = 1;
  std::optional<int> generator;
};

struct TrialSpec {
  DataSpec data;
  std::optional<NoiseSpec> noise;  ///< absent where the method reads no noisy label
  std::optional<TrustedSpec> trusted;
  NetSpec net;
  RecipeSpec recipe;
  MethodSpec method;
  std::string precision = "fp32";
  SeedSpec seeds;
  RevisionSpec revisions;
};

/// Absent optional fields are left out, and so is every value that its context makes meaningless (momentum of adam), so
/// a new field changes no old id.
Json to_json(const TrialSpec& spec);
/// Reads what to_json writes, whole. Throws InputError naming the places.
TrialSpec trial_spec_from_json(const JsonNode& node);
/// 64 hexadecimal digits; the first 12 are shown to people.
std::string trial_id(const TrialSpec& spec);

/// Where a trial stands in a table. One trial may serve several places.
struct TrialUse {
  std::string protocol, group, row, setting, seed;
};

struct Trial {
  std::string id;
  TrialSpec spec;
  std::map<std::string, std::string> sources;  ///< JSON pointer into to_json(spec) -> source of that value
  std::vector<TrialUse> uses;                  ///< the first is the one it is named after
  Json own_dataset = nullptr;                  ///< facts of spec.data.dataset where a protocol brings them, else null
};

}  // namespace nlb
