#include "formats/whitesmith/rules.h"

namespace cmos::whitesmith::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kHeaderTruncated, "the file ends inside the header"},
    {kBadMagic, "the file does not begin with 0x99"},
    {kNameLengthOne, "names of one byte, which later tools take for names of variable length"},
    {kAmbiguousConfig, "a config byte that means two things to different tools"},
    {kBadTextSize, "text does not fit the file"},
    {kBadDataSize, "data does not fit the file"},
    {kBadSymbolTableSize, "the symbol table's size is no multiple of a symbol's"},
    {kAddressSpace, "segments that reach beyond the addresses"},
    {kHeapInObject, "an object that asks for stack and heap, which only programs do"},
    {kSymbolsTruncated, "the symbol table does not fit the file"},
    {kBadSymbolType, "a symbol's type is none that exists"},
    {kLocalUndefined, "a symbol that is neither defined nor global"},
    {kBadSymbolName, "a symbol without a name, or with bytes after its end"},
    {kSymbolOutsideSegment, "a symbol lies outside of its segment"},
    {kSeparateBss, "a program whose bss lies elsewhere than behind data"},
    {kDuplicateSymbol, "a global name is defined twice"},
    {kUndefinedLast, "undefined symbols that do not stand first"},
    {kItemsTruncated, "the file ends inside the relocations"},
    {kItemOutsideSegment, "a relocated field outside of its segment"},
    {kBadItemSymbol, "a relocation against a symbol that does not exist"},
    {kReservedItem, "a relocation that only NS16032 tools know"},
    {kBadItemWidth, "a relocation of four bytes where words have two"},
    {kDistancePastEnd, "a last distance that leads out of the segment"},
    {kDefinedSymbolItem, "a relocation against a defined symbol: a modern assembler's object"},
    {kRelativeAddend, "a word that counts from its segment: the newest assemblers' object"},
    {kPadding, "padding after the end"},
    {kTrailingBytes, "bytes after the end"},
};
constexpr RuleRow kArchiveTable[] = {
    {kArchiveBadMagic, "the file begins like no archive"},
    {kMemberTruncated, "a member does not fit the file"},
    {kBadMemberName, "a member's name that cannot be printed"},
    {kNoEndMarker, "an archive without an end marker"},
    {kArchiveTrailingBytes, "bytes after the end of the members"},
    {kArchivePadding, "padding after the end of the members"},
    {kDuplicateMember, "two members of one name"},
    {kForeignMember, "a member that is no Whitesmith's object"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

std::span<const RuleRow> archive_table() {
  return kArchiveTable;
}

}  // namespace cmos::whitesmith::rules
