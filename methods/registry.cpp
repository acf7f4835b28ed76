#include "methods/registry.h"

#include "core/error.h"
#include "core/text.h"
#include "facts/relations.h"
#include "methods/bootstrap.h"
#include "methods/ce.h"
#include "methods/clipping.h"
#include "methods/co_teaching.h"
#include "methods/co_teaching_plus.h"
#include "methods/decoupling.h"
#include "methods/distillation_correction.h"
#include "methods/dividemix.h"
#include "methods/elr.h"
#include "methods/gce.h"
#include "methods/gold_correction.h"
#include "methods/joint_optim.h"
#include "methods/known_matrix.h"
#include "methods/l2r.h"
#include "methods/label_refinery.h"
#include "methods/label_smoothing.h"
#include "methods/linear.h"
#include "methods/m_correction.h"
#include "methods/mixup.h"
#include "methods/nlnl.h"
#include "methods/noise_channel.h"
#include "methods/patrini.h"
#include "methods/pencil.h"
#include "methods/phuber.h"
#include "methods/rog.h"
#include "methods/savage.h"
#include "methods/sce.h"
#include "methods/trusted_only.h"

namespace nlb {
namespace {

struct Entry {
  const char* id;
  std::unique_ptr<Method> (*make)(const MethodContext& context);
};

template <typename Made>
std::unique_ptr<Method> make(const MethodContext& context) {
  return std::make_unique<Made>(context);
}

constexpr Entry kMethods[] = {
    {"backward", make<Backward>},
    {"backward_true", make<BackwardTrue>},
    {"bootstrap_hard", make<BootstrapHard>},
    {"bootstrap_soft", make<BootstrapSoft>},
    {"ce", make<Ce>},
    {"clipping", make<Clipping>},
    {"co_teaching", make<CoTeaching>},
    {"co_teaching_plus", make<CoTeachingPlus>},
    {"confusion_matrix", make<ConfusionMatrix>},
    {"decoupling", make<Decoupling>},
    {"distillation_correction", make<DistillationCorrection>},
    {"dividemix", make<DivideMix>},
    {"elr", make<Elr>},
    {"forward", make<Forward>},
    {"forward_gold", make<ForwardGold>},
    {"forward_true", make<ForwardTrue>},
    {"gce", make<Gce>},
    {"glc", make<Glc>},
    {"joint_optim", make<JointOptim>},
    {"l2r", make<L2r>},
    {"label_refinery", make<LabelRefinery>},
    {"label_smoothing", make<LabelSmoothing>},
    {"linear", make<Unhinged>},
    {"m_correction", make<MCorrection>},
    {"mixup", make<Mixup>},
    {"nlnl", make<Nlnl>},
    {"noise_adaptation", make<NoiseAdaptation>},
    {"pencil", make<Pencil>},
    {"phuber_ce", make<PhuberCe>},
    {"phuber_gce", make<PhuberGce>},
    {"rog", make<Rog>},
    {"s_model", make<SModel>},
    {"savage", make<Savage>},
    {"sce", make<Sce>},
    {"trusted_only", make<TrustedOnly>},
};

/// What relations may name, as the samples are that are there.
Circumstances circumstances_of(const TrialSpec& spec, const TrainingSet& set) {
  const auto image = set.image_shape();
  Circumstances found{.epochs = spec.recipe.epochs,
                      .batch_size = spec.recipe.batch_size,
                      .last_batch = word_of(spec.recipe.last_batch),
                      .optimiser = word_of(spec.recipe.optimiser.id),
                      .held_out = spec.data.held_out ? word_of(spec.data.held_out->labels) : "none",
                      .classes = set.classes(),
                      .samples = set.size(),
                      .trusted = std::ssize(set.trusted()),
                      .channels = image.at(0),
                      .height = image.at(1),
                      .width = image.at(2)};
  const auto labels = set.labels().cpu();
  const auto known = labels.masked_select(labels >= 0);  // kNoLabel where none may be read
  found.rarest_class = torch::bincount(known, {}, found.classes).min().item<int64_t>();
  return found;
}

/// Throws where the trial is one that nothing can come of: InputError, or TrialFailure where only its samples tell.
void check_relations(const MethodFacts& facts, const MethodContext& context) {
  const MethodSpec& method = context.spec.method;
  std::vector<std::string> wrong, of_data;
  for (const auto& broken : broken_relations(facts, method.options, circumstances_of(context.spec, context.set))) {
    (broken.of_data ? of_data : wrong).push_back("method \"" + method.id + "\": " + broken.text);
  }
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
  if (!of_data.empty()) throw TrialFailure(join(of_data, "; "));
}

/// A worker trusts no one: types, ranges, unknown and missing options and relations are checked once more against the
/// facts.
void check_options(const MethodContext& context) {
  const MethodSpec& method = context.spec.method;
  const auto known = facts().methods.find(method.id);
  NLB_CHECK(known != facts().methods.end(), "method " + method.id + " is built but has no facts");
  Problems problems;
  read_options(JsonNode::parse(canonical_text(method.options), "options of " + method.id, problems),
               known->second.options);
  problems.throw_if_any();
  check_relations(known->second, context);
}

}  // namespace

std::vector<std::string> built_methods() {
  std::vector<std::string> ids;
  for (const Entry& entry : kMethods) ids.emplace_back(entry.id);
  return ids;
}

std::unique_ptr<Method> make_method(const MethodContext& context) {
  const MethodSpec& method = context.spec.method;
  for (const Entry& entry : kMethods) {
    if (entry.id != method.id) continue;
    check_options(context);
    return entry.make(context);
  }
  throw InputError("method \"" + method.id +
                   "\" is not built in this worker; built here: " + join(built_methods(), ", "));
}

}  // namespace nlb
