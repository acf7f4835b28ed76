#include "datasets/forms/cifar_fixture.h"

#include "datasets/forms/pickle_writer.h"
#include "datasets/noise/superclasses.h"

namespace nlb {
namespace {

std::string_view characters(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

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
  PickleWriter pickle(PickleWriter::Dialect::python2);
  if (coarse == nullptr) {
    pickle.text("batch_label").text(batch_label).text("labels").list_of_numbers(set.labels);
    pickle.text("data").array("u1", {set.count, set.image_bytes()}, characters(pixels));
    pickle.text("filenames").list_of_texts(file_names(set));
  } else {
    pickle.text("filenames").list_of_texts(file_names(set)).text("batch_label").text(batch_label);
    pickle.text("fine_labels").list_of_numbers(set.labels).text("coarse_labels").list_of_numbers(*coarse);
    pickle.text("data").array("u1", {set.count, set.image_bytes()}, characters(pixels));
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
  PickleWriter pickle(PickleWriter::Dialect::python2);
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
