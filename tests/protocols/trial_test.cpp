#include "protocols/trial.h"

#include <catch2/catch.hpp>

using namespace nlb;
using Catch::Matchers::Contains;

namespace {

TrialSpec base() {
  TrialSpec s;
  s.data.dataset = "cifar10";
  s.data.digest = std::string(64, 'a');
  s.noise = NoiseSpec{
      .generator = "symmetric_inclusive", .rate = 0.4, .options = {{"count", "exact"}, {"stream", "cpython"}}};
  s.net.id = "preact_resnet18";
  s.net.initialisation = "torch_default";
  s.recipe.epochs = 300;
  s.recipe.batch_size = 64;
  s.recipe.last_batch = LastBatch::keep;
  s.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.02, .weight_decay = 0.0005, .momentum = 0.9};
  s.recipe.schedule.rate = MultiStepRate{.milestones = {150}, .factor = 0.1};
  s.recipe.augmentation = AugmentationSpec{.pad_crop = 4, .flip = true};
  s.recipe.normalisation = {.mean = {0.4914, 0.4822, 0.4465}, .std = {0.2023, 0.1994, 0.201}};
  s.method.id = "ce";
  s.seeds = {.noise = 123, .split = 1, .init = 1, .train = 1};
  s.revisions.generator = 1;
  return s;
}

OptimiserSpec adam() { return {.id = OptimiserId::adam, .learning_rate = 0.001, .weight_decay = 1e-6}; }

TrustedSpec trusted() {
  TrustedSpec trusted;
  trusted.draw = "stratified";
  return trusted;
}

struct Pinned {
  const char* name;
  const char* id;  ///< printed by tests/protocols/trial_ids.py, which shares no code with nlbench
  void (*change)(TrialSpec&);
};

const Pinned kPinned[] = {
    {"base", "8d31a3164ec0345a047924014dd2b232e497ffb16e077bb697ee3a5b23dada96", [](TrialSpec&) {}},
    {"rate 0.2", "3e953101833395cfa7a8a4f49828ac256c95a7c63305ff646f18cdef5b6eb46d",
     [](TrialSpec& s) { s.noise->rate = 0.2; }},
    {"rate 0", "5326d5aa7a03a0b0e474a1b5b50255a199cf1dc859d0d718e766bad2496c9ffc",
     [](TrialSpec& s) { s.noise->rate = 0; }},
    {"gce", "836677f7aa2501f1633eefa334d4b63dd46310a3aff5c154c790e406bc2918e9",
     [](TrialSpec& s) {
       s.method = {.id = "gce", .options = {{"q", 0.7}}};
     }},
    {"gce truncated", "5e49b99c16bd5e2eaadb5458d7ff62e7e58af1775215729294e9596b8152c942",
     [](TrialSpec& s) {
       s.method = {
           .id = "gce",
           .options = {{"q", 0.7}, {"truncation", 0.5}, {"pruning_start_epoch", 40}, {"pruning_interval_epochs", 10}}};
     }},
    {"elr", "097a284ed86f1375916f490ad2eed1b30385771d526ce7e123a6af002794ff34",
     [](TrialSpec& s) {
       s.method = {.id = "elr", .options = {{"lambda", 3}, {"beta", 0.7}}};
     }},
    {"adagrad", "1956251518e94aab93bc0ea0cb8c1f66010502021ad074ba034732ce60f068c6",
     [](TrialSpec& s) { s.recipe.optimiser = {.id = OptimiserId::adagrad, .learning_rate = 0.01}; }},
    {"adam, constant, raw images", "e83bcfb69653b594fb11ea69c159ed5d4926665e4625dbd61a8f05b510f5712c",
     [](TrialSpec& s) {
       s.recipe.optimiser = adam();
       s.recipe.schedule.rate = ConstantRate{};
       s.recipe.augmentation.reset();
       s.recipe.normalisation = {};
     }},
    {"cosine", "81f194cd8415853c91f3cfa8215dceae29d06593d60e1eabeef7d173c976ecba",
     [](TrialSpec& s) { s.recipe.schedule.rate = CosineRate{.unit = CosineUnit::step}; }},
    {"cosine_restarts", "e9d9faef1474428d684df83291691b6eda45f06efd6a9bd5e9452bcade88a863",
     [](TrialSpec& s) { s.recipe.schedule.rate = CosineRestartsRate{.minimum = 0.001, .period = 10}; }},
    {"exponential", "e479490cc46c573f0fe4a9c8117c80803ea1b3b0677f6731356053bc9074d1e8",
     [](TrialSpec& s) { s.recipe.schedule.rate = ExponentialRate{.factor = 0.1, .period = 10000}; }},
    {"linear", "a3a20706632ff81dcaf85af8affa13894aed0b433cce2e6b6d5133d7da162272",
     [](TrialSpec& s) { s.recipe.schedule.rate = LinearRate{.start = 80}; }},
    {"warm-up", "d4d34481c144f79d0abb9ff351fd1dbe07273b32887b1e9d3dd2d6903ff5f438",
     [](TrialSpec& s) { s.recipe.schedule.warm_up = {.epochs = 5, .start = 0.01}; }},
    {"held out", "d12a1dee136a7d07ac59b1544e615873cd367af43ec7e4f84782860466262ec2",
     [](TrialSpec& s) {
       s.data.held_out = {
           .count = 5000, .labels = HeldOutLabels::noisy, .stratified = true, .noise = NoiseDrawn::after_split};
     }},
    {"subsets", "1123a0d05382e5866075463a60165194a1c240db06a1293578938c3fb7aac98f",
     [](TrialSpec& s) {
       s.data.train_subset = {.count = 5000, .how = SubsetDraw::stratified};
       s.data.test_subset = {.count = 9984, .how = SubsetDraw::first};
     }},
    {"trusted count", "a11944072260040f5648531644db25480f8de6b0dbc62735b5e9ef7d2b5b5104",
     [](TrialSpec& s) {
       s.trusted = trusted();
       s.trusted->count = 1000;
     }},
    {"trusted fraction, glc", "b62cdf195f348f65cbea6249e00f3f9fc6cca4bfe7c7b9e3e842d19b68c2b5e9",
     [](TrialSpec& s) {
       s.trusted = trusted();
       s.trusted->fraction = 0.001;
       s.trusted->draw = "glc";
       s.trusted->options = {{"order", "tensorflow_seed_1"}, {"population", 60000}};
     }},
    {"reads no noisy label", "4d8e773e73ba71a8b3eb4598e71a90bc1dd4225e902ccc5e5cebb65639b0de18",
     [](TrialSpec& s) {
       s.noise.reset();
       s.seeds.noise.reset();
       s.revisions.generator.reset();
       s.trusted = trusted();
       s.trusted->count = 1000;
       s.method = {.id = "trusted_only", .options = {{"minimum_epochs", 10}, {"minimum_updates", 2000}}};
     }},
    {"every 10 epochs, bf16", "83c27413bf1b395792246dafe742a91f89cb4baad8c065da3c620840c14e2ca7",
     [](TrialSpec& s) {
       s.data.evaluate_every = 10;
       s.precision = "bf16";
     }},
    {"mlp on mnist", "79db36857a9aea96b1cdf163b3cca7dc05ca5fa79219fb49cfb84ac211afe083",
     [](TrialSpec& s) {
       s.data.dataset = "mnist";
       s.net = {.id = "mlp", .options = {{"hidden", {128, 128}}}, .initialisation = "fan_in_normal"};
     }},
    {"fused", "4946cc18a00806e805a48fa91e5fae98aab5aa617bcbb9a7814debf898a0e9c0",
     [](TrialSpec& s) { s.recipe.arithmetic = Arithmetic::fused; }},
    {"autoaugment", "0968a065632e93f4ee7f6113a4981832def6e6e046ba70c8ed89ac0c7d75a4d7",
     [](TrialSpec& s) {
       s.recipe.augmentation->policy = AutoAugmentSpec{};
       s.recipe.augmentation->pad_normalised = true;
       s.recipe.augmentation->cutout = 16;
     }},
    {"randaugment", "53238f5ebb0baaf8c4c3fa3edb87bf65351470e822482d91ffc61085b2d20bd4",
     [](TrialSpec& s) {
       s.recipe.augmentation = AugmentationSpec{.policy = RandAugmentSpec{.operations = 2,
                                                                          .probability = 0.5,
                                                                          .lowest_level = 1,
                                                                          .highest_level = 9,
                                                                          .drawn_for = PolicyShare::batch}};
     }},
    {"large seeds, revisions 2, no momentum", "25e6722725b3f8744c96e7e4448001f9212e9018e5cfee96f46e05fa2d634d27",
     [](TrialSpec& s) {
       s.seeds = {.noise = 1ull << 40, .split = (1ull << 53) + 1, .init = 0, .train = (1ull << 63) - 1};
       s.revisions = {.method = 2, .net = 2, .dataset = 2, .optimiser = 2, .random = 2, .data_path = 2, .generator = 2};
       s.recipe.optimiser.momentum = 0;
     }},
};

TrialSpec read_back(const TrialSpec& spec) {
  Problems problems;
  return trial_spec_from_json(JsonNode::parse(canonical_text(to_json(spec)), "trial", problems));
}

}  // namespace

TEST_CASE("trial ids are those of an independent script", "[protocols][trial]") {
  for (const auto& pinned : kPinned) {
    CAPTURE(pinned.name);
    auto spec = base();
    pinned.change(spec);
    CHECK(trial_id(spec) == pinned.id);
  }
}

TEST_CASE("a spec read back from its canonical text is the same trial", "[protocols][trial]") {
  for (const auto& pinned : kPinned) {
    CAPTURE(pinned.name);
    auto spec = base();
    pinned.change(spec);
    CHECK(canonical_text(to_json(read_back(spec))) == canonical_text(to_json(spec)));
  }
}

TEST_CASE("values that their context makes meaningless, and absent ones, change no id", "[protocols][trial]") {
  const auto same = [](void (*change)(TrialSpec&)) {
    auto spec = base();
    change(spec);
    return trial_id(spec) == trial_id(base());
  };
  CHECK(same([](TrialSpec& s) { s.recipe.optimiser.beta1 = 0.5; }));  // of adam
  CHECK(same([](TrialSpec& s) { s.method.options = Json::object(); }));
  CHECK(same([](TrialSpec& s) { s.recipe.augmentation->cutout = 0; }));
  CHECK_FALSE(same([](TrialSpec& s) { s.recipe.augmentation->cutout = 8; }));
  CHECK_FALSE(same([](TrialSpec& s) { s.recipe.optimiser.momentum = 0.8; }));

  auto plain = base(), idle = base();
  plain.recipe.augmentation.reset();
  idle.recipe.augmentation = AugmentationSpec{};
  CHECK(trial_id(plain) == trial_id(idle));
  auto still = base();
  still.recipe.optimiser.momentum = 0;
  auto nesterov = still;
  nesterov.recipe.optimiser.nesterov = true;
  CHECK(trial_id(still) == trial_id(nesterov));
}

TEST_CASE("a trial that is not whole is refused with its place", "[protocols][trial]") {
  const auto message = [](void (*change)(Json&)) {
    auto json = to_json(base());
    change(json);
    Problems problems;
    try {
      trial_spec_from_json(JsonNode::parse(json.dump(), "trial", problems));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message([](Json& json) { json["recipe"].erase("epochs"); }),
             Contains("trial: /recipe: has no \"epochs\""));
  CHECK_THAT(message([](Json& json) { json["recipe"]["optimiser"]["beta1"] = 0.9; }),
             Contains("/recipe/optimiser/beta1: unknown key"));
  CHECK_THAT(message([](Json& json) { json["threads"] = 2; }), Contains("/threads: unknown key"));
}

TEST_CASE("an author's held-out draw comes back from JSON, and its absence leaves no trace", "[protocols][trial]") {
  auto spec = base();
  spec.data.held_out = HeldOutSpec{
      .count = 5000, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
  CHECK_FALSE(to_json(spec)["data"]["held_out"].contains("draw"));
  spec.data.held_out->draw = "numpy_choice";
  Problems problems;
  const auto back = trial_spec_from_json(JsonNode::parse(canonical_text(to_json(spec)), "trial", problems));
  CHECK(back.data.held_out->draw == "numpy_choice");
  auto json = to_json(spec);
  json["data"]["held_out"]["stratified"] = true;
  CHECK_THROWS_WITH(trial_spec_from_json(JsonNode::parse(canonical_text(json), "trial", problems)),
                    Contains("\"stratified\" must be false"));
}
