#include "results/imported.h"

#include <algorithm>
#include <set>

#include "core/durable.h"
#include "core/error.h"
#include "core/sha256.h"
#include "results/columns.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScores = "predictions scored by nlbench";
constexpr const char* kNumbers = "bare numbers";
constexpr size_t kTen = 10;

fs::path folder_of(const fs::path& results) { return results / "imported"; }

int64_t right(const std::vector<int64_t>& predicted, std::span<const int64_t> labels) {
  int64_t count = 0;
  for (size_t i = 0; i < labels.size(); ++i) count += predicted[i] == labels[i] ? 1 : 0;
  return count;
}

std::vector<uint8_t> right_bits(const std::vector<int64_t>& predicted, std::span<const int64_t> labels) {
  std::vector<uint8_t> bits((labels.size() + 7) / 8, 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (predicted[i] == labels[i]) bits[i / 8] = static_cast<uint8_t>(bits[i / 8] | (1U << (i % 8)));
  }
  return bits;
}

Json to_json(const Build& build) {
  return {{"version", build.version}, {"commit", build.commit}, {"dirty", build.dirty}};
}

Build read_build(const JsonNode& node) {
  ObjectReader reader(node);
  Build build{.version = reader.text("version"), .commit = reader.text("commit"), .dirty = reader.boolean("dirty")};
  reader.close();
  return build;
}

std::string text_of(const ImportedScores& scores) {
  Json json = {{"schema", kImportedSchema},
               {"what", kScores},
               {"manifest", Json::parse(write_manifest(scores.manifest))},
               {"predictions_digest", scores.predictions_digest},
               {"build", to_json(scores.build)},
               {"curves", to_json(scores.curves)},
               {"counts", to_json(scores.counts)}};
  if (scores.noise) json["noise"] = to_json(*scores.noise);
  return canonical_text(json) + "\n";
}

Json to_json(const ImportedNumbers& numbers) {
  Json values = Json::array();
  for (const auto& value : numbers.values) {
    values.push_back({{"column", value.column}, {"rule", value.rule}, {"printed", value.printed}});
    if (value.runs) values.back()["runs"] = *value.runs;
  }
  Json json = {{"schema", kImportedSchema},    {"what", kNumbers},
               {"protocol", numbers.protocol}, {"group", numbers.group},
               {"method", numbers.method},     {"link", numbers.link},
               {"network", numbers.network},   {"extra_data", numbers.extra_data},
               {"values", std::move(values)}};
  if (numbers.epochs) json["epochs"] = *numbers.epochs;
  return json;
}

ImportedScores read_scores(ObjectReader& reader, const std::string& file) {
  ImportedScores scores;
  scores.manifest = read_manifest(reader.at("manifest").raw().dump(), file);
  scores.predictions_digest = reader.text("predictions_digest");
  scores.build = read_build(reader.at("build"));
  if (const auto noise = reader.find("noise")) scores.noise = noise_summary_from_json(*noise);
  scores.curves = curves_from_json(reader.at("curves"));
  scores.counts = final_counts_from_json(reader.at("counts"));
  reader.close();
  return scores;
}

ImportedNumbers read_numbers(ObjectReader& reader) {
  ImportedNumbers numbers{.protocol = reader.text("protocol"),
                          .group = reader.text_or("group", "main"),
                          .method = reader.text("method"),
                          .link = reader.text("link"),
                          .network = reader.text("network"),
                          .epochs = std::nullopt,
                          .extra_data = reader.text("extra_data"),
                          .values = {},
                          .digest = {}};
  if (const auto epochs = reader.find("epochs")) numbers.epochs = epochs->integer(1);
  const auto list = reader.at("values");
  for (const auto& item : list.items()) {
    ObjectReader value(item);
    numbers.values.push_back({.column = value.text("column"),
                              .rule = value.one_of("rule", {"last", "mean_last_10", "best_on_test", "best_on_val",
                                                            "best_on_val_latest", "unknown"}),
                              .printed = value.text("printed"),
                              .runs = std::nullopt});
    if (const auto runs = value.find("runs")) numbers.values.back().runs = static_cast<int>(runs->integer(1, 1000));
    value.close();
  }
  if (list.is_array() && numbers.values.empty()) list.problem("names no value");
  for (const auto* key : {"method", "link"}) {
    const auto node = reader.at(key);
    const bool blank = node.is_string() && node.text().find_first_not_of(" \t\r\n\xc2\xa0") == std::string::npos;
    if (blank) node.problem("is empty; bare numbers need to say whose they are");
  }
  reader.close();
  return numbers;
}

void read_one(const fs::path& path, Imports& imports) {
  const auto text = read_file(path);
  const auto digest = hex(sha256(text));
  if (digest != path.stem().string()) {
    throw InputError(path.string() + ": its content does not have the digest in its name; import it again");
  }
  Problems problems;
  const auto root = JsonNode::parse(text, path.string(), problems);
  ObjectReader reader(root);
  check_schema(reader, kImportedSchema);
  if (reader.one_of("what", {kScores, kNumbers}) == kScores) {
    imports.scores.push_back(read_scores(reader, path.string()));
    imports.scores.back().digest = digest;
  } else {
    imports.numbers.push_back(read_numbers(reader));
    imports.numbers.back().digest = digest;
  }
  problems.throw_if_any();
}

/// One place of one method under its conditions, and what was predicted there.
std::string place_of(const Manifest& m) {
  return Json({m.protocol, m.group, m.setting, m.seed, m.method, m.network, m.epochs.value_or(0)}).dump();
}

}  // namespace

FinalCounts score(const Predictions& predictions, std::span<const int64_t> labels, int64_t classes) {
  NLB_CHECK(!predictions.by_epoch.empty(), "something was predicted");
  FinalCounts counts;
  counts.test_count = std::ssize(labels);
  const auto& last = predictions.by_epoch.back();
  counts.last = right(last, labels);
  counts.last_bits = counts.best_bits = right_bits(last, labels);
  counts.mean_last_10.assign(labels.size(), 0);
  const size_t epochs = predictions.by_epoch.size();
  for (size_t e = 0; e < epochs; ++e) {
    const auto& predicted = predictions.by_epoch[e];
    const auto correct = right(predicted, labels);
    if (counts.best_on_test_epoch == 0 || correct > counts.best_on_test) {
      counts.best_on_test = correct;
      counts.best_on_test_epoch = static_cast<int64_t>(e) + 1;
      counts.best_bits = right_bits(predicted, labels);
    }
    if (e + kTen < epochs) continue;
    if (predictions.has_epochs) counts.last_ten.push_back(correct);
    for (size_t i = 0; i < labels.size(); ++i) {
      counts.mean_last_10[i] = static_cast<uint8_t>(counts.mean_last_10[i] + (predicted[i] == labels[i] ? 1 : 0));
    }
  }
  counts.confusion.assign(static_cast<size_t>(classes * classes), 0);
  for (size_t i = 0; i < labels.size(); ++i) ++counts.confusion[static_cast<size_t>(labels[i] * classes + last[i])];
  counts.classes_never_predicted = classes_never_predicted(counts.confusion);
  return counts;
}

Curves curves_of(const Predictions& predictions, std::span<const int64_t> labels) {
  Curves curves;
  curves.outputs = {"predictions"};
  curves.test_correct.resize(1);
  if (!predictions.has_epochs) return curves;
  for (const auto& predicted : predictions.by_epoch) {
    curves.epoch.push_back(std::ssize(curves.epoch) + 1);
    curves.test_correct.front().push_back(right(predicted, labels));
    curves.learning_rate.push_back(0);
    curves.seconds.push_back(0);
  }
  return curves;
}

void store(const fs::path& results_folder, const ImportedScores& scores) {
  for (const auto& other : read_imports({results_folder}).scores) {
    if (place_of(other.manifest) != place_of(scores.manifest)) continue;
    if (other.predictions_digest == scores.predictions_digest) return;
    throw InputError((folder_of(results_folder) / (other.digest + ".json")).string() +
                     ": holds other predictions of \"" + scores.manifest.method + "\" at " + scores.manifest.setting +
                     ", seed " + scores.manifest.seed + "; remove that file, or give the method another name");
  }
  const auto text = text_of(scores);
  write_file_durably(folder_of(results_folder) / (hex(sha256(text)) + ".json"), text);
}

void store(const fs::path& results_folder, const ImportedNumbers& numbers) {
  const auto text = canonical_text(to_json(numbers)) + "\n";
  write_file_durably(folder_of(results_folder) / (hex(sha256(text)) + ".json"), text);
}

ImportedNumbers read_numbers(const std::string& text, const std::string& file) {
  Problems problems;
  const auto root = JsonNode::parse(text, file, problems);
  ObjectReader reader(root);
  check_schema(reader, kImportedSchema);
  reader.one_of("what", {kNumbers});
  auto numbers = read_numbers(reader);
  problems.throw_if_any();
  return numbers;
}

Imports read_imports(const std::vector<fs::path>& results_folders) {
  std::set<fs::path> files;
  for (const auto& folder : results_folders) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder_of(folder), missing)) {
      if (entry.path().extension() == ".json") files.insert(entry.path());
    }
  }
  Imports imports;
  for (const auto& path : files) {
    try {
      read_one(path, imports);
    } catch (const std::runtime_error& wrong) {
      imports.problems.add(path.string(), wrong.what());
    }
  }
  std::set<std::string> seen;
  std::erase_if(imports.scores, [&](const ImportedScores& one) {
    return !seen.insert(place_of(one.manifest) + one.predictions_digest).second;
  });
  std::erase_if(imports.numbers, [&](const ImportedNumbers& one) { return !seen.insert(one.digest).second; });
  return imports;
}

}  // namespace nlb
