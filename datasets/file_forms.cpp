#include "datasets/file_forms.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;
using Form = FileSource::Form;

/// The folder that torchvision makes for a data set.
std::string torchvision_folder(const std::string& id) { return id == "fashion_mnist" ? "FashionMNIST" : "MNIST"; }

/// train-images-idx3-ubyte -> train-images.idx3-ubyte, as some mirrors call it.
std::string dotted(std::string name) {
  if (const size_t at = name.find("-idx"); at != std::string::npos) name[at] = '.';
  return name;
}

std::vector<FileSource> idx_sources(const DatasetFacts& facts, const fs::path& official, const fs::path& data_folder) {
  std::vector<FileSource> all;
  for (const fs::path& folder : {official.parent_path(), data_folder / torchvision_folder(facts.id) / "raw"}) {
    const std::string name = official.filename().string();
    for (const std::string& form : {name, dotted(name)}) {
      all.push_back({.path = folder / form, .member = "", .form = Form::plain});
      all.push_back({.path = folder / (form + ".gz"), .member = "", .form = Form::gzip});
    }
  }
  return all;
}

/// The names of CIFAR's two versions.
struct CifarNames {
  std::string binary_archive, python_folder, python_archive;
};

CifarNames cifar_names(const DatasetFacts& facts) {
  if (facts.format == "cifar100_binary") {
    return {"cifar-100-binary.tar.gz", "cifar-100-python", "cifar-100-python.tar.gz"};
  }
  return {"cifar-10-binary.tar.gz", "cifar-10-batches-py", "cifar-10-python.tar.gz"};
}

std::vector<FileSource> cifar_sources(const DatasetFacts& facts, const FileFacts& file, const fs::path& data_folder) {
  const CifarNames names = cifar_names(facts);
  const std::string pickle = names.python_folder + "/" + fs::path(file.name).stem().string();
  std::vector<FileSource> all;
  for (const fs::path& folder : {data_folder, data_folder / facts.id}) {
    all.push_back({.path = folder / file.name, .member = "", .form = Form::plain});
    all.push_back({.path = folder / pickle, .member = "", .form = Form::pickle});
    all.push_back({.path = folder / names.binary_archive, .member = file.name, .form = Form::plain});
    all.push_back({.path = folder / names.python_archive, .member = pickle, .form = Form::pickle});
  }
  return all;
}

}  // namespace

std::vector<FileSource> file_sources(const DatasetFacts& facts, const FileFacts& file, const fs::path& data_folder) {
  if (facts.format == "idx") return idx_sources(facts, data_folder / file.name, data_folder);
  return cifar_sources(facts, file, data_folder);
}

std::string other_places(const DatasetFacts& facts, const FileFacts& file, const fs::path& data_folder) {
  if (facts.format == "idx") {
    return ".gz, the name " + dotted(fs::path(file.name).filename().string()) + " and the folder " +
           (data_folder / torchvision_folder(facts.id) / "raw").string();
  }
  const CifarNames names = cifar_names(facts);
  return names.python_folder + "/" + fs::path(file.name).stem().string() + ", " + names.binary_archive + " and " +
         names.python_archive + ", and for all of them in " + (data_folder / facts.id).string();
}

}  // namespace nlb
