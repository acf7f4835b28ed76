#include "reports/pages/page_state.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/text.h"
#include "reports/judging/rules.h"
#include "reports/pages/latex_text.h"
#include "reports/pages/wording.h"

namespace nlb {
namespace {

constexpr double kSortDigits = 1e6;  // enough to sort by, short to write

Json shown_json(const Shown& shown) {
  Json entry = Json::array({shown.text});
  if (shown.number) entry.push_back(std::round(*shown.number * kSortDigits) / kSortDigits);
  return entry;
}

Json cell_json(const GroupShowing& showing, const Cell& cell) {
  Json words = Json::array(), shown = Json::object(), best = Json::object(), ranks = Json::object();
  Json asides = Json::object();
  for (const auto& judgement : cell.judgements) words.push_back(word_class(judgement.word));
  for (const auto& view : views()) {
    const auto rules = view.by_rule ? showing.rules() : std::vector<std::string>{showing.rule()};
    for (const auto& rule : rules) {
      const auto text = showing.shown(cell, view.id, rule);
      if (!text.text.empty()) shown[view.id][view.by_rule ? rule : ""] = shown_json(text);
    }
  }
  for (const auto& rule : showing.rules()) {
    if (const auto aside = showing.aside(cell, rule); !aside.empty()) asides[rule] = aside;
    const auto* rank = showing.rank(cell, rule);
    if (rank == nullptr || showing.ranking(*cell.column, rule).ranks.size() < 2) continue;
    ranks[rule] = rank_text(*rank);
    if (rank->ties_best) best[rule] = 1;
  }
  Json entry = {{"id", cell.id(*showing.table().protocol)}, {"shown", shown}};
  if (!words.empty()) entry["words"] = words;
  if (!best.empty()) entry["best"] = best;
  if (!ranks.empty()) entry["rank"] = ranks;
  if (!asides.empty()) entry["aside"] = asides;
  if (const auto notes = showing.class_notes(cell); !notes.empty()) entry["notes"] = notes;
  if (const auto state = empty_cell_text(cell); !state.empty() && cell.seeds.empty()) entry["state"] = state;
  return entry;
}

Json row_json(const GroupPage& page, const Row& row) {
  const auto& facts = page.facts.rows.at(&row);
  Json tags = Json::array(), cells = Json::array(), costs = Json::object();
  for (const auto& tag : row_tags(row, facts)) tags.push_back(tag.id);
  for (const auto& column : page.showing.group().columns)
    cells.push_back(cell_json(page.showing, page.showing.cell(row, column)));
  if (facts.cost) {
    costs["time"] = {cost_text(facts.cost->seconds), std::round(facts.cost->seconds * 1e3) / 1e3};
    costs["memory"] = {bytes_text(static_cast<double>(facts.cost->peak_memory)), facts.cost->peak_memory};
  }
  if (!facts.networks.empty()) costs["networks"] = {facts.networks, facts.method->networks};
  if (!facts.trusted.empty()) costs["trusted"] = {facts.trusted, row.clean_labels_trained + row.clean_labels_selected};
  Json entry = {{"id", row.id}, {"title", row.title}, {"tags", tags}, {"cells", cells}, {"costs", costs}};
  if (page.showing.is_reference(row)) entry["pinned"] = true;
  if (const auto note = row_note(row); !note.empty()) entry["note"] = note;
  if (const auto origin = origin_words(row); !origin.empty()) entry["origin"] = origin;
  return entry;
}

Json group_json(const GroupPage& page) {
  const auto& group = page.showing.group();
  Json columns = Json::array(), rows = Json::array();
  for (const auto& column : group.columns) columns.push_back({{"id", column.id}, {"title", column.title}});
  for (const auto& row : group.rows) rows.push_back(row_json(page, row));
  return {{"id", group.id},     {"title", group.title}, {"rule", page.showing.rule()}, {"rules", page.showing.rules()},
          {"columns", columns}, {"rows", rows}};
}

}  // namespace

std::string html_safe_json(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    const char sign = json[i];
    if (sign == '\\' && i + 1 < json.size()) {
      ++i;
      out += json[i] == '"' ? "\\u0022" : std::string("\\") + json[i];
    } else if (sign == '<') {
      out += "\\u003c";
    } else if (sign == '>') {
      out += "\\u003e";
    } else if (sign == '&') {
      out += "\\u0026";
    } else if (sign == '\'') {
      out += "\\u0027";
    } else {
      out += sign;
    }
  }
  return out;
}

std::vector<TableView> page_views(const std::vector<GroupPage>& groups) {
  const bool classes =
      std::any_of(groups.begin(), groups.end(), [](const GroupPage& page) { return page.showing.shows_classes(); });
  std::vector<TableView> list;
  for (const auto& view : views()) {
    if (view.id != "balanced" || classes) list.push_back(view);
  }
  return list;
}

std::string page_state(const Protocol& protocol, const std::vector<GroupPage>& groups) {
  Json list = Json::array(), switches = Json::array(), rules = Json::object();
  for (const auto& page : groups) list.push_back(group_json(page));
  for (const auto& view : page_views(groups))
    switches.push_back({{"id", view.id}, {"title", view.title}, {"by_rule", view.by_rule}});
  for (const auto& rule : selection_rules()) rules[rule] = rule_words(rule);
  for (const auto& page : groups) {
    for (const auto& rule : page.showing.rules()) rules[rule] = rule_words(rule);
  }
  const std::string chosen = groups.empty() ? std::string() : groups.front().showing.table().shown_rule;
  Json state = {{"protocol", protocol.id}, {"title", protocol.title}, {"lower_is_better", protocol.lower_is_better},
                {"views", switches},       {"rules", rules},          {"latex", latex_signs()},
                {"groups", list}};
  if (!chosen.empty()) state["chosen_rule"] = chosen;
  return html_safe_json(state.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace nlb
