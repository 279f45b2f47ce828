#include "tools/cmos-ld/word_table.h"

#include <algorithm>
#include <array>
#include <span>

namespace cmos::ld {
namespace {

constexpr std::string_view kFixed =
    "every CPE is loaded at 0x400000: code, constants and variables follow each other on pages of "
    "their own";
constexpr std::string_view kDynamic =
    "CalamOS has no dynamic linker: a CPE is linked statically, at a fixed address";

// clang-format off
constexpr Word kWords[] = {
    // What we have, too.
    Word{"allow-multiple-definition", Takes::kNothing, Meaning::kOption, "--allow-multiple-definition"},
    Word{"cref", Takes::kNothing, Meaning::kOption, "--cref"},
    Word{"defsym", Takes::kValue, Meaning::kOption, "--defsym"},
    Word{"demangle", Takes::kMayTake, Meaning::kOption, "--demangle"},
    Word{"dependency-file", Takes::kValue, Meaning::kOption, "--dependency-file"},
    Word{"discard-all", Takes::kNothing, Meaning::kOption, "--discard-all"},
    Word{"e", Takes::kValue, Meaning::kOption, "--entry"},
    Word{"entry", Takes::kValue, Meaning::kOption, "--entry"},
    Word{"error-limit", Takes::kValue, Meaning::kOption, "--error-limit"},
    Word{"error-unresolved-symbols", Takes::kNothing, Meaning::kOption, "--error-unresolved-symbols"},
    Word{"fatal-warnings", Takes::kNothing, Meaning::kOption, "--fatal-warnings"},
    Word{"gc-sections", Takes::kNothing, Meaning::kOption, "--gc-sections"},
    Word{"help", Takes::kNothing, Meaning::kOption, "--help"},
    Word{"ignore-unresolved-symbol", Takes::kValue, Meaning::kOption, "--ignore-unresolved-symbol"},
    Word{"L", Takes::kValue, Meaning::kOption, "--library-path"},
    Word{"library-path", Takes::kValue, Meaning::kOption, "--library-path"},
    Word{"M", Takes::kNothing, Meaning::kOption, "--print-map"},
    Word{"Map", Takes::kValue, Meaning::kOption, "--map"},
    Word{"map", Takes::kValue, Meaning::kOption, "--map"},
    Word{"no-demangle", Takes::kNothing, Meaning::kOption, "--no-demangle"},
    Word{"no-fatal-warnings", Takes::kNothing, Meaning::kOption, "--no-fatal-warnings"},
    Word{"no-gc-sections", Takes::kNothing, Meaning::kOption, "--no-gc-sections"},
    Word{"no-warn-mismatch", Takes::kNothing, Meaning::kOption, "--no-warn-mismatch"},
    Word{"no-warnings", Takes::kNothing, Meaning::kOption, "--no-warnings"},
    Word{"O", Takes::kValue, Meaning::kOption, "--optimize"},
    Word{"o", Takes::kValue, Meaning::kOption, "--output"},
    Word{"optimize", Takes::kValue, Meaning::kOption, "--optimize"},
    Word{"output", Takes::kValue, Meaning::kOption, "--output"},
    Word{"print-gc-sections", Takes::kNothing, Meaning::kOption, "--print-gc"},
    Word{"print-map", Takes::kNothing, Meaning::kOption, "--print-map"},
    Word{"require-defined", Takes::kValue, Meaning::kOption, "--require-defined"},
    Word{"s", Takes::kNothing, Meaning::kOption, "--strip-all"},
    Word{"S", Takes::kNothing, Meaning::kOption, "--no-debug-map"},
    Word{"strip-all", Takes::kNothing, Meaning::kOption, "--strip-all"},
    Word{"strip-debug", Takes::kNothing, Meaning::kOption, "--no-debug-map"},
    Word{"sysroot", Takes::kValue, Meaning::kOption, "--sysroot"},
    Word{"t", Takes::kNothing, Meaning::kOption, "--trace"},
    Word{"threads", Takes::kValue, Meaning::kOption, "--threads"},
    Word{"trace", Takes::kNothing, Meaning::kOption, "--trace"},
    Word{"trace-symbol", Takes::kValue, Meaning::kOption, "--trace-symbol"},
    Word{"u", Takes::kValue, Meaning::kOption, "--undefined"},
    Word{"undefined", Takes::kValue, Meaning::kOption, "--undefined"},
    Word{"unresolved-symbols", Takes::kValue, Meaning::kOption, "--unresolved-symbols"},
    Word{"V", Takes::kNothing, Meaning::kOption, "--show-version"},
    Word{"v", Takes::kNothing, Meaning::kOption, "--show-version"},
    Word{"verbose", Takes::kMayTake, Meaning::kOption, "--verbose"},
    Word{"version", Takes::kNothing, Meaning::kOption, "--version"},
    Word{"w", Takes::kNothing, Meaning::kOption, "--no-warnings"},
    Word{"warn-unresolved-symbols", Takes::kNothing, Meaning::kOption, "--warn-unresolved-symbols"},
    Word{"wrap", Takes::kValue, Meaning::kOption, "--wrap"},
    Word{"x", Takes::kNothing, Meaning::kOption, "--discard-all"},
    Word{"y", Takes::kValue, Meaning::kOption, "--trace-symbol"},
    Word{"z", Takes::kValue, Meaning::kOption, "-z"},
    // Marks among the inputs.
    Word{"(", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kGroupStart},
    Word{")", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kGroupEnd},
    Word{"end-group", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kGroupEnd},
    Word{"end-lib", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kLibEnd},
    Word{"no-whole-archive", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kWholeOff},
    Word{"pop-state", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kPop},
    Word{"push-state", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kPush},
    Word{"start-group", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kGroupStart},
    Word{"start-lib", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kLibStart},
    Word{"whole-archive", Takes::kNothing, Meaning::kMark, {}, linker::Input::Kind::kWholeOn},
    // What happens anyway, or has no meaning for a CPE.
    Word{"A", Takes::kValue}, Word{"a", Takes::kValue}, Word{"accept-unknown-input-arch"},
    Word{"allow-shlib-undefined"}, Word{"apply-dynamic-relocs"}, Word{"architecture", Takes::kValue},
    Word{"as-needed"}, Word{"assert", Takes::kValue}, Word{"audit", Takes::kValue},
    Word{"auxiliary", Takes::kValue}, Word{"Bdynamic"}, Word{"Bgroup"}, Word{"Bno-symbolic"},
    Word{"Bstatic"}, Word{"Bsymbolic"}, Word{"Bsymbolic-functions"}, Word{"Bsymbolic-non-weak-functions"},
    Word{"build-id", Takes::kMayTake}, Word{"call-graph-ordering-file", Takes::kValue},
    Word{"call-graph-profile-sort"}, Word{"call_shared"}, Word{"check-sections"},
    Word{"color-diagnostics", Takes::kMayTake}, Word{"compress-debug-sections", Takes::kMayTake},
    Word{"copy-dt-needed-entries"}, Word{"ctf-share-types", Takes::kValue}, Word{"ctf-variables"},
    Word{"d"}, Word{"dc"}, Word{"default-imported-symver"}, Word{"default-symver"}, Word{"define-common"},
    Word{"depaudit", Takes::kValue}, Word{"dependent-libraries"}, Word{"disable-multiple-abs-defs"},
    Word{"disable-new-dtags"}, Word{"discard-locals"}, Word{"discard-none"}, Word{"dn"}, Word{"dp"},
    Word{"dy"}, Word{"dynamic-linker", Takes::kValue}, Word{"dynamic-list", Takes::kValue},
    Word{"dynamic-list-cpp-new"}, Word{"dynamic-list-cpp-typeinfo"}, Word{"dynamic-list-data"}, Word{"E"},
    Word{"eh-frame-hdr"}, Word{"EL"}, Word{"enable-new-dtags"}, Word{"enable-non-contiguous-regions"},
    Word{"enable-non-contiguous-regions-warnings"}, Word{"error-handling-script", Takes::kValue},
    Word{"exclude-libs", Takes::kValue}, Word{"execute-only"}, Word{"export-dynamic"},
    Word{"export-dynamic-symbol", Takes::kValue}, Word{"export-dynamic-symbol-list", Takes::kValue},
    Word{"F", Takes::kValue}, Word{"f", Takes::kValue}, Word{"filter", Takes::kValue},
    Word{"fini", Takes::kValue}, Word{"fix-arm1176"}, Word{"fix-cortex-a53-835769"},
    Word{"fix-cortex-a53-843419"}, Word{"fix-cortex-a8"}, Word{"fix-v4bx"}, Word{"fix-v4bx-interworking"},
    Word{"flto"}, Word{"flto-*", Takes::kMayTake}, Word{"force-exe-suffix"}, Word{"force-group-allocation"},
    Word{"fortran-common"}, Word{"fuse-ld*", Takes::kMayTake}, Word{"G", Takes::kValue}, Word{"g"},
    Word{"gc-keep-exported"}, Word{"gdb-index"}, Word{"gnu-unique"}, Word{"gpsize", Takes::kValue},
    Word{"h", Takes::kValue}, Word{"hash-size", Takes::kValue}, Word{"hash-style", Takes::kValue},
    Word{"I", Takes::kValue}, Word{"icf", Takes::kMayTake}, Word{"ignore-data-address-equality"},
    Word{"ignore-function-address-equality"}, Word{"init", Takes::kValue},
    Word{"keep-unique", Takes::kValue}, Word{"ld-generated-unwind-info"}, Word{"long-plt"},
    Word{"lto-*", Takes::kMayTake}, Word{"m", Takes::kValue}, Word{"map-whole-files"},
    Word{"max-cache-size", Takes::kValue}, Word{"merge-exidx-entries"}, Word{"mllvm", Takes::kValue},
    Word{"mmap-output-file"}, Word{"n"}, Word{"nmagic"}, Word{"no-accept-unknown-input-arch"},
    Word{"no-allow-multiple-definition"}, Word{"no-allow-shlib-undefined"}, Word{"no-apply-dynamic-relocs"},
    Word{"no-as-needed"}, Word{"no-call-graph-profile-sort"}, Word{"no-check-sections"},
    Word{"no-color-diagnostics"}, Word{"no-copy-dt-needed-entries"}, Word{"no-ctf-variables"},
    Word{"no-define-common"}, Word{"no-dependent-libraries"}, Word{"no-dynamic-linker"},
    Word{"no-eh-frame-hdr"}, Word{"no-enum-size-warning"}, Word{"no-execute-only"},
    Word{"no-export-dynamic"}, Word{"no-fix-arm1176"}, Word{"no-fix-cortex-a8"}, Word{"no-fortran-common"},
    Word{"no-gdb-index"}, Word{"no-gnu-unique"}, Word{"no-keep-memory"},
    Word{"no-ld-generated-unwind-info"}, Word{"no-lto-*"}, Word{"no-map-whole-files"},
    Word{"no-merge-exidx-entries"}, Word{"no-mmap-output-file"}, Word{"no-nmagic"}, Word{"no-omagic"},
    Word{"no-optimize-bb-jumps"}, Word{"no-pcrel-optimize"}, Word{"no-pie"}, Word{"no-power10-stubs"},
    Word{"no-print-gc-sections"}, Word{"no-print-icf-sections"}, Word{"no-print-map-discarded"},
    Word{"no-relax"}, Word{"no-rosegment"}, Word{"no-strip-discarded"}, Word{"no-threads"},
    Word{"no-toc-optimize"}, Word{"no-undefined"}, Word{"no-undefined-version"},
    Word{"no-use-android-relr-tags"}, Word{"no-warn-*"}, Word{"no-wchar-size-warning"}, Word{"non_shared"},
    Word{"nostdlib"}, Word{"opt-remarks-*", Takes::kMayTake}, Word{"optimize-bb-jumps"},
    Word{"orphan-handling", Takes::kValue}, Word{"P", Takes::kValue},
    Word{"pack-dyn-relocs", Takes::kValue}, Word{"package-metadata", Takes::kMayTake},
    Word{"pcrel-optimize"}, Word{"pic-veneer"}, Word{"plugin", Takes::kValue},
    Word{"plugin-opt", Takes::kValue}, Word{"plugin-opt=*", Takes::kMayTake}, Word{"power10-stubs"},
    Word{"print-archive-stats", Takes::kValue}, Word{"print-icf-sections"}, Word{"print-map-discarded"},
    Word{"print-memory-usage"}, Word{"print-symbol-order", Takes::kValue}, Word{"qmagic"}, Word{"Qy"},
    Word{"reduce-memory-overheads"}, Word{"relax"}, Word{"rosegment"}, Word{"rpath", Takes::kValue},
    Word{"rpath-link", Takes::kValue}, Word{"rsp-quoting", Takes::kValue}, Word{"save-temps"},
    Word{"shuffle-sections", Takes::kValue}, Word{"soname", Takes::kValue},
    Word{"sort-common", Takes::kMayTake}, Word{"sort-section", Takes::kValue},
    Word{"spare-dynamic-tags", Takes::kValue}, Word{"split-by-file", Takes::kMayTake},
    Word{"split-by-reloc", Takes::kMayTake}, Word{"split-stack-adjust-size", Takes::kValue}, Word{"static"},
    Word{"stats"}, Word{"print-output-format"}, Word{"print-sysroot"}, Word{"target-help"}, Word{"strip-discarded"}, Word{"stub-group-size", Takes::kValue},
    Word{"symbol-ordering-file", Takes::kValue}, Word{"target1-abs"}, Word{"target2", Takes::kValue},
    Word{"thinlto-*", Takes::kMayTake}, Word{"time-trace"}, Word{"time-trace-*", Takes::kMayTake},
    Word{"toc-optimize"}, Word{"traditional-format"}, Word{"undefined-version"},
    Word{"unique", Takes::kMayTake}, Word{"use-android-relr-tags"}, Word{"use-blx"},
    Word{"version-exports-section", Takes::kValue}, Word{"version-script", Takes::kValue},
    Word{"vfp11-denorm-fix", Takes::kValue}, Word{"vs-diagnostics"}, Word{"warn-*"},
    Word{"warn-backrefs-exclude", Takes::kValue}, Word{"X"}, Word{"Y", Takes::kValue},
    // What a CPE cannot be.
    Word{"b", Takes::kValue, Meaning::kRefused, "the format of an input is told from its contents"},
    Word{"base", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"be8", Takes::kNothing, Meaning::kRefused, "CalamOS programs are little-endian"},
    Word{"Bshareable", Takes::kNothing, Meaning::kRefused, kDynamic},
    Word{"c", Takes::kValue, Meaning::kRefused, "MRI scripts are not supported: name the inputs on the command line"},
    Word{"default-script", Takes::kValue, Meaning::kRefused, "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld (ld -T cmos.ld, then cmos-pack, takes a script)"},
    Word{"dT", Takes::kValue, Meaning::kRefused, "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld (ld -T cmos.ld, then cmos-pack, takes a script)"},
    Word{"EB", Takes::kNothing, Meaning::kRefused, "CalamOS programs are little-endian"},
    Word{"embedded-relocs", Takes::kNothing, Meaning::kRefused, "a CPE carries no relocations"},
    Word{"emit-relocs", Takes::kNothing, Meaning::kRefused, "a CPE carries no relocations"},
    Word{"format", Takes::kValue, Meaning::kRefused, "the format of an input is told from its contents"},
    Word{"i", Takes::kNothing, Meaning::kRefused, "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Word{"image-base", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"just-symbols", Takes::kValue, Meaning::kRefused, "symbols of a linked file are not read; --defsym NAME=ADDRESS gives one"},
    Word{"mri-script", Takes::kValue, Meaning::kRefused, "MRI scripts are not supported: name the inputs on the command line"},
    Word{"N", Takes::kNothing, Meaning::kRefused, "code is never writable; cmos-ld --no-protect makes one rwx image"},
    Word{"noinhibit-exec", Takes::kNothing, Meaning::kRefused, "a program with errors is never written"},
    Word{"oformat", Takes::kValue, Meaning::kRefused, "the output is a CPE; ld and objcopy write other formats"},
    Word{"omagic", Takes::kNothing, Meaning::kRefused, "code is never writable; cmos-ld --no-protect makes one rwx image"},
    Word{"out-implib", Takes::kValue, Meaning::kRefused, "it is not supported"},
    Word{"pic-executable", Takes::kNothing, Meaning::kRefused, kDynamic},
    Word{"pie", Takes::kNothing, Meaning::kRefused, kDynamic},
    Word{"q", Takes::kNothing, Meaning::kRefused, "a CPE carries no relocations"},
    Word{"R", Takes::kValue, Meaning::kRefused, "symbols of a linked file are not read; --defsym NAME=ADDRESS gives one"},
    Word{"r", Takes::kNothing, Meaning::kRefused, "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Word{"relocatable", Takes::kNothing, Meaning::kRefused, "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Word{"reproduce", Takes::kValue, Meaning::kRefused, "it is not supported"},
    Word{"retain-symbols-file", Takes::kValue, Meaning::kRefused, "which symbols a CPE has is chosen by --symbols and --no-symbols"},
    Word{"script", Takes::kValue, Meaning::kRefused, "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld (ld -T cmos.ld, then cmos-pack, takes a script)"},
    Word{"section-start", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"shared", Takes::kNothing, Meaning::kRefused, kDynamic},
    Word{"T", Takes::kValue, Meaning::kRefused, "linker scripts are not supported; the layout is that of sdk/lib/cmos.ld (ld -T cmos.ld, then cmos-pack, takes a script)"},
    Word{"target1-rel", Takes::kNothing, Meaning::kRefused, "R_ARM_TARGET1 is an absolute address here, as on every EABI"},
    Word{"task-link", Takes::kValue, Meaning::kRefused, "it is not supported"},
    Word{"Tbss", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"Tdata", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"Tldata-segment", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"Trodata-segment", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"Ttext", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"Ttext-segment", Takes::kValue, Meaning::kRefused, kFixed},
    Word{"undefined-glob", Takes::kValue, Meaning::kRefused, "it is not supported"},
    Word{"Ur", Takes::kNothing, Meaning::kRefused, "relocatable output is not supported: put the objects into an archive (cmos-ar)"},
    Word{"why-extract", Takes::kValue, Meaning::kRefused, "it is not supported"},
};

constexpr std::array kKeywords{
    Word{"muldefs", Takes::kNothing, Meaning::kOption, "--allow-multiple-definition"},
    Word{"start-stop-gc", Takes::kNothing, Meaning::kOption, "--start-stop-gc"},
    Word{"nostart-stop-gc", Takes::kNothing, Meaning::kOption, "--no-start-stop-gc"},
    Word{"undefs", Takes::kNothing, Meaning::kOption, "--unresolved-symbols=ignore-all"},
    Word{"defs", Takes::kNothing, Meaning::kOption, "--unresolved-symbols=report-all"},
    Word{"noreloc-overflow", Takes::kNothing, Meaning::kRefused,
         "a value that does not fit its field would make another program"},
    Word{"common-page-size=*"}, Word{"max-page-size=*"}, Word{"stack-size=*"}, Word{"execstack"},
    Word{"noexecstack"}, Word{"unique-symbol"}, Word{"nounique-symbol"}, Word{"globalaudit"},
    Word{"start-stop-visibility=*"}, Word{"combreloc"}, Word{"nocombreloc"}, Word{"global"},
    Word{"initfirst"}, Word{"interpose"}, Word{"unique"}, Word{"nounique"}, Word{"lazy"}, Word{"loadfltr"},
    Word{"nocopyreloc"}, Word{"nodefaultlib"}, Word{"nodelete"}, Word{"nodlopen"}, Word{"nodump"},
    Word{"now"}, Word{"origin"}, Word{"relro"}, Word{"norelro"}, Word{"separate-code"},
    Word{"noseparate-code"}, Word{"separate-loadable-segments"}, Word{"common"}, Word{"nocommon"},
    Word{"text"}, Word{"notext"}, Word{"textoff"}, Word{"keep-text-section-prefix"},
    Word{"nokeep-text-section-prefix"}, Word{"noextern-protected-data"}, Word{"extern-protected-data"},
    Word{"indirect-extern-access"}, Word{"noindirect-extern-access"}, Word{"dynamic-undefined-weak"},
    Word{"nodynamic-undefined-weak"}, Word{"call-nop=*"}, Word{"ibtplt"}, Word{"ibt"}, Word{"shstk"},
    Word{"cet-report=*"}, Word{"bti-report=*"}, Word{"force-bti"}, Word{"force-ibt"}, Word{"pac-plt"},
    Word{"bti-plt"}, Word{"report-relative-reloc"}, Word{"x86-64-*"}, Word{"lam-*"},
    Word{"pack-relative-relocs"}, Word{"nopack-relative-relocs"}, Word{"gnustack"}, Word{"nognustack"},
    Word{"hazardplt"}, Word{"ifunc-noplt"}, Word{"retpolineplt"}, Word{"rel"}, Word{"rela"},
    Word{"rodynamic"}, Word{"wxneeded"}, Word{"dead-reloc-in-nonalloc=*"}, Word{"copyreloc"},
    Word{"sectionheader"}, Word{"nosectionheader"}, Word{"mark-plt"}, Word{"nomark-plt"},
};
// clang-format on

bool matches(const Word& word, std::string_view name) {
  if (!word.name.ends_with('*')) return word.name == name;
  return name.starts_with(word.name.substr(0, word.name.size() - 1));
}

/// A whole name says more than the beginning of one.
const Word* find_in(std::span<const Word> words, std::string_view name) {
  const Word* best = nullptr;
  for (const Word& one : words) {
    if (matches(one, name) && (best == nullptr || best->name.ends_with('*'))) best = &one;
  }
  return best;
}

}  // namespace

const Word* find_word(std::string_view name) {
  return find_in(kWords, name);
}

const Word* find_letter(std::string_view text) {
  if (text.size() < 2) return nullptr;
  const Word* found = find_in(kWords, text.substr(0, 1));
  return found != nullptr && found->takes == Takes::kValue ? found : nullptr;
}

const Word* find_keyword(std::string_view keyword) {
  return find_in(kKeywords, keyword);
}

}  // namespace cmos::ld
