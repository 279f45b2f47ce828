#include "runtime/process.h"
#include "runtime/trace.h"

namespace cmos::runtime {

void TraceObserver::on_start(const Process& process) {
  const loader::Placement& placement = process.placement();
  tracer_.start(process.isa(), process.memory(), process.engine(),
                SymbolIndex(process.file(), placement.image_base, placement.image_end));
}

}  // namespace cmos::runtime
