#include "methods/trusted_only.h"

#include "training/options.h"

namespace nlb {

void read(OptionReader& from, TrustedOnlyOptions& to) {
  from.read("minimum_epochs", to.minimum_epochs);
  from.read("minimum_updates", to.minimum_updates);
  from.read("divisor", to.divide_by_nominal, {{"samples", false}, {"nominal_batch", true}});
}

namespace {

Training training_of(const MethodContext& context, const TrustedOnlyOptions& options) {
  const std::vector<int64_t>& trusted = context.set.trusted();
  return {.name = "net",
          .epochs = epochs_for_updates(context, trusted, options.minimum_epochs, options.minimum_updates),
          .samples = trusted};
}

}  // namespace

TrustedOnly::TrustedOnly(const MethodContext& context)
    : TrustedOnly(context, options_of<TrustedOnlyOptions>(context)) {}

TrustedOnly::TrustedOnly(const MethodContext& context, const TrustedOnlyOptions& options)
    : Stages(context, {training_of(context, options)}), options_(options) {}

Stages::Trained TrustedOnly::train(size_t /*stage*/, const Batch& batch) {
  Trained trained = train_on_labels(batch);
  if (options_.divide_by_nominal && batch.size() != recipe().batch_size) {
    trained.loss = trained.loss * (static_cast<double>(batch.size()) / static_cast<double>(recipe().batch_size));
  }
  return trained;
}

}  // namespace nlb
