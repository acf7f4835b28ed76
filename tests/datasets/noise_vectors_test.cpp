// Label files as the authors' programs draw them, on the real labels: those of DivideMix and Co-teaching drawn with
// CPython and numpy 1.24.2 outside, the others by tests/datasets/noise_authors_reference.py with numpy 2.4.6.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <set>

#include "core/durable.h"
#include "core/mersenne.h"
#include "datasets/dataset.h"
#include "datasets/noise.h"
#include "datasets/noise/glc.h"
#include "datasets/noise/superclasses.h"
#include "formats/gzip.h"
#include "tests/support/pixels.h"
#include "tests/support/shared.h"

namespace nlb {
namespace {

using Labels = std::vector<int64_t>;

/// Training labels of the data set, in file order.
Labels clean_labels(const std::filesystem::path& shared, const std::string& dataset) {
  const bool mnist = dataset == "mnist", fine = dataset == "cifar100";
  std::string bytes = read_file(shared / "data" / dataset / (mnist ? "train-labels-idx1-ubyte.gz" : "labels.bin"));
  if (mnist) bytes = gunzip(bytes, 60008).substr(8);
  Labels labels;
  const size_t count = mnist ? 60000 : 50000;
  for (size_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<uint8_t>(bytes.at(fine ? 2 * i + 1 : i)));
  }
  return labels;
}

/// What authors' programs draw: training labels changed, and the first half of the digest ("": not known).
struct Drawn {
  const char *dataset, *generator, *kind, *stream;
  double rate;
  uint64_t seed;
  int64_t changed;
  const char* digest;
};

const Drawn kDrawn[] = {
    {"cifar10", "symmetric_inclusive", "exact", "cpython", 0, 123, 0, "2b7cd2f244873176"},
    {"cifar100", "symmetric_inclusive", "exact", "cpython", 0, 123, 0, "9f11b9f97aad759b"},
    {"mnist", "symmetric_exclusive", "per_sample", "numpy_choice", 0, 0, 0, "1feba77c54802fa5"},
    // DivideMix
    {"cifar10", "symmetric_inclusive", "exact", "cpython", .2, 123, 8972, "dd932e4c763dbab9"},
    {"cifar10", "symmetric_inclusive", "exact", "cpython", .5, 123, 22484, "2230903491020533"},
    {"cifar10", "symmetric_inclusive", "exact", "cpython", .8, 123, 36036, "79de8111188e19dc"},
    {"cifar10", "symmetric_inclusive", "exact", "cpython", .9, 123, 40393, ""},
    {"cifar10", "cifar10_asymmetric", "subset", "cpython", .4, 123, 10010, "46acecddb6f6e740"},
    {"cifar100", "symmetric_inclusive", "exact", "cpython", .2, 123, 9890, ""},
    {"cifar100", "symmetric_inclusive", "exact", "cpython", .5, 123, 24751, "f1132f38b460c7c3"},
    {"cifar100", "symmetric_inclusive", "exact", "cpython", .8, 123, 39611, ""},
    {"cifar100", "symmetric_inclusive", "exact", "cpython", .9, 123, 44539, ""},
    // BadLabel: the authors' files, eval_badlabels/noise/sym_*.json of zjfheart/BadLabels
    {"cifar10", "symmetric_exclusive", "exact", "cpython", .2, 17, 10000, "9a904354d2116495"},
    {"cifar10", "symmetric_exclusive", "exact", "cpython", .4, 17, 20000, "1131bb801c35ddfc"},
    {"cifar10", "symmetric_exclusive", "exact", "cpython", .6, 17, 30000, "0bea05a43c21973d"},
    {"cifar10", "symmetric_exclusive", "exact", "cpython", .8, 17, 40000, "40b8726872309c2f"},
    {"cifar100", "symmetric_exclusive", "exact", "cpython", .2, 17, 10000, "42870c2ac55eca8e"},
    {"cifar100", "symmetric_exclusive", "exact", "cpython", .4, 17, 20000, "a79a0c4e3f3ff277"},
    {"cifar100", "symmetric_exclusive", "exact", "cpython", .6, 17, 30000, "4cb7e762cf6e6c6b"},
    {"cifar100", "symmetric_exclusive", "exact", "cpython", .8, 17, 40000, "9c471a8c89c2a210"},
    {"mnist", "symmetric_exclusive", "exact", "cpython", .2, 17, 12000, "06795720159d5c66"},
    {"mnist", "symmetric_exclusive", "exact", "cpython", .4, 17, 24000, "098d54c4d760b720"},
    {"mnist", "symmetric_exclusive", "exact", "cpython", .6, 17, 36000, "1b5f35fd2496debd"},
    {"mnist", "symmetric_exclusive", "exact", "cpython", .8, 17, 48000, "8f40419568963da5"},
    // Co-teaching, Patrini
    {"cifar10", "symmetric_exclusive", "per_sample", "numpy_multinomial", .2, 0, 10038, "241b61c9fa2b2f1d"},
    {"cifar10", "symmetric_exclusive", "per_sample", "numpy_multinomial", .5, 0, 24838, "a1a637f11cf56a60"},
    {"cifar10", "pair_flip", "per_sample", "numpy_multinomial", .45, 0, 22400, "2ad90dda5e73ea38"},
    {"cifar10", "cifar10_asymmetric", "per_sample", "numpy_multinomial", .4, 0, 9873, "69eb95aa152c1c7b"},
    {"cifar100", "symmetric_exclusive", "per_sample", "numpy_multinomial", .5, 0, 25031, "791b14d86cfb964f"},
    {"cifar100", "pair_flip", "per_sample", "numpy_multinomial", .45, 0, 22449, "8483a6e5e6ca89d9"},
    // PHuber
    {"mnist", "symmetric_exclusive", "per_sample", "numpy_choice", .2, 0, 12066, "a3929e77a36ed063"},
    {"mnist", "symmetric_exclusive", "per_sample", "numpy_choice", .4, 0, 24070, "55349c07fa3e3fcc"},
    {"mnist", "symmetric_exclusive", "per_sample", "numpy_choice", .6, 0, 35947, "26c586b8e01712b0"},
    // RandomState(seed): permutation, then randint(10, dtype=int32) for its first r n entries
    {"cifar10", "symmetric_inclusive", "exact", "numpy", .2, 0, 9072, "b99a9ee4f2878279"},
    {"cifar10", "symmetric_inclusive", "exact", "numpy", .6, 0, 27193, "0082055b1654d914"},
    {"cifar10", "symmetric_inclusive", "exact", "numpy", .8, 7, 36041, "a8602cf71f546629"},
    {"cifar100", "cifar100_block_next", "per_sample", "numpy_multinomial", .4, 0, 19885, "d08295810a7826c5"},
    // noise_authors_reference.py: DRPL's seed 42, the Keras code of SCE's 123
    {"mnist", "mnist_asymmetric", "per_sample", "numpy_multinomial", .4, 0, 11863, "df3a2e5508c10319"},
    {"cifar10", "symmetric_exclusive", "exact", "numpy_drpl", .2, 42, 10000, "528aef85345a3a37"},
    {"cifar10", "symmetric_exclusive", "exact", "numpy_drpl", .5, 42, 25000, "865e7713959afe3a"},
    {"cifar100", "symmetric_exclusive", "exact", "numpy_drpl", .8, 42, 40000, "c30d28c13abfae50"},
    {"cifar10", "cifar10_asymmetric", "per_sample", "numpy_drpl", .4, 42, 9975, "7595af39dac38c19"},
    {"cifar100", "cifar100_superclass_next", "per_sample", "numpy_drpl", .3, 42, 15247, "381ef383b7f85a2f"},
    {"cifar10", "symmetric_exclusive", "exact_per_class", "numpy_sce", .4, 123, 20000, "de6199111a0c79ab"},
    {"cifar100", "symmetric_exclusive", "exact_per_class", "numpy_sce", .6, 123, 30000, "af3930077332cf6c"},
    {"mnist", "symmetric_exclusive", "exact_per_class", "numpy_sce", .29, 123, 17400, "0dbc78e2a84b3cbb"},
    {"cifar10", "cifar10_asymmetric", "per_class", "numpy_sce", .4, 123, 10000, "dcd62dc6d28f0d69"},
    {"mnist", "mnist_asymmetric", "per_class", "numpy_sce", .4, 123, 11876, "80a9319d98b64100"},
    {"cifar100", "cifar100_block_pair", "per_sample", "numpy_sce", .4, 123, 7878, "fa5c988abd1c21a9"},
    // APL's seed 123; M-correction's torch seed 2 and numpy seed 42 (torch 2.11)
    {"cifar10", "cifar10_asymmetric", "sequential", "numpy_apl", .4, 123, 9238, "f30c5dce41cab243"},
    {"cifar10", "symmetric_inclusive", "per_sample", "torch_arazo", .5, 42, 22527, "8b9b6ac0aa9fd891"},
    {"cifar100", "symmetric_inclusive", "per_sample", "torch_arazo", .29, 42, 14464, "360eb3709d460698"},
    {"cifar10", "symmetric_exclusive", "per_sample", "torch_arazo", .5, 42, 25001, "da673b84fad2e8d2"},
    {"cifar100", "symmetric_exclusive", "per_sample", "torch_arazo", .29, 42, 14610, "ea8adb602c8fe10c"},
    // old_numpy_reference.py: the same with numpy 1.14.2, which draws where a probability is 0; rows without one
    // agree
    {"cifar10", "pair_flip", "per_sample", "numpy_multinomial_before_1.17", .45, 0, 22557, "9e3e8d68e4e050c7"},
    {"cifar100", "pair_flip", "per_sample", "numpy_multinomial_before_1.17", .45, 0, 22581, "c12c139775427728"},
    {"mnist", "pair_flip", "per_sample", "numpy_multinomial_before_1.17", .45, 0, 26996, "60d8009034e85eda"},
    {"cifar10", "cifar10_asymmetric", "per_sample", "numpy_multinomial_before_1.17", .4, 0, 9954, "7e8e7ff9d373c6c7"},
    {"cifar100", "cifar100_block_next", "per_sample", "numpy_multinomial_before_1.17", .4, 0, 20122,
     "1bd68579ea0a3526"},
    {"mnist", "mnist_asymmetric", "per_sample", "numpy_multinomial_before_1.17", .4, 0, 11855, "7d2a3d6d4465a3fe"},
    {"cifar100", "symmetric_exclusive", "per_sample", "numpy_multinomial", .2, 0, 10054, "02d53bf7241d197f"},
    // T-Revision: RandomState(1)
    {"cifar10", "symmetric_exclusive", "per_sample", "numpy_multinomial", .5, 1, 25033, "776b69c55b215dba"},
    // RandomState(seed): choice(10, p=r * full(1/10) + (1 - r) * eye) a sample
    {"cifar10", "symmetric_inclusive", "per_sample", "numpy", .2, 0, 9076, "2b1d4ef45842cef2"}};

TEST_CASE("Authors' label files are drawn again bit for bit", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  const auto row = GENERATE(from_range(std::begin(kDrawn), std::end(kDrawn)));
  CAPTURE(row.dataset, row.generator, row.kind, row.stream, row.rate);
  const Labels clean = clean_labels(shared, row.dataset);
  const int64_t classes = *std::max_element(clean.begin(), clean.end()) + 1;
  const std::string generator = row.generator;
  const char* option = generator.starts_with("cifar") || generator.starts_with("mnist") ? "variant" : "count";
  const NoiseSpec noise{
      .generator = row.generator, .rate = row.rate, .options = {{option, row.kind}, {"stream", row.stream}}};
  const NoiseSummary summary =
      summarise_noise(clean, make_noisy_labels(noise, clean, classes, row.seed), classes, row.rate);
  CHECK(summary.changed == row.changed);
  if (*row.digest != '\0') CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("A seed that a program was given as text draws CPython's labels of the text", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char *dataset, *generator;
    double rate;
    uint64_t seed;
    int64_t changed;
    const char* digest;
  };
  // noise_authors_reference.py: CPython 3.11's random.seed("123"), the loaders of DivideMix and BadLabels
  const auto row = GENERATE(values<Row>({{"cifar10", "symmetric_inclusive", .2, 123, 8977, "7976b2c70c757091"},
                                         {"cifar10", "symmetric_inclusive", .5, 123, 22453, "88fe98cf519e4f2a"},
                                         {"cifar10", "symmetric_inclusive", .8, 123, 36046, "cd4690fac0a834da"},
                                         {"cifar100", "symmetric_inclusive", .2, 123, 9891, "241a4bf540ebdff9"},
                                         {"cifar100", "symmetric_inclusive", .5, 123, 24761, "879665ced5d435d1"},
                                         {"cifar100", "symmetric_inclusive", .8, 123, 39618, "5c2c4b9304921ac8"},
                                         {"cifar10", "cifar10_asymmetric", .4, 123, 10063, "393d0df908cc7062"},
                                         {"cifar10", "cifar10_asymmetric", .4, 1, 9919, "892cbcc17750ab86"},
                                         {"cifar10", "symmetric_exclusive", .2, 17, 10000, "235dfc42ee58a85b"},
                                         {"cifar10", "symmetric_exclusive", .2, 5, 10000, "b3fe4745e1445766"}}));
  CAPTURE(row.dataset, row.generator, row.rate, row.seed);
  const Labels clean = clean_labels(shared, row.dataset);
  const int64_t classes = *std::max_element(clean.begin(), clean.end()) + 1;
  const bool map = std::string(row.generator) == "cifar10_asymmetric";
  const NoiseSpec noise{
      .generator = row.generator,
      .rate = row.rate,
      .options = {{map ? "variant" : "count", map ? "subset" : "exact"}, {"stream", "cpython"}, {"seed_as", "text"}}};
  const auto noisy = make_noisy_labels(noise, clean, classes, row.seed);
  const auto summary = summarise_noise(clean, noisy, classes, row.rate);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("EvidentialMix's files are drawn again bit for bit", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    double rate, share;
    int64_t replaced, changed;
    const char* digest;
  };
  // noise_authors_reference.py, which finds these equal to
  // ragavsachdeva/EvidentialMix:noise/<rate>_<share>_cifar100.json.
  const auto row = GENERATE(values<Row>({{.3, .25, 3750, 13865, "36e3e785a332e694"},
                                         {.6, .5, 15000, 28482, "485e7d90d602c315"},
                                         {.3, 1, 15000, 15000, "763ea0f5cb0b92c1"}}));
  CAPTURE(row.rate, row.share);
  const Labels clean = clean_labels(shared, "cifar10");
  NoiseInputs inputs;
  test::PixelSet foreign{.count = 50000, .channels = 3, .height = 32, .width = 32, .pixels = {}, .labels = {}};
  foreign.labels = clean_labels(shared, "cifar100");
  inputs.foreign = std::make_shared<const ImageSet>(std::move(foreign));
  const NoiseSpec noise{
      .generator = "open_set",
      .rate = row.rate,
      .options = {{"count", "exact"}, {"stream", "cpython"}, {"open_share", row.share}, {"closed", "inclusive"}}};
  const NoisyLabels noisy = draw_noise(noise, {.clean = clean, .classes = 10}, inputs, 123);
  const NoiseSummary summary = summarise_noise(clean, noisy.labels, 10, row.rate, noisy.replaced);
  CHECK(summary.replaced == row.replaced);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("GLC's noise is drawn again bit for bit, trusted images last", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char* generator;
    int64_t population, changed;
    const char* digest;
  };
  // Drawn outside with numpy: 1 % trusted, r = .5, labels in the order of reading.
  const auto row = GENERATE(values<Row>({{"glc_uniform", 60000, 26842, "fd45c0af875c5053"},
                                         {"glc_uniform", 55000, 24580, "a589007200ee3fb1"},
                                         {"glc_flip", 60000, 29763, "e893dc72a88f08fa"},
                                         {"glc_flip", 55000, 27176, "24c4cd42636421eb"}}));
  CAPTURE(row.generator, row.population);
  const Labels clean = clean_labels(shared, "mnist");
  const NoiseSpec noise{.generator = row.generator,
                        .rate = .5,
                        .options = {{"order", "tensorflow_seed_1"}, {"population", row.population}}};
  const Labels noisy = make_noisy_labels(noise, clean, 10, 1);
  Labels given, right;
  for (const int64_t position : glc_order(row.population, 60000)) {
    const bool trusted = std::ssize(given) >= row.population - row.population / 100;
    right.push_back(clean[static_cast<size_t>(position)]);
    given.push_back(trusted ? right.back() : noisy[static_cast<size_t>(position)]);
  }
  const NoiseSummary summary = summarise_noise(right, given, 10, .5);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

/// The samples that measure the teacher of distillation_correction, in a group of a protocol file.
Labels named_measuring(const std::string& protocol, size_t group, const std::string& setting) {
  const auto path = std::filesystem::path(NLB_SOURCE_DIR) / "protocols" / (protocol + ".json");
  const Json file = Json::parse(read_file(path));
  for (const Json& row : file.at("groups").at(group).at("rows")) {
    if (row.at("id") != "distillation_correction") continue;
    return row.at("per_level").at(setting).at("options").at("measuring_samples").get<Labels>();
  }
  return {};
}

TEST_CASE("GLC's script measures its teacher on the fifteen images that mnist_glc names", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  // MNIST/MNIST_convex_combo.py: the stream behind the order's shuffle and one choice a corrupted label goes on to
  // shuffle the 60 trusted images until the first quarter holds every class.
  constexpr int64_t kTrusted = 60, kMeasuring = kTrusted / 4;
  const Labels clean = clean_labels(shared, "mnist");
  NumpyRandomState random(1);
  Labels order = random.permutation(kGlcImages);
  for (int64_t label = 0; label < kGlcImages - kTrusted; ++label) random.random_sample();
  const Labels positions = glc_order(kGlcImages, kGlcImages);
  Labels trusted(positions.end() - kTrusted, positions.end());
  const auto classes = [&] {
    std::set<int64_t> found;
    for (int64_t i = 0; i < kMeasuring; ++i) found.insert(clean[static_cast<size_t>(trusted[static_cast<size_t>(i)])]);
    return found.size();
  };
  int shuffles = 0;
  for (; classes() < 10; ++shuffles) random.shuffle(trusted);
  CHECK(shuffles == 57);
  Labels measuring(trusted.begin(), trusted.begin() + kMeasuring);
  std::sort(measuring.begin(), measuring.end());
  for (const char* setting : {"uniform/0.001/{rate}", "flip/0.001/{rate}"})
    CHECK(named_measuring("mnist_glc", 0, setting) == measuring);
}

TEST_CASE("GLC's first quarter of 600 and 3,000 trusted images holds every class as it stands",
          "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char* fraction;
    int64_t trusted;
    Labels first;  ///< numpy: RandomState(1).shuffle(arange(60000)), the last `trusted` in the order of reading
  };
  const auto row = GENERATE(values<Row>({{"0.01", 600, {3767, 37061, 6888, 18442, 39490, 47627}},
                                         {"0.05", 3000, {55592, 21809, 13889, 52660, 47225, 55775}}}));
  CAPTURE(row.fraction);
  const Labels clean = clean_labels(shared, "mnist");
  const Labels positions = glc_order(kGlcImages, kGlcImages);
  Labels quarter(positions.end() - row.trusted, positions.end() - row.trusted + row.trusted / 4);
  CHECK(std::equal(row.first.begin(), row.first.end(), quarter.begin()));
  std::set<int64_t> classes;
  for (const int64_t position : quarter) classes.insert(clean[static_cast<size_t>(position)]);
  CHECK(classes.size() == 10);
  std::sort(quarter.begin(), quarter.end());
  for (const char* kind : {"uniform/", "flip/"}) {
    CHECK(named_measuring("mnist_glc_readings", 1, kind + std::string(row.fraction) + "/{rate}") == quarter);
  }
}

TEST_CASE("GLC's noise on CIFAR is drawn again bit for bit, trusted images first", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  struct Row {
    const char *dataset, *generator;
    int64_t trusted;
    double rate;
    uint64_t seed;
    int64_t changed;
    const char* digest;
  };
  // tests/datasets/glc_cifar_reference.py with numpy 2.4.6: labels in file order.
  const auto row = GENERATE(values<Row>({{"cifar10", "glc_uniform", 2500, .5, 1, 21251, "f2c522fed518833d"},
                                         {"cifar10", "glc_uniform", 5000, .3, 1, 12104, "04539fde384b9abc"},
                                         {"cifar10", "glc_uniform", 12500, 1, 1, 33776, "c58e5c3a8ff58def"},
                                         {"cifar10", "glc_uniform", 2500, .5, 2, 21320, "01ea76a724bbf63f"},
                                         {"cifar10", "glc_flip", 2500, .5, 1, 23698, "5a59a99dd0c4534f"},
                                         {"cifar10", "glc_flip", 12500, 1, 1, 37500, "afae1db6b7554250"},
                                         {"cifar100", "glc_uniform", 2500, .5, 1, 23588, "839b5ae012ed6129"},
                                         {"cifar100", "glc_uniform", 12500, 1, 1, 37109, "b503514fd12ffa22"},
                                         {"cifar100", "glc_flip", 2500, .5, 1, 23863, "71e3e89261feccbe"},
                                         {"cifar100", "glc_flip", 5000, .3, 1, 13646, "42eec877fdf66ab3"},
                                         {"cifar100", "glc_hierarchical", 2500, .5, 1, 23860, "7d29caee710a789e"},
                                         {"cifar100", "glc_hierarchical", 5000, .3, 1, 13633, "2ef36549533bee84"},
                                         {"cifar100", "glc_hierarchical", 12500, 1, 1, 37500, "46ba47784a9b06a5"},
                                         {"cifar100", "glc_hierarchical", 2500, .5, 2, 23749, "8ec5593bc2e91777"}}));
  CAPTURE(row.dataset, row.generator, row.trusted, row.rate, row.seed);
  const Labels clean = clean_labels(shared, row.dataset);
  const int64_t classes = *std::max_element(clean.begin(), clean.end()) + 1;
  const NoiseSpec noise{.generator = row.generator,
                        .rate = row.rate,
                        .options = {{"order", "file"}, {"population", 50000}, {"trusted_first", row.trusted}}};
  const NoiseSummary summary =
      summarise_noise(clean, make_noisy_labels(noise, clean, classes, row.seed), classes, row.rate);
  CHECK(summary.changed == row.changed);
  CHECK(summary.digest.substr(0, 16) == row.digest);
}

TEST_CASE("CIFAR-100's superclasses are those of its own file", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  const std::string pairs = read_file(shared / "data" / "cifar100" / "labels.bin");
  std::array<int, 20> members{};
  for (const uint8_t coarse : kCifar100Superclass) ++members.at(coarse);
  CHECK(std::count(members.begin(), members.end(), 5) == 20);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    REQUIRE(kCifar100Superclass.at(static_cast<uint8_t>(pairs[i + 1])) == static_cast<uint8_t>(pairs[i]));
  }
}

TEST_CASE("GLC's flips have the card's targets", "[datasets][noise]") {
  CHECK(glc_flip_targets(10) == Labels{6, 9, 6, 0, 0, 1, 8, 6, 2, 4});
}

TEST_CASE("Noise drawn on a part of the data set starts its stream there", "[datasets][noise][data]") {
  NLB_REQUIRE_SHARED(shared);
  Labels clean = clean_labels(shared, "cifar10");
  clean.resize(45000);
  const NoiseSpec noise{
      .generator = "symmetric_inclusive", .rate = .4, .options = {{"count", "exact"}, {"stream", "numpy"}}};
  const NoiseSummary summary = summarise_noise(clean, make_noisy_labels(noise, clean, 10, 0), 10, .4);
  CHECK(summary.changed == 16151);  // numpy 2.4.6
  CHECK(summary.digest.substr(0, 16) == "33f0362cc0e70e8b");
}

}  // namespace
}  // namespace nlb
