#include "formats/cpe/rules.h"

namespace cmos::cpe::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kHeaderTruncated, "the file ends inside the header"},
    {kBadMagic, "the file does not begin with \"CMOS\""},
    {kBadVersion, "a version that no loader here knows"},
    {kUnknownArch, "an ARCH that the document does not list"},
    {kBadMetadataOffset, "the optional metadata offset is neither 0 nor the end of the header"},
    {kBadChecksum, "the checksum is not that of the file"},
    {kEntryOutsideCode, "the entry point lies outside of the machine code"},
    {kEntryNotExecutable, "the entry point lies in constants or variables"},
    {kEntryBase, "the entry point only makes sense when counted from the start of CODE"},
    {kBadSignature, "the signature's lengths or texts are wrong"},
    {kUnstatedSignature, "there is a signature that the header does not announce"},
    {kCodeTruncated, "the file ends inside CODE"},
    {kBadCodeSize, "the code section size does not fit the file"},
    {kBadTableLength, "the symbol table's length does not fit CODE"},
    {kBadTable, "an entry of the symbol table is wrong"},
    {kDuplicateSymbol, "a symbol's name stands twice in the table"},
    {kSymbolOutsideImage, "a symbol lies outside of the image"},
    {kUnpaddedCode, "CODE is not padded to a multiple of 16"},
    {kPaddingNotZero, "the padding of CODE is not zero"},
    {kUnfoundEnd, "the header does not state where CODE ends, and nothing tells it"},
    {kBoundaryAmbiguous, "a boundary symbol stands twice, at different places"},
    {kBoundaryUnaligned, "a boundary symbol is not at the start of a page"},
    {kBoundaryOrder, "the boundary symbols are not in the order of the image"},
    {kImageTooLarge, "the image does not fit below the stack"},
    {kZeroFillNotWritable, "zero-filled memory that the program cannot write"},
    {kMissingMiniDisk, "the header states a mini-disk, and the file has no such section"},
    {kNoMiniDiskSection, "the file ends without a mini-disk section"},
    {kMiniDiskTruncated, "the file ends inside the mini-disk section"},
    {kBadLock, "the lock byte is neither 0 nor 1"},
    {kStaleLock, "the lock byte says that the mini-disk is in use"},
    {kBadBackupName, "the backup file's name is none that can stand in Cmos:\\data"},
    {kTrailingBytes, "bytes after the end of the last section"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

}  // namespace cmos::cpe::rules
