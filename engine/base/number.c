/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <math.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* e[+-]digits; capped, for beyond some hundreds all is infinity or nothing. */
static const char* parse_exponent(const char* c, int* exponent)
{
    int sign = c[1] == '-' ? -1 : 1, value = 0;
    c += 1 + (c[1] == '-' || c[1] == '+');
    if (!is_digit(*c)) return c - 1; /* not at the end: refused */
    for (; is_digit(*c); c++) value = value < 1000 ? value * 10 + (*c - '0') : value;
    *exponent = sign * value;
    return c;
}

bool pinna_number_parse(const char* text, double* out)
{
    const char* c = text;
    double sign = *c == '-' ? -1.0 : 1.0, value = 0.0;
    int scale = 0, exponent = 0, digits = 0;
    if (*c == '-' || *c == '+') c++;
    for (; is_digit(*c); c++, digits++) value = value * 10.0 + (*c - '0');
    if (*c == '.')
        for (c++; is_digit(*c); c++, digits++, scale--) value = value * 10.0 + (*c - '0');
    if (digits && (*c == 'e' || *c == 'E')) c = parse_exponent(c, &exponent);
    scale += exponent;
    *out = sign * (scale < 0 ? value / pow(10.0, -scale) : value * pow(10.0, scale));
    return digits && !*c && isfinite(*out);
}
