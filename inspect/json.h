// What the JSON printers share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "inspect/format.h"

namespace cmos::inspect {

/// One symbol, as every schema of docs/ has it.
nlohmann::ordered_json symbol_json(const Description& image, const Symbol& symbol, bool demangle);
/// "48656c6c6f".
std::string hex_bytes(Bytes bytes);
/// The text of a whole document, with a final newline.
std::string json_document(const nlohmann::ordered_json& json);

}  // namespace cmos::inspect
