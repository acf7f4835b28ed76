#include <fstream>

#include "analyses/analysis.h"
#include "core/durable.h"
#include "results/kept_files.h"
#include "results/samples.h"
#include "tests/engine/run_support.h"

namespace nlb {
namespace {

using namespace test;

TrialSpec ce_spec() { return tiny_spec("ce", Json::object()); }

/// A checkpoint after the first epoch.
RunTrial stopped_trial(const ScratchFolder& folder, const TrialSpec& spec) {
  RunTrial command = tiny_command(spec);
  command.checkpoint = folder / "trial.ckpt";
  const Heard heard = run_tiny(command, tiny_data(), true);
  REQUIRE(heard.all<Stopped>().size() == 1);
  REQUIRE(std::filesystem::exists(command.checkpoint));
  return command;
}

TEST_CASE("A trial says what it measured", "[engine][runner]") {
  const Heard heard = run_tiny(tiny_command(ce_spec()), tiny_data());
  const TrialResult result = heard.result();
  const Started started = heard.all<Started>().at(0);
  CHECK(started.epochs == 4);
  CHECK(started.resumed_at == 0);
  CHECK(started.noise->changed == 17);
  CHECK(heard.all<Evaluated>().size() == 4);
  CHECK(heard.all<Evaluated>().back().state_chain == result.state_chain);
  CHECK(result.final_counts.test_count == kTinyTest);
  CHECK(result.final_counts.held_out_count == kTinyHeldOut);
  CHECK(result.final_counts.last == result.curves.test_correct[0].back());
  CHECK(result.final_counts.last > kTinyTest / 2);
  CHECK(result.curves.train_counts.at("seen_clean") == std::vector<int64_t>(4, 33));
  CHECK(result.curves.train_counts.at("seen_wrong") == std::vector<int64_t>(4, 17));
  CHECK(result.curves.detection.at("auroc").back() > 0.6);
  CHECK(result.timing.images_per_second > 0);
  CHECK(result.timing.peak_memory_bytes > 0);
}

TEST_CASE("Test images are compared with their own labels", "[engine][runner]") {
  const TrialResult result = run_tiny(tiny_command(ce_spec()), tiny_data()).result();
  int64_t trace = 0, all = 0;
  for (int64_t i = 0; i < kTinyClasses * kTinyClasses; ++i) {
    const int32_t count = result.final_counts.confusion[static_cast<size_t>(i)];
    all += count;
    if (i % (kTinyClasses + 1) == 0) trace += count;
  }
  CHECK(all == kTinyTest);
  CHECK(trace == result.final_counts.last);
}

TEST_CASE("A damaged checkpoint is left aside with a word, and the trial starts over", "[engine][checkpoint]") {
  const ScratchFolder folder;
  const RunTrial command = stopped_trial(folder, ce_spec());
  const std::string whole = read_file(command.checkpoint);
  const size_t where = GENERATE(0, 12, 200, 2000, 100000);  // magic, length, header, tensors; cut off
  CAPTURE(where);
  std::string damaged = whole;
  if (where < damaged.size()) {
    damaged[where] = static_cast<char>(damaged[where] ^ 1);
  } else {
    damaged.resize(damaged.size() / 2);
  }
  std::ofstream(command.checkpoint, std::ios::binary) << damaged;
  const Heard heard = run_tiny(command, tiny_data());
  CHECK(heard.log.size() == 1);
  CHECK(heard.all<Started>().at(0).resumed_at == 0);
  CHECK(heard.result().state_chain == run_tiny(tiny_command(ce_spec()), tiny_data()).result().state_chain);
}

TEST_CASE("A checkpoint of another trial or another determinism class is not used", "[engine][checkpoint]") {
  const ScratchFolder folder;
  const RunTrial command = stopped_trial(folder, ce_spec());
  SECTION("another trial") {
    TrialSpec other = ce_spec();
    other.seeds.init += 1;
    RunTrial changed = tiny_command(other);
    changed.checkpoint = command.checkpoint;
    const Heard heard = run_tiny(changed, tiny_data());
    CHECK(heard.all<Started>().at(0).resumed_at == 0);
    REQUIRE(heard.log.size() == 1);
    CHECK(heard.log[0].find(command.id) != std::string::npos);
  }
  SECTION("another class") {
    const Heard heard = run_tiny(command, tiny_data(), false, {{"test", "2"}});
    CHECK(heard.all<Started>().at(0).resumed_at == 0);
    REQUIRE(heard.log.size() == 1);
    CHECK(heard.log[0].find("determinism class") != std::string::npos);
  }
}

TEST_CASE("Checkpoints are written beside the training, and a trial killed after one goes on", "[engine][checkpoint]") {
  const ScratchFolder folder;
  RunTrial command = tiny_command(ce_spec());
  command.checkpoint = folder / "trial.ckpt";
  command.checkpoint_seconds = 0;
  const TrialResult whole = run_tiny(command, tiny_data()).result();
  // What lies there now is what a kill just after the third epoch would have left.
  const Heard again = run_tiny(command, tiny_data());
  CHECK(again.all<Started>().at(0).resumed_at == 3);
  CHECK(again.result().state_chain == whole.state_chain);
}

TEST_CASE("A checkpoint that cannot be written gives the trial back", "[engine][checkpoint]") {
  RunTrial command = tiny_command(ce_spec());
  command.checkpoint = "/proc/no-such-folder/trial.ckpt";
  command.checkpoint_seconds = 0;
  const Heard heard = run_tiny(command, tiny_data());
  REQUIRE(heard.all<Returned>().size() == 1);
  CHECK(heard.all<Returned>()[0].kind == "environment");
  CHECK(heard.all<Returned>()[0].message.find("/proc/no-such-folder") != std::string::npos);
}

TEST_CASE("stop_after ends a trial early with the chain so far", "[engine][runner]") {
  RunTrial command = tiny_command(ce_spec());
  command.stop_after = 2;
  const Heard heard = run_tiny(command, tiny_data());
  REQUIRE(heard.all<Stopped>().size() == 1);
  CHECK(heard.all<Stopped>()[0].epochs_done == 2);
  const Heard whole = run_tiny(tiny_command(ce_spec()), tiny_data());
  CHECK(heard.all<Stopped>()[0].state_chain == whole.all<Evaluated>()[1].state_chain);
}

TEST_CASE("What is wrong with a trial decides what becomes of it", "[engine][runner]") {
  TrialSpec spec = ce_spec();
  SECTION("a method that is not built") { spec.method.id = "ieg"; }
  SECTION("an option that the facts do not know") { spec.method.options["q"] = 1; }
  SECTION("a precision that is not built") { spec.precision = "bf16"; }
  const Heard heard = run_tiny(tiny_command(spec), tiny_data());
  REQUIRE(heard.all<Returned>().size() == 1);
  CHECK(heard.all<Returned>()[0].kind == "input");
}

TEST_CASE("Every file that --keep offers has an analysis that writes it", "[engine][keep]") {
  std::vector<std::string> written;
  for (const Analysis& row : analyses()) written.push_back(row.id);
  CHECK(written == kept_ids());
  CHECK_THROWS_AS(analysis_of("heat"), InputError);
}

TEST_CASE("Methods see held-out samples only where their labels are noisy", "[engine][runner]") {
  TrialSpec spec = tiny_spec("forward", {{"anchor", "argmax"},
                                         {"anchor_zeroes_stay", false},
                                         {"normalise_rows", true},
                                         {"second_stage_weights", "new"},
                                         {"selected_epoch", "lowest_held_out_loss"}});
  spec.data.held_out = {
      .count = kTinyHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
  CHECK(run_tiny(tiny_command(spec), tiny_data()).result().status == TrialResult::Status::ok);
  SECTION("clean ones") { spec.data.held_out->labels = HeldOutLabels::clean; }
  SECTION("none") { spec.data.held_out.reset(); }
  const Heard heard = run_tiny(tiny_command(spec), tiny_data());
  REQUIRE(heard.all<Returned>().size() == 1);
  CHECK(heard.all<Returned>()[0].kind == "input");
  CHECK_THAT(heard.all<Returned>()[0].message,
             Catch::Contains("allowed where selected_epoch is \"lowest_held_out_loss\": \"noisy\""));
}

TEST_CASE("Held-out labels move what a method does that asks for them, and no other", "[engine][runner]") {
  const auto chain_of = [](const char* epoch, int64_t shift) {
    TrialSpec spec = tiny_spec("forward", {{"anchor", "argmax"},
                                           {"anchor_zeroes_stay", false},
                                           {"normalise_rows", true},
                                           {"second_stage_weights", "new"},
                                           {"selected_epoch", epoch}});
    spec.data.held_out = {
        .count = kTinyHeldOut, .labels = HeldOutLabels::noisy, .stratified = false, .noise = NoiseDrawn::before_split};
    TrainingData data = tiny_data();
    for (int64_t& label : data.held_out_labels) label = (label + shift) % kTinyClasses;
    return run_tiny(tiny_command(spec), std::move(data)).result().state_chain;
  };
  CHECK(chain_of("lowest_held_out_loss", 0) != chain_of("lowest_held_out_loss", 1));
  CHECK(chain_of("last", 0) == chain_of("last", 1));
}

TEST_CASE("Kept files hold the final weights and every training sample", "[engine][keep]") {
  const ScratchFolder folder;
  RunTrial command = tiny_command(ce_spec());
  command.keep = {"model", "samples"};
  command.keep_folder = folder / "kept";
  run_tiny(command, tiny_data()).result();
  const std::string model = read_file(folder / "kept/model.safetensors");
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= static_cast<uint64_t>(static_cast<uint8_t>(model[i])) << (8 * i);
  const Json header = Json::parse(model.substr(8, length));
  CHECK(header["net/fc1.weight"]["shape"] == Json({16, 64}));
  CHECK(header["net/fc1.weight"]["dtype"] == "F32");
  const size_t begin = header["net/fc1.weight"]["data_offsets"][0], end = header["net/fc1.weight"]["data_offsets"][1];
  CHECK(end - begin == 16 * 64 * 4);
  const TrainingData data = tiny_data();
  const KeptSamples samples = read_samples(read_file(folder / "kept/samples.json"), "samples.json");
  CHECK(samples.trial == command.id);
  CHECK(samples.image == data.train_index);
  CHECK(samples.given == data.given);
  CHECK(samples.clean == data.clean);
  CHECK(samples.epoch == std::vector<int64_t>(kTinyTrain, 4));
  CHECK_FALSE(samples.has_score);
  CHECK(most_suspicious_first(samples).size() == kTinyTrain);
}

TEST_CASE("Kept labels are the final network's classes of all training images", "[engine][keep]") {
  const ScratchFolder folder;
  RunTrial command = tiny_command(ce_spec());
  command.keep = {"labels"};
  command.keep_folder = folder / "kept";
  TrainingData data = tiny_data();
  // Tested on all training images, the trial itself counts how many of the kept labels are right.
  data.dataset.test = data.dataset.train;
  data.test_index.clear();
  for (int64_t i = 0; i < data.dataset.train.count; ++i) data.test_index.push_back(i);
  const std::vector<int64_t> clean = data.dataset.train.labels;
  const TrialResult result = run_tiny(command, data).result();
  const Json kept = Json::parse(read_file(folder / "kept/labels.json"));
  REQUIRE(kept.size() == clean.size());
  int64_t right = 0;
  for (size_t i = 0; i < clean.size(); ++i) right += kept[i].get<int64_t>() == clean[i] ? 1 : 0;
  CHECK(right == result.curves.test_correct.front().back());
}

TEST_CASE("A resumed trial keeps the samples of an uninterrupted one, those of dropped batches too",
          "[engine][keep][checkpoint]") {
  const ScratchFolder folder;
  TrialSpec spec = ce_spec();
  spec.recipe.epochs = 2;
  spec.recipe.last_batch = LastBatch::drop;
  RunTrial command = tiny_command(spec);
  command.keep = {"samples"};
  command.keep_folder = folder / "whole";
  run_tiny(command, tiny_data()).result();
  const std::string whole = read_file(folder / "whole/samples.json");
  const KeptSamples samples = read_samples(whole, "samples.json");
  CHECK(std::count(samples.epoch.begin(), samples.epoch.end(), 1) == 2);
  CHECK(std::count(samples.epoch.begin(), samples.epoch.end(), 2) == kTinyTrain - 2);
  command = stopped_trial(folder, spec);
  command.keep = {"samples"};
  command.keep_folder = folder / "resumed";
  const Heard resumed = run_tiny(command, tiny_data());
  CHECK(resumed.all<Started>().at(0).resumed_at == 1);
  resumed.result();
  CHECK(read_file(folder / "resumed/samples.json") == whole);
}

TEST_CASE("A trial that reads no noisy label keeps its samples without those labels", "[engine][keep]") {
  const ScratchFolder folder;
  const TrialSpec spec = tiny_spec("trusted_only", option_variants(facts().methods.at("trusted_only")).front());
  RunTrial command = tiny_command(spec);
  command.keep = {"samples"};
  command.keep_folder = folder / "kept";
  const TrainingData data = tiny_data_for(spec);
  run_tiny(command, data).result();
  const KeptSamples samples = read_samples(read_file(folder / "kept/samples.json"), "samples.json");
  CHECK(samples.given == data.given);
  CHECK(most_suspicious_first(samples).size() == data.trusted.size());
}

}  // namespace
}  // namespace nlb
