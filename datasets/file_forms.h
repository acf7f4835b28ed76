// datasets/file_forms.h -- the forms in which one official file is downloaded. Where it is looked for:
// datasets/forms.
#pragma once

#include <filesystem>
#include <string>

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

/// "30730000 bytes, SHA-256 cee9...", or that nobody published a digest of it: what is expected of an official file.
std::string expected_words(const FileFacts& file);

}  // namespace nlb
