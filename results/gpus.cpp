#include "results/gpus.h"

#include "core/json.h"

namespace nlb {
namespace {

Json to_json(const SeenGpu& gpu) {
  return {{"device", gpu.device},         {"name", gpu.name},
          {"capability", gpu.capability}, {"memory_bytes", gpu.memory_bytes},
          {"free_bytes", gpu.free_bytes}, {"problem", gpu.problem}};
}

SeenGpu read_gpu(const JsonNode& node) {
  ObjectReader reader(node);
  SeenGpu gpu = {.device = reader.text("device"),
                 .name = reader.text("name"),
                 .capability = reader.text("capability"),
                 .memory_bytes = reader.integer("memory_bytes", 0),
                 .free_bytes = reader.integer("free_bytes", 0),
                 .problem = reader.text("problem")};
  reader.close();
  return gpu;
}

}  // namespace

std::string encode(const SeenGpus& seen) {
  Json gpus = Json::array();
  for (const SeenGpu& gpu : seen.gpus) gpus.push_back(to_json(gpu));
  return canonical_text({{"libtorch", seen.libtorch},
                         {"built_with_cuda", seen.built_with_cuda},
                         {"problem", seen.problem},
                         {"gpus", gpus}}) +
         "\n";
}

SeenGpus decode_gpus(const std::string& line) {
  Problems problems;
  ObjectReader reader(JsonNode::parse(line, "nlbench-worker --gpus", problems));
  SeenGpus seen;
  seen.libtorch = reader.text("libtorch");
  seen.built_with_cuda = reader.boolean("built_with_cuda");
  seen.problem = reader.text("problem");
  for (const JsonNode& node : reader.at("gpus").items()) seen.gpus.push_back(read_gpu(node));
  reader.close();
  problems.throw_if_any();
  return seen;
}

}  // namespace nlb
