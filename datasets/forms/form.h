// datasets/forms/form.h -- all that nlbench knows of one official form of data sets: where its files are looked for,
// how they are read, fetched, and made in miniature. A form is one row of datasets/forms/registry.h; no other code asks
// which one a data set has.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/fetch.h"
#include "datasets/file_forms.h"
#include "facts/facts.h"
#include "formats/archive.h"

namespace nlb {

class OfficialFiles;

/// Training and test part.
struct DatasetParts {
  ImageSet train, test;
};

/// One official file of a miniature: its images and its content.
struct FixtureFile {
  const FileFacts* file = nullptr;
  ImageSet images;
  std::string batch_label;  ///< "training batch 1 of 5"
  std::string content;
};

class Form {
 public:
  virtual ~Form() = default;
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  std::string_view id() const { return id_; }  ///< DatasetFacts::format

  /// Reads both parts; of a set that is drawn, draws them. Throws as load_dataset.
  virtual DatasetParts read(const DatasetFacts& facts, OfficialFiles& files) const = 0;
  /// The same without images, whose files are not read where labels lie in files of their own.
  virtual DatasetParts read_labels(const DatasetFacts& facts, OfficialFiles& files) const;
  /// Whether a file holds images or labels of the test part; else of the training part.
  virtual bool is_test_file(const FileFacts& file) const;
  virtual ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) const = 0;

  // Of forms with files; a set that is drawn has none.
  /// Where the content of a file may be found, in the order of search.
  virtual std::vector<FileSource> sources(const DatasetFacts& facts, const FileFacts& file,
                                          const std::filesystem::path& data_folder) const;
  /// The same without the file's own name, in words.
  virtual std::string other_places(const DatasetFacts& facts, const FileFacts& file,
                                   const std::filesystem::path& data_folder) const;
  /// The content of the official file, of a source that holds it as FileSource::Form::pickle. Throws InputError.
  virtual std::string of_pickle(const DatasetFacts& facts, const std::string& bytes) const;
  /// What is wrong with a file whose digest nobody published, judged by what it holds, in words; "": nothing.
  virtual std::string problem_of(const DatasetFacts& facts, const FileFacts& file, const FileSource& source) const;
  /// From `address`, the official one or another server's; empty where nlbench does not download.
  virtual std::vector<Download> downloads(const DatasetFacts& facts, const std::string& address) const;

  /// The forms that make-fixture writes, the first being the usual one; empty: none.
  virtual std::vector<std::string> fixture_forms() const { return {}; }
  /// Gives each file of a miniature, whose images are known, the content whose digest is judged.
  virtual void fill_fixture(const DatasetFacts& facts, std::vector<FixtureFile>& files, const std::string& form) const;
  /// What lies below the data folder in one of fixture_forms(): names and bytes.
  virtual std::vector<ArchiveMember> fixture_members(const DatasetFacts& facts, const std::vector<FixtureFile>& files,
                                                     const std::string& form) const;

 protected:
  explicit Form(std::string_view id) : id_(id) {}
  /// The content of an official file with these images, where one file knows nothing of the others.
  virtual std::string fixture_content(const FileFacts& file, const ImageSet& images) const;

 private:
  std::string_view id_;
};

}  // namespace nlb
