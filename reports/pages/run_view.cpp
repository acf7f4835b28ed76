#include "reports/pages/run_view.h"

#include <algorithm>

#include "core/shell.h"
#include "core/text.h"
#include "protocols/sourced_values.h"
#include "reports/judging/rules.h"
#include "reports/judging/statistics.h"
#include "reports/pages/curve_plots.h"
#include "reports/pages/page_data.h"
#include "reports/pages/sections.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

using kainjow::mustache::data;

data pair(const char* first, const std::string& a, const char* second, const std::string& b) {
  data entry;
  entry.set(first, a);
  entry.set(second, b);
  return entry;
}

void set_noise(data& page, const Record& record) {
  if (!record.result.noise) return page.set("noise", flag(false));
  const auto& noise = *record.result.noise;
  const bool has_matrix = !noise.matrix.empty();  // it lies with the curves, which may be gone
  data section;
  if (has_matrix) {
    section = matrix_data("Counts. Row: clean class, column: given label; the shade is of the row's share.",
                          noise.matrix, static_cast<size_t>(noise.classes));
  }
  section.set("has_matrix", flag(has_matrix));
  section.set("requested", shortest(noise.requested_rate));
  section.set("effective", noise.count > 0 ? fixed(noise.effective_rate, 5) : std::string("unknown"));
  section.set("changed", std::to_string(noise.changed));
  section.set("count", std::to_string(noise.count));
  set_text(section, "replaced", noise.replaced == 0 ? std::string() : std::to_string(noise.replaced));
  section.set("digest", noise.digest);
  page.set("noise", section);
}

void set_confusion(data& page, const Record& record) {
  const auto& confusion = record.result.final_counts.confusion;
  size_t classes = 0;
  while (classes * classes < confusion.size()) ++classes;
  page.set("has_confusion", flag(classes > 0));
  if (classes > 0)
    page.set("confusion", matrix_data("Test images. Row: true class, column: predicted class; the shade is of the "
                                      "row's share.",
                                      confusion, classes));
}

std::string interruptions_text(const Timing& timing) {
  std::vector<std::string> epochs;
  for (const auto epoch : timing.interrupted_at) epochs.push_back(std::to_string(epoch));
  return epochs.empty() ? "none" : "resumed after epoch " + join(epochs, ", ");
}

/// Of the processor's multiply-adds, if each step made three passes of one network: what the method adds counts as
/// lost.
std::string share_of_peak(const Record& record, const Facts& facts) {
  const auto& timing = record.result.timing;
  const auto net = facts.nets.find(record.spec.net.id);
  const auto& named = record.result.determinism_class;
  if (timing.multiply_add_peak <= 0 || net == facts.nets.end() || !named.contains("threads")) return "";
  const double made = timing.images_per_second * 3 * static_cast<double>(net->second.multiply_adds);
  const double peak = timing.multiply_add_peak * std::stod(named.at("threads").get<std::string>());
  return ", " + fixed(100 * made / peak, 0) + " % of the multiply-adds its threads can make";
}

data environment_data(const Record& record, const Facts& facts) {
  data list{data::type::list};
  const auto add = [&](const std::string& name, const std::string& value) {
    list.push_back(pair("name", name, "value", value));
  };
  const auto& timing = record.result.timing;
  add("nlbench", record.build.version + " at " + record.build.commit + (record.build.dirty ? " with changes" : ""));
  add("machine", record.machine.cpu + (record.machine.gpu.empty() ? "" : ", " + record.machine.gpu) + ", " +
                     std::to_string(record.machine.cores) + " cores, " +
                     bytes_text(static_cast<double>(record.machine.memory_bytes)));
  add("system", record.machine.system);
  add("wall time", duration_text(timing.wall_seconds) + ", " + fixed(timing.images_per_second, 0) +
                       " images/s in training" + share_of_peak(record, facts));
  add("peak memory", bytes_text(static_cast<double>(timing.peak_memory_bytes)));
  add("interruptions", interruptions_text(timing));
  add("started", record.result.started);
  add("finished", record.result.finished);
  for (const auto& [key, value] : record.result.determinism_class.items())
    add("class: " + key, value.is_string() ? value.get<std::string>() : value.dump());
  add("state chain", record.result.state_chain);
  add("count chain", record.result.count_chain);
  return list;
}

data values_data(const Record& record) {
  data values{data::type::list};
  for (const auto& leaf : sourced_values(record.spec, record.sources)) {
    data entry;
    entry.set("path", leaf.pointer);
    entry.set("value", leaf.value);
    entry.set("source", leaf.source);
    values.push_back(entry);
  }
  return values;
}

/// The other seeds of the cell, this one without a link.
data neighbours_data(const RunPlace& place) {
  data list{data::type::list};
  for (const auto& seed : place.cell->seeds) {
    const auto value = seed.percent.find(place.showing->rule());
    data entry;
    entry.set("seed", seed.seed);
    entry.set("value", value == seed.percent.end() ? std::string("–") : fixed(value->second, 2));
    set_text(entry, "href", &seed == place.seed ? std::string() : run_view_name(*seed.records.front()));
    list.push_back(entry);
  }
  return list;
}

/// Other records of the same trial: where it ran again, chains and accuracy are compared.
data others_data(const Record& record, const RecordIndex& records) {
  data list{data::type::list};
  const auto found = records.by_trial.find(record.trial);
  if (found == records.by_trial.end()) return list;
  for (const auto& other : found->second) {
    if (other.digest == record.digest) continue;
    const bool same_class = other.result.determinism_class == record.result.determinism_class;
    const bool equal =
        other.result.state_chain == record.result.state_chain && other.result.count_chain == record.result.count_chain;
    const bool failed = other.result.status == TrialResult::Status::failed;
    data entry;
    entry.set("record", other.digest.substr(0, 12));
    entry.set("machine", other.machine.cpu);
    entry.set("what", failed       ? "failed: " + other.result.failure
                      : equal      ? std::string("same chains")
                      : same_class ? std::string("DIFFERENT chains in the same class: a determinism fault")
                                   : "another class, last " + fixed(rule_values(other.result).at("last"), 2) + " %");
    list.push_back(entry);
  }
  return list;
}

/// Exact McNemar against cross-entropy on the same seed: of these two networks, not of their methods. Absent for
/// cross-entropy itself and where a bitmap is missing.
std::optional<data> mcnemar_data(const RunPlace& place, const Record& record) {
  const auto* reference = place.showing->reference();
  if (reference == nullptr || reference == place.cell->row) return std::nullopt;
  const auto& seeds = place.showing->cell(*reference, *place.cell->column).seeds;
  const auto same =
      std::find_if(seeds.begin(), seeds.end(), [&](const SeedValue& seed) { return seed.seed == place.seed->seed; });
  if (same == seeds.end()) return std::nullopt;
  Record other = *same->records.front();
  const auto& counts = record.result.final_counts;
  if (!try_load_curves(other).empty() || counts.last_bits.empty()) return std::nullopt;
  if (other.result.final_counts.test_count != counts.test_count) return std::nullopt;
  const auto test = mcnemar(counts.last_bits, other.result.final_counts.last_bits, counts.test_count);
  data entry;
  entry.set("reference", reference->title);
  entry.set("href", run_view_name(other));
  entry.set("only_first", std::to_string(test.only_first));
  entry.set("only_second", std::to_string(test.only_second));
  entry.set("both", std::to_string(test.both));
  entry.set("neither", std::to_string(test.neither));
  entry.set("p", significant(test.p, 2));
  return entry;
}

void set_place(data& page, const RunPlace& place, const Record& record) {
  const auto& protocol = *place.showing->table().protocol;
  page.set("page_title", "Run " + record.trial.substr(0, 12));
  page.set("protocol", protocol.id);
  page.set("protocol_title", protocol.title);
  page.set("group", place.cell->group->id);
  page.set("row", place.cell->row->id);
  page.set("row_title", place.cell->row->title);
  page.set("column_title", place.cell->column->title);
  page.set("setting", place.cell->column->settings.front());
  page.set("seed", place.seed->seed);
  page.set("cell", place.cell->id(protocol));
  page.set("trial", record.trial);
  const auto selection = shell_words({"--group", place.cell->group->id, "--row", place.cell->row->id, "--noise",
                                      place.cell->column->settings.front(), "--seed", place.seed->seed});
  page.set("run_again", command_of(*place.input, "run", selection));
  page.set("verify", verify_command(*place.input, record.trial.substr(0, 12)));
  page.set("record", record.digest);
}

void set_deviations(data& page, const Row& row, const Facts& facts) {
  data list{data::type::list};
  const auto method = facts.methods.find(row.method);
  if (method != facts.methods.end()) {
    for (const auto& deviation : method->second.deviations) list.push_back(deviation);
  }
  page.set("has_deviations", flag(list.is_non_empty_list()));
  page.set("deviations", list);
}

std::string raw_record(const Record& record) {
  try {
    return Json::parse(stored_record(record).text).dump(1, ' ', false, Json::error_handler_t::replace);
  } catch (const std::exception& gone) {
    return gone.what();
  }
}

}  // namespace

std::string run_view_name(const Record& record) { return record.digest.substr(0, 12) + ".html"; }

std::string run_view_link(const SeedValue& seed) {
  const bool ran_here = seed.records.size() == 1 && seed.records.front()->origin.empty();
  return ran_here ? "runs/" + run_view_name(*seed.records.front()) : std::string();
}

data run_view_data(const RunPlace& place, const Facts& facts, const RecordIndex& records) {
  Record record = *place.seed->records.front();
  data page, rules{data::type::list}, plots{data::type::list};
  set_text(page, "problem", try_load_curves(record));
  set_place(page, place, record);
  for (const auto& [rule, value] : rule_values(record.result))
    rules.push_back(pair("name", rule_words(rule), "value", fixed(value, 2)));
  for (const auto& plot : run_curves(record)) plots.push_back(plot_data(plot));
  page.set("rules", rules);
  page.set("plots", plots);
  page.set("values", values_data(record));
  page.set("environment", environment_data(record, facts));
  page.set("neighbours", neighbours_data(place));
  page.set("others", others_data(record, records));
  page.set("histogram", loss_histogram_data(record));
  page.set("raw", raw_record(record));
  set_deviations(page, *place.cell->row, facts);
  const auto test = mcnemar_data(place, record);
  page.set("has_mcnemar", flag(test.has_value()));
  if (test) page.set("mcnemar", *test);
  set_noise(page, record);
  set_confusion(page, record);
  return page;
}

}  // namespace nlb
