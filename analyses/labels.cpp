#include "analyses/analysis.h"
#include "core/durable.h"
#include "core/json.h"
#include "training/evaluator.h"

namespace nlb {

void write_labels(const EndedTrial& trial, const std::filesystem::path& file) {
  const auto seen = evaluate(trial.method, *trial.images, trial.training.classes());
  write_file_durably(file, canonical_text(Json(seen.predicted)) + "\n");
}

}  // namespace nlb
