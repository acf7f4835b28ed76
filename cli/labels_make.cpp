// cli/labels_make.cpp -- nlbench labels make: the noisy labels of a protocol's level, or of any generator.
#include <charconv>
#include <iostream>

#include "cli/labels.h"
#include "core/durable.h"
#include "core/text.h"
#include "datasets/noise_inputs.h"
#include "formats/npy.h"
#include "results/manifest.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct MadeLabels {
  std::vector<int64_t> labels;
  NoiseSummary summary;
  const DatasetFacts* dataset = nullptr;
};

MadeLabels of_protocol(const LabelsFlags& flags) {
  const LabelPlace place = label_place(flags);
  const TrainingData data = labelled_data(place, flags);
  if (!data.noise) throw InputError("no row there reads noisy labels, so none are drawn");
  return {exported_arrays(data).labels, *data.noise, &dataset_facts(place.trial.spec.data.dataset)};
}

/// `count=exact`: a number or truth where it reads as one, else a word.
Json options_of(const std::vector<std::string>& settings) {
  Json options = Json::object();
  for (const std::string& setting : settings) {
    const size_t at = setting.find('=');
    if (at == 0 || at == std::string::npos) throw InputError("--set " + setting + ": write OPTION=VALUE");
    const std::string value = setting.substr(at + 1);
    const Json parsed = Json::parse(value, nullptr, false);
    options[setting.substr(0, at)] = parsed.is_discarded() ? Json(value) : parsed;
  }
  return options;
}

NoiseSpec noise_of(const LabelsFlags& flags) {
  std::vector<std::string> ids;
  for (const auto& [id, known] : facts().generators) ids.push_back(id);
  const auto found = facts().generators.find(flags.generator);
  if (found == facts().generators.end()) {
    const auto near = nearest(flags.generator, ids);
    throw InputError("no generator \"" + flags.generator + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                     "; known: " + join(ids, ", "));
  }
  if (!flags.rate) throw InputError("--generator needs --rate, a fraction such as 0.4");
  Problems problems;
  const JsonNode given = JsonNode::parse(options_of(flags.settings).dump(), "--set", problems);
  NoiseSpec spec{
      .generator = flags.generator, .rate = *flags.rate, .options = read_options(given, found->second.options)};
  problems.throw_if_any();
  return spec;
}

uint64_t seed_of(const LabelsFlags& flags) {
  const auto& seeds = flags.selection.selection.seeds;
  if (seeds.size() != 1) throw InputError("--generator needs one --seed, the noise seed");
  uint64_t seed = 0;
  const std::string& text = seeds.front();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size())
    throw InputError("--seed " + text + ": a noise seed is a number from 0 to 2^64 - 1");
  return seed;
}

MadeLabels of_generator(const LabelsFlags& flags) {
  if (flags.dataset.empty()) throw InputError("--generator needs --dataset (nlbench data list shows them)");
  const DatasetFacts& known = dataset_facts(flags.dataset);
  const uint64_t seed = seed_of(flags);
  const NoiseSpec noise = noise_of(flags);
  check_noise(noise, known.classes);
  if (image_copies(noise) > 0)
    throw InputError("noisy_copies gives an image several labels; a label file has one each");
  const Dataset dataset = load_dataset(known, flags.data_folder);
  TrialSpec spec;
  spec.data.dataset = known.id;
  spec.noise = noise;
  const NoisePopulation population{
      .clean = dataset.train.labels, .classes = dataset.classes, .images = dataset.train.images.get()};
  NoisyLabels noisy = draw_noise(noise, population, load_noise_inputs(spec, facts(), flags.data_folder), seed);
  refuse_replaced(noisy.replaced);
  auto summary = summarise_noise(dataset.train.labels, noisy.labels, dataset.classes, noise.rate);
  return {std::move(noisy.labels), std::move(summary), &known};
}

std::string bytes_of(const std::vector<int64_t>& labels, const LabelsFlags& flags) {
  const fs::path out = flags.out;
  if (out.extension() == ".npy" && flags.key.empty()) return npy_of(labels);
  if (out.extension() == ".json") return (flags.key.empty() ? Json(labels) : Json{{flags.key, labels}}).dump() + "\n";
  throw InputError("--out " + flags.out + ": name it .npy or .json" +
                   (flags.key.empty() ? "" : " (with --key: .json)"));
}

}  // namespace

ExitCode make_labels(const LabelsFlags& flags) {
  const bool named = !flags.names.empty() || !flags.protocols.empty();
  if (named != flags.generator.empty())
    throw InputError("labels make needs a protocol, or --dataset with --generator; one of the two");
  const MadeLabels made = named ? of_protocol(flags) : of_generator(flags);
  const std::string bytes = flags.out.empty() ? "" : bytes_of(made.labels, flags);
  print_summary(made.summary, made.dataset->class_names, flags.format);
  if (flags.out.empty()) {
    std::cerr << "nothing written; --out FILE.npy or FILE.json writes the labels\n";
    return ExitCode::done;
  }
  write_file_durably(flags.out, bytes);
  std::cerr << "written: " << fs::weakly_canonical(flags.out).string() << "\n";
  return ExitCode::done;
}

}  // namespace nlb
