#include "datasets/label_table.h"

#include <catch2/catch.hpp>

#include "core/text.h"
#include "datasets/near_file.h"
#include "datasets/training_data.h"
#include "formats/csv.h"
#include "tests/support/fixtures.h"

namespace nlb {
namespace {

using Catch::Matchers::Contains;
using test::TemporaryFolder;
using test::write_bytes;

std::string problems_of(const std::string& csv) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", csv);
  LineProblems problems("l.csv");
  try {
    const auto table = read_label_table(folder.path() / "l.csv", problems);
    check_splits(table, problems);
    problems.throw_if_any();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

constexpr const char* kGood =
    "path,label,clean_label,split\n"
    "a.png,cat,,\n"
    "b/c.png,dog,cat,train\n"
    "\"d, e.png\",cat,cat,\n"
    "t.png,dog,dog,test\n"
    "u.png,,cat,test\n";

TEST_CASE("CSV is read as RFC 4180 has it", "[datasets][own]") {
  const auto records = read_csv(
      "\xef\xbb\xbf"
      "a,b\r\n\"x, \"\"y\"\"\nz\",2\n\n,\n3,\"\"",
      "f");
  REQUIRE(records.size() == 4);
  CHECK(records[0].fields == std::vector<std::string>{"a", "b"});
  CHECK(records[1].fields == std::vector<std::string>{"x, \"y\"\nz", "2"});
  CHECK(records[2].line == 5);
  CHECK(records[2].fields == std::vector<std::string>{"", ""});
  CHECK(records[3].fields == std::vector<std::string>{"3", ""});
  CHECK_THROWS_WITH(read_csv("a\nx\"y\n", "f"), Contains("f:2: a quote inside"));
  CHECK_THROWS_WITH(read_csv("a\n\"y\n", "f"), Contains("f:2: a quote that is never closed"));
  CHECK_THROWS_WITH(read_csv("\"a\"b\n", "f"), Contains("f:1: text behind a closing quote"));
  CHECK(csv_field("a \"b\"") == "\"a \"\"b\"\"\"");
}

TEST_CASE("A label table has classes by name, splits and known clean labels", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", kGood);
  LineProblems problems("l.csv");
  const auto table = read_label_table(folder.path() / "l.csv", problems);
  REQUIRE(problems.empty());
  CHECK(table.class_names == std::vector<std::string>{"cat", "dog"});
  REQUIRE(table.rows.size() == 5);
  CHECK(table.count(true) == 2);
  CHECK(table.rows[0].clean == kUnknownLabel);
  CHECK(table.rows[1].label == 1);
  CHECK(table.rows[1].clean == 0);
  CHECK(table.rows[2].path == "d, e.png");
  CHECK(table.rows[4].label == kNoLabel);
  CHECK(table.rows[4].test);
}

TEST_CASE("Classes that are all numbers are in their order", "[datasets][own]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", "path,label,clean_label,split\na,10,,\nb,9,,\nc,2,2,test\n");
  LineProblems problems("l.csv");
  CHECK(read_label_table(folder.path() / "l.csv", problems).class_names == std::vector<std::string>{"2", "9", "10"});
}

/// Class names and notes of a table that is right.
LabelTable table_of(const std::string& csv) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "l.csv", csv);
  LineProblems problems("l.csv");
  auto table = read_label_table(folder.path() / "l.csv", problems);
  problems.throw_if_any();
  return table;
}

std::string notes_of(const std::string& csv) { return join(table_of(csv).notes, "\n"); }

TEST_CASE("Numerically equal words are one class, as pandas writes a partly filled column", "[datasets][own]") {
  const auto table = table_of(
      "path,label,clean_label,split\n"
      "a,0,0.0,\nb,1,,\nc,2,2.0,\nd,1,0.0,\ne,,1.0,test\n");
  CHECK(table.class_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(table.rows[0].label == table.rows[0].clean);
  CHECK(table.rows[3].clean == 0);
  CHECK(table.rows[4].clean == 1);
  REQUIRE(table.notes.size() == 1);
  CHECK(table.notes[0] == R"(words of one value are one class: "0" = "0.0", "1" = "1.0", "2" = "2.0")");
}

TEST_CASE("Words of one value are one class however they are written, others are not", "[datasets][own]") {
  struct Row {
    const char *label, *clean;
    bool one;
  };
  const auto row = GENERATE(values<Row>(
      {{"1", "1.0", true},       {"1", "01", true},
       {"1", "+1", true},        {"1", " 1", true},
       {"1", "1\u00a0", true},   {"1", "1e0", true},
       {"1", "10E-1", true},     {"-1", "-1.00", true},
       {"-1", "\u22121", true},  {"0", "-0.0", true},
       {".5", "0.50", true},     {"True", "TRUE", true},
       {"false", "False", true}, {"9007199254740993", "9007199254740992", false},  // 2^53 + 1: not as doubles
       {"1", "10", false},       {"1", "1.01", false},
       {"1", "one", false},      {"1e", "1", false},
       {"0x1", "1", false},      {"Yes", "yes", false}}));
  CAPTURE(row.label, row.clean);
  const auto table = table_of(std::string("path,label,clean_label\na,") + row.label + "," + row.clean + "\nb,7,\n");
  CHECK((table.rows[0].label == table.rows[0].clean) == row.one);
  CHECK(table.class_names.size() == (row.one ? 2 : 3));
}

TEST_CASE("Booleans and 0 and 1 are the same two classes where there are no others", "[datasets][own]") {
  const auto two = table_of("path,label,clean_label\na,True,1.0\nb,False,0.0\nc,True,\n");
  CHECK(two.class_names == std::vector<std::string>{"False", "True"});
  CHECK(two.rows[0].label == two.rows[0].clean);
  CHECK(table_of("path,label,clean_label\na,True,1\nb,False,False\nc,2,\n").class_names.size() == 4);
}

TEST_CASE("Classes that are all numbers are in the order of numbers, decimals too", "[datasets][own]") {
  CHECK(table_of("path,label\na,10.0\nb,9.0\nc,-2.5\n").class_names == std::vector<std::string>{"-2.5", "9.0", "10.0"});
  CHECK(table_of("path,label\na,10\nb,9\nc,x\n").class_names == std::vector<std::string>{"10", "9", "x"});
}

TEST_CASE("A clean label that reads as a missing value is asked about, with rows and cure", "[datasets][own]") {
  const auto* word = GENERATE("nan", "NaN", "None", "NULL", "N/A", "NA", "<NA>", "?", "unknown", "-1", "-1.0", "-100",
                              "--", "n.a.", "(none)", "[]", "''", "*", "unk", "void", "Ignore", "not-checked", "inf",
                              "nan(0)", "1.#QNAN", "#DIV/0!", "\\N", "NaN%", "255", "99", "999.0", "65535");
  CAPTURE(word);
  const std::string csv =
      std::string("path,label,clean_label,split\na,0,") + word + ",\nb,1,1,\nc,1," + word + ",\n" + "d,0,0,test\n";
  const auto found = problems_of(csv);
  CHECK_THAT(found, Contains(std::string("l.csv:2: clean_label \"") + word + "\"") && Contains("lines 2, 4") &&
                        Contains("leave the field empty where nobody looked"));
  CHECK_THAT(found, !Contains("l.csv:4"));
}

TEST_CASE("A number among words, and a word that half of the clean labels are, are asked about", "[datasets][own]") {
  const std::string words = "path,label,clean_label,split\na,cat,cat,\nb,dog,dog,\nt,cat,cat,test\n";
  CHECK_THAT(problems_of(words + "c,cat,0,\nd,dog,0,\n"),
             Contains("l.csv:5: clean_label \"0\", which no label is, is a number where the labels are words") &&
                 Contains("lines 5, 6"));
  std::string many = words, few = words;
  for (int i = 0; i < 10; ++i) many += "m" + std::to_string(i) + ",cat,later,\n";
  CHECK_THAT(problems_of(many), Contains("clean_label \"later\", which no label is, stands in 10 of 12 training rows"));
  for (int i = 0; i < 9; ++i) few += "m" + std::to_string(i) + ",cat,emu,\n";
  CHECK(problems_of(few).empty());                       // a class that only somebody who looked has seen
  CHECK(problems_of(many + "u,,later,test\n").empty());  // an image of the test split shows it
  CHECK(problems_of(many + "v,later,,\n").empty());      // a label
  std::string decimals = "path,label,clean_label,split\nt,0,0,test\nu,1,1,test\nw,1,,\n";
  for (int i = 0; i < 20; ++i) decimals += "d" + std::to_string(i) + ",0," + (i % 2 == 0 ? "0.0" : "1.0") + ",\n";
  CHECK(problems_of(decimals).empty());  // another spelling of a label
  CHECK(problems_of("path,label,clean_label,split\na,0,255,\nb,255,0,\nt,,0,test\n").empty());
  CHECK(problems_of("path,label,clean_label,split\na,0,99,\nb,150,0,\nt,,0,test\n").empty());  // among other numbers
}

TEST_CASE("Labels and clean labels in other words are refused", "[datasets][own]") {
  struct Row {
    const char *label_0, *label_1, *clean_0, *clean_1;
  };
  const auto row = GENERATE(values<Row>({{"cat", "dog", "0.0", "1.0"},
                                         {"cat", "dog", "CAT", "DOG"},
                                         {"0", "1", "False", "n02124075"},
                                         {"tensor(0)", "tensor(1)", "0", "1"}}));
  const auto table = [&](const std::string& last) {
    return std::string("path,label,clean_label,split\na,") + row.label_0 + "," + row.clean_0 + ",\nb," + row.label_1 +
           "," + row.clean_1 + ",\nt,," + row.clean_0 + ",test\nu,," + row.clean_1 + ",test\n" + last;
  };
  CHECK_THAT(problems_of(table("")), Contains(std::string("l.csv: no clean_label is a label: labels are \"") +
                                              row.label_0 + "\", \"" + row.label_1 + "\", clean labels are \"") &&
                                         Contains("write both columns with the same words"));
  CHECK(problems_of(table(std::string("c,") + row.label_0 + "," + row.label_0 + ",\n")).empty());
}

TEST_CASE("Rows that hold nothing are passed over with a note", "[datasets][own]") {
  const auto table = table_of("path,label,clean_label,split\na,0,,\n,,,\nb,1,1,test\n , ,,\n");
  CHECK(table.rows.size() == 2);
  CHECK(table.notes == std::vector<std::string>{"rows that hold nothing are passed over: 2, the first in line 3"});
}

TEST_CASE("A table in another form than CSV is named for what it is, with the way to CSV", "[datasets][own]") {
  CHECK_THAT(problems_of("PK\x03\x04" + std::string(60, 'x')),
             Contains("a zip file, as Excel's .xlsx is") && Contains("pandas.read_excel(FILE).to_csv(\"labels.csv\""));
  CHECK_THAT(problems_of("PAR1" + std::string(60, 'x')), Contains("Parquet") && Contains("pandas.read_parquet(FILE)"));
  CHECK_THAT(problems_of("\x1f\x8b\x08"), Contains("a gzip file; unpack it first"));
  CHECK_THAT(problems_of("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
             Contains("a Git LFS pointer"));
  CHECK_THAT(problems_of("<!DOCTYPE html>\n<html lang=\"en\">path,label</html>"), Contains("a web page"));
}

TEST_CASE("A missing value is a class where labels are written so, with a note", "[datasets][own]") {
  CHECK_THAT(notes_of("path,label,clean_label\na,none,cat\nb,cat,none\nc,none,\n"),
             Contains("class \"none\" reads as a missing value, but 2 training labels are written so"));
  CHECK(notes_of("path,label,clean_label\na,-1,1\nb,1,-1\n").empty());                            // hinge-loss labels
  CHECK(table_of("path,label,clean_label\na,x, \nb,y,\u00a0\n").rows[1].clean == kUnknownLabel);  // blank is empty
}

TEST_CASE("Classes that look alike are noted, and how they differ", "[datasets][own]") {
  const auto notes = notes_of("path,label\na,caf\u00e9\nb,cafe\u0301\nc,Cat\nd,cat\ne,dog \nf,dog\ng,fish\n");
  CHECK_THAT(notes, Contains(R"("cafe\u0301" and "caf\u00e9" differ by how accents are composed)") &&
                        Contains(R"("Cat" and "cat" differ by upper and lower case)") &&
                        Contains(R"("dog" and "dog " differ by spaces)") && Contains("write it one way in the file") &&
                        !Contains("fish"));
  CHECK_THAT(notes_of("path,label\na,c\u0430t\nb,cat\n"),
             Contains(R"("cat" and "c\u0430t" differ by letters that look alike)"));
  CHECK(notes_of("path,label\na,B\u00e4r\nb,Bar\n").empty());
}

TEST_CASE("Further columns are left alone with a note, misspelt ones are refused", "[datasets][own]") {
  const std::string rows = "\n0,a.png,cat,x\n1,b.png,dog,y\n";
  CHECK_THAT(notes_of(",path,label,annotator" + rows),
             Contains("columns that are not read: one without a name, \"annotator\""));
  CHECK_THAT(notes_of("Unnamed: 0,path,label,label2" + rows), Contains("\"Unnamed: 0\", \"label2\""));
  for (const auto* name : {"clean_lable", "Clean_Label", "clean label", "CLEAN_LABEL", "clean-label", "clean_label "}) {
    CAPTURE(name);
    CHECK_THAT(problems_of("n,path,label," + std::string(name) + rows), Contains("nearest is \"clean_label\""));
  }
}

TEST_CASE("What no text holds is refused in a label file", "[datasets][own]") {
  CHECK_THAT(problems_of(std::string("path,label\na,c\0at\nb,dog\n", 24)), Contains("l.csv:2: holds a NUL byte"));
  CHECK_THAT(problems_of("path,label\na,c\x01t\nb,dog\n"),
             Contains(R"(l.csv:2: label "c\x01t" holds a control character)"));
  CHECK_THAT(problems_of("path,label\na,\"cat\n\"\nb,dog\n"), Contains(R"(label "cat\x0a" holds a control character)"));
  CHECK_THAT(problems_of(std::string("\xff\xfep\0a\0", 6)), Contains("is UTF-16"));
}

TEST_CASE("A table may be separated by tabs, and its name may be written large", "[datasets][own]") {
  CHECK(table_of("path\tlabel\na, b.png\tcat\nc.png\tdog\n").rows[0].path == "a, b.png");
  const TemporaryFolder folder;
  write_bytes(folder.path() / "words.txt", "path\tlabel\na\tb\n");
  write_bytes(folder.path() / "numbers.txt", "3\n5\n");
  for (const auto* name : {"a.csv", "a.CSV", "a.Tsv", "a.tab"}) CHECK(is_label_table(name));
  CHECK(is_label_table(folder.path() / "words.txt"));
  CHECK_FALSE(is_label_table(folder.path() / "numbers.txt"));
  CHECK_FALSE(is_label_table("a.npy"));
}

TEST_CASE("All problems of a label table come at once, with line and value", "[datasets][own]") {
  const auto found = problems_of(
      "path,label,clean_label,split\n"
      "a.png,cat,,val\n"
      "../b.png,dog,,\n"
      "a.png,dog,,\n"
      "c.png,,,\n"
      "d.png,cat\n"
      "e.png,cat,,test\n"
      "f.png,cat,dog,test\n");
  CHECK_THAT(found, Contains("l.csv:2: split \"val\"; allowed: train, test"));
  CHECK_THAT(found, Contains("l.csv:3: path \"../b.png\" leaves the image folder"));
  CHECK_THAT(found, Contains("l.csv:4: path \"a.png\" is in line 2 already"));
  CHECK_THAT(found, Contains("l.csv:5: training image without a label"));
  CHECK_THAT(found, Contains("l.csv:6: 2 fields; the header has 4"));
  CHECK_THAT(found, Contains("1 of 2 test rows have no clean_label, the first in line 7"));
  CHECK_THAT(problems_of("path,lable\na,b\n"), Contains("l.csv:1: no column \"lable\"; nearest is \"label\"") &&
                                                   Contains("l.csv:1: no column \"label\""));
  CHECK_THAT(problems_of("path,label,clean_label,split\na,b,,\nc,b,b,test\n"),
             Contains("1 different classes among its labels"));
  CHECK_THAT(problems_of("path,label\n"), Contains("has no row below its header"));
  CHECK_THAT(problems_of("path;label\na;b\n"), Contains(":1: fields are separated by semicolons"));
  CHECK_THAT(problems_of("path,label\na,cat\nb,K\xe4se\n"), Contains(":3: is not UTF-8"));  // Latin-1
}

TEST_CASE("Without trusted test labels it is said what hand-checking buys", "[datasets][own]") {
  // Worst half width of a 95 % interval: 1.96 sqrt(1 / 4n) = 4.38 points at 500, 2.19 at 2,000.
  CHECK_THAT(problems_of("path,label\na,x\nb,y\n"),
             Contains("no row has split \"test\"") && Contains("500 images give each accuracy to within ±4.4 points") &&
                 Contains("2,000 to within ±2.2"));
}

TEST_CASE("Problems of one kind are counted beyond twenty", "[datasets][own]") {
  std::string csv = "path,label,clean_label,split\nt,a,a,test\n";
  for (int i = 0; i < 30; ++i) csv += std::to_string(i) + ",,,\n";
  const auto found = problems_of(csv);
  CHECK_THAT(found, Contains("l.csv: 10 further lines of this kind (label)"));
}

TEST_CASE("Where a path names no file, the one that was meant is named", "[datasets][own]") {
  const TemporaryFolder folder;
  for (const auto* name : {"photos/cats/a 1.png", "photos/dogs/caf\u00e9.jpg", "photos/dogs/\uac15\uc544\uc9c0.JPG"}) {
    write_bytes(folder.path() / name, "x");
  }
  NearFiles near(folder.path() / "photos");
  struct Row {
    const char *written, *nearest;
  };
  const auto row = GENERATE(values<Row>({
      {"cats\\a 1.png", "; nearest is cats/a 1.png (folders are separated by /)"},
      {"Cats/A 1.PNG", "; nearest is cats/a 1.png, which differs by upper and lower case"},
      {"cats/a 1.png ", "; nearest is cats/a 1.png, which differs by spaces"},
      {"dogs/cafe\u0301.jpg", "; nearest is dogs/caf\u00e9.jpg, which differs by how accents are composed"},
      {"dogs/\u1100\u1161\u11bc\u110b\u1161\u110c\u1175.JPG",
       "; nearest is dogs/\uac15\uc544\uc9c0.JPG, which differs by how accents are composed"},
      {"dogs/caf\u00e9.jpeg", "; nearest is dogs/caf\u00e9.jpg"},
      {"photos/cats/a 1.png", "; nearest is cats/a 1.png"},
      {"C:\\Users\\me\\photos\\cats\\a 1.png", "; nearest is cats/a 1.png (folders are separated by /)"},
      {"cat/a 1.png", "; nearest is cats/a 1.png"},
      {"cats/zebra.png", ""},
      {"cats/a 2.png", ""},  // another number is another image
  }));
  CAPTURE(row.written);
  CHECK(near_file_words(near, row.written) == row.nearest);
}

TEST_CASE("Rows that were picked as suspects are marked, others were picked at random", "[datasets][own]") {
  const auto table = table_of(
      "path,label,clean_label,split,picked\na,cat,dog,,suspect\nb,dog,dog,,random\nc,cat,cat,,\nd,dog,,,\ne,,cat,test,"
      "random\n");
  std::vector<bool> suspects;
  for (const auto& row : table.rows) suspects.push_back(row.suspect);
  CHECK(suspects == std::vector<bool>{true, false, false, false, false});
  const auto found = problems_of(
      "path,label,clean_label,split,picked\na,cat,dog,,yes\nb,dog,,,suspect\nc,cat,cat,test,suspect\nd,dog,dog,test,"
      "\n");
  CHECK_THAT(found, Contains("l.csv:2: picked \"yes\"; allowed: random, suspect (empty: random)"));
  CHECK_THAT(found, Contains("l.csv:3: picked as suspect but without a clean_label"));
  CHECK_THAT(found, Contains("l.csv:4: a test row picked as suspect"));
}

}  // namespace
}  // namespace nlb
