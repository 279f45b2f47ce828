// A module from the sections, symbols and relocations of one object, whatever format it has.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "formats/module/module.h"
#include "object/storage.h"
#include "relocation/relocation.h"

namespace cmos::mod {

/// What the format has no relocation for, and what needs none when its target lies in the same
/// segment: a distance in an instruction's own bits.
struct InstructionField {
  object::RelocationType type = object::RelocationType::kPc32;
  object::Isa isa = object::Isa::kArm;
  std::int64_t addend = 0;
};
/// One relocated place of an object, in a module's terms.
struct SourceReference {
  ValueType type = ValueType::kWyde;
  std::uint32_t offset = 0;
  std::uint32_t symbol = 0;  ///< index in Source::symbols
  /// Bytes of a displacement; 0: as many as the CPU's displacements have. Others than those are
  /// for targets in the same segment.
  std::uint8_t width = 0;
  std::optional<InstructionField> field = {};  ///< then `type` and `width` say nothing
  std::string_view what = {};                  ///< what the object calls it, for errors
};
struct SourceSegment {
  SectionType type = SectionType::kText;
  std::string name;
  std::uint32_t alignment = 1;  ///< of what is put behind others in one segment
  std::optional<std::uint32_t> origin = {};
  std::optional<bool> required = {};    ///< instead of MakeOptions::required
  std::optional<bool> big_endian = {};  ///< instead of Source::big_endian
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
  bool hidden = false;  ///< for the objects of the same module alone
  bool thumb = false;   ///< its address is an odd number; `offset` is even
  bool function = false;

  object::TargetState code_state() const {
    if (!function) return object::TargetState::kUnknown;
    return thumb ? object::TargetState::kThumb : object::TargetState::kArm;
  }
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
  /// Others than CPU and platform.
  std::vector<std::pair<std::uint8_t, std::vector<std::uint8_t>>> further;
  /// The name that is exported as `start`. Empty: `start` itself, or `_start` when there is none,
  /// as compilers write the name.
  std::string start;
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

/// Names that one source defines and another one uses become private references. Distances within a
/// segment are calculated at once; segments become one when a distance between them is of a kind
/// that no module can hold. Fails with kUsage for what a module cannot hold, with kUnsupported for
/// relocations that it cannot hold, naming file, segment and offset, and for names that are defined
/// twice, or exported and not there.
Result<Made> make(const std::vector<Source>& sources, const MakeOptions& options);

}  // namespace cmos::mod
