// Source lines of native code (coilp -g) as LLVM's metadata, of which LLVM makes DWARF.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "coil/source_function.h"
#include "formats/coil/object_file.h"

namespace cmos::casm::native {

class LineMetadata {
 public:
  /// `object` has debug information, and must outlive this.
  explicit LineMetadata(const coil::ObjectFile& object);

  /// What follows a function's head: " !dbg !7". Locations are in it from here on. Empty when
  /// nothing is known of where the function begins.
  std::string begin_function(const FunctionSource& function);
  /// What follows an instruction: ", !dbg !9". Empty outside of functions that have lines.
  std::string location(std::size_t section, std::uint64_t offset);
  /// All metadata, for the end of the module.
  std::string text() const;

 private:
  std::size_t node(std::string text);
  std::size_t file(std::uint32_t source);
  std::size_t scope_in(std::uint32_t source);

  const coil::ObjectFile& object_;
  std::vector<std::string> nodes_;
  std::map<std::uint32_t, std::size_t> files_;  ///< by the source's id
  std::size_t unit_ = 0;
  std::size_t signature_ = 0;
  bool inside_ = false;
  std::size_t function_ = 0;
  std::uint32_t function_source_ = 0;
  std::map<std::uint32_t, std::size_t> scopes_;  ///< of the function, by the source's id
  std::map<std::tuple<std::size_t, std::uint32_t, std::uint32_t>, std::size_t> locations_;
};

}  // namespace cmos::casm::native
