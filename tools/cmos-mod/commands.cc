#include "tools/cmos-mod/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/module/describe.h"
#include "formats/module/edit.h"
#include "formats/module/select.h"
#include "loader/module/modules.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::modtool {
namespace {

/// A file and its module, whose views need the bytes.
struct Loaded {
  std::vector<std::uint8_t> bytes;
  mod::Module module;
};

Result<std::unique_ptr<Loaded>> read_module(const std::string& file) {
  auto out = std::make_unique<Loaded>();
  CMOS_TRY(out->bytes, read_host_file(file));
  CMOS_TRY(out->module, mod::read(out->bytes, file));
  return out;
}

Result<std::vector<std::unique_ptr<Loaded>>> read_all(const std::vector<std::string>& files) {
  std::vector<std::unique_ptr<Loaded>> out;
  for (const std::string& one : files) {
    CMOS_TRY(auto loaded, read_module(one));
    out.push_back(std::move(loaded));
  }
  return out;
}

Result<void> write_module(const mod::Module& module, const std::string& file) {
  auto bytes = mod::write(module);
  if (!bytes) return fail(std::move(bytes).error().in_file(file));
  return write_host_file(file, *bytes);
}

Result<void> say(std::string_view text) {
  if (tools::print(text)) return {};
  return fail(ErrorCode::kHostIo, "standard output was not written");
}

Result<mod::Family> family_of(const std::string& name) {
  if (const mod::FamilyRow* row = mod::family_named(name)) return row->family;
  std::string known;
  for (const mod::FamilyRow& one : mod::families()) known += fmt::format(" {}", one.name);
  return fail(ErrorCode::kUsage,
              fmt::format("--cpu {}: no such CPU; there are{}", quote(as_bytes(name), 64), known));
}

Result<std::uint32_t> number(std::string_view option, const std::string& text,
                             std::uint64_t most = UINT32_MAX) {
  const auto value = tools::parse_address(text);
  if (value && *value <= most) return static_cast<std::uint32_t>(*value);
  return fail(ErrorCode::kUsage, fmt::format("{} {}: a number up to 0x{:x} is expected", option,
                                             quote(as_bytes(text), 64), most));
}

Result<void> set(std::optional<std::uint32_t>& out, std::string_view option,
                 const std::string& text) {
  if (text.empty()) return {};
  CMOS_TRY(out, number(option, text));
  return {};
}

/// The CPU that was named, or the only one that the first module is for.
Result<mod::Host> host_of(const Arguments& arguments, const mod::Module& first) {
  mod::Host out{mod::Family::kNone, static_cast<std::uint8_t>(arguments.stepping)};
  if (!arguments.cpu.empty()) {
    CMOS_TRY(out.family, family_of(arguments.cpu));
    return out;
  }
  const auto families = first.families();
  if (families.size() == 1) out.family = families.front();
  if (families.size() <= 1) return out;
  std::string known;
  for (const mod::Family one : families) known += fmt::format(" {}", name(one));
  return fail(
      Error{.code = ErrorCode::kUsage,
            .file = arguments.files.front(),
            .message = fmt::format("a module for several CPUs: --cpu chooses one of{}", known)});
}

Result<loader::ModuleOptions> load_options(const Arguments& arguments, const mod::Module& first) {
  loader::ModuleOptions out;
  CMOS_TRY(out.host, host_of(arguments, first));
  CMOS_TRY(out.base, number("--base", arguments.base));
  CMOS_TRY_VOID(set(out.text, "--text", arguments.text));
  CMOS_TRY_VOID(set(out.rodata, "--rodata", arguments.rodata));
  CMOS_TRY_VOID(set(out.data, "--data", arguments.data));
  CMOS_TRY_VOID(set(out.bss, "--bss", arguments.bss));
  CMOS_TRY_VOID(set(out.overlay, "--overlay", arguments.overlay));
  CMOS_TRY_VOID(set(out.stack_size, "--stack-size", arguments.stack_size));
  CMOS_TRY_VOID(set(out.heap_size, "--heap-size", arguments.heap_size));
  for (const std::string& one : arguments.provided) {
    const std::size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::kUsage,
                  fmt::format("--provide {}: NAME=ADDRESS is expected", quote(as_bytes(one), 64)));
    CMOS_TRY(out.provided[one.substr(0, equals)], number("--provide", one.substr(equals + 1)));
  }
  return out;
}

/// The bytes from the lowest to the highest address that holds some.
std::vector<std::uint8_t> image_of(const loader::LoadedModules& loaded) {
  std::uint64_t begin = UINT64_MAX;
  std::uint64_t end = 0;
  for (const loader::PlacedSegment& one : loaded.segments) {
    if (one.bytes.empty()) continue;
    begin = std::min<std::uint64_t>(begin, one.address);
    end = std::max(end, one.end());
  }
  std::vector<std::uint8_t> out(end > begin ? end - begin : 0);
  for (const loader::PlacedSegment& one : loaded.segments) {
    if (!one.bytes.empty())
      std::copy(one.bytes.begin(), one.bytes.end(),
                out.begin() + static_cast<std::ptrdiff_t>(one.address - begin));
  }
  return out;
}

}  // namespace

Result<void> list(const Arguments& arguments) {
  std::string out;
  for (const std::string& file : arguments.files) {
    CMOS_TRY(const auto loaded, read_module(file));
    const mod::Module& module = loaded->module;
    if (arguments.files.size() > 1) out += fmt::format("{}:\n", presentable(file));
    out += fmt::format("{:>5} {:<12} {:<8} {:>5} {:>6} {:>6} {}\n", "id", "type", "cpu", "size",
                       "origin", "relocs", "name");
    for (const mod::Segment& one : module.segments) {
      std::size_t relocations = 0;
      for (const mod::Relocations& entry : one.relocations) relocations += entry.items.size();
      std::string cpu(name(one.family()));
      if (one.cpu && one.cpu->stepping != 0) cpu += fmt::format(".{}", one.cpu->stepping);
      out += fmt::format("{:>5} {:<12} {:<8} {:>5} {:>6} {:>6} {}\n", one.id, name(one.type), cpu,
                         one.size, one.origin ? fmt::format("{:x}", *one.origin) : "-", relocations,
                         presentable(one.name.value_or("-"), 64));
    }
    for (const mod::Import& one : module.imports)
      out += fmt::format("import {:>5} {:<9} {}\n", one.ordinal, name(one.type),
                         presentable(one.name, 255));
    for (const mod::Export& one : module.exports) {
      if (!one.name.empty())
        out += fmt::format(
            "export {:>5} {:<9} {} ({})\n", one.ordinal, name(one.type), presentable(one.name, 255),
            one.segment == 0 ? fmt::format("0x{:x}", one.offset)
                             : fmt::format("segment {}+0x{:x}", one.segment, one.offset));
    }
  }
  return say(out);
}

Result<void> check(const Arguments& arguments) {
  bool errors = false;
  for (const std::string& file : arguments.files) {
    CMOS_TRY(const auto bytes, read_host_file(file));
    for (const Finding& one : mod::validate(bytes, file)) {
      errors |= one.severity == Severity::kError;
      tools::complain(fmt::format("{} [{}]", one.where.text(), one.rule));
    }
  }
  if (!errors) return {};
  return fail(ErrorCode::kMalformed, "not every module is whole");
}

Result<void> load(const Arguments& arguments) {
  CMOS_TRY(const auto modules, read_all(arguments.files));
  std::vector<loader::ModuleFile> files;
  for (std::size_t i = 0; i < modules.size(); ++i)
    files.push_back({arguments.files[i], &modules[i]->module});
  CMOS_TRY(const auto options, load_options(arguments, modules.front()->module));
  CMOS_TRY(const auto loaded, loader::load_modules(files, options));
  if (arguments.map || arguments.output.empty())
    CMOS_TRY_VOID(say(loader::module_map(files, loaded)));
  if (arguments.output.empty()) return {};
  return write_host_file(arguments.output, image_of(loaded));
}

Result<void> merge(const Arguments& arguments) {
  CMOS_TRY(const auto modules, read_all(arguments.files));
  std::vector<mod::Input> inputs;
  for (std::size_t i = 0; i < modules.size(); ++i)
    inputs.push_back({arguments.files[i], &modules[i]->module});
  CMOS_TRY(const auto merged, mod::merge(inputs));
  return write_module(merged, arguments.output);
}

Result<void> split(const Arguments& arguments) {
  CMOS_TRY(const auto loaded, read_module(arguments.files.front()));
  std::vector<mod::Family> families = loaded->module.families();
  if (!arguments.cpu.empty()) {
    CMOS_TRY(const mod::Family only, family_of(arguments.cpu));
    if (std::find(families.begin(), families.end(), only) == families.end())
      return fail(Error{.code = ErrorCode::kUsage,
                        .file = arguments.files.front(),
                        .message = fmt::format("there is nothing for {} in it", name(only))});
    return write_module(mod::only(loaded->module, only), arguments.output);
  }
  if (families.empty())
    return fail(Error{.code = ErrorCode::kUsage,
                      .file = arguments.files.front(),
                      .message = "no segment of it names a CPU"});
  for (const mod::Family one : families) {
    const std::string file = fmt::format("{}.{}.mod", arguments.output, name(one));
    CMOS_TRY_VOID(write_module(mod::only(loaded->module, one), file));
    CMOS_TRY_VOID(say(presentable(file) + "\n"));
  }
  return {};
}

Result<void> strip(const Arguments& arguments) {
  CMOS_TRY(const auto loaded, read_module(arguments.files.front()));
  return write_module(mod::strip(loaded->module),
                      arguments.output.empty() ? arguments.files.front() : arguments.output);
}

}  // namespace cmos::modtool
