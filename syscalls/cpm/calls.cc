#include "syscalls/cpm/calls.h"

#include <algorithm>

namespace cmos::cpm {
namespace {

constexpr CallRow kBdos[] = {
    {0, "system_reset", Argument::kNone, Answer::kNone},
    {1, "console_input", Argument::kNone, Answer::kCharacter},
    {2, "console_output", Argument::kCharacter, Answer::kNone},
    {3, "reader_input", Argument::kNone, Answer::kCharacter},
    {4, "punch_output", Argument::kCharacter, Answer::kNone},
    {5, "list_output", Argument::kCharacter, Answer::kNone},
    {6, "direct_console", Argument::kByte, Answer::kByte},
    {7, "get_iobyte", Argument::kNone, Answer::kByte},
    {8, "set_iobyte", Argument::kByte, Answer::kNone},
    {9, "print_string", Argument::kText, Answer::kNone},
    {10, "read_console", Argument::kAddress, Answer::kNone},
    {11, "console_status", Argument::kNone, Answer::kByte},
    {12, "version", Argument::kNone, Answer::kWord},
    {13, "reset_disks", Argument::kNone, Answer::kByte},
    {14, "select_disk", Argument::kDrive, Answer::kByte},
    {15, "open", Argument::kFcb, Answer::kByte},
    {16, "close", Argument::kFcb, Answer::kByte},
    {17, "search_first", Argument::kFcb, Answer::kByte},
    {18, "search_next", Argument::kNone, Answer::kByte},
    {19, "delete", Argument::kFcb, Answer::kByte},
    {20, "read", Argument::kFcb, Answer::kByte},
    {21, "write", Argument::kFcb, Answer::kByte},
    {22, "make", Argument::kFcb, Answer::kByte},
    {23, "rename", Argument::kFcb, Answer::kByte},
    {24, "login_vector", Argument::kNone, Answer::kWord},
    {25, "current_disk", Argument::kNone, Answer::kByte},
    {26, "set_dma", Argument::kAddress, Answer::kNone},
    {27, "allocation_vector", Argument::kNone, Answer::kWord},
    {28, "write_protect", Argument::kNone, Answer::kNone},
    {29, "read_only_vector", Argument::kNone, Answer::kWord},
    {30, "set_attributes", Argument::kFcb, Answer::kByte},
    {31, "disk_parameters", Argument::kNone, Answer::kWord},
    {32, "user", Argument::kByte, Answer::kByte},
    {33, "read_random", Argument::kFcb, Answer::kByte},
    {34, "write_random", Argument::kFcb, Answer::kByte},
    {35, "file_size", Argument::kFcb, Answer::kByte},
    {36, "set_random", Argument::kFcb, Answer::kNone},
    {37, "reset_drives", Argument::kAddress, Answer::kByte},
    {40, "write_random_zero", Argument::kFcb, Answer::kByte},
};

constexpr CallRow kBios[] = {
    {0, "boot", Argument::kNone, Answer::kNone},
    {1, "wboot", Argument::kNone, Answer::kNone},
    {2, "const", Argument::kNone, Answer::kByte},
    {3, "conin", Argument::kNone, Answer::kCharacter},
    {4, "conout", Argument::kCharacter, Answer::kNone},
    {5, "list", Argument::kCharacter, Answer::kNone},
    {6, "punch", Argument::kCharacter, Answer::kNone},
    {7, "reader", Argument::kNone, Answer::kCharacter},
    {8, "home", Argument::kNone, Answer::kNone},
    {9, "seldsk", Argument::kByte, Answer::kWord},
    {10, "settrk", Argument::kByte, Answer::kNone},
    {11, "setsec", Argument::kByte, Answer::kNone},
    {12, "setdma", Argument::kByte, Answer::kNone},
    {13, "read", Argument::kNone, Answer::kByte},
    {14, "write", Argument::kByte, Answer::kByte},
    {15, "listst", Argument::kNone, Answer::kByte},
    {16, "sectran", Argument::kByte, Answer::kWord},
};

const CallRow* find(std::span<const CallRow> rows, std::uint8_t number) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const CallRow& one) { return one.number == number; });
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

std::span<const CallRow> bdos_calls() {
  return kBdos;
}
std::span<const CallRow> bios_calls() {
  return kBios;
}
const CallRow* bdos_call(std::uint8_t number) {
  return find(kBdos, number);
}
const CallRow* bios_call(std::uint8_t number) {
  return find(kBios, number);
}

}  // namespace cmos::cpm
