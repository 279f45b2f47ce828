// What cmos-mod does, once the command line is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/module/make.h"

namespace cmos::modtool {

struct Arguments {
  std::vector<std::string> files;
  std::string output;
  std::string cpu;
  unsigned stepping = 0xff;
  std::string base = "0x100";
  std::string text, rodata, data, bss, overlay;
  std::string stack_size, heap_size;
  std::vector<std::string> provided;  ///< NAME=ADDRESS
  bool map = false;
  // make
  std::string description;
  std::vector<std::string> imports;  ///< NAME:TYPE
  std::vector<std::string> exports;
  std::vector<std::string> overlays;
  std::string stack, heap;  ///< MINIMUM[:REQUESTED]
  std::string platform, model, start;
  unsigned least_stepping = 0;
  bool required = false;
};

Result<void> list(const Arguments& arguments);
Result<void> check(const Arguments& arguments);
Result<void> load(const Arguments& arguments);
Result<void> merge(const Arguments& arguments);
Result<void> split(const Arguments& arguments);
Result<void> strip(const Arguments& arguments);
Result<void> make(const Arguments& arguments);

}  // namespace cmos::modtool
