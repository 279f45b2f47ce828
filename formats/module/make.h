// A module from the sections, symbols and relocations of one object, whatever format it has.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/module/module.h"
#include "object/storage.h"

namespace cmos::mod {

/// One relocated place of an object, in a module's terms.
struct SourceReference {
  ValueType type = ValueType::kWyde;
  std::uint32_t offset = 0;
  std::uint32_t symbol = 0;  ///< index in Source::symbols
};
struct SourceSegment {
  SectionType type = SectionType::kText;
  std::string name;
  /// Addends stand in place, counted from the symbol.
  std::vector<std::uint8_t> bytes;
  std::uint32_t size = 0;  ///< of what has no bytes
  std::vector<SourceReference> references;
};
struct SourceSymbol {
  static constexpr std::size_t kUndefined = SIZE_MAX;
  static constexpr std::size_t kAbsolute = SIZE_MAX - 1;
  std::string name;  ///< empty: for the object's own references
  std::size_t segment = kUndefined;
  std::uint32_t offset = 0;
  bool global = false;
};
/// One object.
struct Source {
  std::string file;
  bool big_endian = false;
  std::vector<SourceSegment> segments;
  std::vector<SourceSymbol> symbols;
};

struct MakeOptions {
  CpuId cpu;
  bool required = true;
  Memory budget;  ///< stack and heap alone
  std::vector<std::string> platforms;
  std::string model;
  /// Types of imports and exports that are not what their place suggests: code is a procedure, the
  /// rest a byte, and what is undefined a procedure.
  std::map<std::string, ValueType, std::less<>> types;
  /// When not empty: no other name is exported.
  std::vector<std::string> exports;
};

/// A module that owns what it refers to.
struct Made {
  Module module;
  object::Storage storage;
};

/// Names that one source defines and another one uses become private references. Fails with kUsage
/// for what a module cannot hold, naming file, segment and offset, and for names that are defined
/// twice, or exported and not there.
Result<Made> make(const std::vector<Source>& sources, const MakeOptions& options);

}  // namespace cmos::mod
