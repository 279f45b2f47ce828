#include "linker/whitesmith/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch/cpu.h"
#include "base/text.h"

namespace cmos::wslink {
namespace {

constexpr std::array<std::string_view, 5> kSmall{"_Z80", "8080", "_68K", "8086", "6502"};

tl::unexpected<Error> refuse(std::string_view file, std::string_view field, std::string found,
                             std::string expected) {
  return fail(Error{.code = ErrorCode::kMalformed,
                    .file = std::string(file),
                    .field = std::string(field),
                    .found = std::move(found),
                    .expected = std::move(expected)});
}

/// A program's memory, from the CPU's load address on.
struct Image {
  std::vector<std::uint8_t> bytes;
  std::uint64_t memory_size = 0;  ///< at least that of the bytes; the rest is zero
  std::uint32_t entry = 0;        ///< an address
};

Result<const arch::Cpu*> small_cpu(const std::string& code) {
  if (is_small(code)) return arch::find(code);
  return fail(ErrorCode::kUsage, fmt::format("ARCH {}: {} is expected, whose programs are images "
                                             "without sections",
                                             quote(as_bytes(code), 16), fmt::join(kSmall, ", ")));
}

Result<void> check_end(std::uint64_t end, const arch::Cpu& cpu, std::string_view file) {
  const std::uint64_t limit = std::uint64_t{1} << cpu.address_bits;
  if (end <= limit) return {};
  return refuse(file, "image", fmt::format("an end at 0x{:x}", end),
                fmt::format("at most 0x{:x}, the memory of the {}", limit, cpu.name));
}

Result<linker::Program> finish(Image image, std::vector<cpe::ProgramSymbol> symbols,
                               const arch::Cpu& cpu, std::string_view file,
                               const ProgramOptions& options) {
  CMOS_TRY_VOID(check_end(cpu.load_address + image.memory_size, cpu, file));
  const std::uint32_t entry = options.entry.value_or(image.entry);
  if (entry < cpu.load_address || entry - cpu.load_address >= image.bytes.size())
    return refuse(file, "entry", fmt::format("0x{:x}", entry),
                  fmt::format("an address in the image, 0x{:x} to 0x{:x}", cpu.load_address,
                              cpu.load_address + image.bytes.size()));
  linker::Program out;
  // Without boundary symbols nothing states the size of memory, and with __image_end alone what it
  // adds could not be written to: the zeros are in the file.
  image.bytes.resize(image.memory_size);
  cpe::Executable& executable = out.executable;
  executable.arch = options.arch;
  executable.entry_offset = static_cast<std::uint32_t>(entry - cpu.load_address);
  executable.symbols =
      cpe::program_symbols(symbols, options.program.symbols, false, {}, out.warnings);
  executable.code = std::move(image.bytes);
  cpe::describe(options.program, executable);
  return out;
}

Result<Image> image_of_program(const whitesmith::File& file, std::string_view name,
                               const arch::Cpu& cpu, std::optional<std::uint64_t> bss_base) {
  using whitesmith::Segment;
  if (file.text_base < cpu.load_address)
    return refuse(
        name, "text base", fmt::format("0x{:x}", file.text_base),
        fmt::format("0x{:x} or more, where the {} has its programs: link with -Ttext=0x{:x}",
                    cpu.load_address, cpu.name, cpu.load_address));
  const std::uint64_t bss_end = bss_base.value_or(file.base(Segment::kBss)) + file.bss;
  // Before zeros are made between them.
  CMOS_TRY_VOID(check_end(file.text_base + file.size(Segment::kText), cpu, name));
  CMOS_TRY_VOID(
      check_end(file.data.empty() ? 0 : file.data_base + file.size(Segment::kData), cpu, name));
  CMOS_TRY_VOID(check_end(file.bss == 0 ? 0 : bss_end, cpu, name));
  auto memory = whitesmith::memory_image(file);
  if (!memory) return fail(std::move(memory).error().in_file(std::string(name)));
  Image out;
  out.bytes.resize(file.text_base - cpu.load_address);
  out.bytes.insert(out.bytes.end(), memory->begin(), memory->end());
  out.memory_size = out.bytes.size();
  if (file.bss != 0 && bss_end > cpu.load_address)
    out.memory_size = std::max(out.memory_size, bss_end - cpu.load_address);
  out.entry = file.text_base;
  return out;
}

std::vector<cpe::ProgramSymbol> symbols_of(const whitesmith::File& file, const arch::Cpu& cpu,
                                           std::uint64_t memory_size) {
  using whitesmith::Segment;
  std::vector<cpe::ProgramSymbol> out;
  for (const whitesmith::Symbol& one : file.symbols) {
    if (!one.defined || one.segment == Segment::kAbsolute || one.value < cpu.load_address ||
        one.value - cpu.load_address > memory_size)
      continue;
    out.push_back({.name = one.name,
                   .offset = one.value - cpu.load_address,
                   .kind = one.segment == Segment::kText ? cpe::ProgramSymbol::Kind::kFunction
                                                         : cpe::ProgramSymbol::Kind::kObject,
                   .local = !one.global,
                   .executable = one.segment == Segment::kText});
  }
  return out;
}

/// Bytes of all segments; zeros of a segment are in the file where another one's bytes follow.
Result<Image> image_of_segments(const elf::SmallProgram& program, std::string_view name) {
  const arch::Cpu& cpu = *program.cpu;
  Image out{.bytes = {}, .memory_size = 0, .entry = program.entry};
  for (const elf::SmallProgram::Segment& one : program.segments) {
    if (one.address < cpu.load_address)
      return refuse(name, "p_vaddr", fmt::format("0x{:x}", one.address),
                    fmt::format("0x{:x} or more, where the {} has its programs: ld -Ttext=0x{:x}, "
                                "and without the file's headers (-N)",
                                cpu.load_address, cpu.name, cpu.load_address));
    const std::uint64_t end = std::uint64_t{one.address} + one.memory_size;
    CMOS_TRY_VOID(check_end(end, cpu, name));
    out.memory_size = end - cpu.load_address;
    if (one.bytes.empty()) continue;
    out.bytes.resize(one.address - cpu.load_address);
    out.bytes.insert(out.bytes.end(), one.bytes.begin(), one.bytes.end());
  }
  return out;
}

std::vector<cpe::ProgramSymbol> symbols_of(const elf::SmallProgram& program,
                                           std::uint64_t memory_size) {
  using Kind = cpe::ProgramSymbol::Kind;
  const std::uint64_t base = program.cpu->load_address;
  std::vector<cpe::ProgramSymbol> out;
  for (const elf::SmallProgram::Symbol& one : program.symbols) {
    if (one.value < base || one.value - base > memory_size) continue;
    out.push_back({.name = one.name,
                   .offset = one.value - base,
                   .kind = one.function ? Kind::kFunction
                           : one.object ? Kind::kObject
                                        : Kind::kOther,
                   .local = one.local,
                   .executable = one.function});
  }
  return out;
}

}  // namespace

bool is_small(std::string_view arch) {
  return std::find(kSmall.begin(), kSmall.end(), arch) != kSmall.end();
}

std::span<const std::string_view> small_archs() {
  return kSmall;
}

Result<linker::Program> make_program(const whitesmith::File& file, std::string_view name,
                                     const ProgramOptions& options) {
  ProgramOptions chosen = options;
  if (chosen.arch.empty()) chosen.arch = whitesmith::usual_arch(file.config);
  CMOS_TRY(const arch::Cpu* const cpu, small_cpu(chosen.arch));
  if (cpu->byte_order != file.config.order())
    return refuse(name, "config byte", fmt::format("0x{:02x}", file.config.byte),
                  fmt::format("the byte order of {}", chosen.arch));
  CMOS_TRY(Image image, image_of_program(file, name, *cpu, options.bss_base));
  std::vector<cpe::ProgramSymbol> symbols = symbols_of(file, *cpu, image.memory_size);
  return finish(std::move(image), std::move(symbols), *cpu, name, chosen);
}

Result<linker::Program> make_program(const elf::SmallProgram& program, std::string_view name,
                                     const ProgramOptions& options) {
  ProgramOptions chosen = options;
  if (chosen.arch.empty()) chosen.arch = program.cpu->usual_code();
  CMOS_TRY(const arch::Cpu* const cpu, small_cpu(chosen.arch));
  const bool fits = cpu == program.cpu || (program.cpu == &arch::kZ80 && cpu == &arch::k8080);
  if (!fits)
    return refuse(name, "e_machine", std::string(program.cpu->elf.name),
                  fmt::format("code for --arch {}; this file packs as {}", chosen.arch,
                              program.cpu->usual_code()));
  CMOS_TRY(Image image, image_of_segments(program, name));
  std::vector<cpe::ProgramSymbol> symbols = symbols_of(program, image.memory_size);
  return finish(std::move(image), std::move(symbols), *cpu, name, chosen);
}

Result<linker::Program> make_flat_program(Bytes image, std::string_view name,
                                          const ProgramOptions& options) {
  CMOS_TRY(const arch::Cpu* const cpu, small_cpu(options.arch));
  Image out{.bytes = {image.begin(), image.end()},
            .memory_size = image.size(),
            .entry = static_cast<std::uint32_t>(cpu->load_address)};
  return finish(std::move(out), {}, *cpu, name, options);
}

}  // namespace cmos::wslink
