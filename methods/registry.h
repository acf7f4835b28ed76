// methods/registry.h -- every method that is built, by its id.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "training/method.h"

namespace nlb {

/// Ids of the methods that make_method knows, sorted.
std::vector<std::string> built_methods();
/// Throws InputError for a method that is not built, or for options that its facts do not allow.
std::unique_ptr<Method> make_method(const MethodContext& context);

}  // namespace nlb
