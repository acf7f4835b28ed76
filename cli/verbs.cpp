// cli/verbs.cpp -- the list of all verbs, in the order in which help shows them.
#include "cli/verb.h"

namespace nlb {

Verb check_verb();
Verb compare_verb();
Verb data_verb();
Verb describe_verb();
Verb doctor_verb();
Verb export_verb();
Verb import_verb();
Verb labels_verb();
Verb list_verb();
Verb merge_verb();
Verb new_verb();
Verb pack_verb();
Verb plan_verb();
Verb recommend_verb();
Verb report_verb();
Verb run_verb();
Verb status_verb();
Verb unpack_verb();
Verb validate_verb();
Verb verify_verb();
Verb version_verb();

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      run_verb(),      plan_verb(),  status_verb(), report_verb(),  recommend_verb(), compare_verb(), list_verb(),
      describe_verb(), check_verb(), verify_verb(), new_verb(),     validate_verb(),  labels_verb(),  import_verb(),
      export_verb(),   data_verb(),  doctor_verb(), version_verb(), pack_verb(),      unpack_verb(),  merge_verb()};
  return all;
}

}  // namespace nlb
