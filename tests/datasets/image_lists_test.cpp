// Lists in the true forms of the sets, as their papers' loaders read them. The forms: LiJunnan1992/DivideMix:
// dataloader_webvision.py (WebVision), Cysu/noisy_label (Clothing1M), pytorch/vision:food101.py (Food-101),
// pxiangwu/PLC:food101/dataset.py (Food-101N), tensorflow/datasets:controlled_noisy_web_labels.py (CNWL).
#include "datasets/image_lists.h"

#include <catch2/catch.hpp>

#include "core/error.h"

namespace nlb {
namespace {

using Catch::Contains;
using Label = ListForm::Label;

/// Throws what was wrong.
ImageList sound(const std::string& text, const ListForm& form) {
  LineProblems problems("list.txt");
  ImageList list = read_image_list(text, form, problems);
  problems.throw_if_any();
  return list;
}

std::vector<std::string> paths_of(const ImageList& list) {
  std::vector<std::string> paths;
  for (const auto& image : list.images) paths.emplace_back(image.path);
  return paths;
}

std::vector<int32_t> labels_of(const ImageList& list) {
  std::vector<int32_t> labels;
  for (const auto& image : list.images) labels.push_back(image.label);
  return labels;
}

}  // namespace

TEST_CASE("WebVision's and CNWL's lists: a path, a space, a number", "[datasets][lists]") {
  const auto web = sound("google/q0001/a.jpg 0\ngoogle/q0400/b-c_d.jpg 999\nflickr/q0001/a.jpg 0\n",
                         {.label = Label::number, .classes = 1000});
  CHECK(paths_of(web) ==
        std::vector<std::string>{"google/q0001/a.jpg", "google/q0400/b-c_d.jpg", "flickr/q0001/a.jpg"});
  CHECK(labels_of(web) == std::vector<int32_t>{0, 999, 0});
  CHECK(web.repeated == 0);
  CHECK(web.images[1].line == 2);
  // Windows' line ends; a last line without one; the 16 digits of a web image.
  const auto red =
      sound("n0153282900000005.jpg 13\r\n5922767e5677aef4.jpg 99", {.label = Label::number, .classes = 100});
  CHECK(labels_of(red) == std::vector<int32_t>{13, 99});
  CHECK(paths_of(red).back() == "5922767e5677aef4.jpg");
}

TEST_CASE("Clothing1M's names hold commas, its labels lie in other files, and images come twice", "[datasets][lists]") {
  LineProblems problems("noisy_label_kv.txt");
  const LabelBook book(
      "images/0/00/1278541879,867148000.jpg 3\nimages/2/26/1,2.jpg 13\nimages/9/99/7,8.jpg 0\nimages/2/26/1,2.jpg 13\n",
      14, problems);
  problems.throw_if_any();
  CHECK(book.size() == 3);
  CHECK(book.label_of("images/2/26/1,2.jpg") == 13);
  CHECK(book.label_of("images/2/26/1") == -1);

  auto keys = sound("images/2/26/1,2.jpg\nimages/0/00/1278541879,867148000.jpg\nimages/2/26/1,2.jpg\n", {});
  CHECK(keys.repeated == 1);
  take_labels(keys, book, problems);
  problems.throw_if_any();
  CHECK(labels_of(keys) == std::vector<int32_t>{13, 3, 13});
  CHECK(class_counts(keys, 14) == std::vector<int64_t>{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});

  auto strangers = sound("images/1/11/5,5.jpg\n", {});
  take_labels(strangers, book, problems);
  CHECK_THROWS_WITH(problems.throw_if_any(), Contains("no label for \"images/1/11/5,5.jpg\""));
  LineProblems twice("list.txt");
  const LabelBook other("images/a.jpg 3\nimages/a.jpg 4\n", 14, twice);
  CHECK_THROWS_WITH(twice.throw_if_any(), Contains("list.txt:2: ") && Contains("has label 4 here and 3 before"));
}

TEST_CASE("a merged list of Clothing1M has a line without a label", "[datasets][lists]") {
  const std::string text = "images/2/26/1,2.jpg 13\nimages/2/26/3761328114,905362226.jpg\nimages/9/99/7,8.jpg 0\n";
  const auto list = sound(text, {.label = Label::number, .classes = 14, .labels_may_lack = true});
  CHECK(list.unlabelled == std::vector<int32_t>{2});
  CHECK(labels_of(list) == std::vector<int32_t>{13, 0});
  CHECK_THROWS_WITH(sound(text, {.label = Label::number, .classes = 14}),
                    Contains("list.txt:2: ") && Contains("no label behind \"images/2/26/3761328114,905362226.jpg\""));
}

TEST_CASE("Food-101's and Food-101N's lists: the folder is the class, a header may come first", "[datasets][lists]") {
  const std::vector<std::string> names = {"apple_pie", "baby_back_ribs", "waffles"};
  const auto food = sound("apple_pie/1011328\nwaffles/2\nbaby_back_ribs/3", {.label = Label::folder, .names = names});
  CHECK(labels_of(food) == std::vector<int32_t>{0, 2, 1});
  const ListForm form{.label = Label::folder, .names = names, .header = "class_name/key"};
  CHECK(labels_of(sound("class_name/key\napple_pie/f1.jpg\n", form)) == std::vector<int32_t>{0});
  CHECK(labels_of(sound("apple_pie/f1.jpg\nwaffles/f2.jpg\n", form)) == std::vector<int32_t>{0, 2});
  CHECK_THROWS_WITH(sound("apple_pie/f1.jpg\nclass_name/key\n", form),
                    Contains("list.txt:2: ") && Contains("label \"class_name\"; expected one of 3 classes"));
  const auto checked = sound("class_name/key\tverification_label\nwaffles/a b.jpg\t1\n",
                             {.label = Label::number, .separator = '\t', .classes = 2, .header = "class_name/key"});
  CHECK(paths_of(checked) == std::vector<std::string>{"waffles/a b.jpg"});
  const auto tiny = sound("val_0.JPEG\tn03444034\n", {.label = Label::name, .separator = '\t', .names = {"n03444034"}});
  CHECK(labels_of(tiny) == std::vector<int32_t>{0});
}

TEST_CASE("what is not a line of a list is named with its line, and the first twenty of a kind alone",
          "[datasets][lists]") {
  const ListForm form{.label = Label::number, .classes = 14};
  const auto refused = [&](const std::string& text, const std::string& words) {
    CAPTURE(text);
    CHECK_THROWS_WITH(sound(text, form), Contains("list.txt") && Contains(words));
    CHECK_THROWS_AS(sound(text, form), InputError);
  };
  refused("a.jpg 1\nb.jpg 14\n", "list.txt:2: ");
  refused("a.jpg 14\n", "label \"14\"; expected a number from 0 to 13");
  for (const char* label : {"-1", "1.0", "01x", "+1", " 1", "1 ", "1 2", "one"}) {
    refused("a.jpg " + std::string(label) + "\n", "expected a number from 0 to 13");
  }
  refused("/etc/hosts 1\n", "an absolute path");
  for (const char* path : {"../a.jpg", "a/../../b.jpg", "a//b.jpg", "./a.jpg", "a/.."})
    refused(std::string(path) + " 1\n", "a path with a part");
  refused(" 1\n", "no path");
  refused("a.jpg 1\n\nb.jpg 2\n", "list.txt:2: ");
  refused(std::string("a\0b.jpg 1\n", 10), "NUL");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a" + std::to_string(i) + ".jpg 99\n";
  refused(many, "980 further lines");
  CHECK(sound("", form).images.empty());
  CHECK(sound("\n\n", form).images.empty());
  CHECK(labels_of(sound("a.jpg 1\n\n\r\n", form)) == std::vector<int32_t>{1});
}

TEST_CASE("a list of a million lines is read in one pass", "[datasets][lists]") {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "images/" + std::to_string(i % 10) + "/" + std::to_string(i) + ",1.jpg\n";
  const auto list = sound(text, {});
  CHECK(list.images.size() == 1'000'000);
  CHECK(list.repeated == 0);
  CHECK(list.images.back().path == "images/9/999999,1.jpg");
}

}  // namespace nlb
