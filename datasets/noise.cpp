#include "datasets/noise.h"

#include <algorithm>

#include "core/error.h"
#include "core/little_endian.h"
#include "core/sha256.h"
#include "core/text.h"
#include "datasets/dataset.h"
#include "datasets/noise/registry.h"
#include "datasets/noise_quota.h"

namespace nlb {
namespace {

using noise::Generator;
using noise::Variant;

std::string word(const NoiseSpec& spec, std::string_view option) {
  const auto found = spec.options.find(std::string(option));
  if (found == spec.options.end() || !found->is_string()) {
    throw InputError("noise " + spec.generator + ": option \"" + std::string(option) + "\" is missing or no word");
  }
  return found->get<std::string>();
}

const Generator& generator_of(const NoiseSpec& spec) {
  const auto& all = noise::generators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Generator& g) { return g.id == spec.generator; });
  if (found == all.end()) throw InputError("noise generator \"" + spec.generator + "\" is not built");
  return *found;
}

/// "count "exact" is not defined with stream "numpy""
std::string undefined(const Generator& generator, const std::vector<std::string>& words) {
  std::vector<std::string> named;
  for (size_t i = 0; i < words.size(); ++i)
    named.push_back(std::string(generator.options[i]) + " \"" + words[i] + "\"");
  std::string text = named.front() + " is not defined";
  if (named.size() > 1) text += " with " + join(std::span(named).subspan(1), ", ");
  return text;
}

const Variant& variant_of(const NoiseSpec& spec, const Generator& generator) {
  std::vector<std::string> words;
  for (const std::string_view option : generator.options) words.push_back(word(spec, option));
  std::vector<std::string> allowed;
  for (const Variant& variant : generator.variants) {
    if (std::equal(words.begin(), words.end(), variant.words.begin(), variant.words.end())) return variant;
    const std::vector<std::string> one(variant.words.begin(), variant.words.end());
    allowed.push_back(join(one, " with "));
  }
  throw InputError("noise " + spec.generator + ": " + undefined(generator, words) +
                   "; allowed: " + join(allowed, ", "));
}

/// Bytes of each label: no two different labels may have the same, or lists that differ share a digest.
int label_width(std::span<const int64_t> labels, int64_t classes) {
  const auto is_class = [&](int64_t label) { return label >= 0 && label < classes; };
  if (!std::all_of(labels.begin(), labels.end(), is_class)) return 8;
  return classes < 256 ? 1 : classes <= 65536 ? 2 : classes <= int64_t{1} << 32 ? 4 : 8;
}

int64_t largest_class(const NoisePopulation& population) {
  std::vector<int64_t> counts(static_cast<size_t>(population.classes), 0);
  for (const int64_t label : population.clean) ++counts[static_cast<size_t>(label)];
  return *std::max_element(counts.begin(), counts.end());
}

std::string label_bytes(std::span<const int64_t> labels, int64_t classes) {
  const int width = label_width(labels, classes);
  std::string bytes;
  bytes.reserve(labels.size() * static_cast<size_t>(width));
  for (const int64_t label : labels) append_little_endian(bytes, static_cast<uint64_t>(label), width);
  return bytes;
}

}  // namespace

void check_noise(const NoiseSpec& spec, int64_t classes) {
  const Generator& generator = generator_of(spec);
  variant_of(spec, generator);
  const auto stream = spec.options.value("stream", std::string());
  if (spec.options.contains(std::string(noise::kSeedAs)) && stream != "cpython") {
    throw InputError("noise " + spec.generator + ": seed_as \"text\" is not defined with stream \"" + stream +
                     "\"; only CPython's random takes a text as its seed");
  }
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

NoisyLabels draw_noise(const NoiseSpec& spec, const NoisePopulation& population, const NoiseInputs& inputs,
                       uint64_t seed) {
  check_noise(spec, population.classes);
  for (const int64_t label : population.clean) {
    NLB_CHECK(label >= 0 && label < population.classes, "clean label outside its classes");
  }
  check_quota(spec, population.classes, std::ssize(population.clean), largest_class(population));
  const Generator& generator = generator_of(spec);
  // At rate 0 the authors' loaders draw nothing either.
  if (spec.rate == 0 && !generator.nominal_rate) {
    return {.labels = {population.clean.begin(), population.clean.end()}, .replaced = {}};
  }
  const Key key = derive(seed, "noise");
  return variant_of(spec, generator)
      .make({.population = population,
             .rate = spec.rate,
             .seed = seed,
             .options = spec.options,
             .inputs = &inputs,
             .key = key,
             .choose_key = derive(key, "choose"),
             .class_key = derive(key, "class")});
}

std::vector<int64_t> make_noisy_labels(const NoiseSpec& spec, std::span<const int64_t> clean_labels, int64_t classes,
                                       uint64_t seed) {
  return draw_noise(spec, {.clean = clean_labels, .classes = classes}, {}, seed).labels;
}

std::string label_digest(std::span<const int64_t> labels, int64_t classes) {
  return hex(sha256(label_bytes(labels, classes)));
}

NoiseSummary summarise_noise(std::span<const int64_t> clean_labels, std::span<const int64_t> noisy_labels,
                             int64_t classes, double requested_rate, std::span<const ReplacedImage> replaced) {
  NLB_CHECK(clean_labels.size() == noisy_labels.size(), "one noisy label a clean one");
  std::string bytes = label_bytes(noisy_labels, classes);
  for (const ReplacedImage& image : replaced) {
    append_little_endian(bytes, static_cast<uint64_t>(image.position), 4);
    append_little_endian(bytes, static_cast<uint64_t>(image.source), 4);
  }
  NoiseSummary summary{.digest = hex(sha256(bytes)),
                       .requested_rate = requested_rate,
                       .changed = std::ssize(replaced),
                       .replaced = std::ssize(replaced),
                       .count = static_cast<int64_t>(clean_labels.size()),
                       .matrix = std::vector<int64_t>(static_cast<size_t>(classes * classes), 0),
                       .classes = classes};
  for (size_t i = 0; i < clean_labels.size(); ++i) {
    if (clean_labels[i] == kUnknownLabel) {
      --summary.count;
      continue;
    }
    summary.changed += clean_labels[i] != noisy_labels[i] ? 1 : 0;
    ++summary.matrix.at(static_cast<size_t>(clean_labels[i] * classes + noisy_labels[i]));
  }
  if (summary.count > 0) {
    summary.effective_rate = static_cast<double>(summary.changed) / static_cast<double>(summary.count);
  }
  return summary;
}

}  // namespace nlb
