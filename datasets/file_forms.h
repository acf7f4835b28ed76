// datasets/file_forms.h -- the forms in which a data set's files are downloaded, and where each is looked for.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "facts/facts.h"

namespace nlb {

/// One place where the content of an official file may be found.
struct FileSource {
  enum class Form {
    plain,  ///< the file itself
    gzip,   ///< the file as .gz
    pickle  ///< CIFAR's python version of it: the same images and labels in the same order, made into the file's bytes
  };
  std::filesystem::path path;
  std::string member;  ///< of the .tar.gz at `path`; "" where `path` is no archive
  Form form = Form::plain;
  bool is_archive() const { return !member.empty(); }
};

/// In the order of search:
///   idx      mnist/NAME, MNIST/raw/NAME (FashionMNIST/raw/NAME), each also with the dot form
///            (train-images.idx3-ubyte), each raw or as .gz
///   CIFAR's  in the data folder, then in its subfolder <id>: cifar-10-batches-bin/NAME, cifar-10-batches-py/NAME,
///            cifar-10-binary.tar.gz, cifar-10-python.tar.gz; CIFAR-100 likewise
std::vector<FileSource> file_sources(const DatasetFacts& facts, const FileFacts& file,
                                     const std::filesystem::path& data_folder);

/// Where else than at its own name a file is looked for, in words.
std::string other_places(const DatasetFacts& facts, const FileFacts& file, const std::filesystem::path& data_folder);

}  // namespace nlb
