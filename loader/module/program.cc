#include "loader/module/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/module/codes.h"

namespace cmos::loader {
namespace {

/// Bytes of stack for modules that state none: without one no procedure returns. (A 6502 has its
/// page.)
constexpr std::uint32_t kUnstatedStack = 1024;

/// What every CPU of the format can address.
constexpr std::uint64_t kLeastMemory = 0x10000;

std::string_view arch_of(mod::Family family) {
  const mod::FamilyRow* row = mod::family_row(static_cast<std::uint8_t>(family));
  return row == nullptr || row->cpu->codes.empty() ? std::string_view("?")
                                                   : row->cpu->codes.front().code;
}

std::string names_of(const std::vector<mod::Family>& families) {
  std::string out;
  for (const mod::Family one : families) out += (out.empty() ? "" : ", ") + std::string(name(one));
  return out;
}

/// Of what `file` carries the one that was named, or the first that has an engine.
Result<mod::Family> choose(const std::string& file, const mod::Module& module,
                           const ModuleChoice& choice) {
  const std::vector<mod::Family> carried = module.families();
  if (!choice.cpu.empty()) {
    const mod::FamilyRow* row = mod::family_named(choice.cpu);
    if (row == nullptr)
      return fail(ErrorCode::kUsage,
                  fmt::format("--cpu {}: no such CPU", quote(as_bytes(choice.cpu), 64)));
    if (choice.can_run(arch_of(row->family))) return row->family;
    return fail(Error{.code = ErrorCode::kUnsupported,
                      .file = file,
                      .message = fmt::format("no CPU engine for {}", row->name)});
  }
  for (const mod::Family one : carried) {
    if (choice.can_run(arch_of(one))) return one;
  }
  return fail(Error{.code = ErrorCode::kUnsupported,
                    .file = file,
                    .field = "CPU",
                    .found = carried.empty() ? "segments for any CPU alone" : names_of(carried),
                    .expected = "a CPU that has an engine (--cpu chooses)"});
}

FlatImage::Piece piece_of(PlacedSegment& one) {
  return {one.address, std::move(one.bytes)};
}

std::string base_name(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  return std::string(slash == std::string_view::npos ? file : file.substr(slash + 1));
}

class Making {
 public:
  Making(const std::vector<ModuleBytes>& files, const ModuleChoice& choice)
      : choice_(choice), modules_(files.size()) {
    for (const ModuleBytes& one : files) files_.push_back({one.file, nullptr});
    bytes_ = &files;
  }

  Result<ModuleProgram> run() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      CMOS_TRY(modules_[i], mod::read((*bytes_)[i].bytes, files_[i].file));
      files_[i].module = &modules_[i];
    }
    ModuleOptions options;
    CMOS_TRY(options.host.family, choose(files_.front().file, modules_.front(), choice_));
    out_.budgets = budgets_of(files_);
    options.stack_size = choice_.stack_size;
    const bool stated = out_.budgets.stack_wanted != 0 || options.stack_size.has_value();
    if (!stated && options.host.family != mod::Family::k6500) options.stack_size = kUnstatedStack;
    options.heap_size = choice_.heap_size;
    options.base = choice_.base.value_or(options.base);
    CMOS_TRY(LoadedModules loaded, load_modules(files_, options));
    if (!loaded.start)
      return fail(Error{.code = ErrorCode::kMalformed,
                        .file = files_.front().file,
                        .field = "exports",
                        .found = fmt::format("no procedure '{}'", kStartName),
                        .expected = "one, where the program begins"});
    out_.map = module_map(files_, loaded);
    out_.executable.executable.arch = std::string(arch_of(options.host.family));
    out_.executable.executable.has_mini_disk_section = false;
    symbols(loaded);
    image(loaded);
    return std::move(out_);
  }

 private:
  /// Of overlays the first one names the area: which of them is there, only the run knows.
  void symbols(const LoadedModules& loaded) {
    for (const PlacedSegment& one : loaded.segments) add(one);
    if (!loaded.overlays.empty()) add(loaded.overlays.front());
  }

  void add(const PlacedSegment& one) {
    if (one.bytes.empty()) return;
    const std::string label = modules_[one.module].segments[one.segment].label();
    out_.executable.executable.symbols.push_back(
        {fmt::format("{}:{}", base_name(files_[one.module].file), label), one.address});
  }

  void image(LoadedModules& loaded) {
    auto image = std::make_shared<FlatImage>();
    for (PlacedSegment& one : loaded.segments) image->pieces.push_back(piece_of(one));
    for (PlacedSegment& one : loaded.overlays) image->overlays.push_back(piece_of(one));
    if (!image->overlays.empty()) image->pieces.push_back(image->overlays.front());
    image->entry = *loaded.start;
    image->stack_base = loaded.stack.address;
    image->stack_top = loaded.stack.end();
    image->heap_base = loaded.heap.address;
    image->heap_limit = loaded.heap.end();
    // The stack is at the end of all addresses, but for the 6502's.
    image->memory_end = std::max<std::uint64_t>(loaded.stack.end(), kLeastMemory);
    out_.executable.sections = {{cpe::SectionKind::kWhole, 0, image->memory_end}};
    out_.image = std::move(image);
  }

  const ModuleChoice& choice_;
  const std::vector<ModuleBytes>* bytes_;
  std::vector<mod::Module> modules_;
  std::vector<ModuleFile> files_;
  ModuleProgram out_;
};

}  // namespace

Result<ModuleProgram> read_modules(const std::vector<ModuleBytes>& files,
                                   const ModuleChoice& choice) {
  return Making(files, choice).run();
}

}  // namespace cmos::loader
