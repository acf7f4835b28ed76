#include "training/learner.h"

#include <utility>

#include "core/error.h"
#include "nets/decay.h"
#include "nets/device_layers.h"
#include "optim/partial_decay.h"

namespace nlb {
namespace {

NetShape shape_of(const TrainingSet& set) {
  const std::vector<int64_t> image = set.image_shape();
  NLB_CHECK(image.size() == 3, "an image has channels, height and width");
  return {.channels = image[0], .height = image[1], .width = image[2], .classes = set.classes()};
}

}  // namespace

Learner::Learner(const MethodContext& context, const std::string& name, int64_t epochs)
    : name_(name),
      net_(make_net(context.spec.net, shape_of(context.set), derive(context.init_key(), name), context.device,
                    context.type, context.spec.recipe.arithmetic)),
      optimiser_(make_optimiser(context.spec.recipe.optimiser, net_->parameters(),
                                decayed_parameters(context.spec.net.id, net_->parameters()))),
      schedule_(context.spec.recipe.schedule, context.spec.recipe.optimiser.learning_rate, epochs),
      dropout_key_(derive(context.train_key("dropout"), name)) {}

ForwardContext Learner::in_training(bool update_statistics) const {
  return {.training = true,
          .dropout_key = dropout_key_,
          .step = steps_,
          .step_there = is_prepared_ ? step_there_ : torch::Tensor(),
          .update_statistics = update_statistics};
}

torch::Tensor Learner::forward(const torch::Tensor& images, bool update_statistics) {
  return net_->forward(images, in_training(update_statistics));
}

Learner::Outputs Learner::forward_features(const torch::Tensor& images) { return outputs(images, in_training(true)); }

torch::Tensor Learner::evaluate(const torch::Tensor& images) { return net_->forward(images, {}); }

Learner::Outputs Learner::evaluate_features(const torch::Tensor& images) { return outputs(images, {}); }

Learner::Outputs Learner::outputs(const torch::Tensor& images, const ForwardContext& context) {
  const ScopedProducts products(net_->parameters());
  const auto features = net_->features(images, context);
  return {.features = features, .logits = net_->classify(features)};
}

double Learner::minimise(const torch::Tensor& loss, int64_t epoch, const Step& step, std::optional<double> max_norm) {
  const double rate = schedule_.rate(epoch, step.number, step.count);
  minimise_at(rate, loss, max_norm);
  return rate;
}

void Learner::minimise_at(double rate, const torch::Tensor& loss, std::optional<double> max_norm) {
  ParameterStore& store = net_->parameters();
  back_propagate(loss, store);
  if (max_norm) clip_gradient_norm(store, *max_norm);
  if (std::exchange(is_prepared_, false)) return optimiser_->step_prepared();
  optimiser_->step(rate);
  ++steps_;
}

double Learner::prepare(int64_t epoch, const Step& step, bool replayed) {
  const double rate = schedule_.rate(epoch, step.number, step.count);
  optimiser_->prepare(rate);
  const torch::Device device = net_->parameters().flat().device();
  const auto number = torch::scalar_tensor(steps_, torch::kInt64);
  if (!step_there_.defined()) step_there_ = torch::empty_like(number, device);
  step_there_.copy_(device.is_cuda() ? number.pin_memory() : number, /*non_blocking=*/true);
  ++steps_;
  is_prepared_ = !replayed;
  return rate;
}

void Learner::visit_state(StateVisitor& visitor) {
  const auto visit = [&](const std::string& name, torch::Tensor& value) { visitor.tensor(name_ + "/" + name, value); };
  net_->parameters().visit(visit);
  optimiser_->visit_state(
      [&](const std::string& name, torch::Tensor& value) { visitor.tensor(name_ + "/optimiser/" + name, value); });
  visitor.integer(name_ + "/steps", steps_);
}

Pass recipe_pass(const RecipeSpec& recipe) {
  Stream stream;
  stream.batch_size = recipe.batch_size;
  stream.keep_last = recipe.last_batch == LastBatch::keep;
  return {.name = "train", .streams = {std::move(stream)}};
}

}  // namespace nlb
