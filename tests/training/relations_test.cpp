// Relations between options, recipe and data, at the worker's door: it refuses what validate refuses, by the same
// sentence, and what validate accepts it builds and trains. Cases: tests/methods/relations.json, whose other half is
// tests/cli/relations_test.cpp.
#include "facts/relations.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "core/draws.h"
#include "core/error.h"
#include "facts/condition.h"
#include "methods/registry.h"
#include "protocols/circumstances.h"
#include "tests/support/tiny_trial.h"
#include "training/held_out.h"

namespace nlb {
namespace {

using namespace test;

constexpr int64_t kLabels = 10;

const Json& cases() {
  static const Json all = Json::parse(std::ifstream(NLB_SOURCE_DIR "/tests/methods/relations.json"));
  return all;
}

/// The facts with data sets "counted" of so many images of ten classes, 1x8x8.
Facts counted(int64_t images) {
  Facts known = facts();
  auto& set = known.datasets["counted"];
  set.classes = kLabels;
  set.train_images = images;
  set.image = {1, kTinySide, kTinySide};
  return known;
}

/// The trial that tests/cli/relations_test.cpp writes, on "counted" without a subset.
TrialSpec changed_spec(const std::string& method, Json options, const Json& changes) {
  options.merge_patch(changes.value("options", Json::object()));
  TrialSpec spec = tiny_spec(method, options);
  spec.data.dataset = "counted";
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.05, .weight_decay = 0, .momentum = 0.9};
  if (changes.value("optimiser", "sgd") == "adam")
    spec.recipe.optimiser = {.id = OptimiserId::adam, .learning_rate = 0.01};
  spec.recipe.augmentation.reset();
  spec.recipe.epochs = changes.value("epochs", 6);
  spec.recipe.batch_size = changes.value("batch_size", 16);
  spec.recipe.last_batch = meaning_of<LastBatch>(changes.value("last_batch", "keep")).value();
  if (changes.contains("held_out"))
    spec.data.held_out = {.count = kLabels,
                          .labels = meaning_of<HeldOutLabels>(changes["held_out"].get<std::string>()).value(),
                          .stratified = false,
                          .noise = NoiseDrawn::before_split};
  if (changes.contains("trusted")) {
    spec.trusted.emplace();
    spec.trusted->count = changes["trusted"].get<int64_t>();
    spec.trusted->draw = "uniform";
  }
  return spec;
}

/// Samples of "counted": label i mod 10, the first ones trusted; behind them those held out.
TrainingData counted_data(const TrialSpec& spec, int64_t samples) {
  const int64_t held_out = spec.data.held_out ? spec.data.held_out->count : 0;
  TrainingData data;
  data.dataset.classes = kLabels;
  data.dataset.train = tiny_images(samples + held_out, 1);
  const int64_t trusted = spec.trusted ? *spec.trusted->count : 0;
  for (int64_t i = 0; i < samples; ++i) {
    data.train_index.push_back(i);
    data.clean.push_back(i % kLabels);
    if (i < trusted) data.trusted.push_back(i);
    data.given.push_back(data.clean.back());
  }
  for (int64_t i = 0; i < held_out; ++i) {
    data.held_out_index.push_back(samples + i);
    data.held_out_labels.push_back(i % kLabels);
  }
  return data;
}

/// What the worker says of the trial before it trains: "" where it builds the method and hands it what it asks for.
struct Answer {
  std::string refusal;
  bool by_data = false;  ///< a TrialFailure
};

Answer answer_to(const TrialSpec& spec, const TrainingData& data) {
  const TrainingSet set(data, spec.recipe, spec.seeds.train, torch::kCPU);
  const EvaluationSet held_out(data.held_out_images(), data.held_out_labels, spec.recipe.normalisation, torch::kCPU);
  try {
    const auto method = make_method({.spec = spec, .set = set, .device = torch::kCPU});
    show_held_out(*method,
                  spec.data.held_out && spec.data.held_out->labels == HeldOutLabels::noisy ? &held_out : nullptr);
    return {};
  } catch (const InputError& error) {
    return {.refusal = error.what()};
  } catch (const TrialFailure& error) {
    return {.refusal = error.what(), .by_data = true};
  }
}

TEST_CASE("The worker refuses what validate refuses, by the same sentence, and builds what it accepts",
          "[training][relations]") {
  for (const Json& one : cases()["cases"]) {
    const auto method = one["method"].get<std::string>();
    CAPTURE(one.dump());
    for (const char* which : {"accepted", "refused"}) {
      const Json& changes = one[which];
      const int64_t samples = changes.value("samples", int64_t{60});
      const auto spec = changed_spec(method, cases()["methods"][method], changes);
      const auto answer = answer_to(spec, counted_data(spec, samples));
      if (which == std::string("accepted")) CHECK(answer.refusal.empty());
      if (which == std::string("refused")) CHECK_THAT(answer.refusal, Catch::Contains(one["says"].get<std::string>()));
    }
  }
}

TEST_CASE("Every relation of every method has a case that it refuses", "[training][relations]") {
  std::map<std::string, std::set<std::string>> refused;
  for (const Json& one : cases()["cases"]) {
    const auto method = one["method"].get<std::string>();
    const auto& changes = one["refused"];
    auto known = counted(changes.value("samples", int64_t{60}) + (changes.contains("held_out") ? kLabels : 0));
    const auto spec = changed_spec(method, cases()["methods"][method], changes);
    for (const auto& broken : broken_relations_of(spec, known)) refused[method].insert(broken.text);
  }
  for (const auto& [id, method] : facts().methods) {
    CAPTURE(id);
    size_t found = 0;
    for (const auto& relation : method_rules(id).relations) {
      const auto left = relation.rule->left.text.empty() ? relation.rule->name : relation.rule->left.text;
      bool seen = false;
      for (const auto& text : refused[id])
        seen = seen || (text.starts_with(left + " is ") && text.ends_with("; " + relation.cure));
      found += seen ? 1 : 0;
      CAPTURE(in_words(relation));
      CHECK(seen);
    }
    CHECK(found == method_rules(id).relations.size());
  }
}

/// Numbers below a bound, from the draws of one trial.
class Dice {
 public:
  explicit Dice(uint64_t trial) : trial_(trial) {}
  int64_t below(int64_t bound) {
    const auto word = draw(derive(2026, "relations"), 0, trial_, count_++).word[0];
    return static_cast<int64_t>(nlb::below(word, static_cast<uint32_t>(bound)));
  }
  double share() { return static_cast<double>(below(1000) + 1) / 1001; }
  bool odds(int64_t one_in) { return below(one_in) == 0; }

 private:
  uint64_t trial_;
  uint32_t count_ = 0;
};

int64_t some_integer(const OptionFacts& option, Dice& dice) {
  const int64_t low = option.range.low > -1e9 ? static_cast<int64_t>(option.range.low) : 0;
  const int64_t width = option.range.high < 1e9 ? static_cast<int64_t>(option.range.high) - low : 1000;
  return low + dice.below(std::min<int64_t>(width, 6) + 1);
}

double some_number(const OptionFacts& option, Dice& dice) {
  const double low = option.range.low > -1e9 ? option.range.low : option.range.high - 4;
  const double high = option.range.high < 1e9 ? option.range.high : low + 4;
  const bool edge = dice.odds(5);
  if (edge && !option.range.low_open) return low;
  if (edge && !option.range.high_open && option.range.high < 1e9) return high;
  return low + (high - low) * dice.share();
}

Json random_value(const OptionFacts& option, Dice& dice) {
  Json list = Json::array();
  switch (option.type) {
    case OptionFacts::Type::number:
      return some_number(option, dice);
    case OptionFacts::Type::integer:
      return some_integer(option, dice);
    case OptionFacts::Type::boolean:
      return dice.odds(2);
    case OptionFacts::Type::word:
      return option.words[static_cast<size_t>(dice.below(std::ssize(option.words)))];
    case OptionFacts::Type::numbers:
      for (int64_t left = dice.below(3); left > 0; --left) list.push_back(some_number(option, dice));
      return list;
    case OptionFacts::Type::integers:
      for (int64_t left = dice.below(4) + 1; left > 0; --left) list.push_back(some_integer(option, dice));
      return list;
    case OptionFacts::Type::text:
      return "text";
  }
  return {};
}

/// Options that read_options allows, whatever their relations.
Json random_options(const MethodFacts& method, Dice& dice) {
  Json options = Json::object();
  for (const auto& option : method.options) {
    const bool wanted = option.with.empty() ? !option.optional || dice.odds(2) : options.contains(option.with);
    if (wanted) options[option.name] = random_value(option, dice);
  }
  return options;
}

Json random_changes(const MethodFacts& method, Dice& dice) {
  Json changes = {{"epochs", 1 + dice.below(7)}, {"batch_size", 1 + dice.below(70)}};
  if (dice.odds(2)) changes["last_batch"] = "drop";
  if (dice.odds(2)) changes["optimiser"] = "adam";
  if (dice.odds(2)) changes["held_out"] = dice.odds(3) ? "clean" : "noisy";
  if (method.trusted == "required" ? !dice.odds(6) : dice.odds(3)) changes["trusted"] = 1 + dice.below(60);
  return changes;
}

/// Every epoch of the method, as the runner goes through them.
void train_through(Method& method, const TrainingSet& set) {
  for (int64_t epoch = 0; epoch < method.epochs(); ++epoch) {
    const auto passes = method.begin_epoch(epoch);
    for (size_t i = 0; i < passes.size(); ++i) {
      Step step{.epoch = epoch,
                .pass = static_cast<int64_t>(i),
                .number = 0,
                .count = set.batches(passes[i].streams.front()),
                .batches = {}};
      REQUIRE(step.count > 0);
      for (; step.number < step.count; ++step.number) {
        step.batches.clear();
        for (const Stream& stream : passes[i].streams) step.batches.push_back(set.batch(stream, epoch, step.number));
        method.step(step);
      }
    }
    const torch::NoGradGuard no_gradient;
    method.end_epoch(epoch);
  }
  const torch::NoGradGuard no_gradient;
  method.predict(set.images(torch::arange(0, 2, torch::kInt64)));
}

std::string joined_texts(const std::vector<BrokenRelation>& broken) {
  std::string all;
  for (const auto& one : broken) all += one.text + "\n";
  return all;
}

TEST_CASE(
    "Whatever the options, what validate accepts the worker builds and trains, and what it refuses the worker refuses",
    "[training][relations]") {
  constexpr int64_t kSamples = 60, kDrawn = 6, kMost = 400;
  const std::string id = GENERATE(from_range(built_methods()));
  const MethodFacts& method = facts().methods.at(id);
  int64_t accepted = 0;
  for (int64_t trial = 0; trial < kDrawn || (accepted == 0 && trial < kMost); ++trial) {
    Dice dice(static_cast<uint64_t>(trial));
    const Json options = random_options(method, dice);
    const Json changes = random_changes(method, dice);
    CAPTURE(id, trial, options.dump(), changes.dump());
    auto spec = changed_spec(id, options, changes);
    const auto broken = broken_relations_of(spec, counted(kSamples + (spec.data.held_out ? kLabels : 0)));
    if (trial >= kDrawn && !broken.empty()) continue;  // each method trains once at least
    const auto data = counted_data(spec, kSamples);
    const TrainingSet set(data, spec.recipe, spec.seeds.train, torch::kCPU);
    const EvaluationSet held_out(data.held_out_images(), data.held_out_labels, spec.recipe.normalisation, torch::kCPU);
    CAPTURE(joined_texts(broken));
    try {
      const auto made = make_method({.spec = spec, .set = set, .device = torch::kCPU});
      CHECK(broken.empty());
      show_held_out(*made,
                    spec.data.held_out && spec.data.held_out->labels == HeldOutLabels::noisy ? &held_out : nullptr);
      train_through(*made, set);
      ++accepted;
    } catch (const InputError& error) {
      // measuring_samples that are not trusted: which samples are, only the data says.
      const bool by_data = std::string(error.what()).find("is not trusted, or named twice") != std::string::npos;
      if (!by_data) CHECK_FALSE(broken.empty());
      for (const auto& one : broken) {
        if (!by_data && !one.of_data) CHECK_THAT(error.what(), Catch::Contains(one.text));
      }
    } catch (const TrialFailure& failure) {
      // What training brings: a mixture without one of its parts, a class that no draw of the teacher's samples holds.
      CAPTURE(failure.what());
      const bool by_training = std::string(failure.what()).find("; allowed") == std::string::npos;
      CHECK(by_training == broken.empty());
    }
  }
  CHECK(accepted > 0);
}

}  // namespace
}  // namespace nlb
