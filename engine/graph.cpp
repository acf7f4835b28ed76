#include "engine/graph.h"

#include <utility>

namespace nlb {
namespace {

GraphMaker& maker() {
  static GraphMaker one;
  return one;
}

}  // namespace

void set_graph_maker(GraphMaker wanted) { maker() = std::move(wanted); }
const GraphMaker& graph_maker() { return maker(); }

}  // namespace nlb
