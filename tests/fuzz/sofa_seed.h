/* SPDX-License-Identifier: MIT */
/* Small SOFA files to begin with: the default set, and made-up ones where netCDF-C is built in. */
#ifndef PINNA_TESTS_FUZZ_SOFA_SEED_H
#define PINNA_TESTS_FUZZ_SOFA_SEED_H

#include "fuzz.h"

/** As fuzz_seed(). */
size_t sofa_seed(unsigned index, uint8_t* out, size_t capacity);

/** The same, of rooms. */
size_t sofa_seed_room(unsigned index, uint8_t* out, size_t capacity);

#endif
