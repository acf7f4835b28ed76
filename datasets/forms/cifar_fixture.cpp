#include "datasets/forms/cifar_fixture.h"

#include "datasets/noise/superclasses.h"

namespace nlb {
namespace {

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

std::string_view characters(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Writes opcodes as Python 2's cPickle did: values are kept under numbers from 1 on.
class PickleWriter {
 public:
  std::string take() { return std::move(out_) + "u."; }
  PickleWriter() { add("\x80\x02}").keep().add("("); }

  PickleWriter& text(const std::string& text) {  // SHORT_BINSTRING
    return add("U").add(little_endian(text.size(), 1)).add(text).keep();
  }
  PickleWriter& list_of_small(const std::vector<int64_t>& values) {
    return list(values, [&](int64_t value) { add("K").add(little_endian(static_cast<uint64_t>(value), 1)); });
  }
  PickleWriter& number(int64_t value) { return integer(value); }
  PickleWriter& list_of_texts(const std::vector<std::string>& values) {
    return list(values, [&](const std::string& value) { text(value); });
  }
  /// numpy's [rows, columns] of uint8.
  PickleWriter& pixels(const std::vector<uint8_t>& bytes, int64_t rows, int64_t columns) {
    add("cnumpy.core.multiarray\n_reconstruct\n").keep().add("cnumpy\nndarray\n").keep();
    add(std::string("K\x00\x85U\x01\x62\x87R", 8)).keep().add("(K\x01").integer(rows).integer(columns).add("\x86");
    add("cnumpy\ndtype\n").keep().add(std::string("U\x02\x75\x31K\x00K\x01\x87R", 10)).keep();
    add("(K\x03U\x01|NNN");
    for (int i = 0; i < 2; ++i) add("J\xff\xff\xff\xff");
    add(std::string("K\x00tb\x89T", 6)).add(little_endian(bytes.size(), 4)).add(characters(bytes));
    return add("tb");
  }

 private:
  /// Python appends a thousand at a time.
  template <typename Values, typename Write>
  PickleWriter& list(const Values& values, Write write) {
    constexpr size_t kAtOnce = 1000;
    add("]").keep();
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % kAtOnce == 0) add(i == 0 ? "(" : "e(");
      write(values[i]);
    }
    return values.empty() ? *this : add("e");
  }
  PickleWriter& add(std::string_view piece) {
    out_ += piece;
    return *this;
  }
  PickleWriter& keep() {
    ++kept_;
    return kept_ < 256 ? add("q").add(little_endian(kept_, 1)) : add("r").add(little_endian(kept_, 4));
  }
  PickleWriter& integer(int64_t value) {
    const auto word = static_cast<uint64_t>(value);
    if (value < 256) return add("K").add(little_endian(word, 1));
    return value < 65536 ? add("M").add(little_endian(word, 2)) : add("J").add(little_endian(word, 4));
  }

  std::string out_;
  uint64_t kept_ = 0;
};

std::vector<std::string> file_names(const ImageSet& set) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < set.count; ++i) names.push_back("fixture_s_" + std::to_string(i) + ".png");
  return names;
}

/// CIFAR-100's coarse classes, in the order of their numbers.
const std::vector<std::string> kCoarseNames = {"aquatic_mammals",
                                               "fish",
                                               "flowers",
                                               "food_containers",
                                               "fruit_and_vegetables",
                                               "household_electrical_devices",
                                               "household_furniture",
                                               "insects",
                                               "large_carnivores",
                                               "large_man-made_outdoor_things",
                                               "large_natural_outdoor_scenes",
                                               "large_omnivores_and_herbivores",
                                               "medium_mammals",
                                               "non-insect_invertebrates",
                                               "people",
                                               "reptiles",
                                               "small_mammals",
                                               "trees",
                                               "vehicles_1",
                                               "vehicles_2"};

std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += name + "\n";
  return text;
}

}  // namespace

std::string cifar_records_of(const ImageSet& set, const std::vector<int64_t>* coarse) {
  std::string bytes;
  for (int64_t i = 0; i < set.count; ++i) {
    const auto at = static_cast<size_t>(i);
    if (coarse != nullptr) bytes += static_cast<char>(coarse->at(at));
    bytes += static_cast<char>(set.labels[at]);
    const auto pixels = image_at(*set.images, i);
    bytes.append(reinterpret_cast<const char*>(pixels.data()), pixels.size());
  }
  return bytes;
}

std::string cifar_pickle_of(const ImageSet& set, const std::vector<int64_t>* coarse, const std::string& batch_label) {
  const auto pixels = all_pixels(set);
  PickleWriter pickle;
  if (coarse == nullptr) {
    pickle.text("batch_label").text(batch_label).text("labels").list_of_small(set.labels);
    pickle.text("data").pixels(pixels, set.count, set.image_bytes());
    pickle.text("filenames").list_of_texts(file_names(set));
  } else {
    pickle.text("filenames").list_of_texts(file_names(set)).text("batch_label").text(batch_label);
    pickle.text("fine_labels").list_of_small(set.labels).text("coarse_labels").list_of_small(*coarse);
    pickle.text("data").pixels(pixels, set.count, set.image_bytes());
  }
  return pickle.take();
}

std::vector<int64_t> cifar100_coarse(const std::vector<int64_t>& fine) {
  std::vector<int64_t> coarse;
  for (const int64_t label : fine) coarse.push_back(kCifar100Superclass.at(static_cast<size_t>(label)));
  return coarse;
}

std::vector<ArchiveMember> cifar_name_files(const DatasetFacts& facts, bool has_coarse, bool python) {
  if (!has_coarse && !python) return {{"batches.meta.txt", lines_of(facts.class_names) + "\n"}};
  if (!python) {
    return {{"coarse_label_names.txt", lines_of(kCoarseNames)}, {"fine_label_names.txt", lines_of(facts.class_names)}};
  }
  PickleWriter pickle;
  if (has_coarse) {
    pickle.text("fine_label_names").list_of_texts(facts.class_names);
    pickle.text("coarse_label_names").list_of_texts(kCoarseNames);
    return {{"meta", pickle.take()}};
  }
  constexpr int64_t kBatch = 10'000;
  pickle.text("num_cases_per_batch").number(kBatch).text("label_names").list_of_texts(facts.class_names);
  pickle.text("num_vis").number(facts.image.at(0) * facts.image.at(1) * facts.image.at(2));
  return {{"batches.meta", pickle.take()}};
}

}  // namespace nlb
