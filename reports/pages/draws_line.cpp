#include <algorithm>
#include <utility>
#include <vector>

#include "core/text.h"
#include "datasets/noise_inputs.h"
#include "facts/initialisations.h"
#include "reports/pages/sections.h"

namespace nlb {
namespace {

/// Some initialisations draw the weights (not the biases) where the author's stream of the noise goes on.
bool follows_noise(const Row& row, const Setting& setting) {
  return follows_noise_stream(row.net_at(setting.name).initialisation);
}

/// Whether the draw is one for all seeds at this place.
bool is_frozen(const std::string& draw, const Row& row, const Setting& setting) {
  const auto named = [&](const std::string& name) {
    return row.frozen.contains(name) || setting.frozen.contains(name);
  };
  if (draw == "noise" && !is_drawn(setting.noise)) return true;
  return named(draw) || (draw == "init" && follows_noise(row, setting) && named("noise"));
}

/// Where a draw varies with the seed, and where it is one for all.
struct DrawReach {
  std::vector<std::string> varies_at;  ///< titles of the settings at which it varies in every row
  bool somewhere_frozen = false, somewhere_varies = false;
  bool differs_by_row = false;
  bool biases_vary = false;  ///< weights that follow the frozen noise do not
};

DrawReach reach_of(const std::string& draw, const Group& group) {
  DrawReach reach;
  for (const auto& setting : group.settings) {
    size_t frozen = 0;
    for (const auto& row : group.rows) {
      if (!is_frozen(draw, row, setting)) continue;
      ++frozen;
      reach.biases_vary =
          reach.biases_vary || (draw == "init" && !row.frozen.contains(draw) && !setting.frozen.contains(draw));
    }
    reach.somewhere_frozen = reach.somewhere_frozen || frozen > 0;
    reach.somewhere_varies = reach.somewhere_varies || frozen < group.rows.size();
    if (frozen == 0) reach.varies_at.push_back(setting.title);
    if (frozen > 0 && frozen < group.rows.size()) reach.differs_by_row = true;
  }
  return reach;
}

/// " (at 0 % only; elsewhere ...)" of a draw that varies at some places.
std::string reach_words(const DrawReach& reach) {
  if (!reach.somewhere_frozen) return {};
  const std::string rest =
      reach.biases_vary ? "; elsewhere the noise's own stream goes on with them, only biases are anew" : "";
  if (reach.differs_by_row) return " (in some cells only" + rest + ")";
  return " (at " + join(reach.varies_at, ", ") + " only" + rest + ")";
}

bool has_drawn_noise(const Group& group) {
  return std::any_of(group.settings.begin(), group.settings.end(),
                     [](const Setting& setting) { return is_drawn(setting.noise); });
}

/// A split is drawn where a part is held out or trusted.
bool has_split(const Group& group) {
  return group.data.held_out || std::any_of(group.settings.begin(), group.settings.end(),
                                            [](const Setting& setting) { return setting.trusted.has_value(); });
}

}  // namespace

std::string draws_line(const Protocol& protocol, const Group& group) {
  static const std::vector<std::pair<std::string, std::string>> draws = {
      {"noise", "label noise"}, {"split", "split"}, {"init", "initial weights"}, {"train", "order and augmentation"}};
  if (protocol.seeds.size() < 2) return "One seed entry: no deviation.";
  std::vector<std::string> varying, fixed_ones;
  for (const auto& [draw, name] : draws) {
    if (draw == "split" && !has_split(group)) continue;
    if (draw == "noise" && !has_drawn_noise(group)) continue;
    const auto reach = reach_of(draw, group);
    if (reach.somewhere_varies) {
      varying.push_back(name + reach_words(reach));
    } else {
      fixed_ones.push_back(name + (reach.biases_vary ? " (but for biases)" : ""));
    }
  }
  std::string text =
      varying.empty() ? "No draw varies with the seed" : "Drawn anew with each seed: " + join(varying, ", ");
  if (!fixed_ones.empty()) text += "; one draw for all: " + join(fixed_ones, ", ");
  return text + ".";
}

}  // namespace nlb
