/* SPDX-License-Identifier: MIT */
/* Numbers as text, whatever the locale. */
#ifndef PINNA_BASE_NUMBER_H
#define PINNA_BASE_NUMBER_H

#include <stdbool.h>

/** [+-]digits[.digits][e[+-]digits] and nothing else, finite. False leaves *out undefined. */
bool pinna_number_parse(const char* text, double* out);

#endif
