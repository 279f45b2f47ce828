#include "coil/native_lines.h"

#include <fmt/format.h>

#include "coil/native_program.h"

namespace cmos::casm::native {

LineMetadata::LineMetadata(const coil::ObjectFile& object) : object_(object) {
  const std::uint32_t first =
      object.debug->sources.empty() ? coil::kAbsent : object.debug->sources.front().id;
  // DWARF has a number for assembly, which is what CASM is to a debugger.
  unit_ = node(fmt::format(
      "distinct !DICompileUnit(language: DW_LANG_Mips_Assembler, file: !{}, producer: \"coilp\", "
      "isOptimized: false, runtimeVersion: 0, emissionKind: FullDebug, nameTableKind: None)",
      file(first)));
  signature_ = node(fmt::format("!DISubroutineType(types: !{})", node("!{null}")));
}

std::size_t LineMetadata::node(std::string text) {
  nodes_.push_back(std::move(text));
  return nodes_.size() - 1;
}

std::size_t LineMetadata::file(std::uint32_t source) {
  if (const auto known = files_.find(source); known != files_.end()) return known->second;
  const coil::DebugSource* found = object_.debug->source(source);
  const std::string_view name = found == nullptr ? "" : object_.debug->string(found->name);
  const std::size_t made =
      node(fmt::format("!DIFile(filename: {}, directory: \"\")", llvm_quoted(name)));
  files_[source] = made;
  return made;
}

std::string LineMetadata::begin_function(const FunctionSource& function) {
  scopes_.clear();
  locations_.clear();
  const coil::DebugLine* line = source_line(object_, function.section, function.start);
  inside_ = line != nullptr;
  if (!inside_) return "";
  function_source_ = line->source;
  function_ = node(fmt::format(
      "distinct !DISubprogram(name: {0}, scope: !{1}, file: !{1}, line: {2}, scopeLine: {2}, "
      "type: !{3}, spFlags: {4}DISPFlagDefinition, unit: !{5})",
      llvm_quoted(function.name), file(line->source), line->line, signature_,
      function.global || function.weak ? "" : "DISPFlagLocalToUnit | ", unit_));
  return fmt::format(" !dbg !{}", function_);
}

/// What an INCLUDE brings into a function lies in a block of another file.
std::size_t LineMetadata::scope_in(std::uint32_t source) {
  if (source == function_source_) return function_;
  if (const auto known = scopes_.find(source); known != scopes_.end()) return known->second;
  const std::size_t made = node(fmt::format(
      "!DILexicalBlockFile(scope: !{}, file: !{}, discriminator: 0)", function_, file(source)));
  scopes_[source] = made;
  return made;
}

std::string LineMetadata::location(std::size_t section, std::uint64_t offset) {
  const coil::DebugLine* line = inside_ ? source_line(object_, section, offset) : nullptr;
  if (line == nullptr) return "";
  const std::size_t scope = scope_in(line->source);
  // LLVM keeps columns in 16 bits.
  const std::uint32_t column = line->column > UINT16_MAX ? 0 : line->column;
  const auto [known, is_new] = locations_.try_emplace({scope, line->line, column}, nodes_.size());
  if (is_new)
    node(fmt::format("!DILocation(line: {}, column: {}, scope: !{})", line->line, column, scope));
  return fmt::format(", !dbg !{}", known->second);
}

std::string LineMetadata::text() const {
  std::string out;
  for (std::size_t i = 0; i < nodes_.size(); ++i) out += fmt::format("!{} = {}\n", i, nodes_[i]);
  const std::size_t next = nodes_.size();
  out += fmt::format("!llvm.dbg.cu = !{{!{}}}\n!llvm.module.flags = !{{!{}, !{}}}\n", unit_, next,
                     next + 1);
  out += fmt::format("!{} = !{{i32 7, !\"Dwarf Version\", i32 4}}\n", next);
  out += fmt::format("!{} = !{{i32 2, !\"Debug Info Version\", i32 3}}\n", next + 1);
  return out;
}

}  // namespace cmos::casm::native
