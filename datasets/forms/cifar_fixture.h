// datasets/forms/cifar_fixture.h -- bytes of CIFAR's official files, for miniatures.
#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "formats/archive.h"

namespace nlb {

/// Records of the binary version. `coarse`: CIFAR-100's, with coarse labels [set.count].
std::string cifar_records_of(const ImageSet& set, const std::vector<int64_t>* coarse);
/// A batch of the python version as Python 2's cPickle wrote it (protocol 2): `batch_label` in words, labels, pixels,
/// file names, in the order of the official file. CIFAR-100's with `coarse`.
std::string cifar_pickle_of(const ImageSet& set, const std::vector<int64_t>* coarse, const std::string& batch_label);

/// The coarse label of each of CIFAR-100's fine ones.
std::vector<int64_t> cifar100_coarse(const std::vector<int64_t>& fine);

/// The official files beside the batches, in their folder: names of classes.
std::vector<ArchiveMember> cifar_name_files(const DatasetFacts& facts, bool has_coarse, bool python);

}  // namespace nlb
