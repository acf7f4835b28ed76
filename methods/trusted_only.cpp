#include "methods/trusted_only.h"

namespace nlb {
namespace {

Training training_of(const MethodContext& context) {
  const Json& options = context.spec.method.options;
  const std::vector<int64_t>& trusted = context.set.trusted();
  return {.name = "net",
          .epochs = epochs_for_updates(context, trusted, options.at("minimum_epochs").get<int64_t>(),
                                       options.at("minimum_updates").get<int64_t>()),
          .samples = trusted};
}

}  // namespace

TrustedOnly::TrustedOnly(const MethodContext& context)
    : Stages(context, {training_of(context)}),
      divides_by_nominal_(context.spec.method.options.value("divisor", std::string("samples")) == "nominal_batch") {}

Stages::Trained TrustedOnly::train(size_t /*stage*/, const Batch& batch) {
  Trained trained = train_on_labels(batch);
  if (divides_by_nominal_ && batch.size() != recipe().batch_size) {
    trained.loss = trained.loss * (static_cast<double>(batch.size()) / static_cast<double>(recipe().batch_size));
  }
  return trained;
}

}  // namespace nlb
