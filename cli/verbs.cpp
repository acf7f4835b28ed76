#include "cli/verb.h"

namespace nlb {

Verb data_verb();
Verb describe_verb();
Verb list_verb();
Verb validate_verb();
Verb version_verb();

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {list_verb(), describe_verb(), validate_verb(), data_verb(), version_verb()};
  return all;
}

}  // namespace nlb
