#include <optional>
#include <string>
#include <vector>

#include "nets/architectures.h"
#include "nets/layers.h"

namespace nlb {
namespace {

struct Stage {
  int64_t width, blocks;
};

/// What tells the networks of this file apart.
struct Form {
  int64_t stem;               ///< width of the first convolution
  std::vector<Stage> stages;  ///< each after the first halves the map
  bool norm_after_stem = false, norm_before_pooling = false;
  bool project_every_stage = false;  ///< also where its first block keeps the shape
  double dropout = 0;
};

struct Block {
  BatchNorm2d norm1, norm2;
  Conv2d conv1, conv2;
  Dropout dropout;
  std::optional<Conv2d> shortcut;

  ResidualSum operator()(const ResidualSum& before, const ForwardContext& context) const {
    const auto [input, active] = norm1.of_sum(before, context);
    const auto middle = dropout(norm2.activated(conv1(active.first), context), context);
    return {conv2(middle), shortcut ? (*shortcut)(active.second) : input};
  }
};

Block make_block(LayerBuilder& build, const std::string& name, int64_t in, int64_t out, int64_t stride, bool project,
                 double dropout) {
  Block block;
  block.norm1 = build.batch_norm(name + ".bn1", in);
  block.conv1 = build.conv(name + ".conv1", in, out, {.stride = stride});
  block.norm2 = build.batch_norm(name + ".bn2", out);
  block.conv2 = build.conv(name + ".conv2", out, out, {});
  block.dropout = build.dropout(dropout);
  if (project) {
    block.shortcut = build.conv(name + ".shortcut.0", in, out, {.kernel = 1, .stride = stride, .padding = 0});
  }
  return block;
}

class PreActResNet final : public Net {
 public:
  PreActResNet(const NetRequest& request, const Form& form) {
    LayerBuilder build(store_, request.initialisation);
    stem_ = build.conv("conv1", request.shape.channels, form.stem, {});
    if (form.norm_after_stem) stem_norm_ = build.batch_norm("bn1", form.stem);
    int64_t in = form.stem;
    for (size_t s = 0; s < form.stages.size(); ++s) {
      const auto [width, blocks] = form.stages[s];
      last_stage_ = blocks_.size();
      for (int64_t i = 0; i < blocks; ++i) {
        const int64_t stride = s > 0 && i == 0 ? 2 : 1;
        const bool project = stride != 1 || in != width || (form.project_every_stage && i == 0);
        const auto name = "layer" + std::to_string(s + 1) + "." + std::to_string(i);
        blocks_.push_back(make_block(build, name, in, width, stride, project, form.dropout));
        in = width;
      }
    }
    if (form.norm_before_pooling) last_norm_ = build.batch_norm("bn", in);
    linear_ = build.linear("linear", in, request.shape.classes);
  }

  torch::Tensor features(const torch::Tensor& images, const ForwardContext& context) override {
    ResidualSum sum = stem(images, context);
    for (const Block& block : blocks_) sum = block(sum, context);
    return ended(sum, context);
  }

  /// The blocks of the last stage, the last one with what follows it:
  /// zjfheart/BadLabels:eval_badlabels/models/PreResNet_rog.py:178-193.
  std::vector<torch::Tensor> layer_features(const torch::Tensor& images, const ForwardContext& context) override {
    std::vector<torch::Tensor> layers;
    ResidualSum sum = stem(images, context);
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (i > last_stage_) layers.push_back(mean_over_map(sum.added()));
      sum = blocks_[i](sum, context);
    }
    layers.push_back(ended(sum, context));
    return layers;
  }

  torch::Tensor classify(const torch::Tensor& features) override { return linear_(features); }

 private:
  ResidualSum stem(const torch::Tensor& images, const ForwardContext& context) const {
    const auto x = stem_(in_layout(images));
    return {stem_norm_ ? stem_norm_->activated(x, context) : x, {}};
  }
  /// [B, features] behind the last block.
  torch::Tensor ended(const ResidualSum& sum, const ForwardContext& context) const {
    return mean_over_map(last_norm_ ? last_norm_->of_sum(sum, context).active.first : sum.added());
  }

  Conv2d stem_;
  std::optional<BatchNorm2d> stem_norm_, last_norm_;
  std::vector<Block> blocks_;
  size_t last_stage_ = 0;  // its first block
  Linear linear_;
};

std::unique_ptr<Net> build(const NetRequest& request, const Form& form) {
  return std::make_unique<PreActResNet>(request, form);
}

std::unique_ptr<Net> build_wide(const NetRequest& request, int64_t widening, int64_t blocks) {
  double dropout = 0;
  request.options.read("dropout", dropout);
  return build(request, {.stem = 16,
                         .stages = {{16 * widening, blocks}, {32 * widening, blocks}, {64 * widening, blocks}},
                         .norm_before_pooling = true,
                         .dropout = dropout});
}

}  // namespace

std::unique_ptr<Net> build_preact_resnet18(const NetRequest& request) {
  return build(request, {.stem = 64, .stages = {{64, 2}, {128, 2}, {256, 2}, {512, 2}}, .norm_after_stem = true});
}

std::unique_ptr<Net> build_preact_resnet32(const NetRequest& request) {
  return build(
      request,
      {.stem = 32, .stages = {{32, 5}, {64, 5}, {128, 5}}, .norm_before_pooling = true, .project_every_stage = true});
}

std::unique_ptr<Net> build_wrn_40_2(const NetRequest& request) { return build_wide(request, 2, 6); }
std::unique_ptr<Net> build_wrn_28_10(const NetRequest& request) { return build_wide(request, 10, 4); }

}  // namespace nlb
