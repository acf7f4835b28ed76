#include "datasets/label_stretches.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace nlb {
namespace {

using Labels = std::span<const int64_t>;

constexpr int64_t kLeastBlock = 500, kMostBlocks = 100;
constexpr double kSigmas = 6;     // between what fits and what does not
constexpr double kUnrelated = 3;  // above chance, for a block that knows nothing of the images
constexpr int64_t kSample = 200;  // of a block: all shifts of all its images would take minutes

/// The most agreement that chance gives to `count` images.
double most_by_chance(double chance, double count, double sigmas) {
  return count * chance + sigmas * std::sqrt(count * chance * (1 - chance));
}

int64_t agreeing(Labels labels, Labels clean, int64_t begin, int64_t end, int64_t shift, int64_t step) {
  const auto count = std::ssize(labels);
  int64_t agreement = 0;
  for (int64_t i = begin; i < end; i += step) {
    const int64_t from = i + shift < count ? i + shift : i + shift - count;
    agreement += labels[static_cast<size_t>(from)] == clean[static_cast<size_t>(i)] ? 1 : 0;
  }
  return agreement;
}

/// The place that fits the block far better than chance.
std::optional<int64_t> fitting_shift(Labels labels, Labels clean, int64_t begin, int64_t end, double chance) {
  const int64_t step = std::max<int64_t>(1, (end - begin) / kSample);
  int64_t best = 0, most = -1;
  for (int64_t shift = 1; shift < std::ssize(labels); ++shift) {
    const int64_t agreement = agreeing(labels, clean, begin, end, shift, step);
    if (agreement <= most) continue;
    most = agreement;
    best = shift;
  }
  const auto whole = static_cast<double>(agreeing(labels, clean, begin, end, best, 1));
  if (whole <= most_by_chance(chance, static_cast<double>(end - begin), kSigmas)) return std::nullopt;
  return best;
}

std::string range_words(int64_t begin, int64_t end) { return std::to_string(begin) + " to " + std::to_string(end - 1); }

}  // namespace

std::vector<LabelStretch> stretches_at_chance(Labels labels, Labels clean, double chance) {
  const auto count = std::ssize(clean);
  const int64_t size = std::max(kLeastBlock, (count + kMostBlocks - 1) / kMostBlocks), blocks = count / size;
  if (blocks < 2 || labels.size() != clean.size()) return {};
  const auto end_of = [&](int64_t block) { return block + 1 == blocks ? count : (block + 1) * size; };
  std::vector<double> shares;
  double fitting = 0, fitting_blocks = 0;
  for (int64_t block = 0; block < blocks; ++block) {
    const auto images = static_cast<double>(end_of(block) - block * size);
    const auto agreement = static_cast<double>(agreeing(labels, clean, block * size, end_of(block), 0, 1));
    shares.push_back(agreement / images);
    if (agreement <= most_by_chance(chance, images, kUnrelated)) continue;
    fitting += shares.back();
    ++fitting_blocks;
  }
  if (fitting_blocks == 0 || fitting_blocks == static_cast<double>(blocks)) return {};
  const double usual = fitting / fitting_blocks;
  std::vector<LabelStretch> found;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t begin = block * size, end = end_of(block);
    const auto images = static_cast<double>(end - begin);
    const double share = shares[static_cast<size_t>(block)];
    const bool unrelated = share * images <= most_by_chance(chance, images, kUnrelated);
    if (!unrelated || share >= usual - kSigmas * std::sqrt(usual * (1 - usual) / images)) continue;
    const auto shift = fitting_shift(labels, clean, begin, end, chance);
    const bool goes_on = !found.empty() && found.back().end == begin && found.back().shift == shift;
    if (goes_on) {
      found.back().end = end;
    } else {
      found.push_back({begin, end, shift});
    }
  }
  return found;
}

std::string stretch_words(const std::vector<LabelStretch>& stretches, int64_t count) {
  constexpr size_t kShown = 5;
  std::vector<std::string> words;
  for (const auto& stretch : stretches) {
    if (words.size() == kShown) {
      words.push_back("and " + std::to_string(stretches.size() - kShown) + " more");
      break;
    }
    std::string text = "images " + range_words(stretch.begin, stretch.end);
    if (stretch.shift) {
      const int64_t from = (stretch.begin + *stretch.shift) % count;
      text += " find theirs at " + range_words(from, from + stretch.end - stretch.begin) + " of the file";
    }
    words.push_back(std::move(text));
  }
  return join(words, ", ");
}

}  // namespace nlb
