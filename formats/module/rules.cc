#include "formats/module/rules.h"

namespace cmos::mod::rules {
namespace {

// clang-format off
constexpr RuleRow kTable[] = {
    {kHeaderTruncated, "the file ends inside the header"},
    {kBadMagic, "the file does not begin with 01 00 \"mod\""},
    {kNewerVersion, "a version of the format that is not known"},
    {kBadHeaderLength, "a header's length below 32, or beyond the file"},
    {kHeaderFlags, "flags in the header, which has none"},
    {kBudget, "less stack or heap is requested than needed at least"},
    {kSizeMismatch, "the header's memory is not what the segments take on any of their CPUs"},
    {kOptionTruncated, "an option reaches beyond the header"},
    {kBadCpuOption, "a CPU's option without family, stepping and a name in UTF-8"},
    {kBadPlatform, "a platform's name that is empty or no UTF-8"},
    {kUnknownOption, "an option that is not known, and skipped"},
    {kSectionTruncated, "a section reaches beyond the file"},
    {kSectionLength, "a section's length is not that of what it holds"},
    {kSectionFlags, "flags that a section of this type does not have"},
    {kSectionOrder, "import table, export table and segments are in another order, or twice"},
    {kUnknownRequired, "a required section of a type that is not known"},
    {kUnknownSection, "a section of a type that is not known, and skipped"},
    {kEntryTruncated, "an entry reaches beyond its table"},
    {kBadOrdinal, "ordinal 0"},
    {kDuplicateOrdinal, "an ordinal is defined twice for one CPU"},
    {kBadValueType, "a type that imports and exports do not have"},
    {kBadName, "a name that is empty, no UTF-8 or has a NUL"},
    {kDuplicateName, "a name is exported twice for one CPU"},
    {kExportSegment, "an export of a segment that is not there"},
    {kExportOffset, "an export beyond the end of its segment"},
    {kUnusedImport, "an import that no relocation refers to"},
    {kSegmentHeader, "a segment's header is not as long as its flags say"},
    {kBadSegmentId, "segment 0"},
    {kDuplicateSegment, "two segments of one number"},
    {kSegmentName, "a segment's name that is not ended by NUL, filled by others, or no UTF-8"},
    {kUnknownFamily, "a family of CPUs that is not known"},
    {kPayloadTruncated, "a segment's payload reaches beyond the file"},
    {kOriginRange, "a segment with an origin reaches beyond its CPU's addresses"},
    {kNoPayload, "code or constants without payload are zeros"},
    {kRelocationType, "a relocation of a type that there is not"},
    {kRelocationTable, "what follows the payload is no relocation table"},
    {kRelocationSegment, "a relocation table names another segment than its own"},
    {kRelocationOrdinal, "a relocation against an ordinal that is not defined for its CPU"},
    {kRelocationPlace, "a relocated field outside of the payload"},
    {kRelocationOverlap, "two relocated fields overlap"},
};
// clang-format on

}  // namespace

std::span<const RuleRow> table() {
  return kTable;
}

}  // namespace cmos::mod::rules
