// What a training step would start on a GPU and move there, counted on the device that is not there; compare.py
// --gpu-plan prints it. JSON: per net, with the library's layers and with ours, launches a step, bytes an image, passes
// over activations, and both by kernel.
#include <iostream>

#include "engine/machine.h"
#include "tests/device/step_count.h"

namespace {

using namespace nlb;

Json as_json(const test::StepCount& count, int64_t batch) {
  Json kernels = Json::object();
  for (const auto& [name, launched] : count.kernels)
    kernels[name] = {{"launches", launched.launches}, {"bytes", launched.bytes}, {"passes", count.passes_of(launched)}};
  return {{"launches", count.all.launches},
          {"bytes_per_image", count.all.bytes / batch},
          {"passes", count.passes()},
          {"kernels", kernels}};
}

}  // namespace

int main() {
  prepare_process(2);
  prepare_thread();
  constexpr int64_t kBatch = 128;
  const std::vector<Setting> settings = {preact_resnet18_128(),
                                         {"resnet34", Json::object(), 3, 32, kBatch, OptimiserId::sgd},
                                         {"wrn_40_2", {{"dropout", .3}}, 3, 32, kBatch, OptimiserId::sgd},
                                         {"cnn9", {{"dropout", .25}}, 3, 32, kBatch, OptimiserId::adam}};
  Json plan = Json::object();
  for (const Setting& setting : settings) {
    plan[setting.net] = {
        {"library", as_json(test::count_step_of(setting, Layers::library_last), setting.batch)},
        {"kernels", as_json(test::count_step_of(setting, Layers::kernels), setting.batch)},
        {"kernels_bf16", as_json(test::count_step_of(setting, Layers::kernels, "bf16"), setting.batch)}};
  }
  std::cout << plan.dump(1) << "\n";
  return 0;
}
