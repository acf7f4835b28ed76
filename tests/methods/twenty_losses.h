// tests/methods/twenty_losses.h -- x of the card of M-correction: twenty losses, of two kinds.
#pragma once

#include <vector>

namespace nlb::test {

inline const std::vector<double> kLosses = {.02, .03, .05, .05, .06, .08, .10, .11, .13, .15,
                                            .18, .22, .45, .55, .60, .68, .74, .81, .88, .95};

}  // namespace nlb::test
