#include "protocols/own_protocol.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/text.h"
#include "facts/own_dataset.h"
#include "protocols/circumstances.h"
#include "protocols/plan.h"
#include "protocols/spec_parts.h"

namespace nlb {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr size_t kLineWidth = 110;

/// Members or elements between their brackets, each written by `one`.
template <typename One>
std::string bracketed(const Ordered& value, const std::string& begin, const std::string& between,
                      const std::string& end, const One& one) {
  std::vector<std::string> parts;
  for (const auto& [key, member] : value.items()) {
    parts.push_back((value.is_object() ? Json(key).dump() + ": " : "") + one(member));
  }
  return (value.is_object() ? "{" : "[") + begin + join(parts, between) + end + (value.is_object() ? "}" : "]");
}

std::string on_one_line(const Ordered& value) {
  if (value.is_primitive() || value.empty()) return value.dump();
  return bracketed(value, "", ", ", "", on_one_line);
}

/// JSON for people: what fits a line stands on one.
std::string laid_out(const Ordered& value, size_t indent) {
  if (auto line = on_one_line(value); line.size() + indent <= kLineWidth || value.is_primitive()) return line;
  const std::string inner = "\n" + std::string(indent + 2, ' ');
  return bracketed(value, inner, "," + inner, "\n" + std::string(indent, ' '),
                   [&](const Ordered& member) { return laid_out(member, indent + 2); });
}

const Setting& nearest_setting(const Group& group, double rate) {
  return *std::min_element(group.settings.begin(), group.settings.end(), [&](const Setting& a, const Setting& b) {
    return std::abs(a.noise.rate - rate) < std::abs(b.noise.rate - rate);
  });
}

class OwnProtocolMaker {
 public:
  OwnProtocolMaker(const std::string& id, const Protocol& from, const OwnDescription& data, const Facts& facts,
                   const LeftOut& left_out)
      : id_(id), from_(from), data_(data), facts_(facts), left_out_(left_out) {}

  OwnProtocol make() {
    Ordered groups = Ordered::array();
    groups.push_back(main_group());
    if (auto trusted = trusted_group(); !trusted.is_null()) groups.push_back(std::move(trusted));
    Ordered file = head();
    file["datasets"][id_] = own_dataset_json(data_.facts);
    file["recipes"] = recipes_;
    file["groups"] = groups;
    return {.text = laid_out(file, 0) + "\n", .notes = notes_};
  }

 private:
  Ordered head() const {
    Ordered file = {
        {"schema", 1},
        {"id", id_},
        {"kind", "own"},
        {"title", data_.facts.title},
        {"summary", "Own images with their own labels, " + data_.rate_words + "; rows as in " + from_.id + "."},
        {"precision", from_.precision},
        {"precision_source", "own"}};
    file["seeds"] = Ordered::array();
    for (const auto& seed : from_.seeds) {
      file["seeds"].push_back({{"name", seed.name},
                               {"noise", seed.noise},
                               {"split", seed.split},
                               {"init", seed.init},
                               {"train", seed.train}});
    }
    file["seeds_source"] = "own: the labels are as they are, so seeds vary initialisation, order and augmentation";
    file["tolerance"] = tolerance();
    return file;
  }

  /// Nothing is judged by it but whether seeds spread too far, and few test images alone spread them.
  Ordered tolerance() const {
    const auto images = static_cast<double>(data_.facts.test_images);
    const double error = std::round(500 / std::sqrt(images)) / 10;  // of an accuracy of one half, in tenths of a point
    return {{"points", std::max(0.5, error)},
            {"reason", "no published value is compared with it; one standard error on " +
                           std::to_string(data_.facts.test_images) + " test images, at least 0.5"}};
  }

  Ordered group(const std::string& id, const std::string& title, const std::string& conditions) const {
    return {
        {"id", id},
        {"title", title},
        {"conditions", conditions},
        {"data", {{"dataset", id_}, {"evaluate_every", from_.groups.front().data.evaluate_every}, {"source", "own"}}}};
  }

  Ordered setting(const std::string& name, const std::string& title) const {
    return {{"name", name},
            {"title", title},
            {"noise",
             {{"generator", "own_labels"}, {"rate", data_.rate}, {"options", Ordered::object()}, {"source", "own"}}}};
  }

  std::string images_words() const {
    return std::to_string(data_.facts.train_images) + " training images with their own labels, " + data_.rate_words +
           "; " + std::to_string(data_.facts.test_images) + " test images with trusted labels.";
  }

  Ordered main_group() {
    auto json = group("main", "Own labels", images_words() + " No held-out part, no trusted label.");
    json["settings"] = Ordered::array({setting("own", "own labels")});
    if (data_.corrected > 0) json["settings"].push_back(corrected_setting());
    json["rows"] = Ordered::array();
    const auto& source = from_.groups.front();
    for (const auto& row : source.rows) {
      if (row.status != Row::Status::measured || needs_trusted(row) || is_left_out("main", row.id)) continue;
      if (is_refused("main", source, row, 0)) continue;
      json["rows"].push_back(row_of(source, row));
    }
    if (json["rows"].empty()) {
      throw InputError("protocol \"" + from_.id + "\" has no row that runs without trusted labels; start from another");
    }
    return json;
  }

  Ordered corrected_setting() const {
    auto json = setting("own_corrected", "own labels, " + std::to_string(data_.corrected) + " corrected");
    json["noise"]["rate"] = data_.rate_after;
    json["noise"]["options"] = {{"corrected", true}};
    return json;
  }

  bool is_left_out(const std::string& group, const std::string& row) {
    const auto found = left_out_.find({group, row});
    if (found != left_out_.end()) note_left_out(group, row, found->second);
    return found != left_out_.end();
  }

  void note_left_out(const std::string& group, const std::string& row, const std::string& reason) {
    notes_.push_back("row " + row + " of group " + group + " is left out, for it would fail: " + reason);
  }

  int64_t known_labels() const {
    return std::accumulate(data_.known_of_class.begin(), data_.known_of_class.end(), int64_t{0});
  }

  /// Whether relations between its options, the recipe and so many own images do not hold.
  bool is_refused(const std::string& group, const Group& source, const Row& row, int64_t trusted) {
    auto spec = spec_at(source, row);
    spec.data = {};
    spec.recipe = fitted(spec.recipe);
    spec.noise = NoiseSpec{.generator = "own_labels", .rate = data_.rate};
    spec.trusted.reset();
    if (trusted > 0) {
      spec.trusted.emplace();
      spec.trusted->count = trusted;
    }
    const auto here = circumstances_of(spec, data_.facts);
    auto broken = broken_relations(facts_.methods.at(spec.method.id), spec.method.options, here);
    if (broken.empty()) broken = broken_relations(facts_.nets.at(spec.net.id), spec.net.options, here);
    if (!broken.empty()) note_left_out(group, row.id, broken.front().text);
    return !broken.empty();
  }

  TrialSpec spec_at(const Group& source, const Row& row) const {
    return resolve_spec(from_, source, row, nearest_setting(source, data_.rate), from_.seeds.front(), facts_);
  }

  /// With the own images' normalisation, and short batches where no batch would be whole.
  RecipeSpec fitted(RecipeSpec recipe) const {
    if (!recipe.normalisation.mean.empty()) recipe.normalisation = {data_.mean, data_.deviation};
    if (recipe.last_batch == LastBatch::drop && recipe.batch_size > data_.facts.train_images)
      recipe.last_batch = LastBatch::keep;
    return recipe;
  }

  bool needs_trusted(const Row& row) const { return facts_.methods.at(row.method).trusted == "required"; }

  /// null where there is no row or no clean label for it.
  Ordered trusted_group() {
    Ordered rows = Ordered::array();
    std::vector<std::string> names;
    for (const auto& source : from_.groups) {
      for (const auto& row : source.rows) {
        if (row.status != Row::Status::measured || !needs_trusted(row)) continue;
        if (std::find(names.begin(), names.end(), row.id) != names.end()) continue;
        names.push_back(row.id);
        if (is_left_out("trusted", row.id) || is_refused("trusted", source, row, known_labels())) continue;
        rows.push_back(row_of(source, row));
      }
    }
    if (rows.empty()) return nullptr;
    const int64_t known = known_labels();
    const bool each = std::all_of(data_.known_of_class.begin(), data_.known_of_class.end(),
                                  [](const int64_t count) { return count > 0; });
    if (!each) {
      notes_.push_back(
          "left out, because they need training images of each class with a clean_label, picked at random: " +
          join(names, ", "));
      return nullptr;
    }
    auto json = group("trusted", "Own labels, the checked ones trusted",
                      images_words() + " " + std::to_string(known) +
                          " training labels were checked by hand; these methods are given the clean ones.");
    auto level = setting("own_trusted", "own labels, " + std::to_string(known) + " trusted");
    level["trusted"] = {{"count", known}, {"draw", "uniform"}, {"source", "own"}};
    json["settings"] = Ordered::array({level});
    json["rows"] = rows;
    return json;
  }

  Ordered row_of(const Group& source, const Row& row) {
    const auto& level = nearest_setting(source, data_.rate);
    const auto spec = spec_at(source, row);
    const auto words = "own (as " + from_.id + ", row " + row.id + " at " + level.name + ")";
    Ordered json = {{"id", row.id}, {"title", row.title}, {"method", row.method}};
    if (!spec.method.options.empty()) json["options"] = spec.method.options;
    json["net"] = {{"id", spec.net.id}, {"initialisation", spec.net.initialisation}, {"source", words}};
    if (!spec.net.options.empty()) json["net"]["options"] = spec.net.options;
    json["recipe"] = recipe_name(spec.recipe);
    json["source"] = words;
    return json;
  }

  /// The recipe as it fits the own images, under the name of an equal one.
  std::string recipe_name(const RecipeSpec& given) {
    const auto recipe = fitted(given);
    if (recipe.last_batch != given.last_batch) {
      notes_.emplace_back("a recipe keeps its short batches, for there are fewer images than one batch holds");
    }
    Ordered json = to_json(recipe);
    json["source"] = "own (as " + from_.id + "; normalisation: mean and deviation of the training images)";
    for (const auto& [name, known] : recipes_.items()) {
      if (known == json) return name;
    }
    const auto name = recipes_.empty() ? std::string("recipe") : "recipe_" + std::to_string(recipes_.size() + 1);
    recipes_[name] = json;
    return name;
  }

  const std::string& id_;
  const Protocol& from_;
  const OwnDescription& data_;
  const Facts& facts_;
  const LeftOut& left_out_;
  Ordered recipes_ = Ordered::object();
  std::vector<std::string> notes_;
};

}  // namespace

OwnProtocol make_own_protocol(const std::string& id, const Protocol& from, const OwnDescription& data,
                              const Facts& facts, const LeftOut& left_out) {
  return OwnProtocolMaker(id, from, data, facts, left_out).make();
}

}  // namespace nlb
