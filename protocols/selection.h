// protocols/selection.h -- the words of a Selection against what protocols have.
#pragma once

#include <set>

#include "protocols/plan.h"

namespace nlb {

/// Throws InputError for a word that no protocol knows.
void check_words(const std::vector<Protocol>& protocols, const Selection& selection, const Facts& facts);

bool wants(const Selection& selection, const Protocol& protocol, const Group& group);
bool wants(const Selection& selection, const Row& row);
bool wants(const Selection& selection, const Group& group, const Setting& setting);
/// The seed entry for this row: the row's own ones, or those asked for.
bool wants(const Selection& selection, const Row& row, const SeedEntry& seed);

/// Why nothing is left although all words are known: names the groups that have them.
std::string nothing_left(const std::vector<Protocol>& protocols, const Selection& selection);

}  // namespace nlb
