#include "datasets/noise/registry.h"

#include "core/error.h"
#include "datasets/noise/class_maps.h"
#include "datasets/noise/given.h"
#include "datasets/noise/glc.h"
#include "datasets/noise/instance_dependent.h"
#include "datasets/noise/l2r.h"
#include "datasets/noise/open_set.h"

namespace nlb::noise {
namespace {

constexpr int64_t kAnyClasses = 0;

/// Of the variants that look at the clean label alone.
Matrix cifar10_matrix(const Request& request) {
  if (request.options.value("variant", "") == "sequential") {
    throw InputError(
        "noise cifar10_asymmetric: variant \"sequential\" moves labels that were moved before, so no matrix draws "
        "them; "
        "a method that is told the matrix needs another variant");
  }
  return map_matrix<cifar10_partner>(request);
}

/// A variant that changes labels only.
template <auto MakeLabels>
NoisyLabels labels(const Request& request) {
  return {.labels = MakeLabels(request), .replaced = {}};
}

std::vector<Generator> symmetric() {
  return {{"symmetric_inclusive",
           {"count", "stream"},
           {{{"exact", "cpython"}, labels<dividemix_symmetric>},
            {{"exact", "numpy"}, labels<elr_symmetric>},
            {{"exact", "philox"}, labels<with_philox<choose_exact, any_class>>},
            {{"per_sample", "numpy"}, labels<numpy_choice<inclusive_matrix>>},
            {{"per_sample", "torch_arazo"}, labels<arazo_inclusive>},
            {{"per_sample", "philox"}, labels<with_philox<choose_per_sample, any_class>>},
            {{"exact_per_class", "philox"}, labels<with_philox<choose_per_class, any_class>>}},
           kAnyClasses,
           false,
           false,
           inclusive_matrix},
          {"symmetric_exclusive",
           {"count", "stream"},
           {{{"per_sample", "numpy_multinomial"}, labels<numpy_multinomial<exclusive_matrix>>},
            {{"per_sample", "numpy_choice"}, labels<numpy_choice<exclusive_matrix>>},
            {{"per_sample", "philox"}, labels<with_philox<choose_per_sample, other_class>>},
            {{"per_sample", "torch_arazo"}, labels<arazo_exclusive>},
            {{"exact", "cpython"}, labels<badlabel_symmetric>},
            {{"exact", "numpy_drpl"}, labels<drpl_symmetric>},
            {{"exact", "philox"}, labels<with_philox<choose_exact, other_class>>},
            {{"exact_per_class", "numpy_sce"}, labels<sce_symmetric>},
            {{"exact_per_class", "philox"}, labels<with_philox<choose_per_class, other_class>>},
            {{"rounded_per_class", "philox"}, labels<with_philox<choose_rounded_per_class, other_class>>},
            {{"exact_per_pair", "philox"}, labels<exclusive_per_pair>}},
           kAnyClasses,
           false,
           false,
           exclusive_matrix},
          {"l2r_flip",
           {"kind", "stream"},
           {{{"uniform", "philox"}, labels<l2r_uniform>},
            {{"background", "philox"}, labels<l2r_background>},
            {{"uniform", "numpy"}, labels<l2r_numpy_uniform>},
            {{"background", "numpy"}, labels<l2r_numpy_background>}}}};
}

/// The three choices of a map under the words of option "variant".
template <auto TargetsOf>
std::vector<Variant> map_variants() {
  return {{{"per_sample", "philox"}, labels<map_with_philox<choose_per_sample, TargetsOf>>},
          {{"per_class", "philox"}, labels<map_with_philox<choose_per_class, TargetsOf>>},
          {{"subset", "philox"}, labels<map_with_philox<choose_exact, TargetsOf>>}};
}

template <auto TargetsOf>
std::vector<Variant> map_variants_and(std::vector<Variant> more) {
  for (Variant& variant : map_variants<TargetsOf>()) more.push_back(std::move(variant));
  return more;
}

std::vector<Generator> maps() {
  return {
      {"pair_flip",
       {"count", "stream"},
       {{{"per_sample", "numpy_multinomial"}, labels<numpy_multinomial<map_matrix<next_class>>>},
        {{"per_sample", "numpy_multinomial_before_1.17"}, labels<old_numpy_multinomial<map_matrix<next_class>>>},
        {{"per_sample", "philox"}, labels<map_with_philox<choose_per_sample, next_class>>},
        {{"exact", "philox"}, labels<map_with_philox<choose_exact, next_class>>},
        {{"exact_per_class", "philox"}, labels<map_with_philox<choose_per_class, next_class>>}},
       kAnyClasses,
       false,
       false,
       map_matrix<next_class>},
      {"biased_map",
       {"count", "stream"},
       {{{"rounded_per_class", "philox"}, labels<map_with_philox<choose_rounded_per_class, biased_map>>},
        {{"exact_per_class", "philox"}, labels<map_with_philox<choose_per_class, biased_map>>},
        {{"exact", "philox"}, labels<map_with_philox<choose_exact, biased_map>>},
        {{"per_sample", "philox"}, labels<map_with_philox<choose_per_sample, biased_map>>}},
       kAnyClasses,
       false,
       false,
       map_matrix<biased_map>},
      {"cifar10_asymmetric",
       {"variant", "stream"},
       map_variants_and<cifar10_partner>(
           {{{"subset", "cpython"}, labels<map_with_cpython<cifar10_partner>>},
            {{"per_sample", "numpy_multinomial"}, labels<numpy_multinomial<map_matrix<cifar10_partner>>>},
            {{"per_sample", "numpy_multinomial_before_1.17"},
             labels<old_numpy_multinomial<map_matrix<cifar10_partner>>>},
            {{"per_sample", "numpy_drpl"}, labels<drpl_choice<map_matrix<cifar10_partner>>>},
            {{"per_class", "numpy_sce"}, labels<sce_cifar10>},
            {{"sequential", "numpy_apl"}, labels<apl_cifar10>},
            {{"sequential", "philox"}, labels<elr_asymmetric>}}),
       10,
       false,
       false,
       cifar10_matrix},
      {"mnist_asymmetric",
       {"variant", "stream"},
       map_variants_and<mnist_partner>(
           {{{"per_sample", "numpy_multinomial"}, labels<numpy_multinomial<map_matrix<mnist_partner>>>},
            {{"per_sample", "numpy_multinomial_before_1.17"}, labels<old_numpy_multinomial<map_matrix<mnist_partner>>>},
            {{"per_class", "numpy_sce"}, labels<sce_mnist>}}),
       10,
       false,
       false,
       map_matrix<mnist_partner>}};
}

std::vector<Generator> cifar100_maps() {
  return {{"cifar100_block_next",
           {"variant", "stream"},
           map_variants_and<cifar100_block_next>(
               {{{"per_sample", "numpy_multinomial"}, labels<numpy_multinomial<map_matrix<cifar100_block_next>>>},
                {{"per_sample", "numpy_multinomial_before_1.17"},
                 labels<old_numpy_multinomial<map_matrix<cifar100_block_next>>>}}),
           100,
           false,
           false,
           map_matrix<cifar100_block_next>},
          {"cifar100_superclass_next",
           {"variant", "stream"},
           map_variants_and<cifar100_superclass_next>(
               {{{"per_sample", "numpy_drpl"}, labels<drpl_choice<map_matrix<cifar100_superclass_next>>>}}),
           100,
           false,
           false,
           map_matrix<cifar100_superclass_next>},
          {"cifar100_superclass_random",
           {"variant", "stream"},
           map_variants<cifar100_siblings>(),
           100,
           false,
           false,
           map_matrix<cifar100_siblings>},
          {"cifar100_block_pair",
           {"variant", "stream"},
           {{{"per_sample", "numpy_sce"}, labels<sce_block_pair>},
            {{"per_sample", "philox"}, labels<map_with_philox<choose_per_sample, cifar100_block_pair>>},
            {{"per_class", "philox"}, labels<map_with_philox<choose_per_class, cifar100_block_pair>>}},
           100}};
}

std::vector<Generator> glc() {
  return {{"glc_uniform",
           {"order"},
           {{{"tensorflow_seed_1"}, labels<glc_stream<inclusive_matrix>>},
            {{"file"}, labels<glc_file_stream<inclusive_matrix>>}},
           kAnyClasses,
           true,
           false,
           inclusive_matrix},
          {"glc_flip",
           {"order"},
           {{{"tensorflow_seed_1"}, labels<glc_stream<glc_flip_matrix>>},
            {{"file"}, labels<glc_file_stream<glc_flip_matrix>>}},
           kAnyClasses,
           true,
           false,
           glc_flip_matrix},
          {"glc_hierarchical",
           {"order"},
           {{{"file"}, labels<glc_file_stream<map_matrix<cifar100_siblings>>>}},
           100,
           true,
           false,
           map_matrix<cifar100_siblings>}};
}

/// Generators that read more than clean labels.
std::vector<Generator> with_inputs() {
  std::vector<Variant> instance, open;
  for (const char* weights : {"per_class", "shared"}) {
    for (const char* pixels : {"raw", "normalised"}) {
      instance.push_back({{weights, pixels, "philox"}, labels<instance_dependent>});
    }
  }
  for (const char* count : {"exact", "exact_per_class", "per_sample"}) open.push_back({{count, "philox"}, open_set});
  open.push_back({{"exact", "cpython"}, evidential_mix});
  return {{"instance_dependent", {"weights", "pixels", "stream"}, std::move(instance)},
          {"noisy_copies", {"stream"}, {{{"philox"}, labels<noisy_copies>}}},
          {"label_file", {}, {{{}, labels<file_labels>}}, 0, true, true},
          {"own_labels", {}, {{{}, labels<own_labels>}}, 0, true, true},
          {"label_file_matrix",
           {"stream"},
           {{{"philox"}, labels<drawn_from_rows<file_matrix>>},
            {{"numpy_multinomial"}, labels<numpy_multinomial<file_matrix>>}},
           0,
           true,
           true},
          {"confusion_rows", {"stream"}, {{{"philox"}, labels<confusion_rows>}}},
          {"open_set", {"count", "stream"}, std::move(open)}};
}

}  // namespace

const std::vector<Generator>& generators() {
  static const std::vector<Generator> all = [] {
    std::vector<Generator> together;
    for (auto& part : {symmetric(), maps(), cifar100_maps(), glc(), with_inputs()}) {
      together.insert(together.end(), part.begin(), part.end());
    }
    return together;
  }();
  return all;
}

}  // namespace nlb::noise
