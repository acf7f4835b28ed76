// Pages from made records: every trial of one shipped protocol, 300 evaluations each.
#include <benchmark/benchmark.h>

#include "reports/pages/report.h"
#include "tests/support/made_records.h"

namespace {

using namespace nlb;

struct Made {
  Protocol protocol = read_protocol(NLB_SOURCE_DIR "/protocols/cifar10_sym.json", facts());
  RecordIndex records;

  Made() {
    const std::vector<int64_t> correct(300, 812);
    for (const Trial& trial : make_plan({protocol}, {}, facts()).trials) {
      Record record = test::made_record(trial, test::made_result(correct));
      record.digest = write_record(record).digest;
      records.by_trial[trial.id].push_back(std::move(record));
    }
  }
  std::vector<ReportInput> inputs() const { return {{&protocol, &facts(), &records, {}}}; }
};

void report_html(benchmark::State& state) {
  const Made made;
  for (auto _ : state) {
    benchmark::DoNotOptimize(render_html(made.inputs(), NLB_SOURCE_DIR "/templates", false).size());
  }
  state.counters["trials"] = static_cast<double>(made.records.by_trial.size());
}
BENCHMARK(report_html)->Unit(benchmark::kMillisecond);

void report_markdown(benchmark::State& state) {
  const Made made;
  for (auto _ : state) benchmark::DoNotOptimize(render_markdown(made.inputs()).size());
  state.counters["trials"] = static_cast<double>(made.records.by_trial.size());
}
BENCHMARK(report_markdown)->Unit(benchmark::kMillisecond);

}  // namespace
