#include "engine/checkpoint.h"

#include <cstring>

#include "core/durable.h"
#include "core/sha256.h"

namespace nlb {
namespace {

constexpr std::string_view kMagic = "NLBCKPT1";
constexpr size_t kDigestBytes = 32;

std::string eight_bytes(uint64_t value) {
  std::string bytes(8, '\0');
  // Lowest byte first, whatever the machine's own order is.
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  return bytes;
}

uint64_t from_eight_bytes(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

std::string text_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

Json describe(const std::vector<StateEntry>& state) {
  Json tensors = Json::array();
  for (const StateEntry& entry : state) {
    tensors.push_back({{"name", entry.name},
                       {"type", type_name(entry.value.scalar_type())},
                       {"shape", std::vector<int64_t>(entry.value.sizes().begin(), entry.value.sizes().end())}});
  }
  return tensors;
}

/// With room for the digest behind them.
std::string copy_bytes(const std::vector<StateEntry>& state) {
  size_t size = kDigestBytes;
  for (const StateEntry& entry : state) size += entry.value.nbytes();
  std::string bytes;
  bytes.reserve(size);
  for (const StateEntry& entry : state) {
    const auto value = entry.value.cpu().contiguous();
    bytes.append(static_cast<const char*>(value.const_data_ptr()), value.nbytes());
  }
  return bytes;
}

Json header_json(const Checkpoint& checkpoint, const Json& tensors) {
  return {{"trial", checkpoint.trial},
          {"determinism_class", checkpoint.determinism_class},
          {"epochs_done", checkpoint.epochs_done},
          {"state_chain", checkpoint.state_chain},
          {"count_chain", checkpoint.count_chain},
          {"curves", to_json(checkpoint.curves)},
          {"timing", to_json(checkpoint.timing)},
          {"images", checkpoint.images},
          {"started", checkpoint.started},
          {"train_log", checkpoint.train_log},
          {"selection", checkpoint.selection},
          {"tensors", tensors}};
}

/// Reads the next tensor out of `bytes` and moves `at` behind it.
torch::Tensor read_tensor(ObjectReader& reader, std::string_view bytes, size_t& at) {
  std::vector<int64_t> shape;
  for (const JsonNode& size : reader.at("shape").items()) shape.push_back(size.integer(0));
  const auto type = type_from_name(reader.text("type"));
  auto value = torch::empty(shape, torch::TensorOptions().dtype(type));
  if (value.nbytes() > bytes.size() - at) throw InputError("its tensors are cut off");
  std::memcpy(value.mutable_data_ptr(), bytes.data() + at, value.nbytes());
  at += value.nbytes();
  return value;
}

Checkpoint read_header(ObjectReader& reader, std::string_view tensors) {
  Checkpoint checkpoint;
  checkpoint.trial = reader.text("trial");
  checkpoint.determinism_class = reader.at("determinism_class").raw();
  checkpoint.epochs_done = reader.integer("epochs_done", 0);
  checkpoint.state_chain = reader.text("state_chain");
  checkpoint.count_chain = reader.text("count_chain");
  checkpoint.curves = curves_from_json(reader.at("curves"));
  checkpoint.timing = timing_from_json(reader.at("timing"));
  checkpoint.images = reader.integer("images", 0);
  checkpoint.started = reader.text("started");
  checkpoint.train_log = reader.at("train_log").raw();
  checkpoint.selection = reader.at("selection").raw();
  size_t at = 0;
  for (const JsonNode& item : reader.at("tensors").items()) {
    ObjectReader tensor(item);
    checkpoint.state[tensor.text("name")] = read_tensor(tensor, tensors, at);
    tensor.close();
  }
  reader.close();
  return checkpoint;
}

}  // namespace

Checkpoint decode_checkpoint(const std::string& bytes, const std::string& file) {
  const size_t fixed = kMagic.size() + 8;
  if (bytes.size() < fixed + kDigestBytes || !bytes.starts_with(kMagic)) throw InputError(file + ": no checkpoint");
  // The digest is looked at before anything is parsed: what then does not fit comes from another program, not from
  // damage.
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - kDigestBytes);
  if (text_of(sha256(body)) != std::string_view(bytes).substr(body.size())) {
    throw InputError(file + ": its digest does not fit its content: damaged or cut off");
  }
  const uint64_t length = from_eight_bytes(body.substr(kMagic.size(), 8));
  if (length > body.size() - fixed) throw InputError(file + ": its header is cut off");
  Problems problems;
  ObjectReader reader(JsonNode::parse(body.substr(fixed, length), file, problems));
  Checkpoint checkpoint = read_header(reader, body.substr(fixed + length));
  problems.throw_if_any();
  return checkpoint;
}

Resume find_checkpoint(const std::filesystem::path& path, const std::string& trial, const Json& determinism_class) {
  if (path.empty() || !std::filesystem::exists(path)) return {};
  try {
    Checkpoint checkpoint = decode_checkpoint(read_file(path), path.string());
    if (checkpoint.trial != trial) return {{}, path.string() + ": is of trial " + checkpoint.trial};
    if (checkpoint.determinism_class != determinism_class) {
      return {{}, path.string() + ": is of another determinism class, " + canonical_text(checkpoint.determinism_class)};
    }
    return {std::move(checkpoint), ""};
  } catch (const InputError& error) {
    return {{}, error.what()};
  }
}

CheckpointWriter::~CheckpointWriter() {
  if (pending_.valid()) pending_.wait();
}

void CheckpointWriter::start(Checkpoint checkpoint, const std::vector<StateEntry>& state) {
  wait();
  // The captures are made here, on the training thread, since the next step changes the tensors; hashing and writing
  // happen beside the training.
  pending_ = std::async(std::launch::async, [path = path_, checkpoint = std::move(checkpoint),
                                             tensors = describe(state), rest = copy_bytes(state)]() mutable {
    const std::string header = canonical_text(header_json(checkpoint, tensors));
    const std::string front = std::string(kMagic) + eight_bytes(header.size()) + header;
    rest += text_of(Sha256().add(front).add(rest).finish());
    const std::string_view pieces[] = {front, rest};
    write_file_durably(path, std::span<const std::string_view>(pieces));
  });
}

void CheckpointWriter::wait() {
  // get, not wait: what the writer threw (a full disk) comes out here.
  if (pending_.valid()) pending_.get();
}

}  // namespace nlb
