#include "formats/cpo/rules.h"

namespace cmos::cpo::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kHeaderTruncated, "the file ends inside the header"},
    {kBadMagic, "the file does not begin with \"CPO\\0\""},
    {kBadVersion, "a version that nothing here reads"},
    {kUnknownArch, "an ARCH that the document does not list"},
    {kUnknownFlags, "flags that version 1 does not have"},
    {kReservedNotZero, "a reserved field is not 0"},
    {kBadHeaderSize, "the header size is not 32"},
    {kBadCodeSize, "CODE does not fit the file"},
    {kBadDataSize, "DATA does not fit the file"},
    {kBadSymbolTableOffset, "the symbol table does not follow DATA"},
    {kGap, "bytes between DATA and the symbol table"},
    {kRecordTruncated, "DATA ends inside a record"},
    {kBadRecordKind, "a record is neither a constant nor a variable"},
    {kRecordOrder, "a constant follows a variable"},
    {kBadRecordType, "a record's type is not in the document's list"},
    {kBadRecordAlignment, "a record's alignment is no power of two"},
    {kBadRecordName, "a record's name is empty or no UTF-8"},
    {kBadStoredLength, "a record stores more bytes than its size"},
    {kTypeSize, "a number's size is not its type's"},
    {kBadText, "a UTF-8 string is none"},
    {kImageTooLarge, "the memory image of DATA has 4 GiB or more"},
    {kSymbolsTruncated, "the file ends inside the symbol table"},
    {kBadSymbolName, "a symbol's name is missing or no UTF-8"},
    {kBadSymbolType, "a symbol is neither local, global nor extern"},
    {kBadSymbolSection, "a symbol is neither in code nor in data"},
    {kSymbolOutsideSection, "a symbol lies outside of its section"},
    {kExternWithPlace, "an extern symbol with an offset or a size"},
    {kBadLocation, "a location that names no file"},
    {kUnusedLocation, "a location of a symbol that is no extern"},
    {kDuplicateSymbol, "a name is global twice, or global and extern"},
    {kDuplicateExtern, "a name is extern twice"},
    {kRelocationsTruncated, "the file ends inside the relocations"},
    {kBadRelocationSection, "a relocation is neither in code nor in data"},
    {kBadRelocationType, "a relocation type that this ARCH does not have"},
    {kRelocationOutsideSection, "a relocated field outside of its section's bytes"},
    {kBadRelocationSymbol, "a relocation against a symbol that does not exist"},
    {kOptionalTruncated, "the file ends inside the optional sections"},
    {kBadOptionalName, "an optional section's name is no UTF-8"},
    {kDuplicateLink, "a second section \"cmos.link\""},
    {kLinkTruncated, "\"cmos.link\" ends inside an entry"},
    {kBadLinkVersion, "a version of \"cmos.link\" that nothing here reads"},
    {kBadUnit, "a unit of \"cmos.link\" is wrong"},
    {kBadGroup, "a group of \"cmos.link\" is wrong"},
    {kBadLinkSymbol, "a symbol of \"cmos.link\" is wrong"},
    {kBadLinkRelocation, "a relocation of \"cmos.link\" is wrong"},
    {kTrailingBytes, "bytes after the end of the last part"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

}  // namespace cmos::cpo::rules
