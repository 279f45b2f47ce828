// The assembler's messages are those that all languages here have.
#pragma once

#include "base/diagnostic.h"

namespace cmos::assembler {

using source::Diagnostic;
using source::Note;
using source::render;
using source::Reporter;
using source::SourceFile;
using source::Sources;
using source::Span;

}  // namespace cmos::assembler
