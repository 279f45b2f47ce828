// A process that does not run: memory, registers and symbols that a test sets, for what only reads
// them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "emu/engine.h"
#include "formats/cpe/cpe.h"
#include "runtime/trace/trace.h"

namespace cmos::fakes {

class FakeEngine : public emu::Engine {
 public:
  explicit FakeEngine(const emu::Isa& isa) : isa_(isa) {}
  const emu::Isa& isa() const override { return isa_; }
  const emu::Stop& run(const emu::RunLimits&) override { return stop_; }
  const emu::Stop& step() override { return stop_; }
  void request_stop() noexcept override {}
  void clear_stop() noexcept override {}
  std::uint64_t read_register(emu::RegisterIndex index) const override {
    const auto found = registers.find(index);
    return found == registers.end() ? 0 : found->second;
  }
  void write_register(emu::RegisterIndex index, std::uint64_t value) override {
    registers[index] = value;
  }
  void jump(std::uint64_t address) override { registers[isa_.cpu.pc] = address; }
  bool thumb() const override { return is_thumb; }
  std::string flags() const override { return flag_words; }
  std::uint64_t instructions() const override { return counted; }

  void set(std::string_view name, std::uint64_t value) {
    for (std::size_t i = 0; i < isa_.cpu.general().size(); ++i) {
      if (isa_.cpu.general()[i].name == name) registers[static_cast<emu::RegisterIndex>(i)] = value;
    }
  }

  std::map<emu::RegisterIndex, std::uint64_t> registers;
  std::string flag_words;
  std::uint64_t counted = 0;
  bool is_thumb = false;

 private:
  const emu::Isa& isa_;
  emu::Stop stop_;
};

/// An image of three pages (code, const, var), a stack page at 0x6fff'f000 and the exit stub's
/// page.
class Guest {
 public:
  static constexpr std::uint64_t kCode = 0x400000, kConst = 0x401000, kVar = 0x402000;
  static constexpr std::uint64_t kStack = 0x6fff'f000, kExitStub = 0x7001'0000;

  explicit Guest(const emu::Isa& cpu = emu::kX8664)
      : isa(cpu), memory(cpu.cpu.address_bits, 1 << 20), engine(cpu) {
    map(kCode, emu::kRead | emu::kExecute, "code");
    map(kConst, emu::kRead, "const");
    map(kVar, emu::kRead | emu::kWrite, "var");
    map(kStack, emu::kRead | emu::kWrite, "stack");
    map(kExitStub, emu::kRead | emu::kExecute, "exit stub");
    file.executable.arch = cpu.arch;
    file.sections = {{cpe::SectionKind::kCode, 0, 0x1000},
                     {cpe::SectionKind::kConst, 0x1000, 0x1000},
                     {cpe::SectionKind::kVar, 0x2000, 0x1000}};
    symbol("main", 0);
    symbol("message", 0x1000);
    symbol("buffer", 0x2000);
  }

  void symbol(std::string name, std::uint32_t offset) {
    file.executable.symbols.push_back({std::move(name), offset});
  }
  runtime::SymbolIndex symbols() const { return {file, kCode, 0x403000}; }
  void poke(std::uint64_t address, Bytes bytes) { ASSERT_TRUE(memory.poke(address, bytes)); }
  void poke(std::uint64_t address, std::string_view text) { poke(address, as_bytes(text)); }
  void poke_hex(std::uint64_t address, std::string_view hex) {
    std::vector<std::uint8_t> out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
      out.push_back(
          static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    poke(address, out);
  }
  void poke_word(std::uint64_t address, std::uint64_t value) {
    std::vector<std::uint8_t> out;
    for (unsigned i = 0; i < isa.cpu.pointer_bytes(); ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    poke(address, out);
  }
  void poke_u32(std::uint64_t address, std::uint32_t value) {
    ByteWriter out;
    out.u32(value);
    poke(address, out.data());
  }

  const emu::Isa& isa;
  emu::GuestMemory memory;
  FakeEngine engine;
  cpe::ReadResult file;

 private:
  void map(std::uint64_t base, emu::Permissions permissions, std::string name) {
    EXPECT_TRUE(memory.map(base, emu::kGuestPage, permissions, std::move(name)));
  }
};

/// A file name in the test's own folder, removed at the end.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name = "file")
      : path_(::testing::TempDir() + "cmos-" + std::to_string(::getpid()) + "-" + name) {}
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string text() const {
    std::ifstream in(path_);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

 private:
  std::string path_;
};

/// Tells a Tracer about calls on a Guest and keeps what it wrote.
class TraceRun {
 public:
  TraceRun(Guest& guest, runtime::TraceOptions options)
      : guest_(guest), tracer_(std::move(options), *runtime::TraceOutput::file(file_.path())) {
    tracer_.start(guest.isa, guest.memory, guest.engine, guest.symbols());
  }

  /// A call from `pc`; `serve` is what the kernel does to memory. No result: it does not return.
  template <class Serve>
  void call(std::uint64_t pc, std::uint64_t number, std::array<std::uint64_t, 3> arguments,
            std::optional<std::int64_t> result, Serve&& serve) {
    runtime::SyscallEvent event;
    event.sequence = ++sequence_;
    event.registers = {.number = number, .arguments = arguments, .pc = pc};
    event.row = syscalls::find(number);
    tracer_.enter(event);
    serve();
    event.returns = result.has_value();
    event.result = static_cast<std::uint64_t>(result.value_or(0)) & guest_.isa.cpu.pointer_mask();
    tracer_.exit(event);
  }
  void call(std::uint64_t pc, std::uint64_t number, std::array<std::uint64_t, 3> arguments,
            std::optional<std::int64_t> result) {
    call(pc, number, arguments, result, [] {});
  }
  void enter_only(std::uint64_t pc, std::uint64_t number) {
    runtime::SyscallEvent event;
    event.sequence = ++sequence_;
    event.registers = {.number = number, .arguments = {}, .pc = pc};
    event.row = syscalls::find(number);
    tracer_.enter(event);
  }
  std::string end(const runtime::Outcome& outcome) {
    tracer_.end(outcome);
    return file_.text();
  }
  std::string exit(std::uint64_t code = 0) {
    runtime::Outcome outcome;
    outcome.ending = runtime::Ending::kExited;
    outcome.code = code;
    return end(outcome);
  }
  runtime::Tracer& tracer() { return tracer_; }

 private:
  ScratchFile file_{"trace"};
  Guest& guest_;
  runtime::Tracer tracer_;
  std::uint64_t sequence_ = 0;
};

}  // namespace cmos::fakes
