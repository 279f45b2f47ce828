// The shared library is what its archives are; CMake wants a source all the same.
