// tests/support/tiny_trial.h -- a trial of milliseconds on images made here: what the tests of methods and engine
// train.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/draws.h"
#include "datasets/training_data.h"
#include "facts/facts.h"
#include "protocols/trial.h"
#include "tests/support/pixels.h"

namespace nlb::test {

inline constexpr int64_t kTinyTrain = 50, kTinyHeldOut = 10, kTinyTest = 24, kTinyClasses = 4, kTinySide = 8;

/// Class c lights two rows of eight; every pixel gets a draw of its own.
inline ImageSet tiny_images(int64_t count, uint64_t seed) {
  PixelSet set{.count = count, .channels = 1, .height = kTinySide, .width = kTinySide, .pixels = {}, .labels = {}};
  const Key key = derive(seed, "tiny");
  for (int64_t i = 0; i < count; ++i) {
    set.labels.push_back(i % kTinyClasses);
    for (int64_t p = 0; p < kTinySide * kTinySide; ++p) {
      const bool lit = p / (2 * kTinySide) == set.labels.back();
      const uint32_t word = draw(key, 0, static_cast<uint64_t>(i), static_cast<uint32_t>(p)).word[0];
      set.pixels.push_back(static_cast<uint8_t>(below(word, 128) + (lit ? 100 : 0)));
    }
  }
  return set;
}

/// The first kTinyTrain images are trained on, every third with a wrong label; the next are held out.
inline TrainingData tiny_data() {
  TrainingData data;
  data.dataset.id = "tiny";
  data.dataset.classes = kTinyClasses;
  data.dataset.train = tiny_images(kTinyTrain + kTinyHeldOut, 1);
  data.dataset.test = tiny_images(kTinyTest, 2);
  for (int64_t i = 0; i < kTinyTrain; ++i) {
    data.train_index.push_back(i);
    data.clean.push_back(data.dataset.train.labels[static_cast<size_t>(i)]);
    data.given.push_back((data.clean.back() + (i % 3 == 0 ? 1 : 0)) % kTinyClasses);
  }
  for (int64_t i = 0; i < kTinyHeldOut; ++i) {
    data.held_out_index.push_back(kTinyTrain + i);
    data.held_out_labels.push_back(data.dataset.train.labels[static_cast<size_t>(kTinyTrain + i)]);
  }
  for (int64_t i = 0; i < kTinyTest; ++i) data.test_index.push_back(i);
  data.noise = summarise_noise(data.clean, data.given, kTinyClasses, 0.34);
  return data;
}

inline TrialSpec tiny_spec(const std::string& method, const Json& options) {
  TrialSpec spec;
  spec.data.dataset = "tiny";
  spec.data.digest = std::string(64, '0');
  spec.noise = NoiseSpec{.generator = "symmetric_exclusive", .rate = 0.34};
  spec.net = {.id = "mlp", .options = {{"hidden", {16}}}, .initialisation = "torch_default"};
  spec.recipe.epochs = 4;
  spec.recipe.batch_size = 16;
  spec.recipe.last_batch = LastBatch::keep;
  spec.recipe.optimiser = {.id = OptimiserId::sgd, .learning_rate = 0.1, .weight_decay = 1e-4, .momentum = 0.9};
  if (options.contains("late_beta1")) spec.recipe.optimiser = {.id = OptimiserId::adam, .learning_rate = 0.01};
  spec.recipe.schedule.rate = ConstantRate{};
  spec.recipe.augmentation = AugmentationSpec{.pad_crop = 1, .flip = true};
  spec.recipe.normalisation = {.mean = {0.4}, .std = {0.3}};
  spec.method = {.id = method, .options = options};
  spec.seeds = {.noise = 1, .split = 2, .init = 3, .train = 4};
  spec.revisions.generator = 1;
  return spec;
}

/// Whether options ask for held-out samples with noisy labels: by a word that says so, or by a patience.
inline bool ask_held_out(const Json& options) {
  for (const auto& [name, value] : options.items()) {
    if (name == "patience") return true;
    if (value.is_string() && value.get<std::string>().find("held_out") != std::string::npos) return true;
  }
  return false;
}

/// tiny_data() as the trial's method may see it: where it needs trusted samples, half of them (all classes), and where
/// it reads no noisy label, no other label.
inline TrainingData tiny_data_for(const TrialSpec& spec) {
  const MethodFacts& method = facts().methods.at(spec.method.id);
  TrainingData data = tiny_data();
  if (method.trusted != "required") return data;
  for (size_t i = 0; i < data.given.size(); ++i) {
    const bool trusted = i % (2 * kTinyClasses) < kTinyClasses;
    if (trusted) data.trusted.push_back(static_cast<int64_t>(i));
    if (trusted) data.given[i] = data.clean[i];
    if (!trusted && !method.reads_noisy_labels) data.given[i] = kNoLabel;
  }
  data.noise.reset();
  if (method.reads_noisy_labels) data.noise = summarise_noise(data.clean, data.given, kTinyClasses, 0.34);
  return data;
}

/// A value that the facts allow: the middle of a bounded range, one above a lower or below an upper bound, the first
/// word.
inline Json some_value(const OptionFacts& option) {
  const bool has_low = option.range.low > -1e300, has_high = option.range.high < 1e300;
  const double low = has_low ? option.range.low : 0;
  const double open_ended = has_high ? option.range.high - 1 : low + 1;
  const double number = has_low && has_high ? (option.range.low + option.range.high) / 2 : open_ended;
  switch (option.type) {
    case OptionFacts::Type::number:
      return number;
    case OptionFacts::Type::integer:
      return static_cast<int64_t>(low);
    case OptionFacts::Type::boolean:
      return true;
    case OptionFacts::Type::word:
      return option.words.front();
    case OptionFacts::Type::numbers:
      return Json::array({number});
    case OptionFacts::Type::integers:
      return Json::array({static_cast<int64_t>(low)});
    case OptionFacts::Type::text:
      return "text";
  }
  return {};
}

/// Options of a method as its facts declare them: without, and if there are any with, the optional ones.
inline std::vector<Json> option_variants(const MethodFacts& method) {
  Json plain = Json::object(), full = Json::object();
  for (const OptionFacts& option : method.options) {
    full[option.name] = some_value(option);
    if (!option.optional && option.with.empty()) plain[option.name] = full[option.name];
  }
  return plain == full ? std::vector<Json>{plain} : std::vector<Json>{plain, full};
}

}  // namespace nlb::test
