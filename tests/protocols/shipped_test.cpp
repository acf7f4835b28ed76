#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>

#include "core/durable.h"
#include "core/text.h"
#include "protocols/plan.h"
#include "protocols/spec_parts.h"

using namespace nlb;

namespace {

std::filesystem::path folder() { return std::filesystem::path(NLB_SOURCE_DIR) / "protocols"; }

Plan plan_of(const Protocol& protocol, const Facts& known) {
  Selection selection;
  selection.groups = {"all"};
  return make_plan({protocol}, selection, known);
}

/// As if everything were built.
Facts all_built() {
  auto known = facts();
  for (auto& [id, method] : known.methods) method.status = Status::built;
  for (auto& [id, net] : known.nets) net.status = Status::built;
  for (auto& [id, set] : known.datasets) set.status = Status::built;
  for (auto& [id, generator] : known.generators) generator.status = Status::built;
  return known;
}

}  // namespace

TEST_CASE("every shipped protocol parses, its id is its file's name, each trial resolves", "[protocols][shipped]") {
  const ProtocolShelf shelf({folder()});
  REQUIRE_FALSE(shelf.ids().empty());
  for (const auto& id : shelf.ids()) {
    CAPTURE(id);
    const auto protocol = shelf.find(id, facts());
    CHECK(protocol.id == id);
    CHECK_NOTHROW(plan_of(protocol, facts()));
  }
}

TEST_CASE("GLC's table is 42 cells of eleven rates, 399 distinct trials a seed", "[protocols][shipped]") {
  const auto protocol = read_protocol(folder() / "mnist_glc.json", facts());
  const auto& group = protocol.groups.front();
  CHECK(group.settings.size() == 66);
  CHECK(group.rows.size() * group.columns.size() == 42);
  CHECK(group.column("flip/10").settings.size() == 11);
  CHECK(group.column("flip/10").settings[3] == "flip/0.01/0.3");
  CHECK(group.row("glc").clean_labels_trained == 3000);
  const auto plan = plan_of(protocol, facts());
  CHECK(plan.not_planned.empty());
  CHECK(plan.trials.size() == 3 * 399);  // the card's count: 6 methods x 66 settings + trusted_only x 3 trusted sets
}

TEST_CASE("GLC's tables on CIFAR are whole, trusted_only with one trial for each trusted set", "[protocols][shipped]") {
  const auto known = all_built();
  struct Table {
    const char* id;
    size_t corruptions;
  };
  const auto table = GENERATE(values<Table>({{"cifar10_glc", 2}, {"cifar100_glc", 3}}));
  CAPTURE(table.id);
  const auto protocol = read_protocol(folder() / (std::string(table.id) + ".json"), known);
  const auto& group = protocol.groups.front();
  CHECK(group.columns.size() == 3 * table.corruptions);
  CHECK(group.rows.size() == 7);
  const auto plan = plan_of(protocol, known);
  CHECK(plan.trials.size() == 3 * (6 * 33 * table.corruptions + 3));
  for (const auto& trial : plan.trials) {
    CHECK(trial.spec.seeds.split == 1);
    if (!trial.spec.noise) continue;
    CHECK(trial.spec.seeds.noise == 1);
    // No label is drawn for trusted images, and for all others one is.
    CHECK(trial.spec.noise->options.at("trusted_first") ==
          static_cast<int64_t>(trial.spec.trusted->fraction.value() * 50000));
  }
}

TEST_CASE("ELR's protocol holds out 5,000 noisy labels and keeps a conflicting cell as a range",
          "[protocols][shipped]") {
  const auto protocol = read_protocol(folder() / "elr_cifar10_45k.json", facts());
  const auto& group = protocol.groups.front();
  REQUIRE(group.data.held_out.has_value());
  CHECK(group.data.held_out->count == 5000);
  CHECK(group.data.held_out->labels == HeldOutLabels::noisy);
  CHECK(group.row("elr_cosine").recipe.epochs == 150);
  CHECK(std::holds_alternative<CosineRestartsRate>(group.row("elr_cosine").recipe.schedule.rate));
  CHECK(group.row("elr_cosine").published.front().high == 92.12);
  CHECK(group.row("elr_cosine").published.front().printed_by.size() == 2);
  CHECK(group.row("elr").clean_labels_selected == 0);
}

TEST_CASE("Values by the held-out part are of ELR's code, which keeps the last of equal epochs",
          "[protocols][shipped]") {
  std::map<std::string, int> tables;  // printed values
  const ProtocolShelf shelf({folder()});
  for (const auto& id : shelf.ids()) {
    if (id.ends_with("_tf32")) continue;  // the values of another file
    for (const auto& group : shelf.find(id, facts()).groups) {
      for (const auto& row : group.rows) {
        for (const auto& published : row.published) {
          if (!published.rule.starts_with("best_on_val")) continue;
          CAPTURE(id, group.id, row.id);
          CHECK(row.id.starts_with("elr"));
          CHECK(published.rule == "best_on_val_latest");  // ELR/base/base_trainer.py:103, ELR_plus's 245: >=
          ++tables[id];
        }
      }
    }
  }
  std::vector<std::string> counted;
  for (const auto& [id, count] : tables) counted.push_back(id + " " + std::to_string(count));
  CHECK(counted == std::vector<std::string>{"cifar100_asym 3", "cifar100_sym 12", "cifar10_asym 6", "cifar10_sym 12",
                                            "elr_cifar10_45k 12"});
}

TEST_CASE("Rows that take a network from held-out loss stand where noisy labels are held out", "[protocols][shipped]") {
  const auto protocol = read_protocol(folder() / "elr_cifar10_45k.json", facts());
  const auto& group = protocol.groups.front();
  CHECK(group.row("forward").options.at("selected_epoch") == "lowest_held_out_loss");
  CHECK(group.row("forward").options.at("least_probability") == 1e-7);
  REQUIRE(group.data.held_out);
  CHECK(group.data.held_out->labels == HeldOutLabels::noisy);
}

TEST_CASE("Co-teaching's protocol scores 9,984 images with noise seed 0 and its rate at each level",
          "[protocols][shipped]") {
  const auto known = all_built();
  const auto protocol = read_protocol(folder() / "co_teaching_cifar10.json", known);
  std::set<double> rates;
  for (const auto& trial : plan_of(protocol, known).trials) {
    CHECK(trial.spec.data.test_subset->count == 9984);
    CHECK(trial.spec.seeds.noise == 0);
    if (trial.spec.method.id != "co_teaching") continue;
    CHECK(trial.spec.method.options.at("forget_rate") == trial.spec.noise->rate);
    rates.insert(trial.spec.noise->rate);
  }
  CHECK(rates == std::set<double>{0.2, 0.45, 0.5});
}

TEST_CASE("the MNIST table is 24 cells of five entries, ten for linear; two further readings have one each",
          "[protocols][shipped]") {
  for (const char* id : {"mnist_lenet_sym", "mnist_lenet_sym_fresh", "mnist_lenet_sym_commented"}) {
    CAPTURE(id);
    const auto protocol = read_protocol(folder() / (std::string(id) + ".json"), facts());
    const auto& group = protocol.groups.front();
    CHECK(group.rows.size() * group.columns.size() == 24);
    const auto plan = plan_of(protocol, facts());
    CHECK(plan.trials.size() == (std::string(id) == "mnist_lenet_sym" ? 4 * (5 * 5 + 10) : 24));
    CHECK(plan.not_planned.empty());
    for (const auto& trial : plan.trials) CHECK(trial.spec.seeds.noise == 0);
  }
}

TEST_CASE("the three readings of the MNIST table differ in their nets alone, two of them above 0 %",
          "[protocols][shipped]") {
  const auto resolved = [](const char* id, const char* row, const char* setting) {
    const auto protocol = read_protocol(folder() / (std::string(id) + ".json"), facts());
    const auto& group = protocol.groups.front();
    return to_json(
        resolve_trial(protocol, group, group.row(row), group.setting(setting), protocol.seeds[1], facts()).spec);
  };
  for (const char* row : {"ce", "ce_clipping", "linear", "gce", "phuber_ce", "phuber_gce"}) {
    for (const char* setting : {"0", "0.2", "0.4", "0.6"}) {
      CAPTURE(row, setting);
      const auto chosen = resolved("mnist_lenet_sym", row, setting);
      for (const char* id : {"mnist_lenet_sym_fresh", "mnist_lenet_sym_commented"}) {
        auto other = resolved(id, row, setting);
        other["net"]["initialisation"] = chosen["net"]["initialisation"];
        CHECK(other == chosen);
      }
      CHECK((resolved("mnist_lenet_sym_fresh", row, setting) == chosen) == (std::string(setting) == "0"));
      CHECK(resolved("mnist_lenet_sym_commented", row, setting) != chosen);
    }
  }
}

TEST_CASE("a one-recipe twin gives every row one recipe, one net and one configuration for all levels",
          "[protocols][shipped]") {
  for (const char* id : {"cifar10_sym", "cifar10_asym", "cifar100_sym", "cifar100_asym"}) {
    CAPTURE(id);
    const auto twin = read_protocol(folder() / (std::string(id) + "_one_recipe.json"), facts());
    const auto table = read_protocol(folder() / (std::string(id) + ".json"), facts());
    CHECK(table.one_recipe_twin == twin.id);
    const auto& group = twin.groups.front();
    CHECK(group.data.dataset == table.groups.front().data.dataset);
    for (const auto& row : group.rows) {
      CAPTURE(row.id);
      CHECK(to_json(row.recipe) == to_json(group.rows.front().recipe));
      CHECK(row.net.id == group.rows.front().net.id);
      CHECK((row.options_per_level.empty() && row.recipe_per_level.empty() && row.net_per_level.empty()));
      CHECK(row.published.empty());
    }
  }
}

TEST_CASE("methods told the rate are told it, half of it, and half as much again", "[protocols][shipped]") {
  const auto known = all_built();
  const auto protocol = read_protocol(folder() / "cifar10_sym_rate.json", known);
  std::map<std::string, std::set<int64_t>> told;  // row -> told rate in percent of the noise rate
  for (const auto& trial : plan_of(protocol, known).trials) {
    const auto& options = trial.spec.method.options;
    if (!options.contains("forget_rate")) continue;
    told[trial.uses.front().row].insert(
        std::llround(100 * options["forget_rate"].get<double>() / trial.spec.noise->rate));
  }
  CHECK(told == std::map<std::string, std::set<int64_t>>{{"co_teaching", {100}},
                                                         {"co_teaching_half", {50}},
                                                         {"co_teaching_half_more", {150}},
                                                         {"co_teaching_plus", {100}},
                                                         {"co_teaching_plus_half", {50}},
                                                         {"co_teaching_plus_half_more", {150}}});
}

TEST_CASE("the biased-mislabelling grid is 33 settings: six ratios, three sizes, two kinds that coincide at 0",
          "[protocols][shipped]") {
  const auto protocol = read_protocol(folder() / "mnist_biased.json", facts());
  std::vector<int64_t> sizes;
  size_t settings = 0;
  for (const auto& group : protocol.groups) {
    sizes.push_back(group.data.train_subset.value().count);
    settings += group.settings.size();
  }
  CHECK(sizes == std::vector<int64_t>{500, 8000, 55000});
  CHECK(settings == 33);  // 3 sizes, each with 5 ratios of both kinds and the ratio 0
}

TEST_CASE("alpha noisy labels beside each clean one are a rate of alpha / (alpha + 1)", "[protocols][shipped]") {
  const auto protocol = read_protocol(folder() / "mnist_massive.json", facts());
  for (const auto& setting : protocol.groups.front().settings) {
    if (setting.noise.generator != "noisy_copies") continue;
    const auto copies = setting.noise.options["copies"].get<double>();
    CHECK(setting.noise.rate == Approx(copies / (copies + 1)).margin(1e-6));
  }
}

TEST_CASE("the example of docs/protocols.md is a valid file", "[protocols][shipped]") {
  const auto page = read_file(std::filesystem::path(NLB_SOURCE_DIR) / "docs/protocols.md");
  const std::string fence = "```json\n";
  const auto start = page.find(fence) + fence.size();
  Problems problems;
  const auto root = JsonNode::parse(page.substr(start, page.find("```", start) - start), "docs/protocols.md", problems);
  CHECK(plan_of(parse_protocol(root, facts()), facts()).trials.size() == 2 * 2 * 3);
}

TEST_CASE("every published table on CIFAR has a twin in TF32 whose trials are its own", "[protocols][shipped]") {
  int twins = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    const auto id = file.path().stem().string();
    if (!id.starts_with("cifar") || file.path().extension() != ".json" || id.ends_with("_tf32")) continue;
    const auto table = read_protocol(file.path(), facts());
    const bool published = std::any_of(table.groups.begin(), table.groups.end(), [](const Group& group) {
      return std::any_of(group.rows.begin(), group.rows.end(), [](const Row& row) { return !row.published.empty(); });
    });
    if (!published) continue;
    CAPTURE(id);
    const auto twin = read_protocol(folder() / (id + "_tf32.json"), facts());
    ++twins;
    CHECK(table.precision == "fp32");
    CHECK(twin.precision == "tf32");
    CHECK_THAT(twin.precision_source, Catch::Matchers::Contains("TF32 in convolutions"));
    CHECK(twin.groups.size() == table.groups.size());
    const auto own = plan_of(twin, facts()).trials, others = plan_of(table, facts()).trials;
    REQUIRE(own.size() == others.size());
    for (size_t i = 0; i < own.size(); ++i) CHECK(own[i].id != others[i].id);
  }
  CHECK(twins == 13);
}
