#include "reports/run_view.h"

#include "core/text.h"
#include "protocols/sourced_values.h"
#include "reports/page_data.h"
#include "reports/plot.h"
#include "reports/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

data pair(const char* first, const std::string& a, const char* second, const std::string& b) {
  data entry;
  entry.set(first, a);
  entry.set(second, b);
  return entry;
}

data accuracy_plot(const Record& record) {
  const auto& curves = record.result.curves;
  Plot plot{.title = "Test accuracy", .x_label = "epoch", .y_label = "test accuracy, %", .series = {}};
  for (size_t o = 0; o < curves.outputs.size(); ++o) {
    Series series{.name = curves.outputs[o], .points = {}, .hollow = {}};
    for (size_t e = 0; e < curves.epoch.size(); ++e) {
      series.points.emplace_back(static_cast<double>(curves.epoch[e]),
                                 100.0 * static_cast<double>(curves.test_correct[o][e]) /
                                     static_cast<double>(record.result.final_counts.test_count));
    }
    plot.series.push_back(std::move(series));
  }
  return plot_data(plot);
}

/// Share of the samples seen, per evaluation: what the network fits of rightly and wrongly labelled samples.
data memorisation_plot(const Record& record) {
  const auto& curves = record.result.curves;
  Plot plot{.title = "Fit to the training labels", .x_label = "epoch", .y_label = "share of samples, %", .series = {}};
  const auto add = [&](const char* name, const char* part, const char* whole) {
    const auto parts = curves.train_counts.find(part);
    const auto wholes = curves.train_counts.find(whole);
    if (parts == curves.train_counts.end() || wholes == curves.train_counts.end()) return;
    Series series{.name = name, .points = {}, .hollow = {}};
    for (size_t e = 0; e < curves.epoch.size(); ++e) {
      if (wholes->second[e] > 0)
        series.points.emplace_back(static_cast<double>(curves.epoch[e]), 100.0 * static_cast<double>(parts->second[e]) /
                                                                             static_cast<double>(wholes->second[e]));
    }
    if (!series.points.empty()) plot.series.push_back(std::move(series));
  };
  add("right label, fitted", "clean_fit", "seen_clean");
  add("wrong label, memorised", "wrong_fit_given", "seen_wrong");
  add("wrong label, true class predicted", "wrong_fit_clean", "seen_wrong");
  return plot_data(plot);
}

template <typename Count>
data matrix_data(const std::string& caption, const std::vector<Count>& counts, size_t classes) {
  data section, lines{data::type::list};
  section.set("caption", caption);
  for (size_t i = 0; i < classes; ++i) {
    data cells{data::type::list}, row;
    for (size_t j = 0; j < classes; ++j) cells.push_back(std::to_string(counts[i * classes + j]));
    row.set("name", std::to_string(i));
    row.set("cells", cells);
    lines.push_back(row);
  }
  section.set("lines", lines);
  return section;
}

void set_noise(data& page, const Record& record) {
  if (!record.result.noise) return page.set("noise", flag(false));
  const auto& noise = *record.result.noise;
  auto section =
      matrix_data("counts; row: clean class, column: given label", noise.matrix, static_cast<size_t>(noise.classes));
  section.set("requested", shortest(noise.requested_rate));
  section.set("effective", fixed(noise.effective_rate, 5));
  section.set("changed", std::to_string(noise.changed));
  section.set("count", std::to_string(noise.count));
  section.set("digest", noise.digest);
  page.set("noise", section);
}

data environment_data(const Record& record) {
  data list{data::type::list};
  const auto add = [&](const std::string& name, const std::string& value) {
    list.push_back(pair("name", name, "value", value));
  };
  for (const auto& [key, value] : record.result.determinism_class.items())
    add(key, value.is_string() ? value.get<std::string>() : value.dump());
  const auto& timing = record.result.timing;
  add("nlbench", record.build.version + " at " + record.build.commit + (record.build.dirty ? " with changes" : ""));
  add("machine", record.machine.cpu + ", " + std::to_string(record.machine.cores) + " cores, " +
                     bytes_text(static_cast<double>(record.machine.memory_bytes)));
  add("wall time",
      duration_text(timing.wall_seconds) + ", " + fixed(timing.images_per_second, 0) + " images/s in training");
  add("peak memory", bytes_text(static_cast<double>(timing.peak_memory_bytes)));
  std::vector<std::string> epochs;
  for (const auto epoch : timing.interrupted_at) epochs.push_back(std::to_string(epoch));
  add("interruptions", epochs.empty() ? "none" : "resumed after epoch " + join(epochs, ", "));
  add("state chain", record.result.state_chain);
  add("count chain", record.result.count_chain);
  add("finished", record.result.finished);
  return list;
}

}  // namespace

std::string run_view_name(const Record& record) { return record.digest.substr(0, 12) + ".html"; }

data run_view_data(const Protocol& protocol, const Cell& cell, const std::string& seed, Record record) {
  data page, rules{data::type::list}, values{data::type::list}, plots{data::type::list};
  set_text(page, "problem", try_load_curves(record));
  page.set("page_title", "Run " + record.trial.substr(0, 12));
  page.set("protocol", protocol.id);
  page.set("group", cell.group->id);
  page.set("row", cell.row->id);
  page.set("setting", cell.column->settings.front());
  page.set("seed", seed);
  page.set("trial", record.trial);
  page.set("short_id", record.trial.substr(0, 12));
  page.set("record", record.digest);
  for (const auto& [rule, value] : rule_values(record.result))
    rules.push_back(pair("name", rule_words(rule), "value", fixed(value, 2)));
  plots.push_back(accuracy_plot(record));
  plots.push_back(memorisation_plot(record));
  for (const auto& leaf : sourced_values(record.spec, record.sources)) {
    data entry;
    entry.set("path", leaf.pointer);
    entry.set("value", leaf.value);
    entry.set("source", leaf.source);
    values.push_back(entry);
  }
  page.set("rules", rules);
  page.set("plots", plots);
  page.set("values", values);
  page.set("environment", environment_data(record));
  set_noise(page, record);
  const auto& confusion = record.result.final_counts.confusion;
  size_t classes = 0;
  while (classes * classes < confusion.size()) ++classes;
  page.set("confusion", matrix_data("test images; row: true class, column: predicted class", confusion, classes));
  return page;
}

}  // namespace nlb
