#include "tools/inspect/inputs.h"

#include "base/host_file.h"
#include "tools/common/command_line.h"
#include "tools/common/diagnostics.h"

namespace cmos::inspect {
namespace {

Result<void> visit_file(const std::string& file, const Visitor& visitor, Output& output) {
  CMOS_TRY(const std::vector<std::uint8_t> bytes, read_host_file(file));
  CMOS_TRY(const inspect::Input input, inspect::open_input(bytes, file));
  if (input.is_archive && visitor.archive) visitor.archive(input);
  for (const Error& error : input.errors) output.complain(error);
  for (const inspect::Part& part : input.parts) {
    const auto image = inspect::describe(part);
    if (image) {
      visitor.image(part, *image);
    } else {
      output.complain(image.error());
    }
  }
  return {};
}

}  // namespace

Output::Output()
    : text_([this](std::string_view piece) {
        // One message is enough for a full disk.
        if (!broken_) broken_ = !tools::print(piece);
      }) {}

void Output::complain(const Error& error) {
  text_.flush();
  failed_ = true;
  tools::complain(error);
}

int Output::finish() {
  text_.flush();
  return failed_ || broken_ ? 1 : 0;
}

void visit(const std::vector<std::string>& files, const Visitor& visitor, Output& output) {
  for (const std::string& file : files) {
    const auto done = visit_file(file, visitor, output);
    if (!done) output.complain(done.error());
  }
}

}  // namespace cmos::inspect
