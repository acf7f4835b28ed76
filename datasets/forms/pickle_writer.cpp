#include "datasets/forms/pickle_writer.h"

#include "core/error.h"
#include "core/little_endian.h"

namespace nlb {
namespace {

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  append_little_endian(text, value, bytes);
  return text;
}

std::string kept_opcode(uint64_t number, char narrow, char wide) {
  constexpr uint64_t kNarrow = 256;
  return number < kNarrow ? narrow + little_endian(number, 1) : wide + little_endian(number, 4);
}

constexpr std::string_view kMinusOneTwice = "J\xff\xff\xff\xffJ\xff\xff\xff\xff";

}  // namespace

PickleWriter::PickleWriter(Dialect dialect) : dialect_(dialect), kept_(dialect == Dialect::python3 ? -1 : 0) {
  add(is_python3() ? "\x80\x03}" : "\x80\x02}").keep().add("(");
}

std::string PickleWriter::take() { return std::move(out_) + "u."; }

PickleWriter& PickleWriter::add(std::string_view piece) {
  out_ += piece;
  return *this;
}

PickleWriter& PickleWriter::keep() { return add(kept_opcode(static_cast<uint64_t>(++kept_), 'q', 'r')); }

PickleWriter& PickleWriter::text(const std::string& text) {
  if (is_python3()) return add("X").add(little_endian(text.size(), 4)).add(text).keep();
  return add("U").add(little_endian(text.size(), 1)).add(text).keep();
}

PickleWriter& PickleWriter::number(int64_t value) {
  const auto word = static_cast<uint64_t>(value);
  if (value < 256) return add("K").add(little_endian(word, 1));
  return value < 65536 ? add("M").add(little_endian(word, 2)) : add("J").add(little_endian(word, 4));
}

/// Python appends a thousand at a time.
template <typename Values, typename Write>
PickleWriter& PickleWriter::list(const Values& values, Write write) {
  constexpr size_t kAtOnce = 1000;
  add("]").keep();
  for (size_t i = 0; i < values.size(); ++i) {
    if (i % kAtOnce == 0) add(i == 0 ? "(" : "e(");
    write(values[i]);
  }
  return values.empty() ? *this : add("e");
}

PickleWriter& PickleWriter::list_of_numbers(const std::vector<int64_t>& values) {
  return list(values, [&](int64_t value) { number(value); });
}

PickleWriter& PickleWriter::list_of_texts(const std::vector<std::string>& values) {
  return list(values, [&](const std::string& value) { text(value); });
}

/// A global, the second time by the number under which it was kept.
PickleWriter& PickleWriter::global(const char* module, const char* name, int64_t& kept) {
  if (kept >= 0) return add(kept_opcode(static_cast<uint64_t>(kept), 'h', 'j'));
  add("c").add(module).add("\n").add(name).add("\n").keep();
  kept = kept_;
  return *this;
}

PickleWriter& PickleWriter::shape_tuple(const std::vector<int64_t>& shape) {
  NLB_CHECK(shape.size() == 1 || shape.size() == 2, "arrays of one or two dimensions are written");
  for (const int64_t size : shape) number(size);
  return add(shape.size() == 1 ? "\x85" : "\x86");
}

PickleWriter& PickleWriter::array(const std::string& type, const std::vector<int64_t>& shape, std::string_view bytes) {
  if (is_python3()) return python3_array(type, shape, bytes);
  NLB_CHECK(type == "u1", "of Python 2's arrays, those of uint8 are written");
  return python2_array(shape, bytes);
}

PickleWriter& PickleWriter::python2_array(const std::vector<int64_t>& shape, std::string_view bytes) {
  add("cnumpy.core.multiarray\n_reconstruct\n").keep().add("cnumpy\nndarray\n").keep();
  add(std::string("K\x00\x85U\x01\x62\x87R", 8)).keep().add("(K\x01").shape_tuple(shape);
  add("cnumpy\ndtype\n").keep().add(std::string("U\x02\x75\x31K\x00K\x01\x87R", 10)).keep();
  add("(K\x03U\x01|NNN").add(kMinusOneTwice);
  return add(std::string("K\x00tb\x89T", 6)).add(little_endian(bytes.size(), 4)).add(bytes).add("tb");
}

PickleWriter& PickleWriter::python3_array(const std::string& type, const std::vector<int64_t>& shape,
                                          std::string_view bytes) {
  global("numpy.core.multiarray", "_reconstruct", reconstruct_).global("numpy", "ndarray", ndarray_);
  add(std::string_view("K\x00\x85", 3)).keep();
  if (letter_ < 0) {
    add("C\x01\x62").keep();
    letter_ = kept_;
  } else {
    add(kept_opcode(static_cast<uint64_t>(letter_), 'h', 'j'));
  }
  add("\x87").keep().add("R").keep().add("(K\x01").shape_tuple(shape).keep();
  global("numpy", "dtype", dtype_).text(type).add("\x89\x88\x87").keep().add("R").keep();
  add("(K\x03").text(type == "u1" ? "|" : "<").add("NNN").add(kMinusOneTwice);
  add(std::string_view("K\x00t", 3)).keep().add("b\x89");
  constexpr size_t kShort = 256;
  if (bytes.size() < kShort) {
    add("C").add(little_endian(bytes.size(), 1));
  } else {
    add("B").add(little_endian(bytes.size(), 4));
  }
  return add(bytes).keep().add("t").keep().add("b");
}

}  // namespace nlb
