// From a handler to a table row: everything that its signature says is deduced here.
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "syscalls/arguments.h"

namespace cmos::syscalls {

template <class... Arguments>
struct ArgumentList {
  static constexpr std::size_t kRegisters = (std::size_t{0} + ... + Arguments::kRegisters);
  static_assert(kRegisters <= std::tuple_size_v<decltype(emu::SyscallRegisters::arguments)>,
                "a system call has three argument registers (cpe 4)");

  static constexpr auto kInfo = [] {
    [[maybe_unused]] std::uint8_t next = 0;
    [[maybe_unused]] const auto take = [&next](std::uint8_t registers) {
      return static_cast<std::uint8_t>(
          std::exchange(next, static_cast<std::uint8_t>(next + registers)));
    };
    return std::array<ArgumentInfo, sizeof...(Arguments)>{
        Arguments::info(take(Arguments::kRegisters))...};
  }();

  template <CallResult (*Handler)(Kernel&, Arguments...)>
  static CallResult call(Kernel& kernel, [[maybe_unused]] const emu::SyscallRegisters& registers) {
    [[maybe_unused]] const std::uint64_t* next = registers.arguments.data();
    // Braces fix the order of evaluation, and so which register is whose.
    const std::tuple<Arguments...> decoded{
        Arguments::decode(kernel, std::exchange(next, next + Arguments::kRegisters))...};
    return std::apply([&kernel](const auto&... argument) { return Handler(kernel, argument...); },
                      decoded);
  }
};

template <auto Handler>
struct HandlerTraits;
template <class... Arguments, CallResult (*Handler)(Kernel&, Arguments...)>
struct HandlerTraits<Handler> {
  using List = ArgumentList<Arguments...>;
  static constexpr auto kCall = &List::template call<Handler>;
};

/// `given` with the argument list and the entry point of `Handler`.
template <auto Handler>
constexpr Row row(Row given) {
  given.arguments = HandlerTraits<Handler>::List::kInfo;
  given.call = HandlerTraits<Handler>::kCall;
  return given;
}

/// A list of errors with static storage: kErrors<Status::kFault, Status::kIo>.
template <Status... Errors>
inline constexpr std::array<Status, sizeof...(Errors)> kErrors{Errors...};

}  // namespace cmos::syscalls
