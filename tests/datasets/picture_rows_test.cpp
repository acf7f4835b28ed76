// Rows of an own set whose pictures are odd: what is told of them, and what can be left out.
#include <catch2/catch.hpp>

#include "core/durable.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/own_set.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

using Catch::Contains;

/// A file of tests/datasets/image_files.py, or one that it says is broken.
void write_picture(const std::filesystem::path& file, const std::string& name) {
  const Json all = Json::parse(read_file(NLB_SOURCE_DIR "/tests/datasets/image_files.json"));
  for (const char* part : {"cases", "refused"}) {
    for (const Json& entry : all.at(part)) {
      if (entry.at("name") != name) continue;
      const auto bytes = from_base64(entry.at("file").get<std::string>());
      return test::write_bytes(file, std::string(bytes.begin(), bytes.end()));
    }
  }
  FAIL("no picture " + name);
}

class Folder {
 public:
  /// A row for each picture; the last `test` ones are test rows.
  Folder(const std::vector<std::string>& pictures, size_t test) {
    std::string csv = "path,label,clean_label,split\n";
    for (size_t i = 0; i < pictures.size(); ++i) {
      const std::string path = std::to_string(i) + "_" + pictures[i];
      write_picture(folder_.path() / path, pictures[i]);
      const bool testing = i + test >= pictures.size();
      csv += path + "," + (i % 2 == 0 ? "cat" : "dog") + "," + (testing ? "cat,test\n" : ",\n");
    }
    test::write_bytes(folder_.path() / "l.csv", csv);
  }

  OwnSet read(bool leave_out_unreadable) const {
    LineProblems problems("l.csv");
    const auto table = read_label_table(folder_.path() / "l.csv", problems);
    auto set = read_image_folder(table, folder_.path(), {3, 4, 4}, problems, leave_out_unreadable);
    problems.throw_if_any();
    return set;
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_CASE("Pictures that EXIF would turn and unscaled 12-bit ones are counted in a note", "[datasets][own]") {
  const Folder folder({"photo.jpg", "turned.jpg", "turned.png", "twelve_bits.png", "turned.webp", "rgb_16.png"}, 1);
  const auto notes = folder.read(false).notes;
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[0], Contains("3 images are to be turned") && Contains("the first is 1_turned.jpg"));
  CHECK_THAT(notes[1], Contains("1 images of 16 bits use no more than 14") && Contains("3_twelve_bits.png"));
  CHECK(Folder({"photo.jpg", "rgb.png", "deep.png"}, 1).read(false).notes.empty());
}

TEST_CASE("Unreadable pictures are left out where that is asked for, and counted", "[datasets][own]") {
  const Folder folder({"photo.jpg", "cut.jpg", "rgb.png", "a.gif", "cut.png", "photo.jpg"}, 3);
  CHECK_THROWS_WITH(folder.read(false), Contains("l.csv:3: ") && Contains("l.csv:5: ") && Contains("l.csv:6: ") &&
                                            Contains("--leave-out-unreadable continues without it"));
  const OwnSet set = folder.read(true);
  CHECK(set.left_out_train == 1);
  CHECK(set.left_out_test == 2);
  CHECK(set.train_names == std::vector<std::string>{"0_photo.jpg", "2_rgb.png"});
  CHECK(set.dataset.given == std::vector<int64_t>{0, 0});
  CHECK(set.dataset.train.count == 2);
  CHECK(set.dataset.test.count == 1);
  CHECK_THROWS_WITH(Folder({"photo.jpg", "cut.jpg"}, 1).read(true), Contains("no test image can be read"));
}

}  // namespace
}  // namespace nlb
