// reports/pages/wording.h -- the words and numbers that Markdown and HTML share, so that the twins cannot disagree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/judging/cells.h"

namespace nlb {

/// "✓ match", "≈ consistent", ...: symbol and word, so that neither colour nor shape alone carries it.
std::string marked_word(CellWord word);
/// A stable name for style classes: "match", "not-run", ...
std::string word_class(CellWord word);

/// "98.61 ± 0.08 (3)": mean, sample standard deviation over seeds, n. One seed has no ±. "" without values.
std::string measured_text(const Cell& cell, const std::string& rule);
/// "best on test 93.10, oracle gap 22.53 (epochs 5–8)": what picking the epoch on the test set would add to the rule.
/// "" where nothing is measured or the rule is that oracle.
std::string oracle_text(const Cell& cell, const std::string& rule);
/// "98.8 ± 0.1", digits as printed.
std::string published_text(const PublishedValue& published);
/// "+0.12" or "−0.12"; a plain zero has no sign.
std::string signed_text(double value, int decimals);
/// Δ and U of the judged rule or rules: "Δ −0.19 ± 0.30".
std::string delta_text(const PublishedJudgement& judgement);

/// The words of judgements in the order in which they are named.
std::vector<CellWord> judgement_words();

/// A piece of the first sentence; `word` is the judgement that it counts, if any: a page can filter by it.
struct SentencePart {
  std::string text;
  std::optional<CellWord> word;
};
std::vector<SentencePart> sentence_parts(const Table& table);
/// "Of 40 published values 36 are measured: 12 match, 9 consistent to within ±0.9, ...; 4 not run."
std::string first_sentence(const Table& table);
/// "All measured values together lie 0.12 ± 0.20 below the published ones (24 cells, 3 seeds)." or "".
std::string shift_sentence(const Shift& shift);
/// "shift −0.12 ± 0.20 over 4 values", and that it excludes 0; "" where nothing is judged.
std::string shift_label(const Shift& shift);
/// That cells were run with `--until-decided`, and over how many looks their error is split; "" where none was.
std::string looks_sentence(const Table& table, const Group& group);
/// Data, noise and evaluation of a group in one line.
std::string conditions_line(const Protocol& protocol, const Group& group);
/// ", trusted 1000", ", trusted 0.05", or "".
std::string trusted_suffix(const Setting& setting);
/// "published only", "not built yet", and who ran the published values; "" for a measured row of unknown origin.
std::string row_note(const Row& row);
/// "predictions scored here, training not verified", "bare numbers, neither measured nor scored here": what no copy of
/// the row may lose. "" for rows that ran here and for those of the protocol.
std::string origin_words(const Row& row);
/// What a cell without any measured value says instead: "not run", "no data", ...; "" where its row says it once.
std::string empty_cell_text(const Cell& cell);

/// Why a verdict is what it is, and why trials are missing.
struct Remark {
  std::string cell;  ///< id; "" where it is about many
  std::string text;
};
std::vector<Remark> remarks(const Table& table);

/// Version, commit, device, LibTorch of the records used, never of the program that renders; determinism faults.
std::vector<std::string> build_lines(const Table& table);

}  // namespace nlb
