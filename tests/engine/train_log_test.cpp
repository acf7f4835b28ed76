#include "engine/train_log.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace nlb {
namespace {

/// Four samples: 0 and 1 rightly labelled, 2 and 3 wrongly.
TrainingData four_samples() {
  TrainingData data;
  data.train_index = {0, 1, 2, 3};
  data.clean = {0, 1, 0, 1};
  data.given = {0, 1, 1, 0};
  data.noise = summarise_noise(data.clean, data.given, 2, 0.5);
  return data;
}

StepLog step_log(const std::vector<int64_t>& index, const std::vector<int64_t>& predicted,
                 const std::vector<float>& loss, double mean) {
  StepLog log;
  log.index = torch::tensor(index, torch::kInt64);
  log.predicted = torch::tensor(predicted, torch::kInt64);
  log.sample_loss = torch::tensor(loss);
  log.losses = {{"loss", torch::tensor(mean, torch::kFloat64)}};
  log.learning_rate = mean;
  return log;
}

TEST_CASE("Steps are compared with clean labels when the epoch ends", "[engine][train_log]") {
  const TrainingData data = four_samples();
  TrainLog log(data);
  Curves curves;
  // 0 fitted; 2: the wrong given label memorised; 3: seen through.
  log.add(step_log({0, 2}, {0, 1}, {.1f, .2f}, 1));
  log.add(step_log({1, 3}, {0, 1}, {.3f, .9f}, 2));
  log.end_epoch(1);
  curves.epoch = {1};
  log.take(curves);
  CHECK(curves.train_counts.at("seen_clean") == std::vector<int64_t>{2});
  CHECK(curves.train_counts.at("seen_wrong") == std::vector<int64_t>{2});
  CHECK(curves.train_counts.at("clean_fit") == std::vector<int64_t>{1});
  CHECK(curves.train_counts.at("wrong_fit_given") == std::vector<int64_t>{1});
  CHECK(curves.train_counts.at("wrong_fit_clean") == std::vector<int64_t>{1});
  CHECK(curves.losses.at("loss") == std::vector<double>{1.5});
  CHECK(curves.learning_rate == std::vector<double>{2});
  CHECK(curves.detection_score == "loss");
  CHECK(curves.detection.at("auroc") == std::vector<double>{0.75});
  CHECK(curves.detection.at("recall_at_wrong") == std::vector<double>{0.5});
  CHECK(curves.train_counts.count("selected_clean") == 0);
}

TEST_CASE("Selection, correction and score are counted, and a late column is filled up", "[engine][train_log]") {
  const TrainingData data = four_samples();
  TrainLog log(data);
  Curves curves;
  log.add(step_log({0, 1, 2, 3}, {0, 1, 1, 1}, {0, 0, 0, 0}, 1));
  log.end_epoch(1);
  curves.epoch = {1};
  log.take(curves);
  StepLog step = step_log({0, 1, 2, 3}, {0, 1, 1, 1}, {0, 0, 0, 0}, 1);
  step.selected = torch::tensor({1, 0, 1, 0}).to(torch::kBool);
  step.corrected = torch::tensor({0, 0, 0, 0}, torch::kInt64);  // 1 wrongly, 2 rightly; 0 and 3 keep their label
  step.score = torch::tensor({.9f, .8f, .1f, .2f});
  log.add(step);
  log.end_epoch(1);
  curves.epoch.push_back(2);
  log.take(curves);
  CHECK(curves.train_counts.at("selected_clean") == std::vector<int64_t>{0, 1});
  CHECK(curves.train_counts.at("selected_wrong") == std::vector<int64_t>{0, 1});
  CHECK(curves.train_counts.at("corrected_right") == std::vector<int64_t>{0, 1});
  CHECK(curves.train_counts.at("corrected_wrong") == std::vector<int64_t>{0, 1});
  CHECK(curves.detection.at("auroc") == std::vector<double>{0.5, 1});
  CHECK(curves.detection_score == "score");
}

TEST_CASE("Counts between two evaluations survive a checkpoint", "[engine][train_log]") {
  const TrainingData data = four_samples();
  TrainLog log(data), resumed(data);
  log.add(step_log({0, 1, 2, 3}, {0, 1, 1, 1}, {0, 0, 0, 0}, 0.1));
  log.end_epoch(1);
  Problems problems;
  resumed.load(JsonNode::parse(canonical_text(log.save()), "saved", problems));
  problems.throw_if_any();
  Curves there, here;
  there.epoch = here.epoch = {1};
  log.take(there);
  resumed.take(here);
  CHECK(here.train_counts == there.train_counts);
  CHECK(here.losses == there.losses);
  CHECK(here.learning_rate == there.learning_rate);
}

TEST_CASE("A sample keeps what the last step that saw it said", "[engine][train_log]") {
  const TrainingData data = four_samples();
  TrainLog log(data), resumed(data);
  StepLog first = step_log({0, 1, 2}, {0, 1, 1}, {1, 2, 3}, 1);
  first.score = torch::tensor({.9f, .8f, .1f});
  log.add(first);
  log.end_epoch(1);
  CHECK(log.has_score());
  std::map<std::string, torch::Tensor> saved;
  for (const StateEntry& entry : log.sample_state()) saved[entry.name] = entry.value.clone();
  saved["net/weight"] = torch::zeros({1});
  resumed.load_samples(saved);
  CHECK(saved.size() == 1);
  CHECK_THROWS_AS(resumed.load_samples(saved), InputError);
  for (TrainLog* one : {&log, &resumed}) {
    one->add(step_log({0}, {1}, {5}, 1));
    one->end_epoch(2);
    CHECK_FALSE(one->has_score());
    CHECK(one->samples().epoch == std::vector<int32_t>{2, 1, 1, 0});
    CHECK(one->samples().predicted == std::vector<int32_t>{1, 1, 1, -1});
    CHECK(one->samples().loss[0] == 5);
    CHECK(one->samples().loss[2] == 3);
    CHECK(std::isnan(one->samples().score[0]));
    CHECK(one->samples().score[1] == .8f);
    CHECK(std::isnan(one->samples().loss[3]));
  }
}

TEST_CASE("A loss that is not finite fails the trial", "[engine][train_log]") {
  const TrainingData data = four_samples();
  TrainLog log(data);
  log.add(step_log({0}, {0}, {0}, std::numeric_limits<double>::quiet_NaN()));
  CHECK_THROWS_AS(log.end_epoch(1), TrialFailure);
}

}  // namespace
}  // namespace nlb
