// datasets/forms/registry.h -- every form of data sets that nlbench reads, one row each.
#pragma once

#include <vector>

#include "datasets/forms/form.h"

namespace nlb {

const std::vector<const Form*>& forms();
/// Throws InputError for a data set whose form is not built.
const Form& form_of(const DatasetFacts& facts);

}  // namespace nlb
