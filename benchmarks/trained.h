// benchmarks/trained.h -- a network, its data and a method, as a trial of the runner steps through them.
#pragma once

#include <memory>

#include "datasets/training_data.h"
#include "methods/registry.h"
#include "training/method.h"

namespace nlb {

struct Setting {
  const char* net;
  Json options;
  int64_t channels, side, batch;
  OptimiserId optimiser;
  Arithmetic arithmetic = Arithmetic::library;
};

/// 1,024 drawn images and plain cross-entropy; what a trial of the runner steps through.
struct Trained {
  Trained(const Setting& setting, torch::Device device) : set(data(setting), recipe(setting), 1, device) {
    spec.net = {.id = setting.net, .options = setting.options, .initialisation = "torch_default"};
    spec.recipe = recipe(setting);
    spec.method.id = "ce";
    method = make_method({.spec = spec, .set = set, .device = device});
  }

  static RecipeSpec recipe(const Setting& setting) {
    RecipeSpec recipe;
    recipe.epochs = 1'000'000;
    recipe.batch_size = setting.batch;
    recipe.last_batch = LastBatch::drop;
    recipe.optimiser = {.id = setting.optimiser, .learning_rate = 1e-3, .momentum = 0.9};
    recipe.schedule.rate = ConstantRate{};
    recipe.arithmetic = setting.arithmetic;
    if (setting.channels == 3) recipe.augmentation = AugmentationSpec{.pad_crop = 4, .flip = true};
    return recipe;
  }

  static ImageSet images(const Setting& setting, int64_t count) {
    const ImageShape shape = {.channels = setting.channels, .height = setting.side, .width = setting.side};
    std::vector<uint8_t> pixels(static_cast<size_t>(count * shape.bytes()));
    const Key key = derive(1, "benchmark");
    for (size_t i = 0; i < pixels.size(); ++i) {
      pixels[i] = static_cast<uint8_t>(draw(key, 0, i, 0).word[0]);
    }
    std::vector<int64_t> labels;
    for (int64_t i = 0; i < count; ++i) labels.push_back(i % 10);
    return image_set(shape, std::move(pixels), std::move(labels));
  }

  static TrainingData data(const Setting& setting, int64_t train_images = 1024, int64_t test_images = 0) {
    TrainingData data;
    data.dataset.classes = 10;
    data.dataset.train = images(setting, train_images);
    data.dataset.test = images(setting, test_images);
    data.given = data.clean = data.dataset.train.labels;
    for (int64_t i = 0; i < train_images; ++i) data.train_index.push_back(i);
    for (int64_t i = 0; i < test_images; ++i) data.test_index.push_back(i);
    return data;
  }

  TrialSpec spec;
  TrainingSet set;
  std::unique_ptr<Method> method;
};

inline Setting preact_resnet18_128() { return {"preact_resnet18", Json::object(), 3, 32, 128, OptimiserId::sgd}; }

}  // namespace nlb
