#include "results/messages.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace nlb {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TrialSpec some_spec() {
  TrialSpec spec;
  spec.data.dataset = "mnist";
  spec.data.digest = std::string(64, 'a');
  spec.noise = NoiseSpec{.generator = "symmetric_inclusive", .rate = 0.4};
  spec.net = {.id = "mlp", .options = {{"hidden", {32}}}, .initialisation = "torch_default"};
  spec.recipe.epochs = 2;
  spec.recipe.batch_size = 32;
  spec.recipe.last_batch = LastBatch::keep;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1};
  spec.recipe.schedule.rate = ConstantRate{};
  spec.method.id = "ce";
  spec.seeds = {.noise = 9007199254740993u, .split = 2, .init = 3, .train = 4};
  spec.revisions.generator = 1;
  return spec;
}

TrialResult some_result() {
  TrialResult result;
  result.state_chain = std::string(64, '1');
  result.count_chain = std::string(64, '2');
  result.determinism_class = {{"compiler", "g++ 12.2.0"}, {"threads", "1"}};
  result.noise = NoiseSummary{.digest = std::string(64, '3'),
                              .requested_rate = 0.4,
                              .effective_rate = 0.36,
                              .changed = 36,
                              .count = 100,
                              .matrix = {32, 18, 18, 32},
                              .classes = 2};
  result.curves = {.epoch = {1, 2},
                   .outputs = {"net"},
                   .test_correct = {{5, 7}},
                   .held_out_correct = {{2, 1}},
                   .train_counts = {{"seen_clean", {60, 60}}},
                   .detection = {{"auroc", {kNaN, 0.75}}},
                   .detection_score = "loss",
                   .losses = {{"loss", {0.1, 1e-300}}},
                   .learning_rate = {0.1, 0.1},
                   .seconds = {0.5, 1.25}};
  result.final_counts = {.test_count = 9,
                         .held_out_count = 3,
                         .last = 7,
                         .last_ten = {5, 7},
                         .best_on_test = 7,
                         .best_on_test_epoch = 2,
                         .best_on_val = 5,
                         .best_on_val_epoch = 1,
                         .best_on_val_latest = 7,
                         .best_on_val_latest_epoch = 2,
                         .last_bits = {0xff, 0x01},
                         .best_bits = {0x7f, 0x00},
                         .mean_last_10 = {2, 1, 0},
                         .classes_never_predicted = 0,
                         .confusion = {3, 1, -1, 70000}};
  result.timing.wall_seconds = 1.5;
  result.timing.multiply_add_peak = 5.5e10;
  result.timing.interrupted_at = {1};
  result.started = "2026-01-02T03:04:05Z";
  result.finished = "2026-01-02T03:04:07Z";
  return result;
}

/// What a reader gets is written again as the very same line.
void check_round_trip(const Event& event) {
  const std::string line = encode(event);
  CHECK(line.back() == '\n');
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  const Event read = decode_event(line);
  CHECK(read.index() == event.index());
  CHECK(encode(read) == line);
}

TEST_CASE("Every event crosses the pipe whole", "[results][messages]") {
  check_round_trip(
      Hello{.protocol = 2, .determinism_class = {{"isa", "AVX2"}}, .device = "cpu", .multiply_add_peak = 5.5e10});
  check_round_trip(Started{.id = "x", .epochs = 3, .resumed_at = 1, .noise = some_result().noise});
  check_round_trip(Started{
      .id = "x", .epochs = 3, .resumed_at = 0, .noise = std::nullopt, .determinism_class = {{"layers", "nlbench 1"}}});
  check_round_trip(
      Progress{.id = "x", .epoch = 1, .images = 5, .images_in_epoch = 9, .loss = 0.25, .images_per_second = 1e5});
  check_round_trip(Evaluated{.id = "x", .epoch = 1, .test_correct = 5, .test_count = 9, .state_chain = "ab"});
  check_round_trip(Finished{.id = "x", .result = some_result()});
  check_round_trip(Stopped{.id = "x", .epochs_done = 4, .state_chain = "ab", .count_chain = "cd"});
  check_round_trip(Returned{.id = "x", .kind = "environment", .message = "no \"memory\"\nleft"});
}

TEST_CASE("A result keeps every field on its way", "[results][messages]") {
  const TrialResult sent = some_result();
  const auto got = std::get<Finished>(decode_event(encode(Finished{.id = "x", .result = sent}))).result;
  CHECK(got.curves.test_correct == sent.curves.test_correct);
  CHECK(std::isnan(got.curves.detection.at("auroc")[0]));
  CHECK(got.curves.detection.at("auroc")[1] == 0.75);
  CHECK(got.curves.losses == sent.curves.losses);
  CHECK(got.final_counts.confusion == sent.final_counts.confusion);
  CHECK(got.final_counts.mean_last_10 == sent.final_counts.mean_last_10);
  CHECK(got.final_counts.best_on_val == 5);
  CHECK(got.final_counts.best_on_val_latest == 7);
  CHECK(got.final_counts.best_on_val_latest_epoch == 2);
  CHECK(got.noise->matrix == sent.noise->matrix);
  CHECK(got.timing.interrupted_at == sent.timing.interrupted_at);
  CHECK(got.timing.multiply_add_peak == sent.timing.multiply_add_peak);
}

TEST_CASE("A failed result carries message and epoch", "[results][messages]") {
  TrialResult sent = some_result();
  sent.status = TrialResult::Status::failed;
  sent.failure = "loss became NaN";
  sent.failure_epoch = 3;
  const auto got = std::get<Finished>(decode_event(encode(Finished{.id = "x", .result = sent}))).result;
  CHECK(got.status == TrialResult::Status::failed);
  CHECK(got.failure == sent.failure);
  CHECK(got.failure_epoch == 3);
}

TEST_CASE("A loss that is no number crosses as null", "[results][messages]") {
  Progress progress{.id = "x", .epoch = 0, .images = 0, .images_in_epoch = 0, .loss = kNaN, .images_per_second = 0};
  const std::string line = encode(progress);
  CHECK(line.find("\"loss\":null") != std::string::npos);
  CHECK(std::isnan(std::get<Progress>(decode_event(line)).loss));
}

TEST_CASE("Commands cross the pipe whole", "[results][messages]") {
  RunTrial run;
  run.id = "x";
  run.spec = some_spec();
  run.data_folder = "data";
  run.checkpoint = "a.ckpt";
  run.checkpoint_seconds = 0.5;
  run.stop_after = 3;
  run.keep = {"model", "labels"};
  run.keep_folder = "kept";
  const std::string line = encode(Command(run));
  const auto got = std::get<RunTrial>(decode_command(line));
  CHECK(encode(Command(got)) == line);
  CHECK(trial_id(got.spec) == trial_id(run.spec));
  CHECK(got.spec.seeds.noise == run.spec.seeds.noise);
  CHECK(got.stop_after == 3);
  CHECK(got.keep == run.keep);
  CHECK(std::holds_alternative<StopTrial>(decode_command(encode(Command(StopTrial{})))));
  CHECK(std::holds_alternative<Leave>(decode_command(encode(Command(Leave{})))));
}

TEST_CASE("Messages of another shape are refused with the place", "[results][messages]") {
  CHECK_THROWS_AS(decode_event("{"), InputError);
  CHECK_THROWS_AS(decode_event("{\"event\":\"gone\"}"), InputError);
  CHECK_THROWS_WITH(decode_event("{\"event\":\"stopped\",\"id\":\"x\"}"), Catch::Contains("epochs_done"));
  CHECK_THROWS_AS(decode_command("{\"command\":\"stop\",\"now\":1}"), InputError);
}

}  // namespace
}  // namespace nlb
