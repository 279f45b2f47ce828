// libstdc++'s headers as a freestanding implementation has them: those of the host's package, told that there are no
// other headers, no threads and no C library.
#include_next <bits/c++config.h>
#undef _GLIBCXX_HOSTED
#define _GLIBCXX_HOSTED 0
#undef _GLIBCXX_HAS_GTHREADS
