#include "results/samples.h"

#include "analyses/analysis.h"
#include "core/durable.h"

namespace nlb {

void write_samples_file(const EndedTrial& trial, const std::filesystem::path& file) {
  write_file_durably(file, write_samples(trial.samples()));
}

}  // namespace nlb
