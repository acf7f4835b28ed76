// cli/new.cpp -- nlbench new protocol: packs own images and labels below the data folder and writes a protocol for
// them.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "cli/desk.h"
#include "cli/follow_up.h"
#include "cli/own_checks.h"
#include "cli/own_files.h"
#include "cli/verb.h"
#include "core/durable.h"
#include "core/text.h"
#include "protocols/own_data.h"
#include "protocols/own_protocol.h"
#include "protocols/parse.h"

namespace nlb {
namespace {

namespace fs = std::filesystem;

struct NewFlags {
  std::string what, id, from, protocols, data, folder;
  OwnFiles files;
};

fs::path protocol_path(const NewFlags& flags) { return fs::path(flags.folder) / (flags.id + ".json"); }

void check_id(const NewFlags& flags, const ProtocolShelf& shelf) {
  Problems problems;
  const auto node = JsonNode::parse("{}", "protocol id", problems);
  check_name(node, flags.id);
  problems.throw_if_any();
  const auto ids = shelf.ids();
  if (std::find(ids.begin(), ids.end(), flags.id) != ids.end() || fs::exists(protocol_path(flags))) {
    throw InputError("protocol \"" + flags.id + "\" is there already (" + protocol_path(flags).string() +
                     " is never overwritten); take another id, or remove it first");
  }
  if (facts().datasets.contains(flags.id)) {
    throw InputError("\"" + flags.id + "\" is a data set of nlbench; take another id");
  }
  if (fs::exists(fs::path(flags.data) / flags.id)) {
    throw InputError((fs::path(flags.data) / flags.id).string() +
                     " is there already; take another id, another --data folder, or remove it first");
  }
}

std::string rate_words(const NoiseEstimate& estimate) {
  if (estimate.checked == 0) return "rate of wrong labels unknown";
  const auto interval = estimate.rate_interval();
  return "about " + fixed(100 * estimate.rate(), 0) + " % of them wrong (" + fixed(100 * interval.low, 0) + "–" +
         fixed(100 * interval.high, 0) + " %)";
}

std::vector<int64_t> known_of_class(const Dataset& dataset) {
  std::vector<int64_t> known(static_cast<size_t>(dataset.classes), 0);
  for (const int64_t label : dataset.train.labels) {
    if (label >= 0) ++known[static_cast<size_t>(label)];
  }
  return known;
}

OwnDescription describe(const OwnData& own, DatasetFacts set) {
  const auto statistics = channel_statistics(own.set.dataset.train);
  const auto left_out = left_out_words(own.set);
  return {.facts = std::move(set),
          .mean = statistics.mean,
          .deviation = statistics.deviation,
          .known_of_class = known_of_class(own.set.dataset),
          .rate = std::round(own.estimate.rate() * 1000) / 1000,
          .rate_words = rate_words(own.estimate) + (left_out.empty() ? "" : "; " + left_out),
          .corrected = own.corrections.checked > 0 ? own.corrections.corrected : 0,
          .rate_after = std::round(own.corrections.rate_after(own.estimate) * 1000) / 1000};
}

/// The set as it will be read, without its pixels.
Dataset labels_of(const OwnSet& set, const DatasetFacts& facts) {
  const auto& dataset = set.dataset;
  const auto without_pixels = [](const ImageSet& images) {
    return ImageSet{.count = images.count,
                    .channels = images.channels,
                    .height = images.height,
                    .width = images.width,
                    .images = nullptr,
                    .labels = images.labels};
  };
  return {.id = facts.id,
          .digest = facts.digest,
          .classes = dataset.classes,
          .class_names = dataset.class_names,
          .train = without_pixels(dataset.train),
          .test = without_pixels(dataset.test),
          .given = dataset.given,
          .targeted = dataset.targeted};
}

/// Rows that would fail on these labels are left out: a start should run as it is.
OwnProtocol make_protocol(const NewFlags& flags, const Protocol& from, const OwnData& own, const DatasetFacts& set,
                          const Facts& known) {
  const auto description = describe(own, set);
  auto made = make_own_protocol(flags.id, from, description, known);
  Problems problems;
  const auto all_rows = parse_protocol(JsonNode::parse(made.text, protocol_path(flags).string(), problems), facts());
  problems.throw_if_any();
  const KnownFacts with_set(facts(), std::vector<const Protocol*>{&all_rows});
  LeftOut left_out;
  for (const auto& row : failing_rows(all_rows, labels_of(own.set, set), with_set.get())) {
    left_out[{row.group, row.row}] = row.reason;
  }
  return left_out.empty() ? made : make_own_protocol(flags.id, from, description, known, left_out);
}

void print_next(const NewFlags& flags) {
  const auto file = protocol_path(flags).lexically_normal().string();
  const Places places{.results = {}, .data = flags.data, .protocols = {}};
  std::cout << "edit " << file << " as you like, then:\n"
            << "  " << follow_up({"validate", file}, places) << "\n"
            << "  " << follow_up({"plan", file}, places) << "\n"
            << "  " << follow_up({"run", file}, places) << "\n"
            << "  " << follow_up({"report", file, "--out", "pages"}, places) << "\n";
}

/// The packed set and its protocol. A set without a protocol would only be in the way of the next try.
OwnProtocol write_both(const NewFlags& flags, const Protocol& from, const OwnData& own, const Facts& known) {
  try {
    const auto set = pack_own_set(own.set, flags.id, flags.id + ": own images", flags.data);
    auto made = make_protocol(flags, from, own, set, known);
    write_file_durably(protocol_path(flags), made.text);
    read_protocol(protocol_path(flags), facts());  // a start that does not validate would be no start
    return made;
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(fs::path(flags.data) / flags.id, ignored);  // check_id found neither
    fs::remove(protocol_path(flags), ignored);
    throw;
  }
}

ExitCode make_new(const NewFlags& flags) {
  Desk desk({.named = {flags.from}, .positional = {}, .folder = flags.protocols});
  check_id(flags, desk.shelf());
  const auto& from = desk.protocols().front();
  const auto& image = desk.known().datasets.at(from.groups.front().data.dataset).image;
  const auto own = read_own_data(flags.files, image);
  const auto made = write_both(flags, from, own, desk.known());
  const auto& dataset = own.set.dataset;
  std::cout << flags.id << ": " << dataset.train.count << " training and " << dataset.test.count
            << " test images, fitted to " << image[1] << "x" << image[2] << " with "
            << (image[0] == 1 ? "one channel" : "three channels") << ", packed in "
            << (fs::path(flags.data) / flags.id).string() << "\n";
  for (const auto& line : own_data_lines(own)) std::cout << line << "\n";
  for (const auto& note : made.notes) std::cout << "note: " << note << "\n";
  print_next(flags);
  return ExitCode::done;
}

}  // namespace

Verb new_verb() {
  return {
      "new", "prepare", "a protocol for your own images and labels, complete, to edit",
      "nlbench new protocol photos --from quickstart --dataset photos/ --labels photos/labels.csv", [](CLI::App& app) {
        const auto flags = std::make_shared<NewFlags>();
        flags->folder = ".";
        app.add_option("what", flags->what, "protocol")->required()->check(known_word({"protocol"}));
        app.add_option("id", flags->id, "its id, and that of its data set")->required()->type_name("ID");
        app.add_option("--from", flags->from,
                       "protocol whose rows, nets and recipes it starts with; images get its size")
            ->required()
            ->type_name("ID|FILE");
        app.add_option("--dataset", flags->files.folder, "folder of PNG, JPEG and WebP images, or of idx files")
            ->required()
            ->type_name("DIR");
        app.add_option("--labels", flags->files.labels, "CSV with path, label and, where known, clean_label, split")
            ->type_name("FILE");
        app.add_flag("--leave-out-unreadable", flags->files.leave_out_unreadable,
                     "leave out images that cannot be read; the page counts them");
        app.add_option("--out", flags->folder, "folder for the protocol file")->type_name("DIR")->capture_default_str();
        add_protocols_flag(app, flags->protocols);
        add_data_flag(app, flags->data);
        return [flags] { return make_new(*flags); };
      }};
}

}  // namespace nlb
