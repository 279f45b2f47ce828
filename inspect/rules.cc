// The list of all rules. Names, sections and severities are declared with the formats; a test sees
// to it that none is missing here.
#include "inspect/rules.h"

#include "inspect/validate.h"
#include "formats/cpe/rules.h"
#include "formats/cpo/rules.h"

namespace cmos::inspect {
namespace {

namespace e = cpe::rules;
namespace o = cpo::rules;

// clang-format off
constexpr RuleRow kTable[] = {
    {"any", rules::kUnknownFormat, "the file begins like nothing that is known here"},

    {"cpe", e::kHeaderTruncated, "the file ends inside the header"},
    {"cpe", e::kBadMagic, "the file does not begin with \"CMOS\""},
    {"cpe", e::kBadVersion, "a version that no loader here knows"},
    {"cpe", e::kUnknownArch, "an ARCH that the document does not list"},
    {"cpe", e::kBadMetadataOffset, "the optional metadata offset is neither 0 nor the end of the header"},
    {"cpe", e::kBadChecksum, "the checksum is not that of the file"},
    {"cpe", e::kEntryOutsideCode, "the entry point lies outside of the machine code"},
    {"cpe", e::kEntryNotExecutable, "the entry point lies in constants or variables"},
    {"cpe", e::kEntryBase, "the entry point only makes sense when counted from the start of CODE"},
    {"cpe", e::kBadSignature, "the signature's lengths or texts are wrong"},
    {"cpe", e::kUnstatedSignature, "there is a signature that the header does not announce"},
    {"cpe", e::kCodeTruncated, "the file ends inside CODE"},
    {"cpe", e::kBadCodeSize, "the code section size does not fit the file"},
    {"cpe", e::kBadTableLength, "the symbol table's length does not fit CODE"},
    {"cpe", e::kBadTable, "an entry of the symbol table is wrong"},
    {"cpe", e::kDuplicateSymbol, "a symbol's name stands twice in the table"},
    {"cpe", e::kSymbolOutsideImage, "a symbol lies outside of the image"},
    {"cpe", e::kUnpaddedCode, "CODE is not padded to a multiple of 16"},
    {"cpe", e::kPaddingNotZero, "the padding of CODE is not zero"},
    {"cpe", e::kUnfoundEnd, "the header does not state where CODE ends, and nothing tells it"},
    {"cpe", e::kBoundaryAmbiguous, "a boundary symbol stands twice, at different places"},
    {"cpe", e::kBoundaryUnaligned, "a boundary symbol is not at the start of a page"},
    {"cpe", e::kBoundaryOrder, "the boundary symbols are not in the order of the image"},
    {"cpe", e::kImageTooLarge, "the image does not fit below the stack"},
    {"cpe", e::kZeroFillNotWritable, "zero-filled memory that the program cannot write"},
    {"cpe", e::kMissingMiniDisk, "the header states a mini-disk, and the file has no such section"},
    {"cpe", e::kNoMiniDiskSection, "the file ends without a mini-disk section"},
    {"cpe", e::kMiniDiskTruncated, "the file ends inside the mini-disk section"},
    {"cpe", e::kBadLock, "the lock byte is neither 0 nor 1"},
    {"cpe", e::kStaleLock, "the lock byte says that the mini-disk is in use"},
    {"cpe", e::kBadBackupName, "the backup file's name is none that can stand in Cmos:\\data"},
    {"cpe", e::kTrailingBytes, "bytes after the end of the last section"},

    {"cpo", o::kHeaderTruncated, "the file ends inside the header"},
    {"cpo", o::kBadMagic, "the file does not begin with \"CPO\\0\""},
    {"cpo", o::kBadVersion, "a version that nothing here reads"},
    {"cpo", o::kUnknownArch, "an ARCH that the document does not list"},
    {"cpo", o::kUnknownFlags, "flags that version 1 does not have"},
    {"cpo", o::kReservedNotZero, "a reserved field is not 0"},
    {"cpo", o::kBadHeaderSize, "the header size is not 32"},
    {"cpo", o::kBadCodeSize, "CODE does not fit the file"},
    {"cpo", o::kBadDataSize, "DATA does not fit the file"},
    {"cpo", o::kBadSymbolTableOffset, "the symbol table does not follow DATA"},
    {"cpo", o::kGap, "bytes between DATA and the symbol table"},
    {"cpo", o::kRecordTruncated, "DATA ends inside a record"},
    {"cpo", o::kBadRecordKind, "a record is neither a constant nor a variable"},
    {"cpo", o::kRecordOrder, "a constant follows a variable"},
    {"cpo", o::kBadRecordType, "a record's type is not in the document's list"},
    {"cpo", o::kBadRecordAlignment, "a record's alignment is no power of two"},
    {"cpo", o::kBadRecordName, "a record's name is empty or no UTF-8"},
    {"cpo", o::kBadStoredLength, "a record stores more bytes than its size"},
    {"cpo", o::kTypeSize, "a number's size is not its type's"},
    {"cpo", o::kBadText, "a UTF-8 string is none"},
    {"cpo", o::kImageTooLarge, "the memory image of DATA has 4 GiB or more"},
    {"cpo", o::kSymbolsTruncated, "the file ends inside the symbol table"},
    {"cpo", o::kBadSymbolName, "a symbol's name is missing or no UTF-8"},
    {"cpo", o::kBadSymbolType, "a symbol is neither local, global nor extern"},
    {"cpo", o::kBadSymbolSection, "a symbol is neither in code nor in data"},
    {"cpo", o::kSymbolOutsideSection, "a symbol lies outside of its section"},
    {"cpo", o::kExternWithPlace, "an extern symbol with an offset or a size"},
    {"cpo", o::kBadLocation, "a location that names no file"},
    {"cpo", o::kUnusedLocation, "a location of a symbol that is no extern"},
    {"cpo", o::kDuplicateSymbol, "a name is global twice, or global and extern"},
    {"cpo", o::kDuplicateExtern, "a name is extern twice"},
    {"cpo", o::kRelocationsTruncated, "the file ends inside the relocations"},
    {"cpo", o::kBadRelocationSection, "a relocation is neither in code nor in data"},
    {"cpo", o::kBadRelocationType, "a relocation type that this ARCH does not have"},
    {"cpo", o::kRelocationOutsideSection, "a relocated field outside of its section's bytes"},
    {"cpo", o::kBadRelocationSymbol, "a relocation against a symbol that does not exist"},
    {"cpo", o::kOptionalTruncated, "the file ends inside the optional sections"},
    {"cpo", o::kBadOptionalName, "an optional section's name is no UTF-8"},
    {"cpo", o::kDuplicateLink, "a second section \"cmos.link\""},
    {"cpo", o::kLinkTruncated, "\"cmos.link\" ends inside an entry"},
    {"cpo", o::kBadLinkVersion, "a version of \"cmos.link\" that nothing here reads"},
    {"cpo", o::kBadUnit, "a unit of \"cmos.link\" is wrong"},
    {"cpo", o::kBadGroup, "a group of \"cmos.link\" is wrong"},
    {"cpo", o::kBadLinkSymbol, "a symbol of \"cmos.link\" is wrong"},
    {"cpo", o::kBadLinkRelocation, "a relocation of \"cmos.link\" is wrong"},
    {"cpo", o::kTrailingBytes, "bytes after the end of the last part"},

    {"elf", rules::kElfMalformed, "the file's structure is broken"},
    {"elf", rules::kElfUnsupported, "legal ELF that the linker cannot use"},
    {"elf", rules::kElfRelocationType, "a relocation type that a static link cannot resolve"},
    {"elf", rules::kElfThreadLocal, "thread-local variables, which CalamOS does not have"},
    {"elf", rules::kElfIndirect, "a function that is resolved at run time (IFUNC)"},
    {"elf", rules::kElfProgram, "a linked program that cmos-pack cannot pack"},

    {"archive", rules::kArchiveMalformed, "the archive's structure is broken"},
    {"archive", rules::kArchiveThin, "a thin archive: its members are files elsewhere"},
    {"archive", rules::kArchiveNoIndex, "there is no symbol index"},
    {"archive", rules::kArchiveIndexIncomplete, "a member defines a symbol that the index does not have"},
    {"archive", rules::kArchiveIndexStale, "the index has a symbol that its member does not define"},
    {"archive", rules::kArchiveUnknownMember, "a member that is no object"},
    {"archive", rules::kArchiveMixedArch, "members for different ARCHs"},
    {"archive", rules::kArchiveDuplicateMember, "two members of one name"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> rule_table() {
  return kTable;
}

}  // namespace cmos::inspect
