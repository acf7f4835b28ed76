// protocols/own_protocol.h -- a complete protocol file for a user's own data set, made from another protocol's rows:
// what `nlbench new protocol` writes. It is a start to edit.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocols/protocol.h"

namespace nlb {

struct OwnDescription {
  DatasetFacts facts;
  std::vector<double> mean, deviation;  ///< of the training pixels by channel, in [0, 1]
  std::vector<int64_t> known_of_class;  ///< training images of each class whose clean label is known
  double rate = 0;                      ///< estimated share of wrong labels, 0 where nothing is known
  std::string rate_words;               ///< "about 23 % wrong (18–29 %)", or "rate unknown"
  int64_t corrected = 0;                ///< known wrong labels, where suspects were checked; 0: there are no suspects
  double rate_after = 0;                ///< share that stays wrong once they are corrected
};

/// Group and id of a row -> why it would fail on these labels.
using LeftOut = std::map<std::pair<std::string, std::string>, std::string>;

struct OwnProtocol {
  std::string text;                ///< the file
  std::vector<std::string> notes;  ///< what was left out or changed on the way, one sentence each
};

/// Group main: the rows of `from`'s first group that can run and need no trusted label, each at the setting whose rate
/// is nearest to data.rate, on the labels as given and, where suspects were checked, once more on the corrected ones.
/// Group trusted, where every class has a known clean label: the rows of any group whose method needs them. Rows of
/// `left_out` are, with a note. Normalisation by the own images; all sources say `own`. Throws InputError when no row
/// is left.
OwnProtocol make_own_protocol(const std::string& id, const Protocol& from, const OwnDescription& data,
                              const Facts& facts, const LeftOut& left_out = {});

}  // namespace nlb
