#include "engine/selection.h"

#include <catch2/catch.hpp>

namespace nlb {
namespace {

/// Three images; evaluation e has right the images of `masks[e]`.
FinalCounts select(const std::vector<std::vector<uint8_t>>& masks, const std::vector<int64_t>& held_out,
                   bool interrupted = false, int64_t counted_from = 1) {
  SelectedBits selection(counted_from);
  Curves curves;
  curves.test_correct.resize(1);
  for (size_t e = 0; e < masks.size(); ++e) {
    curves.epoch.push_back(static_cast<int64_t>(2 * e + 2));
    selection.add(masks[e], curves.epoch.back());
    curves.test_correct[0].push_back(masks[e][0] + masks[e][1] + masks[e][2]);
    if (!interrupted) continue;
    Problems problems;
    selection = SelectedBits::load(JsonNode::parse(canonical_text(selection.save()), "saved", problems), counted_from);
    problems.throw_if_any();
  }
  if (!held_out.empty()) curves.held_out_correct = {held_out};
  return selection.finish(curves, 3, held_out.empty() ? 0 : 5, {1, 0, 1, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("Selection rules take the first best epoch and the last ten evaluations", "[engine][selection]") {
  const bool interrupted = GENERATE(false, true);
  CAPTURE(interrupted);
  std::vector<std::vector<uint8_t>> masks(12, {1, 0, 0});
  masks[0] = {0, 0, 0};
  masks[3] = {0, 1, 1};
  masks[7] = {1, 1, 0};  // as good as evaluation 3, but later
  std::vector<int64_t> held_out(12, 1);
  held_out[5] = held_out[7] = 4;
  const FinalCounts counts = select(masks, held_out, interrupted);
  CHECK(counts.last == 1);
  CHECK(counts.last_ten == std::vector<int64_t>{1, 2, 1, 1, 1, 2, 1, 1, 1, 1});
  CHECK(counts.best_on_test == 2);
  CHECK(counts.best_on_test_epoch == 8);
  CHECK(counts.best_bits == std::vector<uint8_t>{0b110});
  CHECK(counts.last_bits == std::vector<uint8_t>{0b001});
  CHECK(counts.mean_last_10 == std::vector<uint8_t>{9, 2, 1});
  CHECK(counts.best_on_val == 1);
  CHECK(counts.best_on_val_epoch == 12);
  CHECK(counts.best_on_val_latest == 2);
  CHECK(counts.best_on_val_latest_epoch == 16);
  CHECK(counts.held_out_count == 5);
  CHECK(counts.classes_never_predicted == 1);  // the middle column
}

TEST_CASE("The rules forget what the trainings before the last one reached", "[engine][selection]") {
  const bool interrupted = GENERATE(false, true);
  CAPTURE(interrupted);
  std::vector<std::vector<uint8_t>> masks(12, {1, 0, 0});
  masks[3] = {1, 1, 1};  // epoch 8, of the first training
  masks[9] = {0, 1, 1};  // epoch 20
  std::vector<int64_t> held_out(12, 1);
  held_out[3] = 5;
  held_out[9] = held_out[10] = 2;
  // Evaluations are of epochs 2, 4, ... 24; the last training's first epoch, 13, is not one of them.
  const FinalCounts counts = select(masks, held_out, interrupted, 13);
  CHECK(counts.counted_from == 13);
  CHECK(counts.best_on_test == 2);
  CHECK(counts.best_on_test_epoch == 20);
  CHECK(counts.best_bits == std::vector<uint8_t>{0b110});
  CHECK(counts.last_ten == std::vector<int64_t>{1, 1, 1, 2, 1, 1});
  CHECK(counts.mean_last_10 == std::vector<uint8_t>{5, 1, 1});
  CHECK(counts.best_on_val == 2);
  CHECK(counts.best_on_val_epoch == 20);
  CHECK(counts.best_on_val_latest == 1);
  CHECK(counts.best_on_val_latest_epoch == 22);
}

TEST_CASE("A trial that fails before its last training is counted by what it has", "[engine][selection]") {
  const FinalCounts counts = select({{1, 1, 0}, {0, 0, 1}}, {}, false, 9);
  CHECK(counts.best_on_test == 2);
  CHECK(counts.best_on_test_epoch == 2);
  CHECK(counts.last_ten == std::vector<int64_t>{2, 1});
}

TEST_CASE("Without a held-out part there is no best_on_val", "[engine][selection]") {
  const FinalCounts counts = select({{1, 1, 1}}, {});
  CHECK(!counts.best_on_val);
  CHECK(!counts.best_on_val_latest);
  CHECK(counts.last == 3);
  CHECK(counts.last_ten == std::vector<int64_t>{3});
}

TEST_CASE("Bits are packed lowest first", "[engine][selection]") {
  CHECK(pack_bits({1, 0, 0, 0, 0, 0, 0, 1, 1, 0}) == std::vector<uint8_t>{0x81, 0x01});
}

}  // namespace
}  // namespace nlb
