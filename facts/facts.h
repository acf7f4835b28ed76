// facts/facts.h -- what is known about every method, net, data set and noise generator, without running it: read once
// from the JSON files beside their code, which are compiled in. A protocol is validated against these facts alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace nlb {

struct EmbeddedFacts;

/// `planned`: named in protocols with full options, but its code is not there yet ("not built").
enum class Status { built, planned };

/// One option of a method, net or generator. No defaults: a protocol gives each value with its source.
struct OptionFacts {
  /// numbers, integers: lists; text: free, a path or a digest
  enum class Type { number, integer, boolean, word, numbers, integers, text };
  std::string name;
  Type type = Type::number;
  Range range;                     ///< of number, integer and each of a list
  std::vector<std::string> words;  ///< allowed words
  std::string unit;                ///< "1" for unitless, "epochs", "fraction", ...
  std::string doc;
  bool optional = false;  ///< absent: the behaviour that `doc` says
  std::string with;       ///< name of an optional one: required beside it, unknown without it; "" for the others
};

struct Paper {
  std::string title, authors, venue;
  int year = 0;
  std::vector<std::string> links;
};

struct MethodFacts {
  std::string id, title;
  Status status = Status::planned;
  std::string
      kind;  ///< one of the seven: loss, per_sample_state, two_networks, mixture, trusted, meta_gradient, stages
  std::string family;  ///< the field's word: "robust loss", "sample selection", ...
  Paper paper;
  int networks = 1;
  int trainings = 1;             ///< in sequence, each over the whole training set
  std::string trainings_option;  ///< the option that says how many, where one does
  /// Where the recipe's epochs hold all trainings: the options that name their first epochs, the last training first.
  std::vector<std::string> training_starts;
  std::string trusted;                     ///< none, optional, required
  std::string noise_rate;                  ///< not_needed, estimated, given
  std::string noise_type;                  ///< not_needed, given
  bool reads_noisy_labels = true;          ///< false: one trial serves every noise level with the same trusted set
  std::string clean_labels_for_selection;  ///< none, optional, required
  std::string pre_training, extra_data;    ///< "none" or words
  bool strong_augmentation = false;
  std::vector<OptionFacts> options;
  int revision = 1;                     ///< up when results move
  std::vector<std::string> deviations;  ///< from paper or reference code, printed as footnotes
};

struct NetFacts {
  std::string id, title;
  Status status = Status::planned;
  Paper paper;
  std::vector<OptionFacts> options;
  std::vector<int64_t> input;  ///< channels, height, width it was counted for
  int64_t parameters = 0;      ///< for `input` and `classes`
  int64_t multiply_adds = 0;   ///< of one forward pass of one image
  int64_t activations = 0;     ///< floats kept for the backward pass, one image
  int64_t classes = 10;
  std::vector<std::string> initialisations;  ///< names a protocol may give
  bool fused = false;                        ///< a recipe may ask for the hand-written arithmetic
  int revision = 1;
};

struct FileFacts {
  std::string name;  ///< relative to the data folder: "cifar-10-batches-bin/data_batch_1.bin"
  int64_t bytes = 0;
  std::string sha256;
};

struct DatasetFacts {
  std::string id, title;
  Status status = Status::planned;
  std::string format;  ///< generated, idx, cifar_binary, cifar100_binary, ...
  int64_t classes = 0, train_images = 0, test_images = 0;
  std::vector<int64_t> image;  ///< channels, height, width
  std::vector<std::string> class_names;
  std::vector<FileFacts>
      files;  ///< of the uncompressed form; a `.gz` beside or instead is accepted where the format says so
  std::string address, licence, citation;
  std::string digest;  ///< identity of the content: SHA-256 over the lines "<sha256>  <name>\n" of files, computed;
                       ///< given for drawn sets
  int revision = 1;    ///< of the reader: up when what a trial sees moves
  bool own = false;    ///< described in a protocol file (facts/own_dataset.h), not compiled in
  bool labels_as_given = false;  ///< own sets: training labels may be wrong, and few clean ones are known
};

struct GeneratorFacts {
  std::string id, title;
  Status status = Status::planned;
  std::string definition;  ///< the exact variant in words, with source
  std::vector<OptionFacts> options;
  Range rate = Range::half_open(0, 1);
  int revision = 1;
};

struct Facts {
  std::map<std::string, MethodFacts> methods;
  std::map<std::string, NetFacts> nets;
  std::map<std::string, DatasetFacts> datasets;
  std::map<std::string, GeneratorFacts> generators;
};

/// The compiled-in facts, parsed at the first call. Throws InternalError when a facts file is wrong (a test reads them
/// all).
const Facts& facts();

/// Parses facts files given as text; problems name the file. For tests and for facts().
Facts parse_facts(const std::vector<EmbeddedFacts>& files);

/// Reads `node` (an object, the `options` of a protocol) against the options that facts declare: unknown, missing,
/// wrong type, out-of-range and without its partner are problems at their place. Returns canonical JSON with exactly
/// the options given.
Json read_options(const JsonNode& node, const std::vector<OptionFacts>& options);

}  // namespace nlb
