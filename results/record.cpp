#include "results/record.h"

#include <algorithm>
#include <limits>

#include "core/sha256.h"
#include "core/text.h"
#include "facts/facts.h"
#include "formats/gzip.h"
#include "protocols/trainings.h"
#include "results/columns.h"

namespace nlb {
namespace {

constexpr int64_t kCompressedSince = 2, kClassesCountedSince = 3, kLooksSince = 4, kCountedFromSince = 5,
                  kMatrixApartSince = 6, kLatestSince = 7;
constexpr const char* kNoiseMatrix = "noise_matrix";  // in the curves
constexpr size_t kImageBytesLimit = size_t{1} << 26;  // bytes; a small file may hold very much

Json machine_json(const Machine& machine) {
  Json json = {{"cpu", machine.cpu},
               {"system", machine.system},
               {"cores", machine.cores},
               {"memory_bytes", machine.memory_bytes}};
  if (!machine.gpu.empty()) json["gpu"] = machine.gpu;
  return json;
}

Machine read_machine(const JsonNode& node) {
  ObjectReader reader(node);
  Machine machine{.cpu = reader.text("cpu"),
                  .gpu = reader.text_or("gpu", ""),
                  .system = reader.text("system"),
                  .cores = reader.integer("cores", 0),
                  .memory_bytes = reader.integer("memory_bytes", 0)};
  reader.close();
  return machine;
}

Build read_build(const JsonNode& node) {
  ObjectReader reader(node);
  Build build{.version = reader.text("version"), .commit = reader.text("commit"), .dirty = reader.boolean("dirty")};
  reader.close();
  return build;
}

TrialUse read_use(const JsonNode& node) {
  ObjectReader reader(node);
  TrialUse use{.protocol = reader.text("protocol"),
               .group = reader.text("group"),
               .row = reader.text("row"),
               .setting = reader.text("setting"),
               .seed = reader.text("seed")};
  reader.close();
  return use;
}

/// Many values share one source, so the file names each source once with the places it covers.
Json grouped_sources(const std::map<std::string, std::string>& sources) {
  Json grouped = Json::object();
  for (const auto& [pointer, source] : sources) grouped[source].push_back(pointer);
  return grouped;
}

std::map<std::string, std::string> read_sources(const JsonNode& node) {
  std::map<std::string, std::string> sources;
  for (const auto& [source, places] : node.members()) {
    for (const auto& place : places.items()) sources[place.text()] = source;
  }
  return sources;
}

std::vector<int> read_looks(const JsonNode& node) {
  std::vector<int> looks;
  for (const auto& item : node.items()) looks.push_back(static_cast<int>(item.integer(2, 1'000'000)));
  return looks;
}

std::string_view characters(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Most networks are right about most images, so these compress to a fraction.
std::string compressed(const std::vector<uint8_t>& bytes) { return base64(bytes_of(gzip(characters(bytes)))); }

std::vector<uint8_t> decompressed(const JsonNode& node) {
  try {
    const auto content = gunzip(characters(from_base64(node.text())), kImageBytesLimit);
    if (content.size() > kImageBytesLimit)
      throw InputError("holds more than " + std::to_string(kImageBytesLimit) + " bytes");
    return {content.begin(), content.end()};
  } catch (const InputError& error) {
    node.problem(error.what());
    return {};
  }
}

/// Of a thousand classes it is a million numbers, most of them 0 or alike.
std::vector<uint8_t> matrix_bytes(const std::vector<int64_t>& matrix) {
  std::vector<int32_t> values;
  values.reserve(matrix.size());
  for (const int64_t count : matrix) {
    NLB_CHECK(count >= 0 && count <= std::numeric_limits<int32_t>::max(), "a count of images fits 32 bits");
    values.push_back(static_cast<int32_t>(count));
  }
  return int32_bytes(values);
}

void read_matrix(ObjectReader& reader, NoiseSummary& noise) {
  const auto values = int32_values(decompressed(reader.at(kNoiseMatrix)));
  check_length(reader, kNoiseMatrix, values.size(), static_cast<size_t>(noise.classes * noise.classes));
  noise.matrix.assign(values.begin(), values.end());
}

/// The oldest schema that can say all that the record holds: so old programs read what they can understand.
int64_t schema_of(const Record& record) {
  if (record.result.final_counts.best_on_val_latest) return kLatestSince;
  if (record.result.noise) return kMatrixApartSince;
  if (record.result.final_counts.counted_from > 1) return kCountedFromSince;
  return record.looks.empty() ? kLooksSince - 1 : kLooksSince;
}

/// Epoch (1-based) from which on the rules count; `curves` end with the trial's last epoch.
int64_t counted_from(const TrialSpec& spec, const Curves& curves) {
  const auto method = facts().methods.find(spec.method.id);
  if (method == facts().methods.end() || curves.epoch.empty()) return 1;
  return 1 + last_training_begin(spec, method->second, curves.epoch.back());
}

bool has_several_trainings(const TrialSpec& spec) {
  const auto method = facts().methods.find(spec.method.id);
  if (method == facts().methods.end()) return false;
  return trainings_of(spec, method->second) > 1 || !method->second.training_starts.empty();
}

/// Of a record whose schema did not have it.
void count_latest(FinalCounts& counts, const Curves& curves) {
  if (!counts.best_on_val || counts.best_on_val_latest || curves.epoch.empty()) return;
  FinalCounts again = counts;
  apply_rules(again, curves);
  counts.best_on_val_latest = again.best_on_val_latest;
  counts.best_on_val_latest_epoch = again.best_on_val_latest_epoch;
}

/// Of a file whose schema counted all trainings alike: its images are those of the best epoch and of the last ten of
/// all, which are not those of the last training. The file says so at each reading, whoever counted again before.
void drop_uncounted_images(FinalCounts& counts, const Curves& curves) {
  if (counts.counted_from <= 1 || curves.epoch.empty()) return;
  FinalCounts all = counts;
  all.counted_from = 1;
  apply_rules(all, curves);
  if (all.best_on_test_epoch != counts.best_on_test_epoch) counts.best_bits.clear();
  if (all.last_ten.size() != counts.last_ten.size()) counts.mean_last_10.clear();
}

}  // namespace

RecordFiles write_record(const Record& record) {
  const int64_t schema = schema_of(record);
  Json curves = {{"schema", schema}, {"trial", record.trial}, {"curves", to_json(record.result.curves)}};
  for (const auto& [name, bytes] : image_bytes(record.result.final_counts)) curves[name] = compressed(bytes);
  if (schema >= kMatrixApartSince && record.result.noise)
    curves[kNoiseMatrix] = compressed(matrix_bytes(record.result.noise->matrix));
  const auto& use = record.use;
  RecordFiles files;
  files.curves = curves.dump() + "\n";
  Json json = {
      {"schema", schema},
      {"trial", record.trial},
      {"spec", to_json(record.spec)},
      {"sources", grouped_sources(record.sources)},
      {"use",
       {{"protocol", use.protocol},
        {"group", use.group},
        {"row", use.row},
        {"setting", use.setting},
        {"seed", use.seed}}},
      {"build", {{"version", record.build.version}, {"commit", record.build.commit}, {"dirty", record.build.dirty}}},
      {"machine", machine_json(record.machine)},
      {"result", to_json(record.result, ResultParts::record)},
      {"curves_digest", hex(sha256(files.curves))}};
  if (schema >= kLooksSince) json["looks"] = record.looks;
  files.record = json.dump() + "\n";
  files.digest = hex(sha256(files.record));
  return files;
}

Record read_record(const std::string& text, const std::string& file) {
  Problems problems;
  const auto root = JsonNode::parse(text, file, problems);
  ObjectReader reader(root);
  const int64_t schema = check_schema(reader, kRecordSchema);
  Record record;
  record.digest = hex(sha256(text));
  record.trial = reader.text("trial");
  record.spec = trial_spec_from_json(reader.at("spec"));
  record.sources = read_sources(reader.at("sources"));
  record.use = read_use(reader.at("use"));
  record.build = read_build(reader.at("build"));
  record.machine = read_machine(reader.at("machine"));
  record.curves_digest = reader.text("curves_digest");
  if (schema >= kLooksSince) record.looks = read_looks(reader.at("looks"));
  record.result = trial_result_from_json(reader.at("result"),
                                         schema >= kMatrixApartSince ? ResultParts::record : ResultParts::old_record);
  reader.close();
  if (schema < kClassesCountedSince) record.result.final_counts.classes_never_predicted.reset();
  problems.throw_if_any();
  const bool is_done = record.result.status == TrialResult::Status::ok;
  if (schema < kCountedFromSince && is_done && has_several_trainings(record.spec)) {
    record.result.final_counts.counted_from = 0;
  }
  if (trial_id(record.spec) != record.trial) {
    throw InputError(file + ": /trial: " + record.trial + " is not the id of the trial in /spec (" +
                     trial_id(record.spec) + ")");
  }
  return record;
}

void check_curves_digest(const std::string& text, const std::string& file, const Record& record) {
  if (hex(sha256(text)) != record.curves_digest) {
    throw InputError(file + ": the curves' digest is " + hex(sha256(text)) + ", but the record names " +
                     record.curves_digest +
                     "; the file was changed or cut off: copy it again or delete the pair and re-run the trial");
  }
}

void read_curves(const std::string& text, const std::string& file, Record& record) {
  check_curves_digest(text, file, record);
  Problems problems;
  const auto root = JsonNode::parse(text, file, problems);
  ObjectReader reader(root);
  const int64_t schema = check_schema(reader, kRecordSchema);
  const bool is_compressed = schema >= kCompressedSince;
  auto bytes = image_bytes(record.result.final_counts);
  for (auto& [name, part] : bytes) part = is_compressed ? decompressed(reader.at(name)) : read_bytes(reader.at(name));
  if (const auto trial = reader.text("trial"); trial != record.trial)
    reader.at("trial").problem(trial + " is not the record's trial, " + record.trial);
  TrialResult result = record.result;
  result.curves = curves_from_json(reader.at("curves"));
  set_image_bytes(result.final_counts, std::move(bytes));
  if (schema >= kMatrixApartSince && result.noise) read_matrix(reader, *result.noise);
  reader.close();
  problems.throw_if_any();
  auto& unpredicted = result.final_counts.classes_never_predicted;
  if (!unpredicted) unpredicted = classes_never_predicted(result.final_counts.confusion);
  if (result.final_counts.counted_from == 0) {
    result.final_counts.counted_from = counted_from(record.spec, result.curves);
    apply_rules(result.final_counts, result.curves);
  }
  if (schema < kCountedFromSince) drop_uncounted_images(result.final_counts, result.curves);
  count_latest(result.final_counts, result.curves);
  record.result = std::move(result);
}

}  // namespace nlb
