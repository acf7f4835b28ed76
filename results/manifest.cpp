#include "results/manifest.h"

#include <algorithm>
#include <functional>

#include "core/error.h"
#include "core/little_endian.h"
#include "core/sha256.h"
#include "results/columns.h"

namespace nlb {
namespace {

constexpr const char* kWhat = "nlbench predictions";

/// `json` with only the members named.
Json only(const Json& json, const std::vector<std::string>& keys) {
  Json kept = Json::object();
  for (const auto& key : keys) {
    if (json.contains(key)) kept[key] = json.at(key);
  }
  return kept;
}

std::vector<int64_t> images_at(const std::vector<int64_t>& train_index, const std::vector<int64_t>& positions) {
  std::vector<int64_t> images;
  images.reserve(positions.size());
  for (const int64_t position : positions) images.push_back(train_index[static_cast<size_t>(position)]);
  return images;
}

std::string filled_text(ObjectReader& reader, const std::string& key, const std::string& wanted) {
  const auto node = reader.at(key);
  auto text = node.text();
  const bool blank = text.find_first_not_of(" \t\r\n\xc2\xa0") == std::string::npos;  // a no-break space, too
  if (node.is_string() && blank) node.problem("is empty; write " + wanted);
  return text;
}

}  // namespace

std::vector<std::pair<std::string, const std::vector<int64_t>*>> ExportedArrays::named() const {
  return {{"labels", &labels},
          {"train_index", &train_index},
          {"val_index", &val_index},
          {"trusted_index", &trusted_index},
          {"test_index", &test_index}};
}

ExportedArrays exported_arrays(const TrainingData& data) {
  const auto repeated = std::adjacent_find(data.train_index.begin(), data.train_index.end(), std::greater_equal<>());
  if (repeated != data.train_index.end()) {
    throw InputError(
        "the noise shows training images several times with labels of their own (noisy_copies); an "
        "export has one label for each image");
  }
  if (!data.train_index.empty() && data.train_index.back() >= data.dataset.train.count) {
    throw InputError("the trusted images are those of another data set, which an export of labels cannot name");
  }
  ExportedArrays arrays{.labels = std::vector<int64_t>(static_cast<size_t>(data.dataset.train.count), kNoLabel),
                        .train_index = data.train_index,
                        .val_index = data.held_out_index,
                        .trusted_index = images_at(data.train_index, data.trusted),
                        .test_index = data.test_index};
  for (size_t i = 0; i < data.train_index.size(); ++i) {
    arrays.labels[static_cast<size_t>(data.train_index[i])] = data.given[i];
  }
  for (size_t i = 0; i < data.held_out_index.size(); ++i) {
    arrays.labels[static_cast<size_t>(data.held_out_index[i])] = data.held_out_labels[i];
  }
  return arrays;
}

std::string array_digest(std::span<const int64_t> values) {
  std::string bytes;
  bytes.reserve(values.size() * 8);
  for (const int64_t value : values) append_little_endian(bytes, static_cast<uint64_t>(value), 8);
  return hex(sha256(bytes));
}

std::map<std::string, std::string> digests_of(const ExportedArrays& arrays) {
  std::map<std::string, std::string> digests;
  for (const auto& [name, values] : arrays.named()) digests[name] = array_digest(*values);
  return digests;
}

Json conditions_of(const TrialSpec& spec) {
  const Json whole = to_json(spec);
  Json conditions = only(whole, {"data", "noise", "trusted"});
  conditions["seeds"] = only(whole.at("seeds"), {"noise", "split"});
  conditions["revisions"] = only(whole.at("revisions"), {"dataset", "data_path", "random", "generator"});
  return conditions;
}

std::string write_manifest(const Manifest& manifest) {
  nlohmann::ordered_json json;
  json["schema"] = kManifestSchema;
  json["what"] = kWhat;
  json["protocol"] = manifest.protocol;
  json["group"] = manifest.group;
  json["setting"] = manifest.setting;
  json["seed"] = manifest.seed;
  json["conditions"] = manifest.conditions;
  json["digests"] = manifest.digests;
  json["order"] = manifest.order;
  json["classes"] = manifest.class_names;
  if (!manifest.usual.is_null()) json["usual"] = manifest.usual;
  json["method"] = manifest.method;
  json["link"] = manifest.link;
  json["network"] = manifest.network;
  json["epochs"] = nullptr;
  json["extra_data"] = nullptr;
  if (manifest.epochs) json["epochs"] = *manifest.epochs;
  if (manifest.extra_data) json["extra_data"] = *manifest.extra_data;
  return json.dump(2) + "\n";
}

Manifest read_manifest(const std::string& text, const std::string& file) {
  Problems problems;
  const auto root = JsonNode::parse(text, file, problems);
  ObjectReader reader(root);
  check_schema(reader, kManifestSchema);
  reader.one_of("what", {kWhat});
  Manifest manifest;
  manifest.protocol = reader.text("protocol");
  manifest.group = reader.text("group");
  manifest.setting = reader.text("setting");
  manifest.seed = reader.text("seed");
  manifest.conditions = reader.at("conditions").raw();
  for (const auto& [name, digest] : reader.at("digests").members()) manifest.digests[name] = digest.text();
  manifest.order = reader.text("order");
  for (const auto& item : reader.at("classes").items()) manifest.class_names.push_back(item.text());
  if (const auto usual = reader.find("usual")) manifest.usual = usual->raw();
  manifest.method = filled_text(reader, "method", "the method's name; it becomes the row");
  manifest.link = reader.text("link");
  manifest.network = filled_text(reader, "network", "the network, as in \"preact_resnet18\"");
  manifest.epochs = reader.integer("epochs", 1);
  manifest.extra_data = filled_text(reader, "extra_data", "\"none\", or what else the method was trained on");
  reader.close();
  problems.throw_if_any();
  return manifest;
}

}  // namespace nlb
