/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <criterion/criterion.h>

#include <stdlib.h>

Test(number, reads_what_c_reads)
{
    static const char* const good[] = {"0",   "-0",  "1", "+7.25", "-3.5e2", "1e-3", ".5", "5.", "123456789.125",
                                       "1E3", "2e+2"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = -1.0;
        cr_expect(pinna_number_parse(good[i], &value), "%s", good[i]);
        cr_expect_float_eq(value, strtod(good[i], NULL), 1e-9, "%s", good[i]);
    }
}

Test(number, refuses_everything_else)
{
    static const char* const bad[] = {"", "-", ".", "e5", "1e", "1e+", "1,5", "0x10", "inf", "nan", " 1", "1 ", "1e999",
                                      "--1", "1.2.3", "1e5e5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value;
        cr_expect_not(pinna_number_parse(bad[i], &value), "'%s'", bad[i]);
    }
}
