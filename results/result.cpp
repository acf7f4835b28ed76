#include "results/result.h"

#include <algorithm>

#include "core/text.h"
#include "results/columns.h"

namespace nlb {
namespace {

std::vector<std::vector<int64_t>> read_integer_lists(const JsonNode& node) {
  std::vector<std::vector<int64_t>> lists;
  for (const JsonNode& item : node.items()) lists.push_back(read_integers(item));
  return lists;
}

/// Readers index these lists by evaluation, output and class.
void check_lengths(ObjectReader& reader, const Curves& curves) {
  const size_t evaluations = curves.epoch.size();
  check_length(reader, "test_correct", curves.test_correct.size(), curves.outputs.size());
  if (curves.outputs.empty() && evaluations > 0) reader.at("outputs").problem("is empty, expected a name");
  for (const auto& list : curves.test_correct) check_length(reader, "test_correct", list.size(), evaluations);
  for (const auto& list : curves.held_out_correct) check_length(reader, "held_out_correct", list.size(), evaluations);
  for (const auto& [name, list] : curves.train_counts) check_length(reader, "train_counts", list.size(), evaluations);
  for (const auto& [name, list] : curves.detection) check_length(reader, "detection", list.size(), evaluations);
  for (const auto& [name, list] : curves.losses) check_length(reader, "losses", list.size(), evaluations);
  check_length(reader, "learning_rate", curves.learning_rate.size(), evaluations);
  check_length(reader, "seconds", curves.seconds.size(), evaluations);
}

template <typename T, typename Read>
std::map<std::string, T> read_map(const JsonNode& node, Read read) {
  std::map<std::string, T> values;
  for (const auto& [name, value] : node.members()) values[name] = read(value);
  return values;
}

constexpr std::ptrdiff_t kRecent = 10;

/// Position of the first largest element from `begin` on.
size_t first_best(const std::vector<int64_t>& correct, std::ptrdiff_t begin) {
  return static_cast<size_t>(std::max_element(correct.begin() + begin, correct.end()) - correct.begin());
}

/// Position of the last largest element from `begin` on.
size_t last_best(const std::vector<int64_t>& correct, std::ptrdiff_t begin) {
  const auto from_the_end = std::max_element(correct.rbegin(), correct.rend() - begin);
  return static_cast<size_t>(correct.rend() - from_the_end - 1);
}

}  // namespace

void apply_rules(FinalCounts& counts, const Curves& curves) {
  const auto first = std::lower_bound(curves.epoch.begin(), curves.epoch.end(), counts.counted_from);
  const std::ptrdiff_t begin = first == curves.epoch.end() ? 0 : first - curves.epoch.begin();
  const std::vector<int64_t>& test = curves.test_correct.front();
  counts.last = test.back();
  counts.last_ten.assign(std::max(test.begin() + begin, test.end() - std::min(std::ssize(test), kRecent)), test.end());
  const size_t best = first_best(test, begin);
  counts.best_on_test = test[best];
  counts.best_on_test_epoch = curves.epoch[best];
  if (curves.held_out_correct.empty()) return;
  const size_t chosen = first_best(curves.held_out_correct.front(), begin);
  counts.best_on_val = test[chosen];
  counts.best_on_val_epoch = curves.epoch[chosen];
  const size_t latest = last_best(curves.held_out_correct.front(), begin);
  counts.best_on_val_latest = test[latest];
  counts.best_on_val_latest_epoch = curves.epoch[latest];
}

bool needs_curves(const FinalCounts& counts) {
  return !counts.classes_never_predicted || counts.counted_from == 0 ||
         (counts.best_on_val && !counts.best_on_val_latest);
}

FinalCounts final_counts_from_json(const JsonNode& node, ResultParts parts) {
  ObjectReader reader(node);
  FinalCounts counts;
  counts.test_count = reader.integer("test_count", 0);
  counts.held_out_count = reader.integer("held_out_count", 0);
  if (const auto value = reader.find("counted_from")) counts.counted_from = value->integer(1);
  counts.last = reader.integer("last", 0, counts.test_count);
  for (const JsonNode& item : reader.at("last_ten").items()) {
    counts.last_ten.push_back(item.integer(0, counts.test_count));
  }
  counts.best_on_test = reader.integer("best_on_test", 0, counts.test_count);
  counts.best_on_test_epoch = reader.integer("best_on_test_epoch", 0);
  if (const auto value = reader.find("best_on_val")) counts.best_on_val = value->integer(0, counts.test_count);
  if (const auto value = reader.find("best_on_val_epoch")) counts.best_on_val_epoch = value->integer(0);
  if (const auto value = reader.find("best_on_val_latest")) {
    counts.best_on_val_latest = value->integer(0, counts.test_count);
    counts.best_on_val_latest_epoch = reader.integer("best_on_val_latest_epoch", 0);
  }
  if (const auto value = reader.find("classes_never_predicted")) counts.classes_never_predicted = value->integer(0);
  if (parts == ResultParts::all) {
    auto bytes = image_bytes(counts);
    for (auto& [name, part] : bytes) part = read_bytes(reader.at(name));
    set_image_bytes(counts, std::move(bytes));
  }
  reader.close();
  return counts;
}

Json to_json(const FinalCounts& counts, ResultParts parts) {
  Json json = {{"test_count", counts.test_count},
               {"held_out_count", counts.held_out_count},
               {"last", counts.last},
               {"last_ten", counts.last_ten},
               {"best_on_test", counts.best_on_test},
               {"best_on_test_epoch", counts.best_on_test_epoch}};
  if (counts.classes_never_predicted) json["classes_never_predicted"] = *counts.classes_never_predicted;
  if (counts.counted_from > 1) json["counted_from"] = counts.counted_from;
  if (counts.best_on_val) json["best_on_val"] = *counts.best_on_val;
  if (counts.best_on_val_epoch) json["best_on_val_epoch"] = *counts.best_on_val_epoch;
  if (counts.best_on_val_latest) {
    json["best_on_val_latest"] = *counts.best_on_val_latest;
    json["best_on_val_latest_epoch"] = counts.best_on_val_latest_epoch.value_or(0);
  }
  if (parts != ResultParts::all) return json;
  for (const auto& [name, bytes] : image_bytes(counts)) json[name] = base64(bytes);
  return json;
}

ImageBytes image_bytes(const FinalCounts& counts) {
  return {{"last_bits", counts.last_bits},
          {"best_bits", counts.best_bits},
          {"mean_last_10", counts.mean_last_10},
          {"confusion", int32_bytes(counts.confusion)}};
}

void set_image_bytes(FinalCounts& counts, ImageBytes bytes) {
  counts.last_bits = std::move(bytes.at("last_bits"));
  counts.best_bits = std::move(bytes.at("best_bits"));
  counts.mean_last_10 = std::move(bytes.at("mean_last_10"));
  counts.confusion = int32_values(bytes.at("confusion"));
}

std::vector<uint8_t> read_bytes(const JsonNode& node) {
  try {
    return from_base64(node.text());
  } catch (const InputError& error) {
    node.problem(error.what());
    return {};
  }
}

int64_t classes_never_predicted(const std::vector<int32_t>& confusion) {
  size_t classes = 0;
  while (classes * classes < confusion.size()) ++classes;
  std::vector<bool> predicted(classes, false);
  for (size_t i = 0; i < confusion.size(); ++i) {
    if (confusion[i] != 0) predicted[i % classes] = true;
  }
  return std::count(predicted.begin(), predicted.end(), false);
}

Json to_json(const Curves& curves) {
  Json detection = Json::object();
  for (const auto& [name, values] : curves.detection) detection[name] = numbers_json(values);
  Json losses = Json::object();
  for (const auto& [name, values] : curves.losses) losses[name] = numbers_json(values);
  return {{"epoch", curves.epoch},
          {"outputs", curves.outputs},
          {"test_correct", curves.test_correct},
          {"held_out_correct", curves.held_out_correct},
          {"train_counts", curves.train_counts},
          {"detection", detection},
          {"detection_score", curves.detection_score},
          {"losses", losses},
          {"learning_rate", numbers_json(curves.learning_rate)},
          {"seconds", numbers_json(curves.seconds)}};
}

Curves curves_from_json(const JsonNode& node) {
  ObjectReader reader(node);
  Curves curves;
  curves.epoch = read_integers(reader.at("epoch"));
  for (const JsonNode& item : reader.at("outputs").items()) curves.outputs.push_back(item.text());
  curves.test_correct = read_integer_lists(reader.at("test_correct"));
  curves.held_out_correct = read_integer_lists(reader.at("held_out_correct"));
  curves.train_counts = read_map<std::vector<int64_t>>(reader.at("train_counts"),
                                                       [](const JsonNode& counts) { return read_integers(counts); });
  curves.detection = read_map<std::vector<double>>(reader.at("detection"), read_numbers);
  curves.detection_score = reader.text("detection_score");
  curves.losses = read_map<std::vector<double>>(reader.at("losses"), read_numbers);
  curves.learning_rate = read_numbers(reader.at("learning_rate"));
  curves.seconds = read_numbers(reader.at("seconds"));
  check_lengths(reader, curves);
  reader.close();
  return curves;
}

Json to_json(const Timing& timing) {
  Json json = {{"wall_seconds", timing.wall_seconds},           {"train_seconds", timing.train_seconds},
               {"evaluate_seconds", timing.evaluate_seconds},   {"checkpoint_seconds", timing.checkpoint_seconds},
               {"chain_seconds", timing.chain_seconds},         {"images_per_second", timing.images_per_second},
               {"peak_memory_bytes", timing.peak_memory_bytes}, {"interrupted_at", timing.interrupted_at}};
  if (timing.multiply_add_peak > 0) json["multiply_add_peak"] = timing.multiply_add_peak;
  return json;
}

Timing timing_from_json(const JsonNode& node) {
  ObjectReader reader(node);
  Timing timing;
  timing.wall_seconds = reader.number("wall_seconds", Range::at_least(0));
  timing.train_seconds = reader.number("train_seconds", Range::at_least(0));
  timing.evaluate_seconds = reader.number("evaluate_seconds", Range::at_least(0));
  timing.checkpoint_seconds = reader.number("checkpoint_seconds", Range::at_least(0));
  timing.chain_seconds = reader.number("chain_seconds", Range::at_least(0));
  timing.images_per_second = reader.number("images_per_second", Range::at_least(0));
  timing.peak_memory_bytes = reader.integer("peak_memory_bytes", 0);
  if (const auto peak = reader.find("multiply_add_peak")) timing.multiply_add_peak = peak->number(Range::at_least(0));
  timing.interrupted_at = read_integers(reader.at("interrupted_at"));
  reader.close();
  return timing;
}

Json to_json(const NoiseSummary& noise, ResultParts parts) {
  Json json = {{"digest", noise.digest},   {"requested_rate", noise.requested_rate},
               {"changed", noise.changed}, {"effective_rate", noise.effective_rate},
               {"count", noise.count},     {"classes", noise.classes}};
  if (parts != ResultParts::record) json["matrix"] = noise.matrix;
  if (noise.replaced > 0) json["replaced"] = noise.replaced;
  return json;
}

NoiseSummary noise_summary_from_json(const JsonNode& node, ResultParts parts) {
  ObjectReader reader(node);
  NoiseSummary noise;
  noise.digest = reader.text("digest");
  noise.requested_rate = reader.number("requested_rate", Range::between(0, 1));
  noise.effective_rate = reader.number("effective_rate", Range::between(0, 1));
  noise.changed = reader.integer("changed", 0);
  if (reader.has("replaced")) noise.replaced = reader.integer("replaced", 0);
  noise.count = reader.integer("count", 0);
  noise.classes = reader.integer("classes", 0, 1 << 16);
  if (parts != ResultParts::record) {
    noise.matrix = read_integers(reader.at("matrix"));
    check_length(reader, "matrix", noise.matrix.size(), static_cast<size_t>(noise.classes * noise.classes));
  }
  reader.close();
  return noise;
}

Json to_json(const TrialResult& result, ResultParts parts) {
  const bool ok = result.status == TrialResult::Status::ok;
  Json json = {{"status", ok ? "ok" : "failed"},
               {"state_chain", result.state_chain},
               {"count_chain", result.count_chain},
               {"determinism_class", result.determinism_class},
               {"final_counts", to_json(result.final_counts, parts)},
               {"timing", to_json(result.timing)},
               {"started", result.started},
               {"finished", result.finished}};
  if (parts == ResultParts::all) json["curves"] = to_json(result.curves);
  if (!ok) json["failure"] = {{"message", result.failure}, {"epoch", result.failure_epoch}};
  if (result.noise) json["noise"] = to_json(*result.noise, parts);
  return json;
}

TrialResult trial_result_from_json(const JsonNode& node, ResultParts parts) {
  ObjectReader reader(node);
  TrialResult result;
  const bool ok = reader.one_of("status", {"ok", "failed"}) == "ok";
  result.status = ok ? TrialResult::Status::ok : TrialResult::Status::failed;
  if (!ok) {
    ObjectReader failure(reader.at("failure"));
    result.failure = failure.text("message");
    result.failure_epoch = failure.integer("epoch", 0);
    failure.close();
  }
  result.state_chain = reader.text("state_chain");
  result.count_chain = reader.text("count_chain");
  result.determinism_class = reader.at("determinism_class").raw();
  if (const auto noise = reader.find("noise")) result.noise = noise_summary_from_json(*noise, parts);
  if (parts == ResultParts::all) result.curves = curves_from_json(reader.at("curves"));
  result.final_counts = final_counts_from_json(reader.at("final_counts"), parts);
  result.timing = timing_from_json(reader.at("timing"));
  result.started = reader.text("started");
  result.finished = reader.text("finished");
  reader.close();
  return result;
}

}  // namespace nlb
