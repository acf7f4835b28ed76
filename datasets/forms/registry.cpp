#include "datasets/forms/registry.h"

#include <algorithm>

#include "core/error.h"
#include "datasets/forms/rows.h"

namespace nlb {

const std::vector<const Form*>& forms() {
  static const std::vector<const Form*> all = {&drawn_form(), &idx_form(), &cifar10_form(), &cifar100_form(),
                                               &imagenet_form()};
  return all;
}

const Form& form_of(const DatasetFacts& facts) {
  const auto& all = forms();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Form* form) { return form->id() == facts.format; });
  if (facts.status == Status::built && found != all.end()) return **found;
  throw InputError("data set \"" + facts.id + "\" is not built");
}

}  // namespace nlb
