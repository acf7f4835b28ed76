// cli/main.cpp -- main of nlbench: finds the verb, parses its flags, turns what it throws into exit codes.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "cli/follow_up.h"
#include "cli/verb.h"
#include "core/error.h"
#include "core/system_words.h"
#include "core/text.h"
#include "core/version.h"
#include "protocols/plan.h"

namespace nlb {
namespace {

void print_help(std::ostream& out) {
  out << "nlbench re-measures published tables on learning with noisy labels.\n\nusage: nlbench VERB [FLAGS]\n";
  std::string theme;
  for (const auto& verb : verbs()) {
    if (verb.theme != theme) out << "\n" << (theme = verb.theme) << "\n";
    out << "  " << verb.name << std::string(12 - verb.name.size(), ' ') << verb.help << "\n";
  }
  out << "\nnlbench VERB --help shows a verb's flags and an example.\n"
         "Example: nlbench run --protocol quickstart && nlbench report --protocol quickstart --out pages\n";
}

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (verb.name == name) return verb;
    names.push_back(verb.name);
  }
  const auto near = nearest(name, names);
  throw InputError("no verb \"" + name + "\"" + (near ? "; nearest is \"" + *near + "\"" : "") +
                   "; known: " + join(names, ", "));
}

std::string see_help(const CLI::App& app) { return "; see " + app.get_name() + " --help"; }

std::string unexpected_arguments(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
  }
  std::vector<std::string> unknown, words;
  for (const auto& word : app.remaining(true)) {
    const std::string name = word.substr(0, word.find('='));
    const auto near = nearest(name, flags);
    if (!name.starts_with("-")) {
      words.push_back("unexpected \"" + word + "\"");
    } else {
      unknown.push_back("no flag \"" + name + "\"" + (near ? "; nearest is \"" + *near + "\"" : ""));
    }
  }
  return join(unknown.empty() ? words : unknown, "\n") + see_help(app);  // a word beside an unknown flag is its value
}

ExitCode run_verb_named(const Verb& verb, std::vector<std::string> words) {
  CLI::App app(verb.help, "nlbench " + verb.name);
  std::string footer = "Example:";
  for (const auto& line : split(verb.example, '\n')) footer += "\n  " + line;
  app.footer(footer);
  const auto run = verb.setup(app);
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app.parse(words);
  } catch (const CLI::Success& wish) {  // --help
    app.exit(wish);
    return ExitCode::done;
  } catch (const CLI::ExtrasError&) {
    throw InputError(unexpected_arguments(app));
  } catch (const CLI::ParseError& wrong) {
    throw InputError(wrong.what() + see_help(app));
  }
  return run();
}

ExitCode run_program(const std::vector<std::string>& words) {
  const std::string first = words.empty() ? "" : words.front();
  if (first.empty() || first == "--help" || first == "-h" || (first == "help" && words.size() == 1)) {
    print_help(first.empty() ? std::cerr : std::cout);
    return first.empty() ? ExitCode::bad_input : ExitCode::done;
  }
  if (first == "help") return run_verb_named(find_verb(words[1]), {"--help"});
  if (first == "--version") return run_verb_named(find_verb("version"), {});
  return run_verb_named(find_verb(first), {words.begin() + 1, words.end()});
}

ExitCode told(const char* what, ExitCode code) {
  for (const auto& line : split(what, '\n')) std::cerr << "error: " << line << "\n";
  return code;
}

}  // namespace
}  // namespace nlb

int main(int count, char** words) {
  using namespace nlb;
  std::signal(SIGXFSZ, SIG_IGN);  // writing too large a file is then an error with words, and for workers too
  if (count > 0) set_program_word(words[0]);
  ExitCode code = ExitCode::done;
  try {
    code = run_program({words + 1, words + count});
    if (!std::cout.flush()) code = worse(code, told("cannot write to standard output", ExitCode::cannot_go_on));
  } catch (const InputError& error) {
    code = told(error.what(), ExitCode::bad_input);
  } catch (const NothingSelected& error) {
    code = told(error.what(), ExitCode::nothing);
  } catch (const MissingData& error) {
    code = told(error.what(), ExitCode::nothing);
  } catch (const EnvironmentError& error) {
    code = told(error.what(), ExitCode::cannot_go_on);
  } catch (const std::bad_alloc&) {
    const auto limits = memory_limits_text();
    code = told(("no memory left" + (limits.empty() ? "" : ": " + limits)).c_str(), ExitCode::cannot_go_on);
  } catch (const std::filesystem::filesystem_error& error) {
    code = told(error.what(), ExitCode::cannot_go_on);
  } catch (const std::system_error& error) {  // a thread that could not be started, for one
    code = told(("the system refuses: " + system_words(error.code().value())).c_str(), ExitCode::cannot_go_on);
  } catch (const std::exception& error) {
    code = told(("a bug in nlbench: " + std::string(error.what())).c_str(), ExitCode::cannot_go_on);
  }
  return static_cast<int>(code);
}
