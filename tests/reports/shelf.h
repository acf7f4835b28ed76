// tests/reports/shelf.h -- records in folders, read back as the program does it, and the pages made of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench.h"
#include "reports/pages/report.h"
#include "tests/support/fixtures.h"

namespace nlb::test {

inline const std::filesystem::path kTemplates = std::filesystem::path(NLB_SOURCE_DIR) / "templates";

class Shelf {
 public:
  explicit Shelf(const Json& json = small_protocol()) : protocol_(parsed(json)) {}

  void add(const std::string& folder, const std::string& row, const std::string& setting, const std::string& seed,
           TrialResult result) {
    auto record = made_record(trial_at(protocol_, "first", row, setting, seed), std::move(result));
    record.machine.cpu = cpu;
    Store(folder_.path() / folder).add(record);
  }
  /// Row gce measured at 0.2, one seed of three failed at 0.4, row ce with one seed; `message` is the failure's.
  void fill(const std::string& folder, const std::string& message = "the loss is NaN") {
    add(folder, "gce", "0.2", "b", made_result({700, 930, 914}));
    add(folder, "gce", "0.2", "a", made_result({710, 940, 910}));
    add(folder, "gce", "0.4", "a", made_failure(message, 7));
    add(folder, "ce", "0.2", "a", made_result({500, 800, 780}));
  }
  RecordIndex read(const std::vector<std::string>& names) const {
    std::vector<std::filesystem::path> folders;
    for (const auto& name : names) folders.push_back(folder_.path() / name);
    Selection all;
    all.groups = {"all"};
    std::vector<std::string> ids;
    for (const auto& trial : make_plan({protocol_}, all, without_forward()).trials) ids.push_back(trial.id);
    return read_records(folders, ids);
  }
  std::string markdown(const std::vector<std::string>& folders = {"r"}) const {
    const auto records = read(folders);
    return render_markdown({input(records)}).at(protocol_.id + ".md");
  }
  ReportFiles html(const std::vector<std::string>& folders = {"r"},
                   const std::filesystem::path& templates = kTemplates) const {
    const auto records = read(folders);
    return html_of(records, templates, true);
  }
  ReportFiles html_of(const RecordIndex& records, const std::filesystem::path& templates, bool run_views) const {
    return render_html({input(records)}, templates, run_views);
  }
  ReportInput input(const RecordIndex& records) const { return {&protocol_, &facts(), &records, {}}; }
  const std::filesystem::path& path() const { return folder_.path(); }
  const Protocol& protocol() const { return protocol_; }
  std::string cpu = "a processor";

 private:
  TemporaryFolder folder_;
  Protocol protocol_;
};

/// small_protocol() with `text` in every place that a file's text reaches a page from.
inline Json saying(const std::string& text) {
  auto json = small_protocol();
  auto& group = json["groups"][0];
  json["title"] = json["summary"] = json["tolerance"]["reason"] = group["title"] = group["conditions"] = text;
  for (auto& column : group["columns"]) column["title"] = text;
  for (auto& row : group["rows"]) row["title"] = text;
  for (size_t row : {1, 3}) group["rows"][row]["published"][0]["source"] = text;
  group["rows"][1]["published"][0]["difference"] = text;
  group["rows"][1]["published"][0]["note"] = text;
  group["rows"][1]["note"] = text;
  return json;
}

inline Shelf& fill_saying(Shelf& shelf, const std::string& text) {
  shelf.cpu = text;
  shelf.fill("r", text);
  return shelf;
}

}  // namespace nlb::test
