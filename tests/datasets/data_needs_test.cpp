#include "datasets/data_needs.h"

#include <catch2/catch.hpp>

#include "core/text.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;

std::string remarks_of(const std::vector<int64_t>& train, const std::vector<int64_t>& test) {
  return join(class_remarks({.names = {"cat", "dog", "emu"}, .train = train, .test = test}), "\n");
}

TEST_CASE("Classes that are missing or rare are named before anything trains", "[datasets][own]") {
  CHECK(remarks_of({300, 300, 300}, {200, 200, 200}).empty());
  CHECK_THAT(remarks_of({300, 300, 0}, {200, 200, 200}),
             Contains("no training image has this label, so nothing can learn it (test images): emu (200)"));
  CHECK_THAT(remarks_of({300, 300, 0}, {200, 300, 0}), Contains("a class without training and test images: emu (0)"));
  CHECK_THAT(remarks_of({300, 300, 30}, {200, 300, 0}),
             Contains("no test image shows these classes") && Contains("(training images): emu (30)"));
  CHECK_THAT(remarks_of({300, 59, 60}, {200, 200, 200}),
             Contains("rare in training: dog (59), where the largest class has 300"));
  CHECK_THAT(remarks_of({20, 9, 10}, {200, 200, 200}), Contains("rare in training: dog (9), where"));
  // 1.959964 sqrt(1 / 4n) = 25.30 points at n = 15, 6.53 at 225.
  CHECK_THAT(remarks_of({300, 300, 300}, {100, 110, 15}),
             Contains("rare in the test split: emu (15), whose own accuracies are known to within ±25.3 points") &&
                 Contains("225 test images give each accuracy to within ±6.5 points"));
}

/// 40 images of two classes, every second of each; the first `trusted` are.
TrainingData data_of(int64_t trusted) {
  TrainingData data;
  data.dataset.classes = 2;
  data.dataset.class_names = {"cat", "dog"};
  for (int64_t i = 0; i < 40; ++i) {
    data.train_index.push_back(i);
    data.given.push_back(i % 2);
    if (i < trusted) data.trusted.push_back(i);
  }
  return data;
}

TrialSpec spec_of(const std::string& method, const Json& options, LastBatch last_batch) {
  TrialSpec spec;
  spec.method.id = method;
  spec.method.options = options;
  spec.recipe.batch_size = 32;
  spec.recipe.last_batch = last_batch;
  return spec;
}

TEST_CASE("What a trial will fail on is said of its labels alone", "[datasets][own]") {
  struct Row {
    const char *why, *method, *options;
    LastBatch last_batch;
    int64_t trusted;
    const char* unmet;  // "" for a trial that runs
  };
  const auto row = GENERATE(values<Row>({
      {"every row is checked", "glc", "{}", LastBatch::keep, 40,
       "data.samples - data.trusted is 0; allowed: at least recipe.least_batch, which is 1"},
      {"one is left to learn from", "glc", "{}", LastBatch::keep, 39,
       "at least a batch of 32, and 39 of 40 training images are trusted; it would run, and its accuracy would mean "
       "nothing"},
      {"not a whole batch is left", "glc", "{}", LastBatch::drop, 9,
       "data.samples - data.trusted is 31; allowed: at least recipe.least_batch, which is 32"},
      {"a whole batch is left", "glc", "{}", LastBatch::drop, 8, ""},
      {"a whole batch is left of batches that are kept", "l2r", "{}", LastBatch::keep, 8, ""},
      {"ce on the others", "ce", R"({"samples": "untrusted"})", LastBatch::keep, 39,
       "39 of 40 training images are trusted"},
      {"ce on all", "ce", R"({"samples": "all"})", LastBatch::keep, 39, ""},
      {"l2r learns from the others, too", "l2r", "{}", LastBatch::keep, 40,
       "data.samples - data.trusted is 0; allowed: at least recipe.least_batch, which is 1"},
      {"it needs no others", "trusted_only", "{}", LastBatch::keep, 40, ""},
      {"its own batch is not whole", "trusted_only", "{}", LastBatch::drop, 31,
       "data.trusted is 31; allowed: at least recipe.least_batch, which is 32; it trains on the trusted samples alone"},
      {"one of two classes cannot measure", "distillation_correction", R"({"teacher_share": 0.5})", LastBatch::keep, 3,
       "is 1; allowed where measuring_samples is absent: at least data.classes, which is 2"},
      {"both can", "distillation_correction", R"({"teacher_share": 0.5})", LastBatch::keep, 4, ""},
      {"all are kept apart", "rog", R"({"keep_share": 0.5, "validation_per_class": 19})", LastBatch::keep, 0,
       "raise keep_share, or lower validation_per_class; rarest: cat (20), dog (20)"},
      {"two are fitted", "rog", R"({"keep_share": 0.5, "validation_per_class": 18})", LastBatch::keep, 0, ""},
      {"any method may lack a batch", "ce", "{}", LastBatch::keep, 0, ""},
  }));
  CAPTURE(row.why);
  const auto spec = spec_of(row.method, Json::parse(row.options), row.last_batch);
  const auto unmet = join(unmet_needs(spec, facts().methods.at(row.method), data_of(row.trusted)), "; ");
  if (std::string(row.unmet).empty()) {
    CHECK(unmet.empty());
  } else {
    CHECK_THAT(unmet, Contains(row.unmet));
  }
}

TEST_CASE("A class without training images stops RoG before it trains", "[datasets][own]") {
  auto data = data_of(0);
  for (auto& label : data.given) label = 0;
  const auto spec = spec_of("rog", {{"keep_share", 0.5}, {"validation_per_class", 0}}, LastBatch::keep);
  const auto unmet = unmet_needs(spec, facts().methods.at("rog"), data);
  REQUIRE(unmet.size() == 1);
  CHECK_THAT(unmet[0], Contains("data.rarest_class") && Contains("; rarest: dog (0)"));
  CHECK(unmet_needs(spec_of("ce", Json::object(), LastBatch::keep), facts().methods.at("ce"), data).empty());
}

}  // namespace
}  // namespace nlb
