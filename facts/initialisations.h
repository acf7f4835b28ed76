// facts/initialisations.h -- what is to be known of a net's initialisation without making it (nets/initialisers.h).
#pragma once

#include <string_view>

namespace nlb {

/// Whether its weights come from the author's stream of the noise, where that goes on after the labels: frozen noise
/// freezes them too.
bool follows_noise_stream(std::string_view initialisation);

}  // namespace nlb
