// protocols/parse_row.cpp -- a row of a group: net, recipe and options, changes by level, seeds, published values.
#include <algorithm>

#include "protocols/circumstances.h"
#include "protocols/parse.h"

namespace nlb {
namespace {

/// Sources of `over` win.
void lay_over(SourceMap& base, const SourceMap& over) {
  for (const auto& [pointer, source] : over) base[pointer] = source;
}

std::vector<std::string> setting_names(const Group& group) {
  std::vector<std::string> names;
  for (const auto& setting : group.settings) names.push_back(setting.name);
  return names;
}

/// A whole recipe after changes; problems stand at the changes.
RecipeSpec changed_recipe(const JsonNode& changes, const Json& base, Json& changed) {
  changed = patched(base, changes.raw());
  const auto node = changes.holding(changed);
  ObjectReader reader(node);
  auto recipe = read_recipe(reader);
  reader.close();
  return recipe;
}

class RowReader {
 public:
  RowReader(const JsonNode& node, const GroupContext& context)
      : node_(node), context_(context), reader_(node), source_(reader_), problems_before_(problems()) {}

  Row read() {
    row_.id = reader_.text("id");
    check_name(node_, row_.id);
    row_.title = reader_.text("title");
    const bool published_only = reader_.has("status");
    // Read for its problem alone: any other word is refused.
    if (published_only) reader_.one_of("status", {"published_only"});
    row_.ran_by = reader_.text_or("ran_by", "");
    row_.note = reader_.text_or("note", "");
    if (reader_.has("conditions_known")) row_.conditions_known = reader_.boolean("conditions_known");
    if (published_only) {
      row_.status = Row::Status::published_only;
      if (const auto method = reader_.find("method")) method_facts(*method);
      clean_labels_given();
    } else {
      read_specified();
    }
    if (const auto rows = reader_.find("oracle_choice")) row_.oracle_choice = join(read_texts(*rows), " ");
    if (const auto published = reader_.find("published")) row_.published = read_published(*published, context_);
    source_.close();
    reader_.close();
    return std::move(row_);
  }

 private:
  const MethodFacts* method_facts(const JsonNode& node) {
    const auto* method = named_by(node, context_.file.facts.methods, "method", "nlbench list methods");
    row_.method = node.text();
    return method;
  }

  void read_specified() {
    read_net_and_recipe();
    const auto id = reader_.at("method");
    method_ = method_facts(id);
    source_.cover(id, "method", "/method/id", row_.sources);
    read_method_options();
    if (const auto per_level = reader_.find("per_level")) {
      for (const auto& [level, changes] : per_level->members()) read_levels(level, changes);
    }
    read_seeds();
    const auto frozen = read_frozen(reader_.find("frozen"));
    row_.frozen = frozen.values;
    lay_over(row_.sources, frozen.sources);
    check_normalisation();
    check_policy();
    check_arithmetic();
    check_relations();
    count_clean_labels();
    row_.status = is_built() ? Row::Status::measured : Row::Status::planned;
  }

  void read_method_options() {
    const auto options = reader_.find("options");
    if (method_ != nullptr) {
      // Read even where none are given, so that options that are required are missed at the row.
      row_.options = read_options(options ? *options : node_.holding(Json::object()), method_->options);
    }
    if (options) source_.cover(*options, "options", "/method/options", row_.sources);
  }

  void read_net_and_recipe() {
    auto net = context_.net;
    if (const auto node = reader_.find("net")) {
      if (const auto own = read_net_or_name(*node, context_.file)) net = own;
    } else if (!net) {
      node_.problem("has no \"net\", and neither has its group");
    }
    auto recipe = context_.recipe;
    if (const auto node = reader_.find("recipe")) {
      if (const auto named = recipe_named(*node, context_.file)) recipe = named;
    } else if (!recipe) {
      node_.problem("has no \"recipe\", and neither has its group");
    }
    if (net) {
      row_.net = net->spec;
      lay_over(row_.sources, net->sources);
    }
    if (!recipe) return;
    row_.recipe = recipe->spec;
    lay_over(row_.sources, recipe->sources);
    // Kept as JSON: per-level changes are laid over the recipe as it is after the row's own changes.
    recipe_ = recipe->json;
    if (const auto changes = reader_.find("recipe_changes")) {
      row_.recipe = changed_recipe(*changes, recipe->json, recipe_);
      source_.cover(*changes, "recipe_changes", "/recipe", row_.sources);
    }
  }

  /// {"options": {...}, "net": ..., "recipe": {...}, "source": ...} of one setting, or with "for_rate" of one for each
  /// rate; a net has a source of its own.
  void read_levels(const std::string& name, const JsonNode& node) {
    ObjectReader reader(node);
    BlockSource source(reader);
    // With for_rate the key is a template, and each level it names gets the same changes.
    std::vector<std::string> levels;
    if (const auto rates = reader.find("for_rate")) {
      for (const auto& rate : rates->items()) levels.push_back(filled(name, rate.number(Range::between(0, 1))));
    } else {
      levels.push_back(name);
    }
    const auto known = setting_names(context_.group);
    for (const auto& level : levels) {
      if (std::find(known.begin(), known.end(), level) == known.end())
        node.problem(unknown_name("setting", level, known, ""));
      read_level(level, reader, source);
    }
    source.close();
    reader.close();
  }

  void read_level(const std::string& level, ObjectReader& reader, BlockSource& source) {
    auto& sources = row_.sources_per_level[level];
    if (const auto options = reader.find("options")) {
      // Problems are reported at the change, although the whole of the options is checked.
      const auto changed = options->holding(patched(row_.options, options->raw()));
      if (method_ != nullptr) row_.options_per_level[level] = read_options(changed, method_->options);
      source.cover(*options, "options", "/method/options", sources);
    }
    if (const auto changed = reader.find("net")) {
      if (const auto net = read_net_or_name(*changed, context_.file)) {
        row_.net_per_level[level] = net->spec;
        lay_over(sources, net->sources);
      }
    }
    if (const auto recipe = reader.find("recipe")) {
      Json changed;
      changed_recipe(*recipe, recipe_, changed);
      row_.recipe_per_level[level] = recipe->raw();
      source.cover(*recipe, "recipe", "/recipe", sources);
    }
  }

  /// A number of entries, a list of names, or absent: all.
  void read_seeds() {
    const auto& known = context_.file.seeds;
    // All entries unless the row says less; a plain number takes the first ones, so that rows share their seeds.
    row_.seeds = known;
    const auto node = reader_.find("seeds");
    if (!node) return;
    if (!node->is_array()) {
      const auto count = node->integer(1, static_cast<int64_t>(std::max<size_t>(known.size(), 1)));
      row_.seeds.resize(std::min(known.size(), static_cast<size_t>(count)));
      return;
    }
    row_.seeds = read_texts(*node);
    for (const auto& name : row_.seeds) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        node->problem(unknown_name("seed entry", name, known, ""));
      }
    }
    if (row_.seeds.empty()) node->problem("names no entry");
  }

  /// What the row's trials would be refused for: relations of its method and nets, at each setting.
  void check_relations() {
    const auto& dataset = context_.dataset;
    if (method_ == nullptr || dataset == nullptr || !context_.sound || problems() > problems_before_) return;
    std::vector<RowRefusal> refusals;
    for (const auto& setting : context_.group.settings) {
      for (auto& refusal : broken_relations_at(context_.group, row_, setting, context_.file.facts))
        add_refusal(std::move(refusal), setting.name, refusals);
    }
    for (const auto& refusal : refusals) {
      const bool everywhere = refusal.settings.size() == context_.group.settings.size();
      place_of(refusal.names)
          .problem("row \"" + row_.id + "\"" + (everywhere ? "" : " at " + join(refusal.settings, ", ")) + ": " +
                   refusal.text);
    }
  }

  struct RowRefusal {
    std::vector<std::string> names;
    std::string text;
    std::vector<std::string> settings;
  };

  static void add_refusal(BrokenRelation broken, const std::string& setting, std::vector<RowRefusal>& refusals) {
    const auto known =
        std::find_if(refusals.begin(), refusals.end(), [&](const auto& one) { return one.text == broken.text; });
    if (known != refusals.end()) return known->settings.push_back(setting);
    refusals.push_back({.names = std::move(broken.names), .text = std::move(broken.text), .settings = {setting}});
  }

  /// The first of these options that the row itself gives; else the row.
  JsonNode place_of(const std::vector<std::string>& names) {
    const auto options = reader_.find("options");
    if (!options || !options->is_object()) return node_;
    for (const auto& name : names) {
      for (const auto& [given, node] : options->members()) {
        if (given == name) return node;
      }
    }
    return node_;
  }

  size_t problems() const { return node_.problems().lines().size(); }

  void check_normalisation() {
    const auto channels = row_.recipe.normalisation.mean.size();
    if (context_.dataset == nullptr || channels == 0) return;
    const auto expected = static_cast<size_t>(context_.dataset->image[0]);
    if (channels != expected) {
      node_.problem("its recipe normalises " + std::to_string(channels) + " channels; " + context_.dataset->id +
                    " has " + std::to_string(expected));
    }
  }

  void check_policy() {
    const auto& augmentation = row_.recipe.augmentation;
    if (context_.dataset == nullptr || !augmentation || !augmentation->policy) return;
    const auto channels = context_.dataset->image[0];
    if (channels == 3) return;
    const auto policy = to_json(row_.recipe).at("augmentation").at("policy").at("id").get<std::string>();
    node_.problem("its recipe's policy \"" + policy + "\" changes images of 3 channels; " + context_.dataset->id +
                  " has " + std::to_string(channels));
  }

  void check_arithmetic() {
    if (row_.recipe.arithmetic != Arithmetic::fused) return;
    check_fused(row_.net);
    for (const auto& [level, net] : row_.net_per_level) check_fused(net);
  }

  void check_fused(const NetSpec& net) {
    const auto& nets = context_.file.facts.nets;
    const auto known = nets.find(net.id);
    if (known == nets.end() || known->second.fused) return;
    node_.problem("its recipe asks for the fused arithmetic; net \"" + net.id + "\" has none");
  }

  int64_t trusted_labels() const {
    int64_t most = 0;
    for (const auto& setting : context_.group.settings) {
      if (!setting.trusted || context_.dataset == nullptr) continue;
      const auto& subset = context_.group.data.train_subset;
      const auto population = static_cast<double>(subset ? subset->count : context_.dataset->train_images);
      const auto count =
          setting.trusted->count.value_or(static_cast<int64_t>(population * setting.trusted->fraction.value_or(0)));
      // The most of any column: a row is marked by what it used at its best-supplied level.
      most = std::max(most, count);
    }
    return most;
  }

  /// Follows from the settings and the held-out part; a row may say it too, but not differently.
  void count_clean_labels() {
    const auto& held_out = context_.group.data.held_out;
    const auto trained = trusted_labels();
    const auto selected = held_out && held_out->labels == HeldOutLabels::clean ? held_out->count : 0;
    // What a row says of clean labels must be what its settings give: pages mark rows by it.
    const bool given = clean_labels_given();
    if (given && (row_.clean_labels_trained != trained || row_.clean_labels_selected != selected)) {
      node_.problem("clean_labels says " + std::to_string(row_.clean_labels_trained) + " and " +
                    std::to_string(row_.clean_labels_selected) + "; its settings give " + std::to_string(trained) +
                    " for training and " + std::to_string(selected) + " for selection");
    }
    row_.clean_labels_trained = trained;
    row_.clean_labels_selected = selected;
  }

  bool clean_labels_given() {
    const auto node = reader_.find("clean_labels");
    if (!node) return false;
    read_clean_labels(*node, row_);
    return true;
  }

  bool is_built() const {
    const auto& nets = context_.file.facts.nets;
    const auto built = [&](const NetSpec& spec) {
      const auto net = nets.find(spec.id);
      return net != nets.end() && net->second.status == Status::built;
    };
    const auto& changed = row_.net_per_level;
    return method_ != nullptr && method_->status == Status::built && built(row_.net) &&
           std::all_of(changed.begin(), changed.end(), [&](const auto& level) { return built(level.second); }) &&
           context_.dataset != nullptr && context_.dataset->status == Status::built;
  }

  JsonNode node_;
  const GroupContext& context_;
  ObjectReader reader_;
  BlockSource source_;
  const size_t problems_before_;
  const MethodFacts* method_ = nullptr;
  Json recipe_ = Json::object();  ///< of the row, what per-level changes are applied to
  Row row_;
};

}  // namespace

void read_clean_labels(const JsonNode& node, Row& row) {
  ObjectReader reader(node);
  row.clean_labels_trained = reader.integer("training", 0);
  row.clean_labels_selected = reader.integer("selection", 0);
  reader.close();
}

Row read_row(const JsonNode& node, const GroupContext& context) {
  return node.is_string() ? read_published_row(node, context) : RowReader(node, context).read();
}

}  // namespace nlb
