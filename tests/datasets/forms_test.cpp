// The registry of official forms: each data set has a row, each row a data set.
#include <catch2/catch.hpp>
#include <set>

#include "core/error.h"
#include "datasets/fixture_files.h"
#include "datasets/forms/registry.h"
#include "tests/support/fixtures.h"
#include "tests/support/pixels.h"

namespace nlb {
namespace {

using Catch::Contains;

/// The folders below "data" in which the first file of a set is looked for.
std::set<std::string> idx_folders(const DatasetFacts& set) {
  std::set<std::string> folders;
  for (const FileSource& source : form_of(set).sources(set, set.files.front(), "data"))
    folders.insert(source.path.parent_path().string());
  return folders;
}

}  // namespace

TEST_CASE("every built data set has a form, and every form a data set, once", "[datasets][forms]") {
  std::set<std::string_view> rows, used;
  for (const Form* form : forms()) CHECK(rows.insert(form->id()).second);
  for (const auto& [id, set] : facts().datasets) {
    CAPTURE(id, set.format);
    if (set.status != Status::built) continue;
    CHECK(form_of(set).id() == set.format);
    used.insert(form_of(set).id());
  }
  CHECK(rows == used);
}

TEST_CASE("a form that nobody built is refused by the data set's name", "[datasets][forms]") {
  DatasetFacts facts = test::fixture_facts("clothing1m", "key_value_lists", 1, 1, {3, 4, 4});
  CHECK_THROWS_WITH(form_of(facts), Contains("data set \"clothing1m\" is not built"));
  facts.format = "idx";
  CHECK_NOTHROW(form_of(facts));
  facts.status = Status::planned;
  CHECK_THROWS_AS(form_of(facts), InputError);
}

TEST_CASE("a form with files says where each lies, and makes it in miniature", "[datasets][forms]") {
  for (const auto& [id, set] : facts().datasets) {
    if (set.status != Status::built) continue;
    const Form& form = form_of(set);
    CHECK(form.fixture_forms().empty() == set.files.empty());
    for (const FileFacts& file : set.files) {
      CAPTURE(id, file.name);
      const auto sources = form.sources(set, file, "data");
      REQUIRE(!sources.empty());
      CHECK(sources.front().path == std::filesystem::path("data") / file.name);  // its own name comes first
      CHECK(!form.other_places(set, file, "data").empty());
    }
  }
}

TEST_CASE("idx files are looked for where torchvision puts them, those of own sets are not", "[datasets][forms]") {
  const auto folder_of = [](const char* id, bool own) {
    DatasetFacts set = facts().datasets.at(id);
    set.own = own;
    return idx_folders(set);
  };
  CHECK(folder_of("mnist", false) == std::set<std::string>{"data/mnist", "data/MNIST/raw"});
  CHECK(folder_of("fashion_mnist", false) == std::set<std::string>{"data/fashion_mnist", "data/FashionMNIST/raw"});
  CHECK(folder_of("mnist", true) == std::set<std::string>{"data/mnist"});
}

TEST_CASE("official files on disk give their images from there, packed ones from memory", "[datasets][forms]") {
  const std::string form = GENERATE("binary", "binary_archive", "python");
  const test::TemporaryFolder data;
  const DatasetFacts made = write_fixture(facts().datasets.at("cifar10"), data.path(), form, 5);
  const Dataset set = load_dataset(made, data.path());
  REQUIRE(set.train.images->count() == 50);
  CHECK(set.train.images->shape() == ImageShape{3, 32, 32});
  const auto expected = fixture_images(made, 0, 50);
  for (const int64_t image : {49, 0, 13}) CHECK(test::image_of(set.train, image) == test::image_of(expected, image));
  // A file that is cut off after it was checked is noticed; what lies in memory is not touched.
  for (const FileFacts& file : made.files) {
    if (form == "binary") std::filesystem::resize_file(data.path() / file.name, 100);
  }
  if (form == "binary") {
    CHECK_THROWS_AS(all_pixels(set.train), InputError);
  } else {
    std::filesystem::remove_all(data.path() / "cifar-10-batches-py");
    CHECK(all_pixels(set.train) == all_pixels(expected));
  }
}

}  // namespace nlb
