#include "loader/module/modules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "loader/module/relocate.h"
#include "loader/module/space.h"

namespace cmos::loader {
namespace {

using mod::Export;
using mod::Import;
using mod::SectionType;
using mod::Segment;

class Loading {
 public:
  Loading(const std::vector<ModuleFile>& files, const ModuleOptions& options)
      : files_(files), options_(options), space_(limit(options)), parts_(files.size()) {}

  Result<LoadedModules> run() {
    for (std::size_t i = 0; i < files_.size(); ++i) CMOS_TRY_VOID(choose(i));
    CMOS_TRY_VOID(place_all());
    index_names();
    for (std::size_t i = 0; i < files_.size(); ++i) CMOS_TRY_VOID(ordinals(i));
    CMOS_TRY_VOID(relocate_all(out_.segments));
    CMOS_TRY_VOID(relocate_all(out_.overlays));
    CMOS_TRY_VOID(budgets());
    start();
    std::sort(out_.segments.begin(), out_.segments.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    return std::move(out_);
  }

 private:
  /// What is known of one module while it is loaded.
  struct Part {
    std::vector<std::size_t> chosen;
    std::map<std::uint16_t, std::uint32_t> base_of;  // by the id of a placed segment
    OrdinalTable ordinals;
  };

  static const mod::FamilyRow* row(const ModuleOptions& options) {
    return mod::family_row(static_cast<std::uint8_t>(options.host.family));
  }
  static std::uint64_t limit(const ModuleOptions& options) {
    // The 8086's modules use its 64 KiB of near addresses.
    const mod::FamilyRow* known = row(options);
    if (known == nullptr) return std::uint64_t{1} << 32;
    return std::uint64_t{1} << std::min<unsigned>(known->pointer * 8U, known->cpu->address_bits);
  }
  /// The 6502's stack is a page of its own, whatever is asked for.
  static constexpr Area kStackPage{0x100, 0x100};
  bool has_stack_page() const { return options_.host.family == mod::Family::k6500; }

  /// Code and words of a 68000 stand at even addresses.
  std::uint64_t alignment() const {
    const mod::FamilyRow* known = row(options_);
    return known == nullptr ? 1 : known->cpu->decodings.front().alignment;
  }
  const mod::Module& module(std::size_t index) const { return *files_[index].module; }

  Error wrong(ErrorCode code, std::size_t index, std::string field, std::string found,
              std::string expected) const {
    return {.code = code,
            .file = files_[index].file,
            .field = std::move(field),
            .found = std::move(found),
            .expected = std::move(expected)};
  }
  static std::string shown(std::string_view text) { return quote(as_bytes(text), 64); }

  // ---- segments -------------------------------------------------------------------------------

  Result<void> choose(std::size_t index) {
    Part& part = parts_[index];
    part.chosen = mod::select(module(index), options_.host);
    if (!part.chosen.empty()) return {};
    for (const Segment& one : module(index).segments) {
      if (!one.required) continue;
      const mod::FamilyRow* wanted = mod::family_row(static_cast<std::uint8_t>(one.family()));
      const mod::FamilyRow* have = row(options_);
      return fail(wrong(ErrorCode::kMalformed, index, one.label() + " cpuid",
                        fmt::format("{} from stepping {} on, required",
                                    wanted == nullptr ? "?" : wanted->name, one.cpu->stepping),
                        fmt::format("{} up to stepping {}", have == nullptr ? "any" : have->name,
                                    options_.host.stepping)));
    }
    return {};
  }

  Result<void> place_all() {
    if (has_stack_page()) space_.take(kStackPage.address, kStackPage.size);
    CMOS_TRY_VOID(each([&](std::size_t m, std::size_t s, const Segment& one) {
      return one.origin && one.type != SectionType::kOverlay ? at_origin(m, s) : Result<void>();
    }));
    CMOS_TRY_VOID(group(SectionType::kZeroPage, true, 0));
    CMOS_TRY_VOID(group(SectionType::kZeroPage, false, 0));
    CMOS_TRY_VOID(group(SectionType::kText, true, options_.text.value_or(options_.base)));
    CMOS_TRY_VOID(overlays());
    CMOS_TRY_VOID(group(SectionType::kReadOnlyData, true, options_.rodata.value_or(options_.base)));
    CMOS_TRY_VOID(group(SectionType::kData, true, options_.data.value_or(options_.base)));
    return group(SectionType::kData, false, options_.bss.value_or(options_.base));
  }

  template <typename Function>
  Result<void> each(Function function) {
    for (std::size_t m = 0; m < files_.size(); ++m) {
      for (const std::size_t s : parts_[m].chosen)
        CMOS_TRY_VOID(function(m, s, module(m).segments[s]));
    }
    return {};
  }

  void put(std::size_t m, std::size_t s, std::uint32_t address, std::vector<PlacedSegment>& where) {
    const Segment& one = module(m).segments[s];
    parts_[m].base_of.emplace(one.id, address);
    PlacedSegment placed{m, s, address, {}};
    if (one.payload) placed.bytes.assign(one.payload->begin(), one.payload->end());
    placed.bytes.resize(one.size);
    where.push_back(std::move(placed));
  }

  Result<void> at_origin(std::size_t m, std::size_t s) {
    const Segment& one = module(m).segments[s];
    if (!space_.take(*one.origin, one.size))
      return fail(wrong(ErrorCode::kLimit, m, one.label() + " origin",
                        fmt::format("0x{:x} for {} bytes", *one.origin, one.size),
                        fmt::format("free addresses below 0x{:x}", space_.limit())));
    put(m, s, *one.origin, out_.segments);
    return {};
  }

  /// Places what has no origin: data with payload apart from data without, and constants of text.
  Result<void> group(SectionType type, bool with_payload, std::uint32_t from) {
    const bool zero_page = type == SectionType::kZeroPage;
    const std::uint64_t end = zero_page ? kZeroPageEnd : space_.limit();
    return each([&](std::size_t m, std::size_t s, const Segment& one) -> Result<void> {
      const bool split = type == SectionType::kData || zero_page;
      if (one.type != type || one.origin || (split && one.payload.has_value() != with_payload))
        return {};
      const auto address = space_.place(from, end, one.size, alignment());
      if (!address)
        return fail(wrong(ErrorCode::kLimit, m, one.label(),
                          fmt::format("{} bytes of {}", one.size, name(one.type)),
                          fmt::format("room for them from 0x{:x} to 0x{:x}", from, end)));
      put(m, s, *address, out_.segments);
      return {};
    });
  }

  /// All overlays share one area, which an origin may place.
  Result<void> overlays() {
    std::uint32_t size = 0;
    std::optional<std::uint32_t> origin = options_.overlay;
    CMOS_TRY_VOID(each([&](std::size_t, std::size_t, const Segment& one) -> Result<void> {
      if (one.type != SectionType::kOverlay) return {};
      size = std::max<std::uint32_t>(size, one.size);
      if (!origin) origin = one.origin;
      return {};
    }));
    const std::uint32_t from = options_.text.value_or(options_.base);
    const auto address = origin && space_.take(*origin, size)
                             ? origin
                             : space_.place(from, space_.limit(), size, alignment());
    return each([&](std::size_t m, std::size_t s, const Segment& one) -> Result<void> {
      if (one.type != SectionType::kOverlay) return {};
      if (!address || (origin && *address != *origin) || (one.origin && *one.origin != *address))
        return fail(wrong(ErrorCode::kLimit, m, one.label(),
                          one.origin ? fmt::format("an overlay at 0x{:x}", *one.origin)
                                     : fmt::format("an overlay of {} bytes", one.size),
                          "one free area for all overlays"));
      out_.overlay = {*address, size};
      put(m, s, *address, out_.overlays);
      return {};
    });
  }

  // ---- names ----------------------------------------------------------------------------------

  /// An export of a segment that was placed, or an absolute one.
  std::optional<std::uint32_t> address_of(std::size_t m, const Export& one) const {
    if (one.segment == 0) return one.offset;
    const auto base = parts_[m].base_of.find(one.segment);
    if (base == parts_[m].base_of.end()) return std::nullopt;
    return base->second + one.offset;
  }

  Result<void> ordinals(std::size_t m) {
    OrdinalTable& table = parts_[m].ordinals;
    for (const Export& one : module(m).exports) {
      if (const auto address = address_of(m, one)) table.emplace(one.ordinal, *address);
    }
    const auto used = used_ordinals(m);
    for (const Import& one : module(m).imports) {
      const bool needed = std::binary_search(used.begin(), used.end(), one.ordinal);
      CMOS_TRY_VOID(resolve(m, one, needed));
    }
    return {};
  }

  std::vector<std::uint16_t> used_ordinals(std::size_t m) const {
    std::vector<std::uint16_t> out;
    for (const std::size_t s : parts_[m].chosen) {
      for (const mod::Relocations& one : module(m).segments[s].relocations)
        out.push_back(one.ordinal);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  struct Provider {
    std::size_t module = 0;
    const Export* what = nullptr;
    std::uint32_t address = 0;
  };

  void index_names() {
    for (std::size_t m = 0; m < files_.size(); ++m) {
      for (const Export& one : module(m).exports) {
        const auto address = address_of(m, one);
        if (!one.name.empty() && address) names_.emplace(one.name, Provider{m, &one, *address});
      }
    }
  }

  Result<void> resolve(std::size_t m, const Import& one, bool needed) {
    const auto [first, last] = names_.equal_range(one.name);
    const Provider* other_type = nullptr;
    for (auto at = first; at != last; ++at) {
      if (at->second.module == m) continue;
      if (at->second.what->type != one.type) {
        other_type = &at->second;
        continue;
      }
      parts_[m].ordinals.emplace(one.ordinal, at->second.address);
      out_.imports.push_back({m, one.ordinal, at->second.address, at->second.module});
      return {};
    }
    if (const auto given = options_.provided.find(one.name); given != options_.provided.end()) {
      parts_[m].ordinals.emplace(one.ordinal, given->second);
      out_.imports.push_back({m, one.ordinal, given->second, std::nullopt});
      return {};
    }
    if (!needed) return {};
    const std::string wanted = fmt::format("a {} {}", name(one.type), shown(one.name));
    if (other_type != nullptr)
      return fail(wrong(ErrorCode::kMalformed, m, "import " + shown(one.name),
                        fmt::format("a {} of {}", name(other_type->what->type),
                                    presentable(files_[other_type->module].file)),
                        fmt::format("a {}", name(one.type))));
    return fail(wrong(ErrorCode::kMalformed, m, "import " + shown(one.name),
                      "no module that exports it", wanted));
  }

  // ---- contents -------------------------------------------------------------------------------

  Result<void> relocate_all(std::vector<PlacedSegment>& placed) {
    for (PlacedSegment& one : placed) {
      const Segment& segment = module(one.module).segments[one.segment];
      auto done = relocate(segment, parts_[one.module].ordinals, one.address, one.bytes);
      if (!done) return fail(std::move(done).error().in_file(files_[one.module].file));
    }
    return {};
  }

  /// The heap follows what is highest, the stack ends at the last address.
  Result<void> budgets() {
    auto [least_stack, stack, least_heap, heap] = budgets_of(files_);
    if (options_.stack_size) stack = least_stack = *options_.stack_size;
    if (options_.heap_size) heap = least_heap = *options_.heap_size;
    const std::uint64_t begin = space_.end_of_taken(space_.limit());
    const std::uint64_t room = space_.limit() - begin;
    if (has_stack_page()) {
      if (least_stack > kStackPage.size)
        return fail(Error{.code = ErrorCode::kLimit,
                          .file = files_.front().file,
                          .field = "stack",
                          .found = fmt::format("{} bytes at least", least_stack),
                          .expected = fmt::format("at most {}, the page at 0x{:x}", kStackPage.size,
                                                  kStackPage.address)});
      stack = least_stack = 0;
    }
    if (stack + heap > room)
      stack = std::max(least_stack, std::min(stack, room - std::min(room, heap)));
    if (stack + heap > room) heap = std::max(least_heap, room - std::min(room, stack));
    if (stack + heap > room)
      return fail(
          Error{.code = ErrorCode::kLimit,
                .file = files_.front().file,
                .field = "stack and heap",
                .found = fmt::format("{} and {} bytes at least", least_stack, least_heap),
                .expected = fmt::format("at most {}, what is free above 0x{:x}", room, begin)});
    out_.heap = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(heap)};
    out_.stack = {static_cast<std::uint32_t>(space_.limit() - stack),
                  static_cast<std::uint32_t>(stack)};
    if (has_stack_page()) out_.stack = kStackPage;
    return {};
  }

  void start() {
    if (files_.empty()) return;
    for (const Export& one : module(0).exports) {
      if (one.name == kStartName && one.type == mod::ValueType::kProcedure) {
        out_.start = address_of(0, one);
        if (out_.start) return;
      }
    }
  }

  const std::vector<ModuleFile>& files_;
  const ModuleOptions& options_;
  Space space_;
  std::vector<Part> parts_;
  /// Everything that is exported by a name and placed, in the order of the modules.
  std::multimap<std::string_view, Provider> names_;
  LoadedModules out_;
};

}  // namespace

ModuleBudgets budgets_of(const std::vector<ModuleFile>& files) {
  ModuleBudgets out;
  for (const ModuleFile& one : files) {
    out.stack_least += one.module->memory.min_stack;
    out.stack_wanted += one.module->memory.stack;
    out.heap_least += one.module->memory.min_heap;
    out.heap_wanted += one.module->memory.heap;
  }
  return out;
}

Result<LoadedModules> load_modules(const std::vector<ModuleFile>& files,
                                   const ModuleOptions& options) {
  return Loading(files, options).run();
}

std::string module_map(const std::vector<ModuleFile>& files, const LoadedModules& loaded) {
  std::string out;
  const auto area = [&](std::uint64_t from, std::uint64_t end, std::string_view what) {
    out += fmt::format("{:08x} {:08x} {:>8} {}\n", from, end, end - from, what);
  };
  const auto segment = [&](const PlacedSegment& one) {
    const Segment& of = files[one.module].module->segments[one.segment];
    area(one.address, one.end(),
         fmt::format("{}:{} ({})", presentable(files[one.module].file), presentable(of.label(), 64),
                     name(of.type)));
  };
  out += "start    end          size what\n";
  for (const PlacedSegment& one : loaded.segments) segment(one);
  for (const PlacedSegment& one : loaded.overlays) segment(one);
  if (loaded.heap.size != 0) area(loaded.heap.address, loaded.heap.end(), "heap");
  if (loaded.stack.size != 0) area(loaded.stack.address, loaded.stack.end(), "stack");
  for (const ResolvedImport& one : loaded.imports) {
    const auto& imports = files[one.module].module->imports;
    const auto import = std::find_if(imports.begin(), imports.end(), [&](const Import& each) {
      return each.ordinal == one.ordinal;
    });
    out += fmt::format("{:08x} {} of {}, for {}\n", one.address, presentable(import->name, 64),
                       one.from ? presentable(files[*one.from].file) : std::string("the system"),
                       presentable(files[one.module].file));
  }
  if (loaded.start) out += fmt::format("{:08x} start\n", *loaded.start);
  return out;
}

}  // namespace cmos::loader
