#include "results/samples.h"

#include <algorithm>
#include <cmath>

#include "datasets/dataset.h"
#include "results/columns.h"
#include "results/suspicion.h"

namespace nlb {
namespace {

/// Increasing, or one increasing list several times over (noisy copies of each image).
void check_order(ObjectReader& reader, const std::vector<int64_t>& image) {
  const auto turn = std::adjacent_find(image.begin(), image.end(), std::greater_equal<>());
  if (turn == image.end()) return;
  const auto period = static_cast<size_t>(turn - image.begin()) + 1;
  for (size_t i = period; i < image.size(); ++i) {
    if (image[i] == image[i - period] && image.size() % period == 0) continue;
    reader.at("image").problem("has " + std::to_string(turn[1]) + " behind " + std::to_string(turn[0]) +
                               ", expected increasing numbers");
    return;
  }
}

}  // namespace

std::string write_samples(const KeptSamples& samples) {
  const Json json = {{"schema", kSamplesSchema},
                     {"trial", samples.trial},
                     {"has_score", samples.has_score},
                     {"image", samples.image},
                     {"given", samples.given},
                     {"clean", samples.clean},
                     {"epoch", samples.epoch},
                     {"predicted", samples.predicted},
                     {"loss", numbers_json(samples.loss)},
                     {"clean_score", numbers_json(samples.clean_score)}};
  return canonical_text(json) + "\n";
}

KeptSamples read_samples(const std::string& text, const std::string& file) {
  Problems problems;
  ObjectReader reader(JsonNode::parse(text, file, problems));
  check_schema(reader, kSamplesSchema);
  KeptSamples samples{.trial = reader.text("trial"),
                      .has_score = reader.boolean("has_score"),
                      .image = read_integers(reader.at("image"), 0),
                      .given = read_integers(reader.at("given"), -1),
                      .clean = read_integers(reader.at("clean"), kUnknownLabel),
                      .epoch = read_integers(reader.at("epoch"), 0),
                      .predicted = read_integers(reader.at("predicted"), -1),
                      .loss = read_numbers(reader.at("loss")),
                      .clean_score = read_numbers(reader.at("clean_score"))};
  for (const auto& [key, length] : {std::pair("given", samples.given.size()),
                                    {"clean", samples.clean.size()},
                                    {"epoch", samples.epoch.size()},
                                    {"predicted", samples.predicted.size()},
                                    {"loss", samples.loss.size()},
                                    {"clean_score", samples.clean_score.size()}}) {
    check_length(reader, key, length, samples.size());
  }
  check_order(reader, samples.image);
  reader.close();
  problems.throw_if_any();
  return samples;
}

std::vector<size_t> most_suspicious_first(const KeptSamples& samples) {
  return most_suspicious_first(samples, samples.has_score ? Suspicion::clean_score : Suspicion::loss);
}

}  // namespace nlb
