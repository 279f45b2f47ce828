#include "formats/coil/registers.h"

#include <fmt/format.h>

#include <algorithm>

#include "formats/coil/shipped_targets.h"
#include "formats/coil/types.h"

namespace cmos::coil {
namespace {

const std::vector<Device>& shipped_devices() {
  static const std::vector<Device> devices = [] {
    std::vector<Device> out;
    for (const ShippedTarget& one : shipped_targets()) {
      auto parsed = parse_target(one.text, one.name);
      if (!parsed) continue;  // a test parses each of them
      for (Device& device : parsed->devices) out.push_back(std::move(device));
    }
    return out;
  }();
  return devices;
}

std::string_view file_of(std::uint8_t register_type) {
  switch (register_type) {
    case type::kGeneralRegister:
      return "GP";
    case type::kSegmentRegister:
      return "SEG";
    default:
      return "FP";
  }
}

/// The 64-bit register that a name of a part of it means: EAX, AX, AL, R8D, W0.
std::string whole_register(std::string_view name) {
  constexpr std::string_view kLegacy[][5] = {
      {"RAX", "EAX", "AX", "AL", "AH"}, {"RBX", "EBX", "BX", "BL", "BH"},
      {"RCX", "ECX", "CX", "CL", "CH"}, {"RDX", "EDX", "DX", "DL", "DH"},
      {"RSI", "ESI", "SI", "SIL", ""},  {"RDI", "EDI", "DI", "DIL", ""},
      {"RBP", "EBP", "BP", "BPL", ""},  {"RSP", "ESP", "SP", "SPL", ""}};
  for (const auto& row : kLegacy) {
    if (std::find(std::begin(row) + 1, std::end(row), name) != std::end(row) && !name.empty())
      return std::string(row[0]);
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.size() >= 3 && name[0] == 'R' && is_digit(name[1]) &&
      std::string_view("DWB").find(name.back()) != std::string_view::npos)
    return std::string(name.substr(0, name.size() - 1));
  if (name.size() >= 2 && name[0] == 'W' && is_digit(name[1]))
    return fmt::format("X{}", name.substr(1));
  if (name == "FP") return "X29";
  if (name == "LR") return "X30";
  if (name.size() >= 2 && std::string_view("QDS").find(name[0]) != std::string_view::npos &&
      is_digit(name[1]))
    return fmt::format("V{}", name.substr(1));
  return std::string(name);
}

}  // namespace

const Device& device_of(const Triple& triple) {
  const std::vector<Device>& devices = shipped_devices();
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [&](const Device& one) { return one.triple == triple; });
  return found == devices.end() ? devices.front() : *found;
}

std::optional<std::uint8_t> register_id(const Device& device, std::uint8_t register_type,
                                        std::string_view name) {
  const RegisterFile* file = device.registers(file_of(register_type));
  if (file == nullptr) return std::nullopt;
  auto id = file->id_of(name);
  if (!id) id = file->id_of(whole_register(name));
  if (!id) return std::nullopt;
  return static_cast<std::uint8_t>(*id);
}

const Device& device_with(const Device& device, const std::vector<std::string>& registers) {
  const auto has_all = [&](const Device& one) {
    return std::all_of(registers.begin(), registers.end(), [&](const std::string& name) {
      return register_id(one, type::kGeneralRegister, name).has_value();
    });
  };
  if (has_all(device)) return device;
  const std::vector<Device>& devices = shipped_devices();
  const auto found = std::find_if(devices.begin(), devices.end(), has_all);
  return found == devices.end() ? device : *found;
}

std::string register_name(const Device& device, std::uint8_t register_type, std::uint8_t id) {
  const RegisterFile* file = device.registers(file_of(register_type));
  if (file == nullptr || id >= file->registers.size()) return fmt::format("{}", id);
  return file->registers[id];
}

}  // namespace cmos::coil
