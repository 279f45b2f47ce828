// A disassembly as a sequence of events: text and JSON listen to the same walk.
#pragma once

#include <functional>
#include <span>

#include "inspect/objdump.h"
#include "inspect/operands.h"

namespace cmos::inspect {

/// Whether a symbol names a place in a section's contents.
bool is_label(const Symbol& symbol);
/// Whether --disassemble=SYMBOL asked for it, by its own or its C++ name.
bool is_wanted(const Symbol& symbol, const ObjdumpOptions& options);

/// Names of places in the image.
class Labels {
 public:
  explicit Labels(const Description& image);
  struct Label {
    std::uint64_t address = 0;
    const Symbol* symbol = nullptr;
  };
  /// Of one section, by ascending address, one for each address.
  std::span<const Label> of(std::size_t section) const { return lists_[section]; }
  /// "main+0x4", ".text+0x10" when no symbol lies before it, nothing outside of all sections. The
  /// place is first looked for in section `near`.
  std::string name(std::uint64_t address, std::size_t near, bool demangle) const;

 private:
  std::string name_in(std::uint64_t address, std::size_t section, bool demangle) const;
  const Description& image_;
  std::vector<std::vector<Label>> lists_;
};

struct Line {
  const disasm::Instruction& instruction;
  unsigned unit = 1;  ///< bytes that are shown as one number
  std::optional<OperandTarget> target;
  std::span<const Relocation> relocations;  ///< in its bytes; empty unless they were asked for
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void section(const Section& section) = 0;
  virtual void label(std::uint64_t address, std::string_view name) = 0;
  virtual void line(const Line& line) = 0;
  /// Zeros that are not worth a line each.
  virtual void zeros(std::uint64_t address, std::uint64_t count) = 0;
};

/// Walks all that the options ask for.
Result<void> walk_code(const Description& image, const ObjdumpOptions& options,
                       const Labels& labels, Listener& listener);

}  // namespace cmos::inspect
