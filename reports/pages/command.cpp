// Commands on pages, as ReportInput says how to name the protocol and its folders.
#include "core/shell.h"
#include "reports/pages/report.h"

namespace nlb {

std::string command_of(const ReportInput& input, const std::string& verb, const std::string& rest) {
  const auto& word = input.protocol_word.empty() ? shell_word(input.protocol->id) : input.protocol_word;
  return "nlbench " + verb + " --protocol " + word + (rest.empty() ? "" : " " + rest) + input.place_words;
}

std::string report_command(const ReportInput& input, const std::string& rest) {
  if (input.rule.empty()) return command_of(input, "report", rest);
  return command_of(input, "report", "--rule " + input.rule + (rest.empty() ? "" : " " + rest));
}

std::string verify_command(const ReportInput& input, const std::string& trial) {
  const auto& word = input.protocol_word;
  return "nlbench verify " + trial + (word.empty() ? "" : " --protocol " + word) + input.place_words;
}

}  // namespace nlb
