#include "cli/verb.h"

namespace nlb {

Verb run_verb();
Verb status_verb();
Verb verify_verb();
Verb version_verb();

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {run_verb(), status_verb(), verify_verb(), version_verb()};
  return all;
}

}  // namespace nlb
