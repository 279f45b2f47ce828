#include "tools/cmos-ld/whitesmith.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/host_file.h"
#include "base/text.h"
#include "formats/archive/archive.h"
#include "formats/cpe/cpe.h"
#include "formats/cpo/cpo.h"
#include "formats/rel/rel.h"
#include "formats/whitesmith/archive.h"
#include "linker/whitesmith/program.h"
#include "linker/whitesmith/wslink.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"
#include "tools/common/exit_status.h"
#include "tools/common/sdk.h"

namespace cmos::ld {
namespace {

enum class Output : std::uint8_t { kWhitesmith, kCom, kCpe };

/// Where CP/M and Micronix load programs.
constexpr std::uint32_t kLoadAddress = 0x100;

/// What the first input says of the link.
struct Kind {
  std::string arch;                     ///< what its format is usually for
  Output format = Output::kWhitesmith;  ///< of the output, when nobody asks for one
};

struct Command {
  wslink::Options options;
  std::vector<std::string> libraries;  ///< per file: a name to look for along -L; empty: a path
  std::vector<std::string> folders;    ///< -L
  std::string output = "a.out";
  std::optional<Output> wanted_format;
  Output format = Output::kWhitesmith;
  std::string arch;  ///< empty: that of the first input
  std::optional<std::uint32_t> text_base;
  std::string entry;
  std::string map;  ///< "-": standard output
};

/// What a word may begin with, and whether it has a value, in the same word or the next one.
struct Word {
  std::string_view name;
  bool has_value;
  Result<void> (*set)(Command&, const std::string& value);
};

Result<std::uint32_t> address(const std::string& text) {
  // ld's addresses are hexadecimal without a prefix, too.
  std::string_view digits = text;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return fail(ErrorCode::kUsage,
                fmt::format("{}: a hexadecimal address is expected", quote(as_bytes(text), 64)));
  return value;
}

Result<void> set_format(Command& command, const std::string& value) {
  if (value == "whitesmith") {
    command.wanted_format = Output::kWhitesmith;
  } else if (value == "com") {
    command.wanted_format = Output::kCom;
  } else if (value == "cpe") {
    command.wanted_format = Output::kCpe;
  } else {
    return fail(ErrorCode::kUsage, fmt::format("--oformat {}: whitesmith, com or cpe is expected",
                                               quote(as_bytes(value), 64)));
  }
  return {};
}

Result<void> set_arch(Command& command, const std::string& value) {
  if (!wslink::is_small(value))
    return fail(ErrorCode::kUsage,
                fmt::format("--arch {}: one of {} is expected", quote(as_bytes(value), 16),
                            fmt::join(wslink::small_archs(), ", ")));
  command.arch = value;
  return {};
}

Result<void> set_definition(Command& command, const std::string& value) {
  const std::size_t equals = value.find('=');
  const auto wrong = [&] {
    return fail(ErrorCode::kUsage,
                fmt::format("--defsym {}: NAME=NUMBER, NAME=OTHER or NAME=OTHER+NUMBER is expected",
                            value));
  };
  if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) return wrong();
  wslink::Definition out{.name = value.substr(0, equals)};
  std::string rest = value.substr(equals + 1);
  const std::size_t sign = rest.find_first_of("+-", 1);
  std::string number = rest;
  if (!tools::parse_number(rest) && !rest.starts_with("0x")) {
    out.base = rest.substr(0, sign);
    number = sign == std::string::npos ? "0" : rest.substr(sign);
  }
  const bool negative = number.starts_with('-');
  if (negative || number.starts_with('+')) number.erase(0, 1);
  std::uint64_t parsed = 0;
  const bool hex = number.starts_with("0x");
  const char* const begin = number.data() + (hex ? 2 : 0);
  const char* const last = number.data() + number.size();
  const auto [end, error] = std::from_chars(begin, last, parsed, hex ? 16 : 10);
  if (begin == last || error != std::errc() || end != last) return wrong();
  out.offset = static_cast<std::int64_t>(negative ? 0 - parsed : parsed);
  command.options.definitions.push_back(std::move(out));
  return {};
}

void add_file(Command& command, const std::string& path, const std::string& library) {
  command.options.files.push_back(path);
  command.libraries.push_back(library);
}

Result<void> add_library(Command& command, const std::string& value) {
  add_file(command, "-l" + value, value);
  return {};
}

/// -l NAME: libNAME.a in the first folder of -L that has it, then in the SDK's, itself or in its
/// sub-folder of the ARCH; or NAME itself after a ':'.
Result<void> find_libraries(Command& command) {
  const linker::HostFiles files;
  std::vector<std::string> folders;
  for (const std::string& one : command.folders)
    folders.insert(folders.end(), {one, one + "/" + command.arch});
  if (const auto sdk = tools::sdk_folder("lib")) folders.push_back(*sdk + "/" + command.arch);
  for (std::size_t i = 0; i < command.libraries.size(); ++i) {
    const std::string& name = command.libraries[i];
    if (name.empty()) continue;
    const std::string file = name[0] == ':' ? name.substr(1) : fmt::format("lib{}.a", name);
    const auto folder = std::find_if(folders.begin(), folders.end(), [&](const std::string& one) {
      return files.exists(fmt::format("{}/{}", one, file));
    });
    if (folder == folders.end())
      return fail(ErrorCode::kNotFound,
                  fmt::format("-l {}: no {} along -L and in the SDK", name, file));
    command.options.files[i] = *folder + "/" + file;
  }
  return {};
}

Result<void> ignore(Command&, const std::string&) {
  return {};
}

template <std::string Command::*member>
Result<void> set_text(Command& command, const std::string& value) {
  command.*member = value;
  return {};
}

template <bool wslink::Options::*member, bool value>
Result<void> set_flag(Command& command, const std::string&) {
  command.options.*member = value;
  return {};
}

Result<void> set_text_base(Command& command, const std::string& value) {
  CMOS_TRY(command.text_base, address(value));
  return {};
}

template <std::optional<std::uint32_t> wslink::Options::*member>
Result<void> set_base(Command& command, const std::string& value) {
  CMOS_TRY(command.options.*member, address(value));
  return {};
}

Result<void> add_undefined(Command& command, const std::string& value) {
  command.options.undefined.push_back(value);
  return {};
}

Result<void> add_folder(Command& command, const std::string& value) {
  command.folders.push_back(value);
  return {};
}

Result<void> print_map(Command& command, const std::string&) {
  command.map = "-";
  return {};
}

constexpr Word kWords[] = {
    {"-o", true, set_text<&Command::output>},
    {"--output", true, set_text<&Command::output>},
    {"-Ttext", true, set_text_base},
    {"-Tdata", true, set_base<&wslink::Options::data_base>},
    {"-Tbss", true, set_base<&wslink::Options::bss_base>},
    {"-r", false, set_flag<&wslink::Options::partial, true>},
    {"-i", false, set_flag<&wslink::Options::partial, true>},
    {"--relocatable", false, set_flag<&wslink::Options::partial, true>},
    {"-q", false, set_flag<&wslink::Options::relocations, true>},
    {"--emit-relocs", false, set_flag<&wslink::Options::relocations, true>},
    {"-s", false, set_flag<&wslink::Options::symbols, false>},
    {"--strip-all", false, set_flag<&wslink::Options::symbols, false>},
    {"-u", true, add_undefined},
    {"--undefined", true, add_undefined},
    {"-e", true, set_text<&Command::entry>},
    {"--entry", true, set_text<&Command::entry>},
    {"--defsym", true, set_definition},
    {"-defsym", true, set_definition},
    {"-Map", true, set_text<&Command::map>},
    {"--Map", true, set_text<&Command::map>},
    {"--map", true, set_text<&Command::map>},
    {"-M", false, print_map},
    {"--print-map", false, print_map},
    {"--oformat", true, set_format},
    {"--arch", true, set_arch},
    {"-L", true, add_folder},
    {"--library-path", true, add_folder},
    {"-l", true, add_library},
    {"--library", true, add_library},
    // Archives are searched until nothing more is found anyway, and local names never stay.
    {"--start-group", false, ignore},
    {"-(", false, ignore},
    {"--end-group", false, ignore},
    {"-)", false, ignore},
    {"-static", false, ignore},
    {"-nostdlib", false, ignore},
    {"-x", false, ignore},
    {"--discard-all", false, ignore},
};

/// The row of a word, and its value when it stands in the same word.
struct Match {
  const Word* word = nullptr;
  std::optional<std::string> value;
};

Match match(const std::string& text) {
  for (const Word& one : kWords) {
    if (text == one.name) return {&one, std::nullopt};
    if (!one.has_value || !text.starts_with(one.name)) continue;
    const std::string rest = text.substr(one.name.size());
    if (rest[0] == '=') return {&one, rest.substr(1)};
  }
  for (const Word& one : kWords) {
    if (one.has_value && one.name.size() == 2 && text.starts_with(one.name) &&
        !text.starts_with("--"))
      return {&one, text.substr(2)};
  }
  return {};
}

bool is_option(const std::string& text) {
  return text.size() > 1 && text[0] == '-';
}

/// Calls `option` and `file` for each word; what `option` gets is complete.
template <class OnOption, class OnFile>
Result<void> walk(const std::vector<std::string>& words, OnOption option, OnFile file) {
  bool options = true;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!options || !is_option(words[at])) {
      file(words[at]);
    } else if (words[at] == "--") {
      options = false;
    } else {
      Match found = match(words[at]);
      if (found.word != nullptr && found.word->has_value && !found.value) {
        if (at + 1 == words.size())
          return fail(ErrorCode::kUsage, fmt::format("{} needs a value", words[at]));
        found.value = words[++at];
      }
      CMOS_TRY_VOID(option(words[at], found));
    }
  }
  return {};
}

/// What no single option decides.
Result<void> settle(Command& command, const Kind& kind) {
  wslink::Options& options = command.options;
  if (command.arch.empty()) command.arch = kind.arch;
  options.arch = command.arch;
  const Output usual = options.partial ? Output::kWhitesmith : kind.format;
  command.format = command.wanted_format.value_or(usual);
  if (options.partial) options.relocations = true;
  if (options.partial && !options.symbols)
    return fail(ErrorCode::kUsage, "-r with -s: a partial link needs its symbols");
  if (options.partial && command.format != Output::kWhitesmith)
    return fail(ErrorCode::kUsage,
                command.format == Output::kCom
                    ? "-r with --oformat=com: a program without a header is final"
                    : "-r with --oformat=cpe: a CPE is final");
  if (command.format == Output::kCom && command.text_base.value_or(kLoadAddress) != kLoadAddress)
    return fail(ErrorCode::kUsage, "-Ttext: CP/M loads programs at 0x100");
  const std::uint32_t base = command.format == Output::kCpe
                                 ? static_cast<std::uint32_t>(cpe::load_address(command.arch))
                                 : kLoadAddress;
  options.text_base = command.text_base.value_or(options.partial ? 0 : base);
  return {};
}

Result<Command> parse(const std::vector<std::string>& words, const Kind& kind) {
  Command out;
  out.options.rules = wslink::Rules::kModern;
  out.options.relocations = false;
  const auto option = [&](const std::string& word, const Match& found) -> Result<void> {
    if (found.word == nullptr)
      return fail(ErrorCode::kUsage,
                  fmt::format("unknown option '{}' for a link of Whitesmith's objects", word));
    return found.word->set(out, found.value.value_or(""));
  };
  CMOS_TRY_VOID(walk(words, option, [&](const std::string& file) { add_file(out, file, ""); }));
  CMOS_TRY_VOID(settle(out, kind));
  CMOS_TRY_VOID(find_libraries(out));
  return out;
}

int complain_about(const wslink::Errors& errors) {
  constexpr std::size_t kShown = 100;
  for (std::size_t i = 0; i < std::min(errors.size(), kShown); ++i) tools::complain(errors[i]);
  if (errors.size() > kShown)
    tools::complain(fmt::format("{} more errors", errors.size() - kShown));
  return tools::tool_status(errors.front().code);
}

Result<std::uint32_t> entry_of(const Command& command, const wslink::Linked& linked) {
  if (command.entry.empty()) return linked.file.text_base;
  for (const wslink::Name& one : linked.names) {
    if (!one.hidden && one.name == command.entry && one.state != wslink::Name::State::kUndefined)
      return one.value;
  }
  return fail(Error{.code = ErrorCode::kMalformed,
                    .field = fmt::format("entry {}", quote(as_bytes(command.entry), 64)),
                    .found = "no definition",
                    .expected = "one"});
}

using Written = Result<std::vector<std::uint8_t>>;

Written in_output(const Command& command, Written bytes) {
  if (bytes) return bytes;
  return fail(std::move(bytes).error().in_file(command.output));
}

/// All formats but CPE have no entry: programs begin where their text does.
Written bytes_of(const Command& command, const wslink::Linked& linked) {
  CMOS_TRY(const std::uint32_t entry, entry_of(command, linked));
  if (command.format == Output::kCpe) {
    wslink::ProgramOptions options{
        .arch = command.arch, .entry = entry, .bss_base = linked.bss_base};
    CMOS_TRY(const linker::Program program,
             wslink::make_program(linked.file, command.output, options));
    for (const std::string& warning : program.warnings) tools::warn(warning);
    return in_output(command, cpe::write(program.executable));
  }
  if (entry != linked.file.text_base)
    return fail(Error{.code = ErrorCode::kMalformed,
                      .field = fmt::format("entry {}", quote(as_bytes(command.entry), 64)),
                      .found = fmt::format("0x{:x}", entry),
                      .expected = fmt::format("0x{:x}, the start of text: name its object first",
                                              linked.file.text_base)});
  return in_output(command, command.format == Output::kCom ? whitesmith::memory_image(linked.file)
                                                           : wslink::bytes_of(linked, true));
}

Result<void> write(const Command& command, const wslink::Linked& linked) {
  CMOS_TRY(const auto bytes, bytes_of(command, linked));
  if (!command.map.empty()) {
    const std::string text = wslink::map_text(linked, command.options);
    if (command.map == "-") {
      tools::print(text);
    } else {
      CMOS_TRY_VOID(write_host_file(command.map, as_bytes(text)));
    }
  }
  return write_host_file(command.output, bytes,
                         command.format == Output::kCpe ? FileMode::kProgram : FileMode::kData);
}

std::optional<Kind> kind_of_object(Bytes bytes) {
  if (rel::looks_like_rel(bytes)) return Kind{"_Z80", Output::kCpe};
  if (const std::string_view arch = cpo::arch_of(bytes); object::isa_of(arch) == object::Isa::kZ80)
    return Kind{std::string(arch), Output::kCpe};
  if (!whitesmith::looks_like_object(bytes)) return std::nullopt;
  const whitesmith::Config config{bytes.size() > 1 ? bytes[1] : std::uint8_t{}};
  return Kind{std::string(whitesmith::usual_arch(config)), Output::kWhitesmith};
}

/// Nothing for a file that is neither a Whitesmith's, nor one of sdcc's, nor an archive of them.
std::optional<Kind> kind_of(Bytes bytes) {
  if (const auto kind = kind_of_object(bytes)) return kind;
  if (whitesmith::looks_like_archive(bytes)) {
    const Kind usual{"_Z80", Output::kWhitesmith};
    const auto archive = whitesmith::read_archive(bytes, "");
    if (!archive || archive->members.empty()) return usual;
    return kind_of_object(archive->members.front().bytes).value_or(usual);
  }
  const auto archive = archive::read(bytes, "");
  if (!archive || archive->members.empty()) return std::nullopt;
  return kind_of_object(archive->members.front().bytes);
}

}  // namespace

std::optional<int> link_whitesmith(const std::vector<std::string>& words) {
  std::string first;
  const auto nothing = [](const std::string&, const Match&) -> Result<void> { return {}; };
  const auto seen = walk(words, nothing, [&](const std::string& file) {
    if (first.empty()) first = file;
  });
  if (!seen || first.empty()) return std::nullopt;
  linker::HostFiles files;
  // What is wrong with a file that cannot be read is told by the link that it belongs to.
  const auto bytes = files.open(first);
  const auto kind = bytes ? kind_of(bytes->bytes) : std::nullopt;
  if (!kind) return std::nullopt;
  const auto command = parse(words, *kind);
  if (!command) return complain_about({command.error()});
  const auto linked = wslink::link(command->options, files);
  if (!linked) return complain_about(linked.error());
  const auto done = write(*command, *linked);
  return done ? 0 : complain_about({done.error()});
}

}  // namespace cmos::ld
