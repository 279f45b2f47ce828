// The image: contents are copied and relocated, in parallel, each thread its own stretch.
#include <fmt/format.h>

#include <algorithm>

#include "formats/cpe/cpe.h"
#include "linker/branch.h"
#include "linker/explain.h"
#include "linker/parallel.h"
#include "linker/passes.h"

namespace cmos::linker {
namespace {

using object::ApplyStatus;

class Writer {
 public:
  explicit Writer(Context& context) : context_(context), out_(context.out) {}

  void run() {
    constexpr std::size_t kChunk = 128;  // placements: enough work to outweigh a thread's waking
    const std::size_t chunks = (out_.placements.size() + kChunk - 1) / kChunk;
    std::vector<Errors> errors(chunks);
    for_each_in_parallel(chunks, context_.options.threads, [&](std::size_t i) {
      const std::size_t end = std::min(out_.placements.size(), (i + 1) * kChunk);
      for (std::size_t n = i * kChunk; n < end; ++n) write(out_.placements[n], errors[i]);
    });
    for (Errors& some : errors) {
      for (Error& error : some) context_.error(std::move(error));
    }
  }

 private:
  std::span<std::uint8_t> at(std::uint64_t address, std::uint64_t size) {
    return std::span(out_.image).subspan(address - cpe::kLoadAddress, size);
  }

  void write(const Placement& placement, Errors& errors) {
    if (!out_.outputs[placement.output].stored || placement.size == 0) return;
    switch (placement.kind) {
      case Placement::Kind::kSection:
        return write_section(placement, errors);
      case Placement::Kind::kMerged:
        return write_pieces(placement);
      case Placement::Kind::kGot:
        return write_got(placement);
      case Placement::Kind::kVeneers:
        return write_veneers(placement);
      case Placement::Kind::kCommon:
        return;
    }
  }

  void write_section(const Placement& placement, Errors& errors) {
    const InputObject& object = out_.objects[placement.object];
    const object::Section& section = object.object.sections[placement.section];
    const std::span<std::uint8_t> memory = at(placement.address, placement.size);
    std::copy(section.bytes.begin(), section.bytes.end(), memory.begin());
    for (const object::Relocation& one : object.object.relocations_of(section)) {
      const Applied applied = out_.applied(placement.object, one);
      const object::TargetState state =
          applied.veneer != kNoIndex ? object::TargetState::kUnknown : applied.target.state;
      const ApplyStatus status =
          object::write_field(one.type, memory.subspan(one.offset), applied.value, state);
      if (status != ApplyStatus::kDone && errors.size() < kMostErrorsOfOne)
        errors.push_back(failure(object, one, applied, status));
    }
  }

  Error failure(const InputObject& object, const object::Relocation& one, const Applied& applied,
                ApplyStatus status) const {
    Error error = at_relocation(object, one);
    const Error why = object::explain(status, one.type, applied.value);
    error.found = why.found;
    error.expected = why.expected;
    const std::int64_t addend = one.addend;
    error.message = fmt::format("the place is 0x{:x}, the symbol is 0x{:x}{}", applied.place,
                                applied.target.address,
                                addend == 0 ? "" : fmt::format(", the addend is {}", addend));
    return error;
  }

  void write_pieces(const Placement& placement) {
    const auto by_address = [](const Piece& piece, std::uint64_t value) {
      return piece.address < value;
    };
    const std::uint64_t end = placement.address + placement.size;
    for (auto piece = std::lower_bound(out_.pieces.begin(), out_.pieces.end(), placement.address,
                                       by_address);
         piece != out_.pieces.end() && piece->address < end; ++piece) {
      const Bytes bytes = out_.objects[piece->object].object.sections[piece->section].bytes.subspan(
          piece->offset, piece->size);
      std::copy(bytes.begin(), bytes.end(), at(piece->address, piece->size).begin());
    }
  }

  void write_got(const Placement& placement) {
    const std::size_t word = placement.size / out_.got.size();
    for (GotSlot& slot : out_.got) {
      const Target target = out_.target_of(slot.object, slot.symbol);
      slot.value = target.address | (target.thumb ? 1 : 0);
      store(at(slot.address, word), slot.value);
    }
  }

  void write_veneers(const Placement& placement) {
    for (const Veneer& veneer : out_.veneers) {
      if (veneer.address >= placement.address &&
          veneer.address < placement.address + placement.size)
        write_veneer(out_.isa, veneer, at(veneer.address, veneer.size));
    }
  }

  Context& context_;
  Linked& out_;
};

}  // namespace

void apply_relocations(Context& context) {
  // applied() answers from here on.
  context.out.tables = std::shared_ptr<const Tables>(std::shared_ptr<void>(), &context.tables);
  Writer(context).run();
}

}  // namespace cmos::linker
