// formats/pickle_calls.h -- what a pickle may import, and what its calls come to. None of it is a Python object: each
// name stands for the one thing that formats/pickle.cpp does when a pickle asks for it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formats/pickle.h"

namespace nlb {

/// "module name" where a pickle may import it: numpy's arrays, numbers and types, texts of bytes, OrderedDict, torch's
/// tensors, storages and types.
std::optional<std::string_view> importable(std::string_view module, std::string_view name);
/// All of them in words.
extern const char* const kImportable;

/// The value of `function(*arguments)`; may add values to `pickle`. Nothing for a call that numpy, torch and Python
/// never write.
std::optional<PickleValue> called(Pickle& pickle, std::string_view function, const std::vector<uint32_t>& arguments);

/// Puts the state of a BUILD into a dtype or an array; of an OrderedDict it is passed over. False for what numpy never
/// writes.
bool set_state(Pickle& pickle, uint32_t object, uint32_t state);

/// torch.save's ('storage', type, name, device, elements), a storage that lies outside the pickle.
std::optional<PickleValue> persistent(Pickle& pickle, uint32_t id);

}  // namespace nlb
