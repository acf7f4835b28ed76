#include "datasets/forms/form.h"

#include "core/error.h"

namespace nlb {

DatasetParts Form::read_labels(const DatasetFacts& facts, OfficialFiles& files) const {
  DatasetParts parts = read(facts, files);
  parts.train.images = parts.test.images = nullptr;
  return parts;
}

bool Form::is_test_file(const FileFacts& file) const {
  const auto has = [&](const char* part) { return file.name.find(part) != std::string::npos; };
  return has("test") || has("t10k");  // CIFAR's and MNIST's names
}

std::vector<FileSource> Form::sources(const DatasetFacts&, const FileFacts&, const std::filesystem::path&) const {
  return {};
}

std::string Form::other_places(const DatasetFacts&, const FileFacts&, const std::filesystem::path&) const { return {}; }

std::string Form::of_pickle(const DatasetFacts& facts, const std::string&) const {
  NLB_CHECK(false, facts.id + ": its form has no pickles");
}

std::string Form::problem_of(const DatasetFacts&, const FileFacts& file, const FileSource&) const {
  NLB_CHECK(false, file.name + ": its facts give no digest, and its form judges none by its content");
}

std::vector<Download> Form::downloads(const DatasetFacts&, const std::string&) const { return {}; }

void Form::fill_fixture(const DatasetFacts&, std::vector<FixtureFile>& files, const std::string&) const {
  for (FixtureFile& file : files) file.content = fixture_content(*file.file, file.images);
}

std::string Form::fixture_content(const FileFacts& file, const ImageSet&) const {
  NLB_CHECK(false, file.name + ": no miniatures of its form");
}

std::vector<ArchiveMember> Form::fixture_members(const DatasetFacts&, const std::vector<FixtureFile>&,
                                                 const std::string&) const {
  return {};
}

}  // namespace nlb
