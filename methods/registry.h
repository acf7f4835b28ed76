// methods/registry.h -- every method that is built, by its id.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "training/method.h"

namespace nlb {

/// Ids of the methods that make_method knows, sorted.
std::vector<std::string> built_methods();
/// Throws InputError for a method that is not built and for options that its facts or their relations do not allow,
/// TrialFailure where relations to the samples that are there do not hold.
std::unique_ptr<Method> make_method(const MethodContext& context);

}  // namespace nlb
