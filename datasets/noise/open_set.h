// datasets/noise/open_set.h -- images of another data set under the labels of this one, with or without wrong labels
// beside them.
#pragma once

#include "datasets/noise/variants.h"

namespace nlb::noise {

/// Own draws, by options count, open_share, closed, without_classes. Throws InputError where the other data set has too
/// few images, or closed is missing below open_share 1.
NoisyLabels open_set(const Request& request);

/// ragavsachdeva/EvidentialMix:dataloader_cifar.py, noise_mode "sym", on CPython's stream.
NoisyLabels evidential_mix(const Request& request);

}  // namespace nlb::noise
