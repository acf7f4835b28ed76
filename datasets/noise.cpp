#include "datasets/noise.h"

#include <algorithm>
#include <string_view>

#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/noise/variants.h"

namespace nlb {
namespace {

using namespace noise;

/// What a generator does for one value of its first option ("count", "variant" or "order") and one stream; none where
/// the first option says it.
struct Variant {
  std::string_view kind, stream;
  Labels (*make)(const Request&);
};

struct Generator {
  std::string_view id, option;
  std::vector<Variant> variants;
  int64_t classes;         ///< the only number of classes it is defined for; 0: any from 2 on
  bool up_to_one = false;  ///< rate 1 is allowed
};

const std::vector<Generator>& generators() {
  static const std::vector<Generator> all = {
      {"symmetric_inclusive",
       "count",
       {{"exact", "cpython", dividemix_symmetric},
        {"exact", "numpy", elr_symmetric},
        {"exact", "philox", with_philox<choose_exact, any_class>},
        {"per_sample", "numpy", numpy_choice<inclusive_row>},
        {"per_sample", "philox", with_philox<choose_per_sample, any_class>},
        {"exact_per_class", "philox", with_philox<choose_per_class, any_class>}},
       0},
      {"symmetric_exclusive",
       "count",
       {{"per_sample", "numpy_multinomial", numpy_multinomial<exclusive_row>},
        {"per_sample", "numpy_choice", numpy_choice<exclusive_row>},
        {"per_sample", "philox", with_philox<choose_per_sample, other_class>},
        {"exact", "philox", with_philox<choose_exact, other_class>},
        {"exact_per_class", "philox", with_philox<choose_per_class, other_class>}},
       0},
      {"pair_flip",
       "count",
       {{"per_sample", "numpy_multinomial", numpy_multinomial<next_class_row>},
        {"per_sample", "philox", with_philox<choose_per_sample, next_class>},
        {"exact", "philox", with_philox<choose_exact, next_class>},
        {"exact_per_class", "philox", with_philox<choose_per_class, next_class>}},
       0},
      {"cifar10_asymmetric",
       "variant",
       {{"subset", "cpython", dividemix_asymmetric},
        {"subset", "philox", with_philox<choose_exact, cifar10_partner>},
        {"per_sample", "numpy_multinomial", numpy_multinomial<cifar10_partner_row>},
        {"per_sample", "philox", with_philox<choose_per_sample, cifar10_partner>},
        {"per_class", "philox", with_philox<choose_per_class, cifar10_partner>},
        {"sequential", "philox", elr_asymmetric}},
       10},
      {"glc_uniform",
       "order",
       {{"tensorflow_seed_1", "", glc_stream<inclusive_row>}, {"file", "", glc_file_stream<inclusive_row>}},
       0,
       true},
      {"glc_flip",
       "order",
       {{"tensorflow_seed_1", "", glc_stream<glc_flip_row>}, {"file", "", glc_file_stream<glc_flip_row>}},
       0,
       true},
      {"glc_hierarchical", "order", {{"file", "", glc_file_stream<glc_hierarchical_row>}}, 100, true}};
  return all;
}

std::string word(const NoiseSpec& spec, std::string_view option) {
  const auto found = spec.options.find(std::string(option));
  if (found == spec.options.end() || !found->is_string()) {
    throw InputError("noise " + spec.generator + ": option \"" + std::string(option) + "\" is missing or no word");
  }
  return found->get<std::string>();
}

const Generator& generator_of(const NoiseSpec& spec) {
  const auto& all = generators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Generator& g) { return g.id == spec.generator; });
  if (found == all.end()) throw InputError("noise generator \"" + spec.generator + "\" is not built");
  return *found;
}

const Variant& variant_of(const NoiseSpec& spec, const Generator& generator) {
  const std::string kind = word(spec, generator.option);
  const std::string stream = generator.variants.front().stream.empty() ? "" : word(spec, "stream");
  std::vector<std::string> allowed;
  for (const Variant& variant : generator.variants) {
    if (variant.kind == kind && variant.stream == stream) return variant;
    allowed.push_back(std::string(variant.kind) + " with " + std::string(variant.stream));
  }
  throw InputError("noise " + spec.generator + ": " + std::string(generator.option) + " \"" + kind +
                   "\" is not defined with stream \"" + stream + "\"; allowed: " + join(allowed, ", "));
}

}  // namespace

void check_noise(const NoiseSpec& spec, int64_t classes) {
  const Generator& generator = generator_of(spec);
  variant_of(spec, generator);
  if (!(spec.rate >= 0 && (spec.rate < 1 || (generator.up_to_one && spec.rate == 1)))) {
    throw InputError("noise " + spec.generator + ": rate " + shortest(spec.rate) + " is outside [0, 1" +
                     (generator.up_to_one ? "]" : ")"));
  }
  if (classes < 2 || (generator.classes != 0 && classes != generator.classes)) {
    throw InputError("noise " + spec.generator + ": defined for " +
                     (generator.classes != 0 ? std::to_string(generator.classes) : "at least 2") + " classes; found " +
                     std::to_string(classes));
  }
}

std::vector<int64_t> make_noisy_labels(const NoiseSpec& spec, std::span<const int64_t> clean_labels, int64_t classes,
                                       uint64_t seed) {
  check_noise(spec, classes);
  for (const int64_t label : clean_labels) NLB_CHECK(label >= 0 && label < classes, "clean label outside its classes");
  // At rate 0 the authors' loaders draw nothing either.
  if (spec.rate == 0) return {clean_labels.begin(), clean_labels.end()};
  const Key key = derive(seed, "noise");
  return variant_of(spec, generator_of(spec))
      .make({.clean = clean_labels,
             .classes = classes,
             .rate = spec.rate,
             .seed = seed,
             .population = spec.options.value("population", int64_t{0}),
             .trusted_first = spec.options.value("trusted_first", int64_t{0}),
             .choose_key = derive(key, "choose"),
             .class_key = derive(key, "class")});
}

std::string label_digest(std::span<const int64_t> labels, int64_t classes) {
  std::string bytes;
  for (const int64_t label : labels) {
    bytes += static_cast<char>(label & 0xFF);
    if (classes >= 256) bytes += static_cast<char>(label >> 8 & 0xFF);
  }
  return hex(sha256(bytes));
}

NoiseSummary summarise_noise(std::span<const int64_t> clean_labels, std::span<const int64_t> noisy_labels,
                             int64_t classes, double requested_rate) {
  NLB_CHECK(clean_labels.size() == noisy_labels.size(), "one noisy label a clean one");
  NoiseSummary summary{.digest = label_digest(noisy_labels, classes),
                       .requested_rate = requested_rate,
                       .count = static_cast<int64_t>(clean_labels.size()),
                       .matrix = std::vector<int64_t>(static_cast<size_t>(classes * classes), 0),
                       .classes = classes};
  for (size_t i = 0; i < clean_labels.size(); ++i) {
    summary.changed += clean_labels[i] != noisy_labels[i] ? 1 : 0;
    ++summary.matrix.at(static_cast<size_t>(clean_labels[i] * classes + noisy_labels[i]));
  }
  if (summary.count > 0) {
    summary.effective_rate = static_cast<double>(summary.changed) / static_cast<double>(summary.count);
  }
  return summary;
}

}  // namespace nlb
