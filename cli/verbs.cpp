#include "cli/verb.h"

namespace nlb {

Verb version_verb();

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {version_verb()};
  return all;
}

}  // namespace nlb
