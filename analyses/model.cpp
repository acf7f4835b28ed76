#include <span>

#include "analyses/analysis.h"
#include "core/durable.h"
#include "core/json.h"
#include "training/state.h"

namespace nlb {
namespace {

std::string safetensors_type(torch::ScalarType type) {
  if (type == torch::kFloat32) return "F32";
  if (type == torch::kFloat64) return "F64";
  if (type == torch::kBFloat16) return "BF16";
  if (type == torch::kInt64) return "I64";
  if (type == torch::kInt32) return "I32";
  return type == torch::kBool ? "BOOL" : "U8";
}

std::string length_prefix(uint64_t length) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i));
  return bytes;
}

}  // namespace

void write_model(const EndedTrial& trial, const std::filesystem::path& file) {
  Json header = Json::object();
  std::string tensors;
  for (const StateEntry& entry : read_state(trial.method)) {
    if (entry.name.find("/optimiser/") != std::string::npos) continue;
    const auto value = entry.value.cpu().contiguous();
    const size_t begin = tensors.size();
    tensors.append(static_cast<const char*>(value.const_data_ptr()), value.nbytes());
    header[entry.name] = {{"dtype", safetensors_type(value.scalar_type())},
                          {"shape", std::vector<int64_t>(value.sizes().begin(), value.sizes().end())},
                          {"data_offsets", {begin, tensors.size()}}};
  }
  std::string text = canonical_text(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the format aligns the data to eight bytes with spaces
  const std::string length = length_prefix(text.size());
  const std::string_view pieces[] = {length, text, tensors};
  write_file_durably(file, std::span<const std::string_view>(pieces));
}

}  // namespace nlb
