#include "words.h"

#include <cmos.h>

void say(const char* text) { cmos_print(text); }
