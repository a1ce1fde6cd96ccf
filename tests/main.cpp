// The main function of every doctest program here, and nothing else: doctest's implementation is
// compiled once.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
