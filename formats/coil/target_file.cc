#include "formats/coil/target_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace cmos::coil {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
  });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t end = text.find(separator);
    out.push_back(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) base = 16;
  if (text.starts_with("0b") || text.starts_with("0B")) base = 2;
  if (base != 10) text.remove_prefix(2);
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value, base);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

/// A file of one line that names a million registers must not become gigabytes.
constexpr std::uint64_t kMostRegisters = 256;

}  // namespace

std::optional<std::vector<std::string>> expand_registers(std::string_view range) {
  const std::size_t dash = range.find('-');
  if (!is_name(range)) return std::nullopt;
  if (dash == std::string_view::npos) return std::vector<std::string>{std::string(range)};
  const std::string_view first = range.substr(0, dash);
  std::string_view last = range.substr(dash + 1);
  const std::size_t digits = first.find_last_not_of("0123456789") + 1;
  const std::string_view prefix = first.substr(0, digits);
  if (!prefix.empty() && last.starts_with(prefix)) last.remove_prefix(prefix.size());
  const auto from = number_of(first.substr(digits));
  const auto to = number_of(last);
  if (prefix.empty() || !from || !to || *to < *from || *to - *from >= kMostRegisters)
    return std::nullopt;
  std::vector<std::string> out;
  for (std::uint64_t i = *from; i <= *to; ++i) out.push_back(fmt::format("{}{}", prefix, i));
  return out;
}

namespace {

class TargetParser {
 public:
  TargetParser(std::string_view text, std::string_view file) : text_(text), file_(file) {}
  Result<TargetFile> parse();

 private:
  /// What a line's first word means depends on the block that it stands in.
  enum class Block { kFile, kDevice, kRegisters, kAbi, kFeatures, kEmulate, kInstructions };
  using Handler = Result<void> (TargetParser::*)(std::string_view rest);
  struct Row {
    std::string_view word;
    Handler handler;
  };

  Error wrong(std::string_view found, std::string expected) const;
  Result<void> line(std::string_view line);
  Result<void> keyword(std::string_view word, std::string_view rest);
  std::span<const Row> rows() const;
  Result<void> other(std::string_view line, std::string_view word, std::string_view rest);

  Result<std::uint64_t> number(std::string_view text, std::uint64_t most);
  Result<std::vector<std::string>> names(std::string_view rest);
  Result<std::vector<std::string>> registers(std::string_view rest);
  Result<Triple> triple(std::span<const std::string_view> words);
  Result<TargetMap> map_head(std::string_view rest);
  Result<void> mapping(std::string_view line, TargetMap& map);
  Result<void> end(std::string_view rest, Block outer);

  Result<void> device(std::string_view rest);
  Result<void> end_device(std::string_view rest) { return end(rest, Block::kFile); }
  Result<void> capabilities(std::string_view rest);
  Result<void> memory(std::string_view rest);
  Result<void> isa(std::string_view rest);
  Result<void> features(std::string_view rest);
  Result<void> register_block(std::string_view rest);
  Result<void> end_registers(std::string_view rest) { return end(rest, Block::kDevice); }
  Result<void> limit(std::string_view rest);
  Result<void> abi(std::string_view rest);
  Result<void> end_abi(std::string_view rest);
  Result<void> parameters(std::string_view rest);
  Result<void> results(std::string_view rest);
  Result<void> caller(std::string_view rest);
  Result<void> callee(std::string_view rest);
  Result<void> stack_alignment(std::string_view rest);
  Result<void> red_zone(std::string_view rest);
  Result<void> shadow(std::string_view rest);
  Result<void> argument_style(std::string_view rest);
  Result<void> feature_set(std::string_view rest);
  Result<void> inherit(std::string_view rest);
  Result<void> emulate(std::string_view rest);
  Result<void> instruction_map(std::string_view rest);

  Device& current() { return out_.devices.back(); }
  AbiDefinition& current_abi() { return current().abis.back(); }

  std::string_view text_;
  std::string_view file_;
  TargetFile out_;
  Block block_ = Block::kFile;
  std::size_t line_ = 0;
  std::uint64_t offset_ = 0;
};

Error TargetParser::wrong(std::string_view found, std::string expected) const {
  return Error{.code = ErrorCode::kMalformed,
               .file = std::string(file_),
               .offset = offset_,
               .field = fmt::format("line {}", line_),
               .found = found.empty() ? "nothing" : fmt::format("'{}'", found.substr(0, 60)),
               .expected = std::move(expected)};
}

Result<std::uint64_t> TargetParser::number(std::string_view text, std::uint64_t most) {
  const auto value = number_of(text);
  if (!value || *value > most) return fail(wrong(text, fmt::format("a number up to {}", most)));
  return *value;
}

Result<std::vector<std::string>> TargetParser::names(std::string_view rest) {
  std::vector<std::string> out;
  for (const std::string_view one : split(rest, ',')) {
    if (!is_name(one)) return fail(wrong(one, "a name"));
    out.emplace_back(one);
  }
  return out;
}

Result<std::vector<std::string>> TargetParser::registers(std::string_view rest) {
  std::vector<std::string> out;
  if (rest == "NONE") return out;
  // The device files of old separate registers by blanks as well as by commas.
  std::string separated(rest);
  if (rest.find(',') == std::string_view::npos)
    std::replace(separated.begin(), separated.end(), ' ', ',');
  for (const std::string_view one : split(separated, ',')) {
    if (one.empty() && rest.find(',') == std::string_view::npos) continue;
    auto list = expand_registers(one);
    if (!list) return fail(wrong(one, "a register, or a range like R8-R15"));
    out.insert(out.end(), list->begin(), list->end());
  }
  if (out.empty() || out.size() > kMostRegisters)
    return fail(wrong(rest, fmt::format("1 to {} registers", kMostRegisters)));
  return out;
}

Result<Triple> TargetParser::triple(std::span<const std::string_view> words) {
  if (words.size() != 3)
    return fail(wrong(fmt::format("{} numbers", words.size()), "device, architecture, mode"));
  Triple out;
  std::uint8_t* const parts[] = {&out.device, &out.architecture, &out.mode};
  for (std::size_t i = 0; i < 3; ++i) {
    CMOS_TRY(const std::uint64_t value, number(words[i], 255));
    *parts[i] = static_cast<std::uint8_t>(value);
  }
  return out;
}

Result<void> TargetParser::end(std::string_view rest, Block outer) {
  if (!rest.empty()) return fail(wrong(rest, "the end of the line"));
  block_ = outer;
  return {};
}

Result<void> TargetParser::device(std::string_view rest) {
  const auto words = split(rest, ',');
  Device device;
  CMOS_TRY(device.triple, triple(words));
  out_.devices.push_back(std::move(device));
  block_ = Block::kDevice;
  return {};
}

Result<void> TargetParser::capabilities(std::string_view rest) {
  for (const std::string_view one : split(rest, '|')) {
    CMOS_TRY(const std::uint64_t bits, number(one, UINT32_MAX));
    current().capabilities |= static_cast<std::uint32_t>(bits);
  }
  return {};
}

Result<void> TargetParser::memory(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, UINT32_MAX));
  current().memory_model = static_cast<std::uint32_t>(value);
  return {};
}

Result<void> TargetParser::isa(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, UINT32_MAX));
  current().isa = static_cast<std::uint32_t>(value);
  return {};
}

Result<void> TargetParser::features(std::string_view rest) {
  CMOS_TRY(const std::vector<std::string> list, names(rest));
  current().features.insert(current().features.end(), list.begin(), list.end());
  return {};
}

Result<void> TargetParser::register_block(std::string_view rest) {
  if (!rest.empty()) return fail(wrong(rest, "the end of the line"));
  block_ = Block::kRegisters;
  return {};
}

Result<void> TargetParser::limit(std::string_view rest) {
  const std::size_t blank = rest.find_first_of(" \t");
  const std::string_view name = rest.substr(0, blank);
  if (!is_name(name)) return fail(wrong(name, "a limit's name"));
  const auto text = blank == std::string_view::npos ? std::string_view() : rest.substr(blank);
  CMOS_TRY(const std::uint64_t value, number(trimmed(text), UINT64_MAX));
  current().limits.push_back({std::string(name), value});
  return {};
}

Result<void> TargetParser::abi(std::string_view rest) {
  if (!rest.empty() && !is_name(rest)) return fail(wrong(rest, "an ABI's name"));
  if (current().abi(rest) != nullptr) return fail(wrong(rest, "an ABI that is not there yet"));
  current().abis.emplace_back().name = rest;
  block_ = Block::kAbi;
  return {};
}

Result<void> TargetParser::end_abi(std::string_view rest) {
  const AbiDefinition& abi = current_abi();
  if (abi.parameters.empty() || abi.results.empty() || abi.stack_alignment == 0)
    return fail(wrong("ENDABI", "PARAMS, RETS and SALLIGN before it"));
  return end(rest, Block::kDevice);
}

Result<void> TargetParser::parameters(std::string_view rest) {
  CMOS_TRY(current_abi().parameters, registers(rest));
  return {};
}
Result<void> TargetParser::results(std::string_view rest) {
  CMOS_TRY(current_abi().results, registers(rest));
  return {};
}
Result<void> TargetParser::caller(std::string_view rest) {
  CMOS_TRY(current_abi().caller_saved, registers(rest));
  return {};
}
Result<void> TargetParser::callee(std::string_view rest) {
  CMOS_TRY(current_abi().callee_saved, registers(rest));
  return {};
}
Result<void> TargetParser::stack_alignment(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, UINT16_MAX));
  current_abi().stack_alignment = static_cast<std::uint16_t>(value);
  return {};
}
Result<void> TargetParser::red_zone(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, UINT16_MAX));
  current_abi().red_zone = static_cast<std::uint16_t>(value);
  return {};
}
Result<void> TargetParser::shadow(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, UINT16_MAX));
  current_abi().shadow = static_cast<std::uint16_t>(value);
  return {};
}
Result<void> TargetParser::argument_style(std::string_view rest) {
  CMOS_TRY(const std::uint64_t value, number(rest, 1));
  current_abi().argument_style = static_cast<std::uint8_t>(value);
  return {};
}

Result<void> TargetParser::feature_set(std::string_view rest) {
  if (!is_name(rest)) return fail(wrong(rest, "a feature set's name"));
  out_.feature_sets.push_back({std::string(rest), {}, {}});
  block_ = Block::kFeatures;
  return {};
}

Result<void> TargetParser::inherit(std::string_view rest) {
  CMOS_TRY(const std::vector<std::string> list, names(rest));
  auto& inherits = out_.feature_sets.back().inherits;
  inherits.insert(inherits.end(), list.begin(), list.end());
  return {};
}

Result<TargetMap> TargetParser::map_head(std::string_view rest) {
  const auto words = split(rest, ',');
  if (!is_name(words[0])) return fail(wrong(words[0], "a name"));
  TargetMap out;
  out.name = words[0];
  CMOS_TRY(out.triple, triple(std::span(words).subspan(1)));
  return out;
}

Result<void> TargetParser::emulate(std::string_view rest) {
  CMOS_TRY(TargetMap map, map_head(rest));
  out_.emulations.push_back(std::move(map));
  block_ = Block::kEmulate;
  return {};
}

Result<void> TargetParser::instruction_map(std::string_view rest) {
  CMOS_TRY(TargetMap map, map_head(rest));
  out_.instruction_maps.push_back(std::move(map));
  block_ = Block::kInstructions;
  return {};
}

Result<void> TargetParser::mapping(std::string_view line, TargetMap& map) {
  const std::size_t arrow = line.find("->");
  if (arrow == std::string_view::npos) return fail(wrong(line, "NAME -> NAME"));
  const std::string_view from = trimmed(line.substr(0, arrow));
  const std::string_view to = trimmed(line.substr(arrow + 2));
  if (from.empty() || !is_name(to)) return fail(wrong(line, "NAME -> NAME"));
  map.mappings.push_back({std::string(from), std::string(to)});
  return {};
}

std::span<const TargetParser::Row> TargetParser::rows() const {
  using P = TargetParser;
  static constexpr Row kFile[] = {{"DEVICE", &P::device},
                                  {"FEATSET", &P::feature_set},
                                  {"EMULATE", &P::emulate},
                                  {"INSTR_MAP", &P::instruction_map}};
  static constexpr Row kDevice[] = {{"CAPS", &P::capabilities},  {"MEM", &P::memory},
                                    {"FEAT", &P::features},      {"ISA", &P::isa},
                                    {"REG", &P::register_block}, {"ABI", &P::abi},
                                    {"LIMIT", &P::limit},        {"ENDDEV", &P::end_device}};
  static constexpr Row kRegisters[] = {{"ENDREG", &P::end_registers}};
  static constexpr Row kAbi[] = {{"PARAMS", &P::parameters},       {"RETS", &P::results},
                                 {"CALLER", &P::caller},           {"CALLEE", &P::callee},
                                 {"SALLIGN", &P::stack_alignment}, {"RZONE", &P::red_zone},
                                 {"SHADOW", &P::shadow},           {"ARGSTYLE", &P::argument_style},
                                 {"ENDABI", &P::end_abi}};
  static constexpr Row kFeatures[] = {{"INHERIT", &P::inherit}, {"ENDFEATSET", &P::end_device}};
  static constexpr Row kEmulate[] = {{"ENDEMULATE", &P::end_device}};
  static constexpr Row kInstructions[] = {{"ENDINSTR_MAP", &P::end_device}};
  switch (block_) {
    case Block::kFile:
      return kFile;
    case Block::kDevice:
      return kDevice;
    case Block::kRegisters:
      return kRegisters;
    case Block::kAbi:
      return kAbi;
    case Block::kFeatures:
      return kFeatures;
    case Block::kEmulate:
      return kEmulate;
    case Block::kInstructions:
      return kInstructions;
  }
  return kFile;
}

/// Lines that begin with a name of the file's own.
Result<void> TargetParser::other(std::string_view line, std::string_view word,
                                 std::string_view rest) {
  switch (block_) {
    case Block::kRegisters: {
      if (!is_name(word)) return fail(wrong(word, "a register file's name"));
      RegisterFile file;
      file.name = word;
      CMOS_TRY(file.registers, registers(rest));
      if (current().registers(word) != nullptr)
        return fail(wrong(word, "a register file that is not there yet"));
      current().register_files.push_back(std::move(file));
      return {};
    }
    case Block::kFeatures: {
      CMOS_TRY(const std::vector<std::string> list, names(line));
      auto& features = out_.feature_sets.back().features;
      features.insert(features.end(), list.begin(), list.end());
      return {};
    }
    case Block::kEmulate:
      return mapping(line, out_.emulations.back());
    case Block::kInstructions:
      return mapping(line, out_.instruction_maps.back());
    default: {
      std::string expected;
      for (const Row& row : rows())
        expected += fmt::format("{}{}", expected.empty() ? "" : ", ", row.word);
      return fail(wrong(word, std::move(expected)));
    }
  }
}

Result<void> TargetParser::line(std::string_view line) {
  line = trimmed(line.substr(0, line.find_first_of("#;")));
  if (line.empty()) return {};
  const std::size_t blank = line.find_first_of(" \t");
  const std::string_view word = line.substr(0, blank);
  const std::string_view rest =
      blank == std::string_view::npos ? std::string_view() : trimmed(line.substr(blank));
  for (const Row& row : rows()) {
    if (row.word == word) return (this->*row.handler)(rest);
  }
  return other(line, word, rest);
}

Result<TargetFile> TargetParser::parse() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ++line_;
    offset_ = static_cast<std::uint64_t>(rest.data() - text_.data());
    CMOS_TRY_VOID(line(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  offset_ = text_.size();
  if (block_ != Block::kFile)
    return fail(wrong("the end of the file", fmt::format("{}", rows().back().word)));
  return std::move(out_);
}

}  // namespace

std::optional<std::size_t> RegisterFile::id_of(std::string_view wanted) const {
  const auto found = std::find(registers.begin(), registers.end(), wanted);
  if (found == registers.end()) return std::nullopt;
  return static_cast<std::size_t>(found - registers.begin());
}

const RegisterFile* Device::registers(std::string_view file) const {
  const auto found = std::find_if(register_files.begin(), register_files.end(),
                                  [&](const RegisterFile& one) { return one.name == file; });
  return found == register_files.end() ? nullptr : &*found;
}

const AbiDefinition* Device::abi(std::string_view wanted) const {
  const auto found = std::find_if(abis.begin(), abis.end(),
                                  [&](const AbiDefinition& one) { return one.name == wanted; });
  return found == abis.end() ? nullptr : &*found;
}

Result<TargetFile> parse_target(std::string_view text, std::string_view file) {
  return TargetParser(text, file).parse();
}

}  // namespace cmos::coil
