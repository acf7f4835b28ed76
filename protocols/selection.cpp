#include "protocols/selection.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/text.h"

namespace nlb {
namespace {

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<double> as_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// How protocols may write the level a user typed: "40%" and "0.40" are "0.4".
std::string level_name(const std::string& word) {
  if (!word.empty() && word.back() == '%') {
    const auto percent = as_number(std::string_view(word).substr(0, word.size() - 1));
    // 14.3 / 100 is 0.14300000000000002, and names are compared as text.
    if (percent) return shortest(std::round(*percent * 1e8) / 1e10);
  }
  const auto number = as_number(word);
  return number && *number < 1 ? shortest(*number) : word;
}

bool is_level(const std::string& word, const std::string& name) { return name == word || name == level_name(word); }

std::vector<std::string> level_names(const Group& group) {
  std::vector<std::string> names;
  for (const auto& column : group.columns) names.push_back(column.id);
  for (const auto& setting : group.settings) {
    if (!holds(names, setting.name)) names.push_back(setting.name);
  }
  return names;
}

bool has_level(const Group& group, const std::string& word) {
  const auto names = level_names(group);
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return is_level(word, name); });
}

/// Everything of one kind that the protocols have, in order, once.
template <typename Visit>
std::vector<std::string> all_of(const std::vector<Protocol>& protocols, Visit visit) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!holds(names, name)) names.push_back(name);
  };
  for (const auto& protocol : protocols) visit(protocol, add);
  return names;
}

[[noreturn]] void fail_unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known,
                               const std::string& hint = "") {
  std::string text = "no " + what + " \"" + word + "\"";
  if (const auto near = nearest(word, known)) text += "; nearest is \"" + *near + "\"";
  constexpr size_t kShown = 40;
  const std::span<const std::string> shown(known.data(), std::min(known.size(), kShown));
  text += "; known: " + join(shown, ", ") + (known.size() > kShown ? ", ..." : "");
  throw InputError(text + hint);
}

[[noreturn]] void fail_percent(const std::string& word) {
  const auto percent = word + "%";
  throw InputError("no noise level \"" + word + "\"; rates are fractions: write " + level_name(percent) + " (or " +
                   percent + ") for " + word + " %");
}

void check_noises(const std::vector<Protocol>& protocols, const Selection& selection) {
  const auto known = all_of(protocols, [](const Protocol& protocol, const auto& add) {
    for (const auto& group : protocol.groups) {
      for (const auto& name : level_names(group)) add(name);
    }
  });
  for (const auto& word : selection.noises) {
    if (std::any_of(known.begin(), known.end(), [&](const auto& name) { return is_level(word, name); })) continue;
    const auto number = as_number(word);
    if (number && *number >= 1 && *number <= 100) fail_percent(word);
    fail_unknown("noise level", word, known);
  }
}

template <typename Visit>
void check_all(const std::vector<std::string>& words, const char* what, const std::vector<Protocol>& protocols,
               Visit visit) {
  if (words.empty()) return;
  const auto known = all_of(protocols, visit);
  for (const auto& word : words) {
    if (!holds(known, word)) fail_unknown(what, word, known);
  }
}

void check_methods(const Selection& selection, const Facts& facts) {
  for (const auto& word : selection.methods) {
    if (facts.methods.count(word) != 0) continue;
    std::vector<std::string> known;
    for (const auto& [id, method] : facts.methods) known.push_back(id);
    fail_unknown("method", word, known, " (nlbench list methods)");
  }
}

/// Words of one flag that a group has, as in `noise 0.4`.
std::vector<std::string> words_of(const Group& group, const Selection& selection) {
  std::vector<std::string> words;
  for (const auto& word : selection.noises) {
    if (has_level(group, word)) words.push_back("noise " + word);
  }
  for (const auto& row : group.rows) {
    if (holds(selection.rows, row.id)) words.push_back("row " + row.id);
    if (holds(selection.methods, row.method)) words.push_back("method " + row.method);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

void check_words(const std::vector<Protocol>& protocols, const Selection& selection, const Facts& facts) {
  check_methods(selection, facts);
  check_all(selection.rows, "row", protocols, [](const Protocol& protocol, const auto& add) {
    for (const auto& group : protocol.groups) {
      for (const auto& row : group.rows) add(row.id);
    }
  });
  check_all(selection.groups, "group", protocols, [](const Protocol& protocol, const auto& add) {
    add("main");
    for (const auto& group : protocol.groups) add(group.id);
    add("all");
  });
  check_all(selection.seeds, "seed entry", protocols, [](const Protocol& protocol, const auto& add) {
    for (const auto& seed : protocol.seeds) add(seed.name);
  });
  check_noises(protocols, selection);
}

bool wants(const Selection& selection, const Protocol& protocol, const Group& group) {
  const bool first = &group == &protocol.groups.front();
  // Without --group the first group alone: the others are variants that nobody asked for.
  if (selection.groups.empty()) return first;
  return holds(selection.groups, group.id) || holds(selection.groups, "all") ||
         (first && holds(selection.groups, "main"));
}

bool wants(const Selection& selection, const Row& row) {
  return (selection.rows.empty() || holds(selection.rows, row.id)) &&
         (selection.methods.empty() || holds(selection.methods, row.method));
}

bool wants(const Selection& selection, const Group& group, const Setting& setting) {
  if (selection.noises.empty()) return true;
  return std::any_of(selection.noises.begin(), selection.noises.end(), [&](const std::string& word) {
    if (is_level(word, setting.name)) return true;
    return std::any_of(group.columns.begin(), group.columns.end(), [&](const Column& column) {
      return is_level(word, column.id) && holds(column.settings, setting.name);
    });
  });
}

bool wants(const Selection& selection, const Row& row, const SeedEntry& seed) {
  return holds(selection.seeds.empty() ? row.seeds : selection.seeds, seed.name);
}

std::string nothing_left(const std::vector<Protocol>& protocols, const Selection& selection) {
  std::string text = "nothing to run: ";
  text += selection.groups.empty() ? "the main group has" : "group " + join(selection.groups, ", ") + " has";
  text += " no row and noise level that fit all words together";
  for (const auto& protocol : protocols) {
    for (const auto& group : protocol.groups) {
      if (wants(selection, protocol, group)) continue;
      const auto words = words_of(group, selection);
      if (words.empty()) continue;
      text += "\n" + protocol.id + ": group " + group.id + " has " + join(words, ", ") + " (--group " + group.id + ")";
    }
  }
  return text;
}

}  // namespace nlb
