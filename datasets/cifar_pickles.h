// datasets/cifar_pickles.h -- CIFAR's python version: a batch is a pickle of a dict. Image j of batch i is record j of
// the binary version's file i, so a batch is turned into that file's bytes and vouched for by its digest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nlb {

/// Records as cifar_layout finds them, of a batch with "data" [n, image_bytes] uint8 and "labels", or with
/// `coarse` (CIFAR-100) "coarse_labels" and "fine_labels". Runs nothing of the pickle. Throws InputError for anything
/// else.
std::string cifar_records_of(std::string_view pickle, const std::string& place, bool coarse, int64_t image_bytes);

}  // namespace nlb
