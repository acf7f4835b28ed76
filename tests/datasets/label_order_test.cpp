#include "datasets/label_order.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "core/draws.h"
#include "core/json.h"
#include "core/sha256.h"
#include "datasets/dataset.h"
#include "datasets/noise_inputs.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

using Catch::Contains;
using Labels = std::vector<int64_t>;

constexpr int64_t kCount = 3000, kClasses = 10;

/// Classes in no order, as CIFAR's files have them.
Labels clean_labels() {
  Labels labels;
  const Key key = derive(3, "labels of a set");
  for (int64_t i = 0; i < kCount; ++i) {
    labels.push_back(below(draw(key, 0, static_cast<uint64_t>(i), 0).word[0], static_cast<uint32_t>(kClasses)));
  }
  return labels;
}

/// Each label replaced with this probability by any of the classes.
Labels noisy(Labels labels, double rate) {
  const Key key = derive(4, "noise");
  for (size_t i = 0; i < labels.size(); ++i) {
    const Words4 words = draw(key, 0, i, 0);
    if (unit_double(words.word[0], words.word[1]) < rate)
      labels[i] = below(words.word[2], static_cast<uint32_t>(kClasses));
  }
  return labels;
}

Labels turned(const Labels& labels, int64_t by) {
  Labels moved = labels;
  std::rotate(moved.begin(), moved.begin() + by, moved.end());
  return moved;
}

const Labels& clean() {
  static const Labels labels = clean_labels();
  return labels;
}

SetLabels the_set() { return {.id = "made", .clean = clean(), .classes = kClasses}; }

Labels by_class(const Labels& labels) {
  Labels images(labels.size());
  std::iota(images.begin(), images.end(), int64_t{0});
  std::stable_sort(images.begin(), images.end(), [&](int64_t a, int64_t b) {
    return clean()[static_cast<size_t>(a)] < clean()[static_cast<size_t>(b)];
  });
  Labels moved;
  for (const int64_t image : images) moved.push_back(labels[static_cast<size_t>(image)]);
  return moved;
}

/// Images in the order in which a folder lists first.png, first + 1.png, ...: each number before those that begin with
/// it, found by going through the digits.
void list_from(int64_t number, int64_t first, Labels& images) {
  if (number >= kCount + first) return;
  if (number >= first) images.push_back(number - first);
  for (int64_t digit = 0; digit < 10 && number > 0; ++digit) list_from(10 * number + digit, first, images);
}

Labels by_file_name(const Labels& labels, int64_t first) {
  Labels images, moved;
  for (int64_t digit = 0; digit < 10; ++digit) list_from(digit, first, images);
  for (const int64_t image : images) moved.push_back(labels[static_cast<size_t>(image)]);
  return moved;
}

TEST_CASE("Noisy labels in the set's own order are let through, also very noisy ones", "[datasets][labels]") {
  const double rate = GENERATE(0.0, 0.2, 0.5, 0.8, 0.9);
  CAPTURE(rate);
  const LabelFit fit = fit_of_noisy(noisy(clean(), rate), the_set());
  CHECK(fit.refusals.empty());
  CHECK(fit.remarks.empty());
}

TEST_CASE("Labels in another known order are refused, and the order is named with its cure", "[datasets][labels]") {
  struct Row {
    const char* why;
    Labels labels;
    const char *order, *cure;
  };
  const double rate = GENERATE(0.0, 0.4, 0.6);
  const Labels given = noisy(clean(), rate);
  const std::vector<Row> rows = {
      {"reversed", Labels(given.rbegin(), given.rend()), "in reversed order", "labels[::-1]"},
      {"the last label came first", turned(given, kCount - 1), "shifted by 1: label 1 of the file belongs to image 0",
       "numpy.roll(labels, -1)"},
      {"the first label came last", turned(given, 1), "shifted by 1: label 0 of the file belongs to image 1",
       "numpy.roll(labels, 1)"},
      {"TensorFlow's MNIST", turned(given, 500), "image 500", "numpy.roll(labels, 500)"},
      {"names without leading zeros", by_file_name(given, 0),
       "file names that count from 0 without leading zeros (0, 1, 10, ...)",
       "labels[numpy.argsort(sorted(range(len(labels)), key=str))])"},
      {"the same from 1 on", by_file_name(given, 1), "count from 1 without leading zeros (1, 10, 100, ...)",
       "key=lambda i: str(i + 1)))])"},
      {"folders of classes", by_class(given), "in the order of class folders",
       "labels[numpy.argsort(numpy.argsort(clean, kind=\"stable\"))]), where clean are"}};
  for (const Row& row : rows) {
    CAPTURE(row.why, rate);
    const LabelFit fit = fit_of_noisy(row.labels, the_set());
    REQUIRE(fit.refusals.size() == 1);
    CHECK_THAT(fit.refusals.front(), Contains(row.order) && Contains(row.cure));
  }
}

TEST_CASE("Labels of which a part belongs to other images are refused, and the parts are named", "[datasets][labels]") {
  const double rate = GENERATE(0.0, 0.4, 0.6);
  CAPTURE(rate);
  const Labels given = noisy(clean(), rate);
  Labels batches = given;  // the second and third thousand in each other's place
  std::swap_ranges(batches.begin() + 1000, batches.begin() + 2000, batches.begin() + 2000);
  const LabelFit swapped = fit_of_noisy(batches, the_set());
  REQUIRE(swapped.refusals.size() == 1);
  CHECK_THAT(swapped.refusals.front(), Contains("images 1000 to 1999 find theirs at 2000 to 2999 of the file, images "
                                                "2000 to 2999 find theirs at 1000 to 1999 of the file;"));
  Labels lost = given;  // that of image 1500, and something at the end
  lost.erase(lost.begin() + 1500);
  lost.push_back(0);
  const LabelFit short_by_one = fit_of_noisy(lost, the_set());
  REQUIRE(short_by_one.refusals.size() == 1);
  CHECK_THAT(short_by_one.refusals.front(),
             Contains("images 1500 to 2999 find theirs at 1499 to 2998 of the file") && Contains("lost or doubled"));
}

TEST_CASE("A part of the labels that agrees by chance is a warning that names it", "[datasets][labels]") {
  Labels given = noisy(clean(), 0.4);
  const Labels order = draw_permutation(derive(6, "order"), 0, 1000);
  for (size_t i = 0; i < order.size(); ++i) given[i] = noisy(clean(), 0.4)[static_cast<size_t>(order[i])];
  const LabelFit mixed = fit_of_noisy(given, the_set());
  CHECK(mixed.refusals.empty());
  REQUIRE(mixed.remarks.size() == 1);
  CHECK_THAT(mixed.remarks.front(), Contains("the labels of images 0 to 999 agree with the set's own no more often"));
  Labels padded = noisy(clean(), 0.4);
  std::fill(padded.begin() + 2000, padded.end(), 0);
  CHECK_THAT(fit_of_noisy(padded, the_set()).remarks.at(0), Contains("images 2000 to 2999"));
  Labels clean_rest = noisy(clean(), 0.8);  // noise in one part only is a usual thing
  std::copy(clean().begin() + 2000, clean().end(), clean_rest.begin() + 2000);
  CHECK(fit_of_noisy(clean_rest, the_set()).remarks.empty());
}

TEST_CASE("Classes under other numbers are refused, and the permutation is printed", "[datasets][labels]") {
  const Labels numbers = {3, 0, 1, 2, 4, 5, 6, 7, 9, 8};
  Labels given = noisy(clean(), 0.06);
  for (int64_t& label : given) label = numbers[static_cast<size_t>(label)];
  const LabelFit fit = fit_of_noisy(given, the_set());
  REQUIRE(fit.refusals.size() == 1);
  CHECK_THAT(fit.refusals.front(), Contains("0 -> 3, 1 -> 0, 2 -> 1, 3 -> 2, 8 -> 9, 9 -> 8;") &&
                                       Contains("numpy.array([1, 2, 3, 0, 4, 5, 6, 7, 9, 8])[labels]"));
}

TEST_CASE("Labels that count from one are refused where no label is outside, too", "[datasets][labels]") {
  Labels nine, from_one;  // the last class is missing
  for (const int64_t label : clean()) {
    if (label == kClasses - 1) continue;
    nine.push_back(label);
    from_one.push_back(label + 1);
  }
  const LabelFit fit = fit_of_noisy(from_one, {.id = "made", .clean = nine, .classes = kClasses});
  REQUIRE(fit.refusals.size() == 1);
  CHECK_THAT(fit.refusals.front(), Contains("run from 1, and the last class is missing") && Contains("0 -> 1, 1 -> 2"));
}

TEST_CASE("A constant and a mask are not labels", "[datasets][labels]") {
  CHECK_THAT(fit_of_noisy(Labels(kCount, 4), the_set()).refusals.at(0), Contains("all labels are 4"));
  Labels mask;
  for (size_t i = 0; i < clean().size(); ++i) mask.push_back(i % 3 == 0 ? 1 : 0);
  CHECK_THAT(fit_of_noisy(mask, the_set()).refusals.at(0), Contains("a mask of right or wrong labels"));
  const Labels two = {0, 1, 1, 0, 1, 0, 0, 1};
  CHECK(fit_of_noisy(two, {.id = "two", .clean = two, .classes = 2}).refusals.empty());
}

TEST_CASE("Agreement by chance is a warning", "[datasets][labels]") {
  const LabelFit fit = fit_of_noisy(noisy(clean(), 1), the_set());
  CHECK(fit.refusals.empty());
  REQUIRE(fit.remarks.size() == 1);
  CHECK_THAT(fit.remarks.front(), Contains("no more often than by chance") && Contains("image_order_c10.npy"));
}

TEST_CASE("A file's own clean labels must be the set's", "[datasets][labels]") {
  LabelFile file;
  file.path = "x";
  const auto fit_with = [&](const Labels& own) {
    file.arrays = {{"clean_label", own, ""}, {"noisy", noisy(own, 0.4), ""}};
    return fit_of(file, file.array("noisy"), the_set());
  };
  CHECK(fit_with(clean()).refusals.empty());
  Labels corrected = clean();
  for (size_t i = 0; i < 20; ++i) corrected[i * 7] = (corrected[i * 7] + 1) % kClasses;
  CHECK(fit_with(corrected).refusals.empty());
  CHECK_THAT(fit_with(corrected).remarks.at(0), Contains("differs from the set's own labels in 20 of 3000, 0.7 %"));
  CHECK_THAT(fit_with(Labels(clean().rbegin(), clean().rend())).refusals.at(0),
             Contains("the file's own clean_label is not the set's own") && Contains("in reversed order"));
  Labels mixed = clean();
  const Labels order = draw_permutation(derive(5, "order"), 0, kCount);
  for (size_t i = 0; i < mixed.size(); ++i) mixed[i] = clean()[static_cast<size_t>(order[i])];
  CHECK_THAT(fit_with(mixed).refusals.at(0),
             Contains("each class is as frequent as in the set, so the order is another"));
  CHECK_THAT(fit_with(Labels(kCount - 1, 0)).refusals.at(0), Contains("2999 labels for 3000 images"));
}

TEST_CASE("The right labels beside the noisy ones are known by many names, a mask is not one", "[datasets][labels]") {
  const auto* name = GENERATE("clean_labels", "Clean", "gt", "ground_truth", "y_true", "original_labels");
  LabelFile file;
  file.path = "x";
  const Labels other(clean().rbegin(), clean().rend());
  file.arrays = {{"noisy", noisy(other, 0.4), ""}, {name, other, ""}};
  CHECK_THAT(fit_of(file, file.array("noisy"), the_set()).refusals.at(0),
             Contains(std::string("the file's own ") + name + " is not the set's own"));
  Labels mask(kCount, 1);
  mask[3] = 0;
  file.arrays = {{"noisy", noisy(clean(), 0.4), ""}, {name, mask, ""}};
  CHECK(fit_of(file, file.array("noisy"), the_set()).refusals.empty());
}

TEST_CASE("A trial refuses a label file whose own clean labels are those of other images",
          "[datasets][labels][noise]") {
  const test::TemporaryFolder data;
  auto own = load_dataset(facts().datasets.at("quickstart"), "").train.labels;
  const auto load = [&] {
    const std::string bytes = Json({{"clean_label", own}, {"noisy", noisy(own, 0.4)}}).dump();
    test::write_bytes(data.path() / "labels.json", bytes);
    TrialSpec spec;
    spec.data.dataset = "quickstart";
    spec.noise = NoiseSpec{.generator = "label_file",
                           .rate = 0.36,
                           .options = {{"file", "labels.json"}, {"digest", hex(sha256(bytes))}, {"labels", "noisy"}}};
    return load_noise_inputs(spec, facts(), data.path());
  };
  CHECK(load().labels == noisy(own, 0.4));
  std::reverse(own.begin(), own.end());
  CHECK_THROWS_WITH(load(), Contains("labels.json: the file's own clean_label is not the set's own: "));
}

TEST_CASE("A stated rate is told apart from the effective one beyond rounding and sampling", "[datasets][labels]") {
  CHECK(rate_gap(0.402, 0.40208, 50'000).empty());
  CHECK(rate_gap(0.34, 0.3355, 50'000).empty());
  CHECK(rate_gap(0.402, 0.902, 50'000) == "90.2 % of the labels are wrong; the stated rate is 40.2 %");
  CHECK(rate_gap(0.4, 0.43, 50'000) == "43.0 % of the labels are wrong; the stated rate is 40.0 %");
  CHECK(rate_gap(0.4, 0.43, 500).empty());  // four standard deviations of 500 draws are 8.8 points
}

}  // namespace
}  // namespace nlb
