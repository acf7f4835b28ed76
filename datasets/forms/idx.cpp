#include "core/error.h"
#include "datasets/forms/rows.h"
#include "datasets/image_formats.h"
#include "datasets/official_files.h"
#include "formats/gzip.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// train-images-idx3-ubyte -> train-images.idx3-ubyte, as some mirrors call it.
std::string dotted(std::string name) {
  if (const size_t at = name.find("-idx"); at != std::string::npos) name[at] = '.';
  return name;
}

/// The folder that torchvision makes for a data set: its class there is named as the set is, without hyphens. Empty for
/// own sets, which torchvision does not know.
fs::path torchvision_folder(const DatasetFacts& facts, const fs::path& data_folder) {
  if (facts.own) return {};
  std::string name;
  for (const char letter : facts.title) {
    if (letter != '-') name += letter;
  }
  return data_folder / name / "raw";
}

std::string idx_file_name(const FileFacts& file) { return fs::path(file.name).filename().string(); }

class IdxForm final : public Form {
 public:
  IdxForm() : Form("idx") {}

  DatasetParts read(const DatasetFacts& facts, OfficialFiles& files) const override {
    return {read_pair(facts, files, "train"), read_pair(facts, files, "t10k")};
  }

  DatasetParts read_labels(const DatasetFacts& facts, OfficialFiles& files) const override {
    return {labels_alone(facts, files, "train"), labels_alone(facts, files, "t10k")};
  }

  ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) const override {
    return {file_named(facts, "train-images").name, index};
  }

  /// mnist/NAME, MNIST/raw/NAME (FashionMNIST/raw/NAME), each also with the dot form, each raw or as .gz.
  std::vector<FileSource> sources(const DatasetFacts& facts, const FileFacts& file,
                                  const fs::path& data_folder) const override {
    std::vector<FileSource> all;
    for (const fs::path& folder : {(data_folder / file.name).parent_path(), torchvision_folder(facts, data_folder)}) {
      if (folder.empty()) continue;
      const std::string name = idx_file_name(file);
      for (const std::string& form : {name, dotted(name)}) {
        all.push_back({.path = folder / form, .member = "", .form = FileSource::Form::plain});
        all.push_back({.path = folder / (form + ".gz"), .member = "", .form = FileSource::Form::gzip});
      }
    }
    return all;
  }

  std::string other_places(const DatasetFacts& facts, const FileFacts& file,
                           const fs::path& data_folder) const override {
    const fs::path other = torchvision_folder(facts, data_folder);
    const std::string name = "the name " + dotted(idx_file_name(file));
    return other.empty() ? ".gz and " + name : ".gz, " + name + " and the folder " + other.string();
  }

  std::vector<Download> downloads(const DatasetFacts& facts, const std::string& address) const override {
    if (facts.own) return {};
    std::vector<Download> all;
    for (const FileFacts& file : facts.files) {
      all.push_back({address_below(address, idx_file_name(file) + ".gz"), file.name + ".gz"});
    }
    return all;
  }

  std::vector<std::string> fixture_forms() const override { return {"raw", "gzip"}; }

  std::vector<ArchiveMember> fixture_members(const DatasetFacts&, const std::vector<FixtureFile>& files,
                                             const std::string& form) const override {
    std::vector<ArchiveMember> all;
    for (const FixtureFile& one : files) {
      if (form == "gzip") {
        all.push_back({one.file->name + ".gz", gzip(one.content)});
      } else {
        all.push_back({one.file->name, one.content});
      }
    }
    return all;
  }

 protected:
  std::string fixture_content(const FileFacts& file, const ImageSet& images) const override {
    return file.name.find("-images") != std::string::npos ? idx_of_images(images) : idx_of_labels(images.labels);
  }

 private:
  static ImageSet labels_alone(const DatasetFacts& facts, OfficialFiles& files, const std::string& part) {
    const FileFacts& file = file_named(facts, part + "-labels");
    ImageSet set = empty_image_set(shape_of(facts));
    set.labels = read_idx_labels(files.content(file), files.place(file), facts.classes);
    set.count = std::ssize(set.labels);
    return set;
  }

  static ImageSet read_pair(const DatasetFacts& facts, OfficialFiles& files, const std::string& part) {
    const FileFacts& labels = file_named(facts, part + "-labels");
    const OfficialContent images = files.open(file_named(facts, part + "-images"));
    return read_idx_pair(images, files.content(labels), files.place(labels), facts.classes);
  }
};

}  // namespace

const Form& idx_form() {
  static const IdxForm form;
  return form;
}

}  // namespace nlb
