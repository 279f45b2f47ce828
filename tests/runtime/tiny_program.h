// The same tiny program for every ISA: main prints "Hi\n", calls middle, that calls deep, all with
// frame pointers; deep executes an undefined instruction.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "formats/cpe/cpe.h"
#include "runtime/process/process.h"

namespace cmos::fakes {

struct TinyProgram {
  std::string_view arch;
  std::string_view code;  ///< hex
  std::uint32_t trap;     ///< offsets: of the system call, of middle, of deep,
  std::uint32_t middle, deep;
  std::uint32_t crash;                        ///< of the undefined instruction,
  std::uint32_t first_return, second_return;  ///< and behind the calls in main and middle
};

inline constexpr std::string_view kArm64Code =
    "fd7bbfa9fd030091000082d20008a0f2610080d2020080d2280080d2010000d401000094"
    "fd7bbfa9fd030091020000941f2003d5"
    "fd7bbfa9fd030091000280d200000000c0035fd6";

inline constexpr TinyProgram kTinyPrograms[] = {
    {"8664",
     "554889e5b900104000ba0300000031ffb801000000cd80e800000000"
     "554889e5e80100000090"
     "554889e5b8100000000f0bc3",
     0x15, 0x1c, 0x26, 0x2f, 0x1c, 0x25},
    {"__86",
     "5589e5b900104000ba0300000031ffb801000000cd80e800000000"
     "5589e5e80100000090"
     "5589e5b8100000000f0bc3",
     0x14, 0x1b, 0x24, 0x2c, 0x1b, 0x23},
    {"_ARM",
     "00482de90db0a0e1000001e3400040e30310a0e30020a0e30170a0e3000000efffffffeb"
     "00482de90db0a0e1000000eb00f020e3"
     "00482de90db0a0e11000a0e3f000f0e71eff2fe1",
     0x1c, 0x24, 0x34, 0x40, 0x24, 0x30},
    {"AR64", kArm64Code, 0x1c, 0x24, 0x34, 0x40, 0x24, 0x30},
    {"APPL", kArm64Code, 0x1c, 0x24, 0x34, 0x40, 0x24, 0x30},
};

inline std::vector<std::uint8_t> tiny_file(const TinyProgram& program) {
  cpe::Executable out;
  out.arch = program.arch;
  for (std::size_t i = 0; i + 1 < program.code.size(); i += 2) {
    out.code.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(program.code.substr(i, 2)), nullptr, 16)));
  }
  out.code.resize(0x1000);
  for (const char c : std::string_view("Hi\n")) out.code.push_back(static_cast<std::uint8_t>(c));
  out.code.resize(0x1010);
  out.symbols = {{"main", 0},
                 {"middle", program.middle},
                 {"deep", program.deep},
                 {std::string(cpe::kConstStart), 0x1000},
                 {"text", 0x1000},
                 {std::string(cpe::kImageEnd), 0x1010}};
  auto bytes = cpe::write(out);
  EXPECT_TRUE(bytes) << (bytes ? "" : bytes.error().text());
  return bytes ? *bytes : std::vector<std::uint8_t>{};
}

/// Loaded, not run yet.
inline std::unique_ptr<runtime::Process> tiny_process(const TinyProgram& program,
                                                      runtime::ProcessOptions options = {}) {
  const std::vector<std::uint8_t> bytes = tiny_file(program);
  auto process = runtime::Process::load(bytes, "tiny.cpe", std::move(options));
  EXPECT_TRUE(process) << (process ? "" : process.error().text());
  return process ? std::move(*process) : nullptr;
}

}  // namespace cmos::fakes
