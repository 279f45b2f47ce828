#include "symbolize/cbc_lines.h"

#include <utility>

#include "formats/coil/cbc.h"

namespace cmos::symbolize {
namespace {

class CbcLines final : public Lookup {
 public:
  CbcLines(coil::DebugInfo debug, std::uint64_t base, std::vector<std::string> folders)
      : debug_(std::move(debug)), base_(base), folders_(std::move(folders)) {}

  std::optional<SourceLine> line(std::uint64_t address) override {
    if (address < base_ || address - base_ > UINT32_MAX) return std::nullopt;
    const coil::DebugLine* found = debug_.line_at(static_cast<std::uint32_t>(address - base_));
    const coil::DebugSource* source = found == nullptr ? nullptr : debug_.source(found->source);
    if (source == nullptr || found->line == 0) return std::nullopt;
    return SourceLine{std::string(debug_.string(source->name)), found->line, found->column};
  }
  std::optional<Origin> origin(std::uint64_t, std::uint64_t) override { return std::nullopt; }
  std::optional<UnwindRow> unwind(std::uint64_t) override { return std::nullopt; }
  std::optional<std::string> source_text(const SourceLine& line) override {
    return symbolize::source_text(line, folders_);
  }

 private:
  coil::DebugInfo debug_;
  std::uint64_t base_;
  std::vector<std::string> folders_;
};

}  // namespace

std::unique_ptr<Lookup> make_cbc_lines(Bytes image, std::uint64_t base,
                                       std::vector<std::string> folders) {
  if (!coil::looks_like_cbc(image)) return nullptr;
  auto read = coil::read_cbc(image, "");
  if (!read || !read->file.debug) return nullptr;
  return std::make_unique<CbcLines>(std::move(*read->file.debug), base, std::move(folders));
}

}  // namespace cmos::symbolize
