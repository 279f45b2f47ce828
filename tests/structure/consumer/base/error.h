// The program has a header of this name, too.
#pragma once

constexpr int kUnreadable = 125;
