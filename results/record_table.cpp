#include "results/record_table.h"

#include <numeric>

#include "core/sha256.h"
#include "core/text.h"
#include "results/columns.h"

namespace nlb {
namespace {

using Value = std::function<Json(const Record&)>;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// Of trials that ended well: what is 0 in a failed one was not measured.
Value counted(Json (*value)(const FinalCounts&)) {
  return [value](const Record& record) {
    const bool ok = record.result.status == TrialResult::Status::ok;
    return ok ? value(record.result.final_counts) : Json(nullptr);
  };
}

Value of_noise(Json (*value)(const NoiseSummary&)) {
  return [value](const Record& record) { return record.result.noise ? value(*record.result.noise) : Json(nullptr); };
}

Json mean_of(const std::vector<int64_t>& values) {
  if (values.empty()) return nullptr;
  return static_cast<double>(std::accumulate(values.begin(), values.end(), int64_t{0})) /
         static_cast<double>(values.size());
}

Json of_class(const Record& record, const char* name) {
  const auto& parts = record.result.determinism_class;
  return parts.is_object() && parts.contains(name) ? parts.at(name) : Json(nullptr);
}

std::vector<RecordColumn> place_columns() {
  return {
      {"trial", "string", "id of the trial, 64 hexadecimal digits", [](const Record& r) { return Json(r.trial); }},
      {"record", "string", "SHA-256 of the record: its name", [](const Record& r) { return Json(r.digest); }},
      {"protocol", "string", "table that the trial was first run for",
       [](const Record& r) { return Json(r.use.protocol); }},
      {"group", "string", "group of its rows", [](const Record& r) { return Json(r.use.group); }},
      {"row", "string", "row of the table", [](const Record& r) { return Json(r.use.row); }},
      {"setting", "string", "setting of the column", [](const Record& r) { return Json(r.use.setting); }},
      {"seed", "string", "seed entry", [](const Record& r) { return Json(r.use.seed); }},
      {"dataset", "string", "data set", [](const Record& r) { return Json(r.spec.data.dataset); }},
      {"method", "string", "method", [](const Record& r) { return Json(r.spec.method.id); }},
      {"net", "string", "network", [](const Record& r) { return Json(r.spec.net.id); }},
      {"noise", "string", "generator of the label noise; null: the method reads no noisy label",
       [](const Record& r) { return r.spec.noise ? Json(r.spec.noise->generator) : Json(nullptr); }},
      {"noise_rate", "double", "the setting's noise rate, [0, 1)",
       [](const Record& r) { return r.spec.noise ? Json(r.spec.noise->rate) : Json(nullptr); }},
      {"epochs", "int64", "epochs of the recipe", [](const Record& r) { return Json(r.spec.recipe.epochs); }},
      {"precision", "string", "arithmetic: fp32, tf32, bf16", [](const Record& r) { return Json(r.spec.precision); }},
  };
}

std::vector<RecordColumn> score_columns() {
  return {
      {"status", "string", "ok or failed",
       [](const Record& r) { return Json(r.result.status == TrialResult::Status::ok ? "ok" : "failed"); }},
      {"failure", "string", "message of a failed trial",
       [](const Record& r) { return text_or_null(r.result.failure); }},
      {"failure_epoch", "int64", "epoch in which it failed; 0: before the first",
       [](const Record& r) {
         return r.result.status == TrialResult::Status::ok ? Json(nullptr) : Json(r.result.failure_epoch);
       }},
      {"test_count", "int64", "test images", counted([](const FinalCounts& c) { return Json(c.test_count); })},
      {"held_out_count", "int64", "held-out images",
       counted([](const FinalCounts& c) { return Json(c.held_out_count); })},
      {"last", "int64", "test images right at the last evaluation",
       counted([](const FinalCounts& c) { return Json(c.last); })},
      {"mean_last_10", "double", "mean over the last evaluations, ten at most, of test images right",
       counted([](const FinalCounts& c) { return mean_of(c.last_ten); })},
      {"best_on_test", "int64", "most test images right at any evaluation: an oracle",
       counted([](const FinalCounts& c) { return Json(c.best_on_test); })},
      {"best_on_test_epoch", "int64", "the first epoch that reached it",
       counted([](const FinalCounts& c) { return Json(c.best_on_test_epoch); })},
      {"best_on_val", "int64", "test images right at the first epoch that is best on held-out labels",
       counted([](const FinalCounts& c) { return or_null(c.best_on_val); })},
      {"best_on_val_epoch", "int64", "that epoch",
       counted([](const FinalCounts& c) { return or_null(c.best_on_val_epoch); })},
      {"best_on_val_latest", "int64", "the same at the last of equally good epochs, as ELR's code counts",
       counted([](const FinalCounts& c) { return or_null(c.best_on_val_latest); })},
      {"best_on_val_latest_epoch", "int64", "that epoch",
       counted([](const FinalCounts& c) { return or_null(c.best_on_val_latest_epoch); })},
      {"counted_from", "int64", "epoch from which on the rules look at evaluations; null: unknown",
       counted([](const FinalCounts& c) { return c.counted_from > 0 ? Json(c.counted_from) : Json(nullptr); })},
      {"classes_never_predicted", "int64", "classes that no test image was given at the last evaluation",
       counted([](const FinalCounts& c) { return or_null(c.classes_never_predicted); })},
      {"labels_digest", "string", "SHA-256 of the noisy labels",
       of_noise([](const NoiseSummary& n) { return Json(n.digest); })},
      {"labels", "int64", "labels whose right class is known",
       of_noise([](const NoiseSummary& n) { return Json(n.count); })},
      {"labels_changed", "int64", "of these, labels that are wrong",
       of_noise([](const NoiseSummary& n) { return Json(n.changed); })},
      {"images_replaced", "int64", "images replaced by those of another data set",
       of_noise([](const NoiseSummary& n) { return Json(n.replaced); })},
      {"effective_rate", "double", "share of wrong labels, [0, 1]",
       of_noise([](const NoiseSummary& n) { return Json(n.effective_rate); })},
  };
}

std::vector<RecordColumn> run_columns() {
  return {
      {"wall_seconds", "double", "time of the trial, summed over interruptions",
       [](const Record& r) { return number_json(r.result.timing.wall_seconds); }},
      {"train_seconds", "double", "of these, training",
       [](const Record& r) { return number_json(r.result.timing.train_seconds); }},
      {"images_per_second", "double", "training images seen per second of training",
       [](const Record& r) { return number_json(r.result.timing.images_per_second); }},
      {"peak_memory_bytes", "int64", "peak memory",
       [](const Record& r) { return Json(r.result.timing.peak_memory_bytes); }},
      {"interruptions", "int64", "times that a checkpoint was resumed",
       [](const Record& r) { return Json(r.result.timing.interrupted_at.size()); }},
      {"started", "string", "UTC, ISO 8601", [](const Record& r) { return Json(r.result.started); }},
      {"finished", "string", "UTC, ISO 8601", [](const Record& r) { return Json(r.result.finished); }},
      {"cpu", "string", "processor", [](const Record& r) { return Json(r.machine.cpu); }},
      {"gpu", "string", "GPU; null: none was used", [](const Record& r) { return text_or_null(r.machine.gpu); }},
      {"system", "string", "operating system", [](const Record& r) { return Json(r.machine.system); }},
      {"threads", "string", "threads per trial", [](const Record& r) { return of_class(r, "threads"); }},
      {"libtorch", "string", "LibTorch's version and commit", [](const Record& r) { return of_class(r, "libtorch"); }},
      {"determinism_class", "string", "SHA-256 of the class in which equal trials have equal chains",
       [](const Record& r) { return Json(hex(sha256(canonical_text(r.result.determinism_class)))); }},
      {"state_chain", "string", "head of the chain of state digests",
       [](const Record& r) { return Json(r.result.state_chain); }},
      {"count_chain", "string", "head of the chain of counts",
       [](const Record& r) { return Json(r.result.count_chain); }},
      {"version", "string", "version of nlbench", [](const Record& r) { return Json(r.build.version); }},
      {"commit", "string", "its commit", [](const Record& r) { return Json(r.build.commit); }},
      {"dirty", "bool", "built with local changes", [](const Record& r) { return Json(r.build.dirty); }},
  };
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\r\n") == std::string::npos && !text.empty()) return text;
  std::string quoted = "\"";
  for (const char sign : text) quoted += sign == '"' ? "\"\"" : std::string(1, sign);
  return quoted + "\"";
}

}  // namespace

const std::vector<RecordColumn>& record_columns() {
  static const auto all = [] {
    auto columns = place_columns();
    for (const auto& more : {score_columns(), run_columns()}) columns.insert(columns.end(), more.begin(), more.end());
    return columns;
  }();
  return all;
}

std::string records_as_csv(const std::vector<const Record*>& records) {
  std::vector<std::string> names;
  for (const auto& column : record_columns()) names.push_back(column.name);
  std::string text = join(names, ",") + "\n";
  for (const auto* record : records) {
    std::vector<std::string> values;
    for (const auto& column : record_columns()) values.push_back(csv_value(column.value(*record)));
    text += join(values, ",") + "\n";
  }
  return text;
}

std::string records_as_json_lines(const std::vector<const Record*>& records) {
  std::string text;
  for (const auto* record : records) {
    nlohmann::ordered_json line = nlohmann::ordered_json::object();
    for (const auto& column : record_columns()) line[column.name] = column.value(*record);
    text += line.dump() + "\n";
  }
  return text;
}

std::string records_as_columns(const std::vector<const Record*>& records) {
  nlohmann::ordered_json table = {{"schema", kRecordTableSchema}, {"rows", records.size()}};
  for (const auto& column : record_columns()) {
    table["fields"].push_back({{"name", column.name}, {"type", column.type}, {"meaning", column.meaning}});
    auto& values = table["columns"][column.name] = nlohmann::ordered_json::array();
    for (const auto* record : records) values.emplace_back(column.value(*record));
  }
  return table.dump() + "\n";
}

}  // namespace nlb
