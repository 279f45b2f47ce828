// What the loader starts a program on, when nothing is to run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emu/engine.h"

namespace cmos::loader {

/// An engine that only remembers its registers, all of which hold rubbish at first.
class RegisterFile : public emu::Engine {
 public:
  explicit RegisterFile(const emu::Isa& isa)
      : isa_(isa), values_(isa.cpu.general().size(), 0xdead'beef) {}
  const emu::Isa& isa() const override { return isa_; }
  const emu::Stop& run(const emu::RunLimits&) override { return stop_; }
  const emu::Stop& step() override { return stop_; }
  void request_stop() noexcept override {}
  void clear_stop() noexcept override {}
  std::uint64_t read_register(emu::RegisterIndex index) const override { return values_.at(index); }
  void write_register(emu::RegisterIndex index, std::uint64_t value) override {
    values_.at(index) = value;
  }
  void jump(std::uint64_t address) override { jumped_to = address; }
  std::string flags() const override { return ""; }
  std::uint64_t instructions() const override { return 0; }

  std::uint64_t jumped_to = 0;

 private:
  const emu::Isa& isa_;
  emu::Stop stop_;
  std::vector<std::uint64_t> values_;
};

}  // namespace cmos::loader
