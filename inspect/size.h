// cmos-size's output: how much memory a file's parts need.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "inspect/format.h"
#include "inspect/text.h"

namespace cmos::inspect {

enum class Radix : std::uint8_t { kOctal = 8, kDecimal = 10, kHexadecimal = 16 };

struct SizeOptions {
  bool sysv = false;  ///< one line for each section
  Radix radix = Radix::kDecimal;
  bool totals = false;  ///< Berkeley format only, as size
  bool common = false;  ///< count common symbols as zero-filled data
};

/// Bytes in memory: code and constants, data that the file has, data that it does not have.
struct Sizes {
  std::uint64_t text = 0;
  std::uint64_t data = 0;
  std::uint64_t bss = 0;
  std::uint64_t total() const { return text + data + bss; }
};
Sizes sizes_of(const Description& image, const SizeOptions& options);

/// Prints one file after the other and the totals at the end.
class SizePrinter {
 public:
  SizePrinter(const SizeOptions& options, Text& out) : options_(options), out_(out) {}
  void print(const Description& image);
  void finish();

 private:
  void print_berkeley(const Sizes& sizes, std::string_view name);
  void print_sysv(const Description& image);
  std::string number(std::uint64_t value) const;

  const SizeOptions& options_;
  Text& out_;
  Sizes sum_;
  bool headed_ = false;
};

nlohmann::ordered_json size_json(const Description& image, const SizeOptions& options);

}  // namespace cmos::inspect
