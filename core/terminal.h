// core/terminal.h -- whether a person looks at what is printed.
#pragma once

namespace nlb {

/// Colour and live lines are for terminals; NO_COLOR (https://no-color.org) takes the colour.
bool is_terminal(int descriptor);
bool use_colour(int descriptor);

}  // namespace nlb
