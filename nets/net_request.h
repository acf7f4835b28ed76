// nets/net_request.h -- what make_net hands to the builder of one network.
#pragma once

#include <string>

#include "core/json.h"
#include "nets/net.h"

namespace nlb {

/// A builder declares layers and reads options; make_net reports their problems and finalises the store.
struct NetRequest {
  ObjectReader& options;
  NetShape shape;
  const std::string& initialisation;
};

/// Throws InputError `net <id>: images are CxHxW; <allowed>`.
[[noreturn]] void refuse_shape(const std::string& id, const NetShape& shape, const std::string& allowed);

}  // namespace nlb
