#include "reports/judging/imported_rows.h"

#include <algorithm>
#include <cctype>

#include "core/text.h"
#include "protocols/parse.h"

namespace nlb {
namespace {

Group* find_group(Protocol& protocol, const std::string& id) {
  const auto found =
      std::find_if(protocol.groups.begin(), protocol.groups.end(), [&](const Group& group) { return group.id == id; });
  return found == protocol.groups.end() ? nullptr : &*found;
}

template <typename Item>
bool has(const std::vector<Item>& items, std::string Item::*key, const std::string& name) {
  return std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.*key == name; });
}

/// "imported_my_method": a name for anchors that no row of the group has.
std::string row_id(const Group& group, const std::string& method) {
  std::string id = "imported_";
  for (const unsigned char letter : method)
    id += std::isalnum(letter) != 0 && letter < 0x80 ? static_cast<char>(letter) : '_';
  const auto taken = [&](const std::string& name) { return has(group.rows, &Row::id, name); };
  if (!taken(id)) return id;
  for (int number = 2;; ++number) {
    if (const auto numbered = id + "_" + std::to_string(number); !taken(numbered)) return numbered;
  }
}

/// The network and epochs of most of the group: those of its first row that runs.
const Row* usual_row(const Group& group) {
  const auto found = std::find_if(group.rows.begin(), group.rows.end(),
                                  [](const Row& row) { return row.status == Row::Status::measured; });
  return found == group.rows.end() ? nullptr : &*found;
}

/// "network resnet50 (usual here: cnn_small), 200 epochs (usual here: 18), extra data: ImageNet".
std::string conditions_words(const Group& group, const std::string& network, std::optional<int64_t> epochs,
                             const std::string& extra_data) {
  const auto* usual = usual_row(group);
  std::string text = "network " + network;
  if (usual != nullptr && usual->net.id != network) text += " (usual here: " + usual->net.id + ")";
  if (epochs) {
    text += ", " + std::to_string(*epochs) + " epochs";
    if (usual != nullptr && usual->recipe.epochs != *epochs) {
      text += " (usual here: " + std::to_string(usual->recipe.epochs) + ")";
    }
  }
  return text + (extra_data == "none" ? ", no extra data" : ", extra data: " + extra_data);
}

std::string link_words(const std::string& link) { return link.empty() ? "" : "; " + link; }

Row row_of_scores(const Group& group, const Manifest& manifest) {
  Row row;
  row.id = row_id(group, manifest.method);
  row.title = manifest.method;
  row.status = Row::Status::imported;
  row.note = conditions_words(group, manifest.network, manifest.epochs, manifest.extra_data.value_or("none")) +
             link_words(manifest.link);
  return row;
}

/// What the pages read of a record; a run that happened elsewhere has no network, recipe or time here.
Record record_of(const ImportedScores& scores, const std::string& id) {
  Record record;
  record.trial = id;
  record.origin = "predictions";
  record.build = scores.build;
  record.result.noise = scores.noise;
  record.result.curves = scores.curves;
  record.result.final_counts = scores.counts;
  record.result.determinism_class = Json::object();
  record.digest = scores.digest;
  return record;
}

void add_scores(Group& group, const std::string& protocol, const ImportedScores& scores,
                std::map<std::string, std::string>& rows, RecordIndex& records) {
  const auto& manifest = scores.manifest;
  const auto key = Json({manifest.method, manifest.network, manifest.epochs.value_or(0), *manifest.extra_data}).dump();
  auto& row_id = rows[key];
  if (row_id.empty()) {
    group.rows.push_back(row_of_scores(group, manifest));
    row_id = group.rows.back().id;
  }
  auto& row = *std::find_if(group.rows.begin(), group.rows.end(), [&](const Row& one) { return one.id == row_id; });
  if (std::find(row.seeds.begin(), row.seeds.end(), manifest.seed) == row.seeds.end()) {
    row.seeds.push_back(manifest.seed);
  }
  const auto id = imported_id(protocol, group.id, row.id, manifest.setting, manifest.seed);
  records.by_trial[id] = {record_of(scores, id)};
}

Row row_of_numbers(const Group& group, const ImportedNumbers& numbers) {
  Row row;
  row.id = row_id(group, numbers.method);
  row.title = numbers.method;
  row.status = Row::Status::published_only;
  row.ran_by = "others, bare numbers, neither measured nor scored here: " +
               conditions_words(group, numbers.network, numbers.epochs, numbers.extra_data) + link_words(numbers.link);
  for (const auto& value : numbers.values) {
    if (!has(group.columns, &Column::id, value.column)) continue;
    if (auto published = read_printed(value.printed)) {
      published->column = value.column;
      published->rule = value.rule;
      published->runs = value.runs;
      published->kind = kImportedKind;
      published->printed_by = {{.source = numbers.link, .printed = value.printed, .kind = kImportedKind}};
      row.published.push_back(*published);
    }
  }
  return row;
}

}  // namespace

std::string imported_id(const std::string& protocol, const std::string& group, const std::string& row,
                        const std::string& setting, const std::string& seed) {
  return Json({"imported", protocol, group, row, setting, seed}).dump();
}

Protocol with_imported_rows(const Protocol& protocol, const Imports& imports, RecordIndex& records) {
  Protocol with = protocol;
  std::map<std::string, std::map<std::string, std::string>> rows;
  for (const auto& scores : imports.scores) {
    const auto& manifest = scores.manifest;
    auto* group = manifest.protocol == protocol.id ? find_group(with, manifest.group) : nullptr;
    if (group == nullptr || !has(group->settings, &Setting::name, manifest.setting) ||
        !has(protocol.seeds, &SeedEntry::name, manifest.seed))
      continue;
    add_scores(*group, protocol.id, scores, rows[group->id], records);
  }
  for (const auto& numbers : imports.numbers) {
    auto* group = numbers.protocol == protocol.id ? find_group(with, numbers.group) : nullptr;
    if (group != nullptr) group->rows.push_back(row_of_numbers(*group, numbers));
  }
  return with;
}

}  // namespace nlb
