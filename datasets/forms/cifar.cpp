#include "core/error.h"
#include "datasets/cifar_pickles.h"
#include "datasets/forms/cifar_fixture.h"
#include "datasets/forms/rows.h"
#include "datasets/image_formats.h"
#include "datasets/official_files.h"
#include "images/joined_images.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

/// What tells CIFAR-10's form from CIFAR-100's.
struct CifarTraits {
  const char* id;
  const char *training, *test;  ///< parts of the files' names
  int64_t label_bytes;          ///< before each image; two: the coarse label first
  const char *binary, *python;  ///< ends of the folders' names in the two versions
};
constexpr CifarTraits kCifar10 = {"cifar_binary", "data_batch", "test_batch", 1, "-batches-bin", "-batches-py"};
constexpr CifarTraits kCifar100 = {"cifar100_binary", "train.bin", "test.bin", 2, "-binary", "-python"};

std::string with_end(const std::string& name, const std::string& old_end, const std::string& end) {
  NLB_CHECK(name.ends_with(old_end), name + " does not end in " + old_end);
  return name.substr(0, name.size() - old_end.size()) + end;
}

/// cifar-10-binary.tar.gz, as the address ends.
std::string binary_archive(const DatasetFacts& facts) { return fs::path(facts.address).filename().string(); }
/// cifar-10-python.tar.gz
std::string python_archive(const DatasetFacts& facts) {
  return with_end(binary_archive(facts), "-binary.tar.gz", "-python.tar.gz");
}

class CifarForm final : public Form {
 public:
  explicit CifarForm(const CifarTraits& traits) : Form(traits.id), traits_(traits) {}

  DatasetParts read(const DatasetFacts& facts, OfficialFiles& files) const override {
    return {read_part(facts, files, traits_.training), read_part(facts, files, traits_.test)};
  }

  ImagePlace training_image_place(const DatasetFacts& facts, int64_t index) const override {
    const int64_t record = traits_.label_bytes + shape_of(facts).bytes();
    for (const FileFacts& file : facts.files) {
      if (file.name.find(traits_.training) == std::string::npos) continue;
      if (index < file.bytes / record) return {file.name, index};
      index -= file.bytes / record;
    }
    NLB_CHECK(false, facts.id + ": its files hold fewer images than its facts say");
  }

  /// In the data folder, then in its subfolder <id>: cifar-10-batches-bin/NAME, cifar-10-batches-py/NAME,
  /// cifar-10-binary.tar.gz, cifar-10-python.tar.gz; CIFAR-100 likewise.
  std::vector<FileSource> sources(const DatasetFacts& facts, const FileFacts& file,
                                  const fs::path& data_folder) const override {
    const std::string pickle = pickle_name(file);
    std::vector<FileSource> all;
    for (const fs::path& folder : {data_folder, data_folder / facts.id}) {
      all.push_back({.path = folder / file.name, .member = "", .form = FileSource::Form::plain});
      all.push_back({.path = folder / pickle, .member = "", .form = FileSource::Form::pickle});
      all.push_back({.path = folder / binary_archive(facts), .member = file.name, .form = FileSource::Form::plain});
      all.push_back({.path = folder / python_archive(facts), .member = pickle, .form = FileSource::Form::pickle});
    }
    return all;
  }

  std::string other_places(const DatasetFacts& facts, const FileFacts& file,
                           const fs::path& data_folder) const override {
    return pickle_name(file) + ", " + binary_archive(facts) + " and " + python_archive(facts) +
           ", and for all of them in " + (data_folder / facts.id).string();
  }

  std::string of_pickle(const DatasetFacts& facts, const std::string& bytes) const override {
    return cifar_records_of(bytes, "its pickle", has_coarse(), shape_of(facts).bytes());
  }

  std::vector<Download> downloads(const DatasetFacts& facts, const std::string& address) const override {
    const std::string name = binary_archive(facts);
    return {{address.ends_with(name) ? address : address_below(address, name), name}};
  }

  std::vector<std::string> fixture_forms() const override {
    return {"binary", "python", "binary_archive", "python_archive"};
  }

  std::vector<ArchiveMember> fixture_members(const DatasetFacts& facts, const std::vector<FixtureFile>& files,
                                             const std::string& form) const override {
    const bool python = form.starts_with("python");
    std::vector<ArchiveMember> members;
    for (const FixtureFile& one : files) {
      const auto coarse = coarse_of(one.images);
      members.push_back(
          python ? ArchiveMember{pickle_name(*one.file),
                                 cifar_pickle_of(one.images, has_coarse() ? &coarse : nullptr, one.batch_label)}
                 : ArchiveMember{one.file->name, one.content});
    }
    const std::string folder = fs::path(members.front().name).parent_path().string();
    for (ArchiveMember& member : cifar_name_files(facts, has_coarse(), python)) {
      members.push_back({folder + "/" + member.name, std::move(member.content)});
    }
    if (!form.ends_with("_archive")) return members;
    return {{python ? python_archive(facts) : binary_archive(facts), tar_gz_of(members)}};
  }

 protected:
  std::string fixture_content(const FileFacts&, const ImageSet& images) const override {
    const auto coarse = coarse_of(images);
    return cifar_records_of(images, has_coarse() ? &coarse : nullptr);
  }

 private:
  bool has_coarse() const { return traits_.label_bytes == 2; }

  std::vector<int64_t> coarse_of(const ImageSet& images) const {
    return has_coarse() ? cifar100_coarse(images.labels) : std::vector<int64_t>{};
  }

  /// cifar-10-batches-bin/data_batch_1.bin -> cifar-10-batches-py/data_batch_1
  std::string pickle_name(const FileFacts& file) const {
    const fs::path name(file.name);
    return with_end(name.parent_path().string(), traits_.binary, traits_.python) + "/" + name.stem().string();
  }

  ImageSet read_part(const DatasetFacts& facts, OfficialFiles& files, const std::string& part) const {
    ImageSet set = empty_image_set(shape_of(facts));
    std::vector<Images> sources;
    for (const FileFacts& file : facts.files) {
      if (file.name.find(part) == std::string::npos) continue;
      const OfficialContent content = files.open(file);
      const auto layout = cifar_layout(content.size(), content.place(), set.shape(), traits_.label_bytes);
      sources.push_back(content.images(layout.shape, layout.images, layout.count));
      const auto beside = content.images({1, 1, traits_.label_bytes}, layout.labels, layout.count);
      const auto labels = cifar_labels(*beside, content.place(), facts.classes);
      set.labels.insert(set.labels.end(), labels.begin(), labels.end());
      set.count += layout.count;
    }
    if (!sources.empty()) set.images = joined(std::move(sources));
    return set;
  }

  const CifarTraits& traits_;
};

}  // namespace

const Form& cifar10_form() {
  static const CifarForm form(kCifar10);
  return form;
}

const Form& cifar100_form() {
  static const CifarForm form(kCifar100);
  return form;
}

}  // namespace nlb
