// nets/net_request.h -- what make_net hands to the builder of one network.
#pragma once

#include <string>

#include "facts/option_reader.h"
#include "nets/net.h"

namespace nlb {

/// A builder reads its options and declares layers; make_net has checked options and shape by the net's facts, and
/// finalises the store.
struct NetRequest {
  OptionReader& options;
  NetShape shape;
  const std::string& initialisation;
};

}  // namespace nlb
