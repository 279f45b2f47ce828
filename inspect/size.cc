#include "inspect/size.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "inspect/json.h"

namespace cmos::inspect {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t common_size(const Description& image) {
  std::uint64_t sum = 0;
  for (const Symbol& one : image.symbols) {
    if (one.place == Place::kCommon) sum += one.value;
  }
  return sum;
}

}  // namespace

Sizes sizes_of(const Description& image, const SizeOptions& options) {
  Sizes out;
  for (const Section& one : image.sections) {
    if (!one.allocated) continue;
    if (one.code || one.readonly) {
      out.text += one.size;
    } else {
      out.data += one.bytes.size();
      out.bss += one.size - one.bytes.size();
    }
  }
  if (options.common) out.bss += common_size(image);
  return out;
}

std::string SizePrinter::number(std::uint64_t value) const {
  switch (options_.radix) {
    case Radix::kOctal:
      return fmt::format("0{:o}", value);
    case Radix::kHexadecimal:
      return fmt::format("0x{:x}", value);
    case Radix::kDecimal:
      break;
  }
  return fmt::format("{}", value);
}

void SizePrinter::print_berkeley(const Sizes& sizes, std::string_view name) {
  const bool octal = options_.radix == Radix::kOctal;
  if (!headed_)
    out_.print("   text\t   data\t    bss\t    {}\t    hex\tfilename\n", octal ? "oct" : "dec");
  headed_ = true;
  const std::string total =
      octal ? fmt::format("{:o}", sizes.total()) : fmt::format("{}", sizes.total());
  out_.print("{:>7}\t{:>7}\t{:>7}\t{:>7}\t{:>7x}\t{}\n", number(sizes.text), number(sizes.data),
             number(sizes.bss), total, sizes.total(), name);
}

void SizePrinter::print_sysv(const Description& image) {
  std::uint64_t total = 0;
  std::size_t name_width = 7;
  std::size_t size_width = 4;
  std::size_t address_width = 4;
  for (const Section& one : image.sections) {
    total += one.size;
    name_width = std::max(name_width, shown(one.name).size());
    size_width = std::max(size_width, number(one.size).size());
    address_width = std::max(address_width, number(one.address).size());
  }
  const std::uint64_t common = options_.common ? common_size(image) : 0;
  total += common;
  size_width = std::max(size_width, number(total).size());
  out_.print("{}  :\n{:<{}}   {:>{}}   {:>{}}\n", shown(image.file), "section", name_width, "size",
             size_width, "addr", address_width);
  auto row = [&](std::string_view name, std::uint64_t size, std::uint64_t address) {
    out_.print("{:<{}}   {:>{}}   {:>{}}\n", name, name_width, number(size), size_width,
               number(address), address_width);
  };
  for (const Section& one : image.sections) {
    row(shown(one.name), one.size, one.address);
  }
  if (options_.common) row("*COM*", common, 0);
  out_.print("{:<{}}   {:>{}}\n\n\n", "Total", name_width, number(total), size_width);
}

void SizePrinter::print(const Description& image) {
  if (options_.sysv) {
    print_sysv(image);
    return;
  }
  const Sizes sizes = sizes_of(image, options_);
  sum_.text += sizes.text;
  sum_.data += sizes.data;
  sum_.bss += sizes.bss;
  print_berkeley(sizes, shown(image.file));
}

void SizePrinter::finish() {
  if (options_.totals && !options_.sysv) print_berkeley(sum_, "(TOTALS)");
}

Json size_json(const Description& image, const SizeOptions& options) {
  const Sizes sizes = sizes_of(image, options);
  Json sections = Json::array();
  for (const Section& one : image.sections) {
    sections.push_back(
        {{"name", json_text(one.name)}, {"size", one.size}, {"address", hex(one.address)}});
  }
  return {{"file", json_text(image.file)},
          {"format", image.format},
          {"text", sizes.text},
          {"data", sizes.data},
          {"bss", sizes.bss},
          {"total", sizes.total()},
          {"sections", std::move(sections)}};
}

}  // namespace cmos::inspect
