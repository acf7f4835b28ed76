// training/options.h -- the options of a method as a struct of its own: one function read(OptionReader&, Options&)
// names each option once, what its facts say of it is not said again.
#pragma once

#include "facts/option_reader.h"
#include "training/method.h"

namespace nlb {

/// `method`'s options by read(OptionReader&, Options&), which must read all that are given.
template <typename Options>
Options options_of(const MethodSpec& method) {
  OptionReader reader(method.options, facts().methods.at(method.id));
  Options options{};
  read(reader, options);
  reader.close();
  return options;
}

template <typename Options>
Options options_of(const MethodContext& context) {
  return options_of<Options>(context.spec.method);
}

}  // namespace nlb
