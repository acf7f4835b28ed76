#include "results/messages.h"

#include <cmath>
#include <limits>

namespace nlb {
namespace {

std::string line(const Json& message) { return canonical_text(message) + "\n"; }

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json encode_one(const RunTrial& run) {
  Json json = {{"command", "run"},
               {"id", run.id},
               {"spec", to_json(run.spec)},
               {"data_folder", run.data_folder},
               {"checkpoint", run.checkpoint},
               {"checkpoint_seconds", run.checkpoint_seconds},
               {"keep", run.keep},
               {"keep_folder", run.keep_folder}};
  if (run.stop_after) json["stop_after"] = *run.stop_after;
  if (!run.own_dataset.is_null()) json["own_dataset"] = run.own_dataset;
  return json;
}

Json encode_one(const StopTrial&) { return {{"command", "stop"}}; }
Json encode_one(const Leave&) { return {{"command", "leave"}}; }

Json encode_one(const Hello& hello) {
  return {{"event", "hello"},
          {"protocol", hello.protocol},
          {"determinism_class", hello.determinism_class},
          {"device", hello.device},
          {"multiply_add_peak", hello.multiply_add_peak}};
}

Json encode_one(const Started& started) {
  Json json = {
      {"event", "started"}, {"id", started.id}, {"epochs", started.epochs}, {"resumed_at", started.resumed_at}};
  if (started.noise) json["noise"] = to_json(*started.noise);
  if (!started.determinism_class.is_null()) json["determinism_class"] = started.determinism_class;
  return json;
}

Json encode_one(const Progress& progress) {
  return {{"event", "progress"},
          {"id", progress.id},
          {"epoch", progress.epoch},
          {"images", progress.images},
          {"images_in_epoch", progress.images_in_epoch},
          {"loss", finite_or_null(progress.loss)},
          {"images_per_second", progress.images_per_second}};
}

Json encode_one(const Evaluated& evaluated) {
  return {{"event", "evaluated"},
          {"id", evaluated.id},
          {"epoch", evaluated.epoch},
          {"test_correct", evaluated.test_correct},
          {"test_count", evaluated.test_count},
          {"state_chain", evaluated.state_chain}};
}

Json encode_one(const Finished& finished) {
  return {{"event", "finished"}, {"id", finished.id}, {"result", to_json(finished.result, ResultParts::all)}};
}

Json encode_one(const Stopped& stopped) {
  return {{"event", "stopped"},
          {"id", stopped.id},
          {"epochs_done", stopped.epochs_done},
          {"state_chain", stopped.state_chain},
          {"count_chain", stopped.count_chain}};
}

Json encode_one(const Returned& returned) {
  return {{"event", "returned"}, {"id", returned.id}, {"kind", returned.kind}, {"message", returned.message}};
}

RunTrial read_run(ObjectReader& reader) {
  RunTrial run;
  run.id = reader.text("id");
  run.spec = trial_spec_from_json(reader.at("spec"));
  run.data_folder = reader.text("data_folder");
  run.checkpoint = reader.text("checkpoint");
  run.checkpoint_seconds = reader.number("checkpoint_seconds", Range::at_least(0));
  if (const auto epochs = reader.find("stop_after")) run.stop_after = epochs->integer(0);
  for (const auto& id : reader.at("keep").items()) run.keep.push_back(id.text());
  run.keep_folder = reader.text("keep_folder");
  if (const auto set = reader.find("own_dataset")) run.own_dataset = set->raw();
  return run;
}

Hello read_hello(ObjectReader& reader) {
  return {.protocol = static_cast<int>(reader.integer("protocol", 0, std::numeric_limits<int>::max())),
          .determinism_class = reader.at("determinism_class").raw(),
          .device = reader.text("device"),
          .multiply_add_peak = reader.number("multiply_add_peak", Range::at_least(0))};
}

Started read_started(ObjectReader& reader) {
  Started started{.id = reader.text("id"),
                  .epochs = reader.integer("epochs", 0),
                  .resumed_at = reader.integer("resumed_at", 0),
                  .noise = std::nullopt,
                  .determinism_class = nullptr};
  if (const auto names = reader.find("determinism_class")) started.determinism_class = names->raw();
  if (const auto noise = reader.find("noise")) started.noise = noise_summary_from_json(*noise);
  return started;
}

Progress read_progress(ObjectReader& reader) {
  const JsonNode loss = reader.at("loss");
  return {.id = reader.text("id"),
          .epoch = reader.integer("epoch", 0),
          .images = reader.integer("images", 0),
          .images_in_epoch = reader.integer("images_in_epoch", 0),
          .loss = loss.is_null() ? std::numeric_limits<double>::quiet_NaN() : loss.number(),
          .images_per_second = reader.number("images_per_second")};
}

Evaluated read_evaluated(ObjectReader& reader) {
  return {.id = reader.text("id"),
          .epoch = reader.integer("epoch", 0),
          .test_correct = reader.integer("test_correct", 0),
          .test_count = reader.integer("test_count", 0),
          .state_chain = reader.text("state_chain")};
}

Stopped read_stopped(ObjectReader& reader) {
  return {.id = reader.text("id"),
          .epochs_done = reader.integer("epochs_done", 0),
          .state_chain = reader.text("state_chain"),
          .count_chain = reader.text("count_chain")};
}

Returned read_returned(ObjectReader& reader) {
  return {.id = reader.text("id"),
          .kind = reader.one_of("kind", {"environment", "missing_data", "input", "internal"}),
          .message = reader.text("message")};
}

Event read_event(ObjectReader& reader) {
  const std::string kind =
      reader.one_of("event", {"hello", "started", "progress", "evaluated", "finished", "stopped", "returned"});
  if (kind == "hello") return read_hello(reader);
  if (kind == "started") return read_started(reader);
  if (kind == "progress") return read_progress(reader);
  if (kind == "evaluated") return read_evaluated(reader);
  if (kind == "finished") {
    return Finished{.id = reader.text("id"), .result = trial_result_from_json(reader.at("result"), ResultParts::all)};
  }
  if (kind == "stopped") return read_stopped(reader);
  return read_returned(reader);
}

Command read_command(ObjectReader& reader) {
  const std::string kind = reader.one_of("command", {"run", "stop", "leave"});
  if (kind == "run") return read_run(reader);
  if (kind == "stop") return StopTrial{};
  return Leave{};
}

}  // namespace

std::string encode(const Command& command) {
  return line(std::visit([](const auto& one) { return encode_one(one); }, command));
}

std::string encode(const Event& event) {
  return line(std::visit([](const auto& one) { return encode_one(one); }, event));
}

Command decode_command(const std::string& text) {
  Problems problems;
  ObjectReader reader(JsonNode::parse(text, "command", problems));
  Command command = read_command(reader);
  reader.close();
  problems.throw_if_any();
  return command;
}

Event decode_event(const std::string& text) {
  Problems problems;
  ObjectReader reader(JsonNode::parse(text, "event", problems));
  Event event = read_event(reader);
  reader.close();
  problems.throw_if_any();
  return event;
}

}  // namespace nlb
