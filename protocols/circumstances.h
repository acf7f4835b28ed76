// protocols/circumstances.h -- what relations between options may name of a trial, as far as its specification and the
// facts of its data set say it: counts of samples without the data.
#pragma once

#include "facts/relations.h"
#include "protocols/protocol.h"

namespace nlb {

/// What the recipe and the held-out part say: epochs, batch_size, last_batch, optimiser, held_out.
Circumstances circumstances_of(const TrialSpec& spec);

/// Of the spec only data, noise, trusted and recipe are read. rarest_class is the most that the rarest class can have.
Circumstances circumstances_of(const TrialSpec& spec, const DatasetFacts& dataset);

/// Relations of the trial's method and net that do not hold there. Method, net and data set are among the facts.
std::vector<BrokenRelation> broken_relations_of(const TrialSpec& spec, const Facts& facts);

/// Of the trials of one place of a protocol, whatever their seeds.
std::vector<BrokenRelation> broken_relations_at(const Group& group, const Row& row, const Setting& setting,
                                                const Facts& facts);

}  // namespace nlb
