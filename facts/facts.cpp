#include "facts/facts.h"

#include "facts/embedded.h"

namespace nlb {

const Facts& facts() {
  static const Facts read = [] {
    try {
      return parse_facts(embedded_facts());
    } catch (const InputError& error) {
      throw InternalError(error.what());  // compiled in: no user can mend it
    }
  }();
  return read;
}

}  // namespace nlb
