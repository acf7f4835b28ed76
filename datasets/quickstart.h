// datasets/quickstart.h -- the drawn set of the quickstart protocol: ten shapes on noisy ground, 3x32x32, from integers
// and counter-based draws alone, so it is the same bytes everywhere. Definition: docs/quickstart.md part 1.
#pragma once

#include <cstdint>
#include <span>

#include "core/sha256.h"

namespace nlb {

inline constexpr int64_t kQuickstartTrainImages = 1500;
inline constexpr int64_t kQuickstartTestImages = 1000;
inline constexpr int64_t kQuickstartImageBytes = 3 * 32 * 32;

/// The value is the place of the draws, part of the definition.
enum class QuickstartPart : uint32_t { train = 0, test = 1 };

/// Draws image `index` >= 0 of a part into `pixels`, [3, 32, 32], and returns its clean label, index % 10. Depends on
/// nothing else: an image drawn alone equals the one in the set.
uint8_t draw_quickstart_image(QuickstartPart part, int64_t index, std::span<uint8_t> pixels);

/// Draws the first labels.size() images of a part. pixels: [N, 3, 32, 32]; labels: [N] in [0, 10).
void draw_quickstart(QuickstartPart part, std::span<uint8_t> pixels, std::span<uint8_t> labels);

/// SHA-256 over training pixels, training labels, test pixels, test labels, one byte each. Draws the set.
Digest quickstart_digest();

}  // namespace nlb
