// cli/follow_up.h -- every command that nlbench prints for its user to go on with. Made here alone, so that each names
// the program as it was typed, repeats the folders that the user named, quotes what a shell would split, and names only
// protocols that will be found.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace nlb {

/// The first word of this program's command line ("./nlbench"); "nlbench" until main has said it.
void set_program_word(std::string typed);

/// Folders of the command that prints, of those that the printed verb takes too; "" or none where it does not.
struct Places {
  std::vector<std::string> results;  ///< named unless it is the default alone
  std::string data;                  ///< named unless it is the default
  std::string protocols;             ///< --protocols
};

/// "./nlbench report --protocol photos.json --out pages --data 'my data'". `words`: the verb, then the rest, unquoted.
std::string follow_up(std::vector<std::string> words, const Places& places);

/// The flags of `places`, unquoted. A page is read on other machines: `portable` leaves environment variables unasked.
std::vector<std::string> place_words(const Places& places, bool portable = false);

/// How the user of `flags` finds the protocol: the file that was named, else its id.
std::string protocol_word(const std::string& id, const ProtocolFlags& flags);

/// Whether `id` can be looked up with --protocols `folder` ("" for none).
bool is_on_a_shelf(const std::string& id, const std::string& folder);

}  // namespace nlb
