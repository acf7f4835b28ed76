// datasets/forms/rows.h -- the rows of datasets/forms/registry.cpp.
#pragma once

#include "datasets/forms/form.h"

namespace nlb {

const Form& drawn_form();     ///< "generated": datasets/quickstart.h
const Form& idx_form();       ///< "idx": MNIST's four files, and own sets as they are packed
const Form& cifar10_form();   ///< "cifar_binary": six files of records, or the python version's pickles
const Form& cifar100_form();  ///< "cifar100_binary": two files of records with a coarse label each
const Form& imagenet_form();  ///< "imagenet_batches": ImageNet32's and ImageNet64's ten batches and val_data

}  // namespace nlb
