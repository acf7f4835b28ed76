#include "protocols/trusted_draws.h"

#include <algorithm>

#include "core/error.h"

namespace nlb {
namespace {

/// GLC's own draw of its trusted set: the last images of its order for MNIST, the first of the file for CIFAR, read as
/// for its noise (datasets/noise/glc_uniform.json).
Json read_glc_options(const JsonNode& node) {
  ObjectReader reader(node);
  Json options = {{"order", reader.one_of("order", {"tensorflow_seed_1", "file"})},
                  {"population", reader.integer("population", 1)}};
  reader.close();
  return options;
}

}  // namespace

const std::vector<TrustedDraw>& trusted_draws() {
  static const std::vector<TrustedDraw> all = {
      {.word = "stratified"}, {.word = "uniform"}, {.word = "glc", .read_options = read_glc_options}, {.word = "l2r"}};
  return all;
}

const TrustedDraw& trusted_draw(const std::string& word) {
  const auto& all = trusted_draws();
  const auto found = std::find_if(all.begin(), all.end(), [&](const TrustedDraw& draw) { return draw.word == word; });
  NLB_CHECK(found != all.end(), "no trusted draw \"" + word + "\"");
  return *found;
}

}  // namespace nlb
