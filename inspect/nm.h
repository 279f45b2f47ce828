// cmos-nm's output: one line for each symbol, with nm's letters.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "inspect/format.h"
#include "inspect/text.h"

namespace cmos::inspect {

enum class NmFormat : std::uint8_t { kBsd, kPosix, kSysv, kJustNames };
enum class NmRadix : std::uint8_t { kHexadecimal, kDecimal, kOctal };
enum class NmSort : std::uint8_t { kName, kAddress, kSize, kNone };

struct NmOptions {
  NmFormat format = NmFormat::kBsd;
  NmSort sort = NmSort::kName;
  bool reverse = false;
  bool print_size = false;
  bool undefined_only = false;
  bool defined_only = false;
  bool external_only = false;
  bool all = false;              ///< section and file symbols, too
  bool special_symbols = false;  ///< mapping symbols, too
  bool print_file_name = false;  ///< in front of every symbol
  bool demangle = false;
  bool dynamic = false;  ///< those for a dynamic linker alone: no format here has any
  NmRadix radix = NmRadix::kHexadecimal;  ///< of values and sizes
};

/// nm's letter: T code, D data, B zero-filled, R read-only, C common, A absolute, U undefined,
/// W V weak, u unique, i indirect; small when local (w v: weak and undefined); N debugging, n other
/// read-only contents, ? anything else.
char letter(const Description& image, const Symbol& symbol);

/// The symbols that the options ask for, in their order.
std::vector<const Symbol*> select_symbols(const Description& image, const NmOptions& options);

/// `heading`: print which file it is, as nm does for several files and for members.
void print_nm(const Part& part, const Description& image, const std::vector<const Symbol*>& symbols,
              const NmOptions& options, bool heading, Text& out);
nlohmann::ordered_json nm_json(const Description& image, const std::vector<const Symbol*>& symbols,
                               const NmOptions& options);

/// An archive's index: nm -s.
void print_index(const formats::Archive& archive, Text& out);
nlohmann::ordered_json index_json(const std::string& file, const formats::Archive& archive);

}  // namespace cmos::inspect
