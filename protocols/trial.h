// protocols/trial.h -- TrialSpec: everything that can move a number of one trial, fully resolved, and nothing else.
// Its canonical JSON is what the worker gets and what the trial id is the SHA-256 of (docs/protocols.md, "Trial ids").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/words.h"

namespace nlb {

enum class SubsetDraw {
  first,      ///< the first images in file order
  stratified  ///< count / classes of each class, drawn with the split seed
};
WordsOf<SubsetDraw> words_of(SubsetDraw);

struct SubsetSpec {
  int64_t count = 0;
  SubsetDraw how = SubsetDraw::first;
};

enum class HeldOutLabels { noisy, clean };
WordsOf<HeldOutLabels> words_of(HeldOutLabels);

/// When the noise is drawn: on all training images, or on those that the held-out part leaves.
enum class NoiseDrawn { before_split, after_split };
WordsOf<NoiseDrawn> words_of(NoiseDrawn);

/// A part of the training set held out for selecting an epoch.
struct HeldOutSpec {
  int64_t count = 0;
  HeldOutLabels labels = HeldOutLabels::noisy;
  bool stratified = false;
  NoiseDrawn noise = NoiseDrawn::before_split;
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

enum class OptimiserId { sgd, adam, adagrad };
WordsOf<OptimiserId> words_of(OptimiserId);

struct OptimiserSpec {
  OptimiserId id = OptimiserId::sgd;
  double learning_rate = 0;
  double weight_decay = 0;                            ///< L2 term added to the gradient, as torch.optim does
  double momentum = 0;                                ///< sgd
  bool nesterov = false;                              ///< sgd
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam
};

// Learning rates as functions of epoch or step: multiples of OptimiserSpec::learning_rate, minima are absolute.

struct ConstantRate {};

struct MultiStepRate {
  std::vector<double> milestones = {};  ///< epochs at which the rate is multiplied by factor
  double factor = 1;
};

enum class CosineUnit { epoch, step };
WordsOf<CosineUnit> words_of(CosineUnit);

/// Half a cosine, by whole epochs or by steps.
struct CosineRate {
  double minimum = 0;                 ///< rate at the end
  std::optional<double> period = {};  ///< epochs to the end; empty: all of the training
  CosineUnit unit = CosineUnit::epoch;
};

/// Half a cosine by whole epochs, again and again.
struct CosineRestartsRate {
  double minimum = 0;
  double period = 0;  ///< epochs
};

/// Multiplied by factor per `period` steps, smoothly at each step.
struct ExponentialRate {
  double factor = 1;
  double period = 0;  ///< steps
};

struct LinearRate {
  double minimum = 0;  ///< rate at the end
  double start = 0;    ///< epoch from which the rate falls
};

/// A linear rise per step from `start` (absolute) to the rate; the schedule is then as if it had run all along.
struct WarmUp {
  double epochs = 0;
  double start = 0;
};

struct ScheduleSpec {
  std::variant<ConstantRate, MultiStepRate, CosineRate, CosineRestartsRate, ExponentialRate, LinearRate> rate = {};
  std::optional<WarmUp> warm_up = {};
};

/// What shares the operations and levels that RandAugment draws.
enum class PolicyShare { image, batch };
WordsOf<PolicyShare> words_of(PolicyShare);

struct AutoAugmentSpec {};  ///< its list for CIFAR-10

struct RandAugmentSpec {
  int64_t operations = 0;                       ///< drawn for an image, applied one after the other
  double probability = 0;                       ///< of each that it is applied
  int64_t lowest_level = 0, highest_level = 0;  ///< of the levels that are drawn
  PolicyShare drawn_for = PolicyShare::image;
};

/// Changes of colour and shape drawn from a list (kernels/image_policy.h).
using PolicySpec = std::variant<AutoAugmentSpec, RandAugmentSpec>;

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
WordsOf<Arithmetic> words_of(Arithmetic);

/// What becomes of a short last batch.
enum class LastBatch { keep, drop };
WordsOf<LastBatch> words_of(LastBatch);

struct RecipeSpec {
  int64_t epochs = 0;
  int64_t batch_size = 0;
  LastBatch last_batch = LastBatch::keep;
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
