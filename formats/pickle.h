// formats/pickle.h -- a closed reader of Python pickles: builds plain values, numpy arrays and torch's tensors, runs
// nothing, imports nothing. Opcodes: Python's pickletools, protocols 0 to 5, those that CIFAR's batches, numpy arrays
// and torch.save's data.pkl use.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nlb {

/// One value. Values name others by their number in Pickle::values, so that a pickle that holds itself is harmless.
struct PickleValue {
  /// `string`: Python's str and bytes alike. `function`: one of the allowed globals. `storage`: the numbers of tensors,
  /// which lie outside the pickle.
  enum class Kind : uint8_t {
    none,
    boolean,
    integer,
    real,
    string,
    list,
    tuple,
    dict,
    function,
    dtype,
    storage,
    array
  };
  Kind kind = Kind::none;
  bool latin1 = false;            ///< string: `text` is the UTF-8 form of the bytes meant (Python 3's protocol 2)
  bool fortran = false;           ///< array: the first index runs fastest
  int64_t integer = 0;            ///< integer, boolean
  std::string_view text{};        ///< string; function "module name"; dtype "i8", its byte order in `integer`; storage:
                                  ///< its name
  std::vector<uint32_t> items{};  ///< list, tuple; dict: key, value, key, ...; storage: dtype; array: shape, dtype,
                                  ///< data (bytes, a list of objects, or a storage), of a tensor also the number of its
                                  ///< first element in the storage, and strides
};

/// Texts point into the bytes it was read from, which must outlive it, or into `decoded`.
struct Pickle {
  std::vector<PickleValue> values;
  uint32_t root = 0;
  std::deque<std::string> decoded = {};  ///< texts that are not in the file as they are (protocol 0's quoted ones)
  std::map<std::string, std::string_view> storages = {};  ///< of tensors, by name: whoever has them puts them there
  const PickleValue& at(uint32_t number) const { return values[number]; }
  const PickleValue& top() const { return at(root); }
};

/// Any bytes are allowed as input. Throws InputError naming the byte for an opcode or a global outside the list, and
/// for a pickle that is cut off or does not fit together; text behind its end is an error too.
Pickle read_pickle(std::string_view bytes, const std::string& place);

/// "a list of 10 values", "a numpy array of <i8 [10]": for messages.
std::string described(const Pickle& pickle, const PickleValue& value);

/// Of an array: its sizes, its type as numpy writes it, its bytes as they lie in memory in C's order. Throw InputError
/// for sizes that are not numbers >= 0, types outside formats/element_type.h, data that does not fill the shape or
/// lies in a storage that is not there.
std::vector<int64_t> array_shape(const Pickle& pickle, const PickleValue& array, const std::string& place);
std::string array_dtype(const Pickle& pickle, const PickleValue& array);
std::string array_bytes(const Pickle& pickle, const PickleValue& array, const std::string& place);
/// The same bytes where the pickle was read from; nothing where they are written otherwise there: as quoted or as UTF-8
/// text, in Fortran order, as objects, in a tensor's storage.
std::optional<std::string_view> array_view(const Pickle& pickle, const PickleValue& array, const std::string& place);

}  // namespace nlb
