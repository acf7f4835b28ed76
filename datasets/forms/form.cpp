#include "datasets/forms/form.h"

#include "core/error.h"

namespace nlb {

std::vector<FileSource> Form::sources(const DatasetFacts&, const FileFacts&, const std::filesystem::path&) const {
  return {};
}

std::string Form::other_places(const DatasetFacts&, const FileFacts&, const std::filesystem::path&) const { return {}; }

std::string Form::of_pickle(const DatasetFacts& facts, const std::string&) const {
  NLB_CHECK(false, facts.id + ": its form has no pickles");
}

std::vector<Download> Form::downloads(const DatasetFacts&, const std::string&) const { return {}; }

std::string Form::fixture_content(const FileFacts& file, const ImageSet&) const {
  NLB_CHECK(false, file.name + ": no miniatures of its form");
}

std::vector<ArchiveMember> Form::fixture_members(const DatasetFacts&, const std::vector<FixtureFile>&,
                                                 const std::string&) const {
  return {};
}

}  // namespace nlb
