// In the place of the host's, which asks its C library what there is: without one there is nothing to say.
#ifndef _GLIBCXX_OS_DEFINES
#define _GLIBCXX_OS_DEFINES 1
#endif
