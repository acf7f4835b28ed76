// datasets/forms/pickle_writer.h -- a pickled dict as Python wrote those of official files, opcode for opcode: for
// miniatures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

class PickleWriter {
 public:
  enum class Dialect {
    python2,  ///< cPickle's protocol 2: texts are bytes, values are kept under numbers from 1 on
    python3   ///< pickle's protocol 3, its default until Python 3.8: texts are Unicode, numbers from 0 on
  };
  explicit PickleWriter(Dialect dialect);

  PickleWriter& text(const std::string& text);
  PickleWriter& number(int64_t value);  ///< in [0, 2^31)
  PickleWriter& list_of_numbers(const std::vector<int64_t>& values);
  PickleWriter& list_of_texts(const std::vector<std::string>& values);
  /// numpy's array in C's order; `type` without its byte order: "u1", "f8".
  PickleWriter& array(const std::string& type, const std::vector<int64_t>& shape, std::string_view bytes);
  std::string take();  ///< the pickle; once

 private:
  template <typename Values, typename Write>
  PickleWriter& list(const Values& values, Write write);
  PickleWriter& add(std::string_view piece);
  PickleWriter& keep();
  PickleWriter& global(const char* module, const char* name, int64_t& kept);
  PickleWriter& shape_tuple(const std::vector<int64_t>& shape);
  PickleWriter& python2_array(const std::vector<int64_t>& shape, std::string_view bytes);
  PickleWriter& python3_array(const std::string& type, const std::vector<int64_t>& shape, std::string_view bytes);
  bool is_python3() const { return dialect_ == Dialect::python3; }

  Dialect dialect_;
  std::string out_;
  int64_t kept_ = 0;
  int64_t reconstruct_ = -1, ndarray_ = -1, dtype_ = -1, letter_ = -1;  // where Python 3 keeps what arrays share
};

}  // namespace nlb
