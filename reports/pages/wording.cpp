#include "reports/pages/wording.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/text.h"
#include "datasets/label_order.h"
#include "datasets/noise_inputs.h"
#include "reports/judging/imported_rows.h"
#include "reports/judging/statistics.h"

namespace nlb {
namespace {

struct Mark {
  CellWord word;
  const char* symbol;
};

/// In the order in which the first sentence names them.
constexpr Mark kMarks[] = {
    {CellWord::match, "✓"},           {CellWord::consistent, "≈"},     {CellWord::better, "▲"},
    {CellWord::worse, "▼"},           {CellWord::undecided, "?"},      {CellWord::unstable, "⚡"},
    {CellWord::depends_on_rule, "±"}, {CellWord::not_comparable, "≠"}, {CellWord::conditions_unknown, "∅"},
    {CellWord::recalled, "·"},        {CellWord::incomplete, "◐"},     {CellWord::failed, "✗"},
    {CellWord::no_data, "○"},         {CellWord::not_run, "–"},        {CellWord::not_built, "–"},
    {CellWord::published_only, "–"}};

constexpr int kMeasuredDecimals = 2;

std::string plural(int count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

bool is_state(CellWord word) {
  return word == CellWord::failed || word == CellWord::no_data || word == CellWord::not_run ||
         word == CellWord::not_built || word == CellWord::incomplete;
}

std::string counted_word(const Table& table, CellWord word, int count) {
  std::string text = std::to_string(count) + " " + word_of(word);
  if (word == CellWord::consistent)
    text += " to within ±" + fixed(table.median_consistent_uncertainty, 1) + " (median)";
  return text;
}

/// Values of rows that never run here; they are not counted among the others.
int published_only(const Table& table) {
  size_t count = 0;
  for (const auto& cell : table.cells) count += cell.state == CellState::published_only ? cell.judgements.size() : 0;
  return static_cast<int>(count);
}

std::string noise_words(const Setting& setting) {
  return setting.noise.generator + " " + shortest(setting.noise.rate) + trusted_suffix(setting);
}

std::string held_out_words(const DataSpec& data) {
  if (!data.held_out) return "no held-out part";
  return std::to_string(data.held_out->count) + " " + word_of(data.held_out->labels) + " labels held out";
}

/// Label files whose share of wrong labels is not the rate that the protocol states, a sentence for each.
std::set<std::string> rate_gaps(const Cell& cell) {
  std::set<std::string> gaps;
  for (const auto& seed : cell.seeds) {
    for (const auto* record : seed.records) {
      const auto& spec = record->spec;
      const auto& noise = record->result.noise;
      if (!noise || !spec.noise || !reads_label_file(*spec.noise)) continue;
      const auto gap = rate_gap(noise->requested_rate, noise->effective_rate, noise->count);
      if (!gap.empty()) gaps.insert(cell.group->id + ", " + spec.noise->options.value("file", "") + ": " + gap);
    }
  }
  return gaps;
}

}  // namespace

std::string marked_word(CellWord word) {
  for (const auto& mark : kMarks) {
    if (word == mark.word) return std::string(mark.symbol) + " " + word_of(word);
  }
  return word_of(word);
}

std::string word_class(CellWord word) {
  std::string name = word_of(word);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string measured_text(const Cell& cell, const std::string& rule) {
  const auto values = cell.values(rule);
  if (values.empty()) return {};
  const auto sample = summarise(values);
  std::string text = fixed(sample.mean, kMeasuredDecimals);
  if (sample.n > 1) text += " ± " + fixed(sample.deviation, kMeasuredDecimals);
  return text + " (" + std::to_string(sample.n) + ")";
}

std::string oracle_text(const Cell& cell, const std::string& rule) {
  const auto best = cell.values("best_on_test");
  const auto values = cell.values(rule);
  if (values.empty() || best.empty() || rule == "best_on_test") return {};
  const double gap = std::abs(summarise(best).mean - summarise(values).mean);
  std::string text = "best on test " + fixed(summarise(best).mean, kMeasuredDecimals) + ", oracle gap " +
                     fixed(gap, kMeasuredDecimals);
  if (cell.column->kind != Column::Kind::setting) return text;
  int64_t first = std::numeric_limits<int64_t>::max();
  int64_t last = 0;
  for (const auto& seed : cell.seeds) {
    const int64_t epoch = seed.records.front()->result.final_counts.best_on_test_epoch;
    first = std::min(first, epoch);
    last = std::max(last, epoch);
  }
  if (first == last) return text + " (epoch " + std::to_string(first) + ")";
  return text + " (epochs " + std::to_string(first) + "–" + std::to_string(last) + ")";
}

std::string published_text(const PublishedValue& published) {
  std::string text = fixed(published.value, published.decimals);
  if (published.low) text = fixed(*published.low, published.decimals) + "–" + text;
  if (published.high) text += "–" + fixed(*published.high, published.decimals);
  if (published.deviation) text += " ± " + shortest(*published.deviation);
  return text;
}

std::string signed_text(double value, int decimals) {
  const std::string digits = fixed(std::abs(value), decimals);
  if (digits.find_first_not_of("0.") == std::string::npos) return digits;
  return (value < 0 ? "−" : "+") + digits;
}

std::string delta_text(const PublishedJudgement& judgement) {
  std::string text;
  for (const auto& [rule, judged] : judgement.by_rule) {
    text += text.empty() ? "Δ " : "; ";
    if (judgement.by_rule.size() > 1) text += rule + " ";
    text += signed_text(judged.delta, kMeasuredDecimals);
    if (judged.uncertainty > 0) text += " ± " + fixed(judged.uncertainty, kMeasuredDecimals);
  }
  return text;
}

std::vector<CellWord> judgement_words() {
  std::vector<CellWord> words;
  for (const auto& mark : kMarks) words.push_back(mark.word);
  return words;
}

std::vector<SentencePart> sentence_parts(const Table& table) {
  if (table.published == 0) {
    const auto measured = std::count_if(table.cells.begin(), table.cells.end(), [](const Cell& cell) {
      return !cell.seeds.empty() && cell.row->status == Row::Status::measured;
    });
    return {{"No value of this table is published; " + plural(static_cast<int>(measured), "cell is", "cells are") +
                 " measured.",
             {}}};
  }
  std::vector<SentencePart> parts = {{"Of " + plural(table.published, "published value ", "published values ") +
                                          std::to_string(table.measured) +
                                          (table.measured == 1 ? " is measured" : " are measured"),
                                      {}}};
  for (const bool states : {false, true}) {
    std::string separator = states ? "; " : ": ";
    for (const auto& mark : kMarks) {
      const auto found = table.word_counts.find(mark.word);
      if (found == table.word_counts.end() || found->second == 0 || is_state(mark.word) != states) continue;
      parts.push_back({separator, {}});
      parts.push_back({counted_word(table, mark.word, found->second), mark.word});
      separator = ", ";
    }
  }
  const int beside = published_only(table);
  parts.push_back(
      {beside == 0 ? "." : ". " + plural(beside, "more value is", "more values are") + " shown as published only.",
       {}});
  return parts;
}

std::string first_sentence(const Table& table) {
  std::string text;
  for (const auto& part : sentence_parts(table)) text += part.text;
  return text;
}

std::string shift_sentence(const Shift& shift) {
  if (shift.seeds < 2 || shift.cells == 0) return {};
  return "Over " + plural(shift.cells, "judged value", "judged values") + " the mean difference is " +
         signed_text(shift.mean, 2) + " ± " + fixed(shift.uncertainty, 2) + " points (" +
         plural(shift.seeds, "seed", "seeds") + "; positive is good)" +
         (shift.flagged ? ", a shift: the interval excludes 0." : ".");
}

std::string shift_label(const Shift& shift) {
  if (shift.seeds < 2 || shift.cells == 0) return {};
  return "shift " + signed_text(shift.mean, 2) + " ± " + fixed(shift.uncertainty, 2) + " over " +
         plural(shift.cells, "value", "values") + (shift.flagged ? ", excludes 0" : "");
}

std::string looks_sentence(const Table& table, const Group& group) {
  int looks = 0;
  for (const auto& cell : table.cells) looks = cell.group == &group ? std::max(looks, cell.looks) : looks;
  if (looks == 0) return {};
  return "Some cells were run until decided: their error is split over up to " + std::to_string(looks) + " looks. ";
}

std::string conditions_line(const Protocol& protocol, const Group& group) {
  const auto& data = group.data;
  std::vector<std::string> parts = {data.dataset, held_out_words(data)};
  if (data.train_subset)
    parts.push_back(std::to_string(data.train_subset->count) + " training images (" + word_of(data.train_subset->how) +
                    ")");
  if (data.test_subset) parts.push_back("scored on " + std::to_string(data.test_subset->count) + " test images");
  if (!group.settings.empty())
    parts.push_back("noise " + noise_words(group.settings.front()) +
                    (group.settings.size() > 1 ? " … " + noise_words(group.settings.back()) : ""));
  parts.push_back("evaluated every " +
                  (data.evaluate_every == 1 ? std::string("epoch") : std::to_string(data.evaluate_every) + " epochs"));
  parts.push_back(protocol.precision);
  return join(parts, "; ");
}

std::string trusted_suffix(const Setting& setting) {
  if (!setting.trusted) return {};
  const auto& trusted = *setting.trusted;
  return ", trusted " + (trusted.count ? std::to_string(*trusted.count) : shortest(trusted.fraction.value_or(0)));
}

std::string origin_words(const Row& row) {
  if (row.status == Row::Status::imported) return "predictions scored here, training not verified";
  const bool bare = row.status == Row::Status::published_only && !row.published.empty() &&
                    row.published.front().kind == kImportedKind;
  return bare ? "bare numbers, neither measured nor scored here" : "";
}

std::string row_note(const Row& row) {
  std::vector<std::string> parts;
  if (row.status == Row::Status::published_only) parts.emplace_back("published only");
  if (row.status == Row::Status::planned) parts.emplace_back("not built yet");
  if (row.status == Row::Status::imported) {
    parts.push_back(origin_words(row));
    parts.push_back(row.note);
  }
  if (!row.ran_by.empty()) parts.push_back("run by " + row.ran_by);
  return join(parts, ", ");
}

std::string empty_cell_text(const Cell& cell) {
  return cell.row->status == Row::Status::measured ? word_of(cell_word(cell.state)) : std::string();
}

std::vector<Remark> remarks(const Table& table) {
  std::vector<Remark> list;
  std::map<std::string, int> no_data;
  std::set<std::string> gaps;
  for (const auto& cell : table.cells) {
    const auto id = cell.id(*table.protocol);
    gaps.merge(rate_gaps(cell));
    if (cell.state == CellState::failed) list.push_back({id, cell.reason});
    if (cell.state == CellState::no_data) ++no_data[cell.reason];
    if (cell.seeds.empty() || cell.state == CellState::failed) continue;
    for (const auto& judgement : cell.judgements) {
      if (!judgement.reason.empty()) list.push_back({id, word_of(judgement.word) + ": " + judgement.reason});
    }
  }
  for (const auto& [reason, count] : no_data)
    list.push_back({"", "no data for " + plural(count, "cell", "cells") + ": " + reason});
  for (const auto& gap : gaps) list.push_back({"", gap});
  return list;
}

std::vector<std::string> build_lines(const Table& table) {
  std::map<std::string, int> builds;
  std::string newest;
  std::set<const Record*> seen;
  for (const auto& cell : table.cells) {
    for (const auto& seed : cell.seeds) {
      for (const auto* record : seed.records) {
        if (!seen.insert(record).second) continue;
        const auto& kind = record->result.determinism_class;
        const auto word = [&](const char* key) {
          return kind.is_object() && kind.contains(key) && kind[key].is_string() ? kind[key].get<std::string>()
                                                                                 : std::string("?");
        };
        if (!record->origin.empty()) {
          ++builds[record->origin + " of a method that ran elsewhere, scored by nlbench " + record->build.version +
                   " at " + record->build.commit.substr(0, 12)];
          continue;
        }
        ++builds["nlbench " + record->build.version + " at " + record->build.commit.substr(0, 12) +
                 (record->build.dirty ? " with changes" : "") + ", " +
                 (record->machine.gpu.empty() ? record->machine.cpu : record->machine.gpu) + ", LibTorch " +
                 split(word("libtorch"), ' ').front()];
        newest = std::max(newest, record->result.finished);
      }
    }
  }
  std::vector<std::string> lines;
  for (const auto& [build, count] : builds) lines.push_back(plural(count, "record", "records") + " by " + build);
  if (!newest.empty()) lines.push_back("newest record: " + newest.substr(0, 10));
  for (const auto& change : table.protocol->tolerance.changes)
    lines.push_back("tolerance changed on " + change.date + ", was " + change.was + ": " + change.reason);
  for (const auto& fault : table.faults) lines.push_back("determinism fault: " + fault);
  return lines;
}

}  // namespace nlb
