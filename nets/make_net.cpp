#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "facts/relations.h"
#include "nets/architectures.h"
#include "nets/decay.h"
#include "nets/device_layers.h"
#include "nets/net.h"
#include "nets/net_request.h"

namespace nlb {
namespace {

using Builder = std::unique_ptr<Net> (*)(const NetRequest&);

enum class Decay { all, weights };
/// host: most of its work is 3x3 convolutions of stride 1 over channels in whole registers, and norms.
enum class OnCpu { library, host };

struct Entry {
  std::string id;
  Builder builder;
  OnCpu on_cpu = OnCpu::library;
  Decay decay = Decay::all;  ///< weights: of convolutions and linear layers alone
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      {"cnn9", build_cnn9, OnCpu::host},
      {"cnn_small", build_cnn_small},
      {"densenet_100", build_densenet_100},
      {"lenet5", build_lenet5},
      {"mlp", build_mlp},
      {"preact_resnet18", build_preact_resnet18, OnCpu::host},
      {"preact_resnet32", build_preact_resnet32, OnCpu::host},
      {"resnet29", build_resnet29, OnCpu::host},
      {"resnet32", build_resnet32, OnCpu::host},
      {"resnet34", build_resnet34, OnCpu::host},
      {"resnet50", build_resnet50, OnCpu::host},
      {"vgg13", build_vgg13, OnCpu::host},
      {"wrn_28_10", build_wrn_28_10, OnCpu::host},
      {"wrn_28_10_pooled", build_wrn_28_10_pooled, OnCpu::library, Decay::weights},
      {"wrn_40_2", build_wrn_40_2, OnCpu::host},
  };
  return list;
}

const Entry& find_entry(const std::string& id) {
  std::string known;
  for (const Entry& entry : entries()) {
    if (entry.id == id) return entry;
    known += (known.empty() ? "" : ", ") + entry.id;
  }
  throw InputError("net \"" + id + "\" is not built; built are " + known);
}

/// Types, ranges, unknown and missing options, and relations to the images: as a protocol's net is checked.
void check_request(const NetSpec& spec, const NetFacts& facts, const NetShape& shape) {
  Problems problems;
  read_options(JsonNode::parse(spec.options.dump(), "options of net " + spec.id, problems), facts.options);
  problems.throw_if_any();
  std::vector<std::string> wrong;
  Circumstances found;
  found.classes = shape.classes;
  found.channels = shape.channels;
  found.height = shape.height;
  found.width = shape.width;
  for (const auto& broken : broken_relations(facts, spec.options, found)) {
    wrong.push_back("net \"" + spec.id + "\": " + broken.text);
  }
  if (!wrong.empty()) throw InputError(join(wrong, "\n"));
}

}  // namespace

bool computes_by_host_layers(const std::string& id, torch::Device device, torch::ScalarType type,
                             Arithmetic arithmetic) {
  return find_entry(id).on_cpu == OnCpu::host && device.is_cpu() && type == torch::kFloat32 &&
         arithmetic == Arithmetic::library && layers() == Layers::kernels && !has_device_layers(device);
}

std::unique_ptr<Net> make_net(const NetSpec& spec, const NetShape& shape, Key init_key, torch::Device device,
                              torch::ScalarType type, Arithmetic arithmetic) {
  const Builder builder = find_entry(spec.id).builder;
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1 || shape.classes < 2) {
    throw InputError("net \"" + spec.id + "\": images are " + std::to_string(shape.channels) + "x" +
                     std::to_string(shape.height) + "x" + std::to_string(shape.width) + " of " +
                     std::to_string(shape.classes) + " classes; every size is at least 1, and classes are at least 2");
  }
  const NetFacts& known = facts().nets.at(spec.id);
  check_request(spec, known, shape);
  OptionReader options(spec.options, known);
  auto net = builder({options, shape, spec.initialisation});
  options.close();
  net->parameters().finalise(init_key, device, type);
  if (computes_by_host_layers(spec.id, device, type, arithmetic)) net->parameters().use_host_layers();
  if (arithmetic == Arithmetic::fused && device.is_cpu()) {
    const auto plan = net->fused_plan(shape);
    if (!plan) throw InputError("net " + spec.id + " has no fused arithmetic");
    net->use_fused(*plan);
  }
  return net;
}

std::vector<bool> decayed_parameters(const std::string& net, const ParameterStore& store) {
  const bool weights_only = find_entry(net).decay == Decay::weights;
  std::vector<bool> decays;
  for (const auto& parameter : store.parameters()) decays.push_back(!weights_only || parameter.dim() > 1);
  return decays;
}

}  // namespace nlb
