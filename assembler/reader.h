// Text to lines: .include, conditions, .define and .arch are done here, in the order of the source.
#pragma once

#include "assembler/assembler.h"
#include "assembler/program.h"

namespace cmos::assembler {

/// Called with the index in Program::lines of each line as soon as it is there, so that a later
/// .define may ask for the size of what it says.
using LineHandler = std::function<void(std::uint32_t line)>;

/// Reads the whole source into `program` (lines, defines, target). Mistakes go to `reporter`; a
/// program without target cannot be worked on.
void read_lines(std::string_view file, std::string text, const Options& options, Sources& sources,
                Program& program, Reporter& reporter, const LineHandler& handler);

/// A file that the source at `where` names: beside the file that names it, then along -I. On
/// failure the mistake has been reported.
struct FoundFile {
  std::string path;
  std::vector<std::uint8_t> bytes;
};
std::optional<FoundFile> find_file(const std::string& name, Span where, const Options& options,
                                   const Sources& sources, Reporter& reporter);

/// Whether `name` may be given to a symbol or number; if not, the reason has been reported.
bool check_name(std::string_view name, Span where, const Target& target, Reporter& reporter);

/// The file name in quotes at the cursor; reported when there is none.
std::optional<std::string> take_string(Cursor& cursor, std::string_view what, Reporter& reporter);
/// Reports what is left on the line, if anything.
bool at_end_of_line(const Cursor& cursor, Reporter& reporter);

}  // namespace cmos::assembler
