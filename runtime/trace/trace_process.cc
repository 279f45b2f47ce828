#include <utility>

#include "runtime/process/process.h"
#include "runtime/trace/trace.h"

namespace cmos::runtime {

void TraceObserver::on_start(const Process& process) {
  const loader::Placement& placement = process.placement();
  SymbolIndex symbols(process.file(), placement.image_base, placement.image_end);
  if (process.number() == 1) {
    tracer_.start(process.isa(), process.memory(), process.engine(), std::move(symbols));
  } else {
    tracer_.start_child(process.number(), process.path(), process.isa(), process.memory(),
                        process.engine(), std::move(symbols));
  }
}

}  // namespace cmos::runtime
