/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TESTS_RENDERERS_H
#define PINNA_TESTS_RENDERERS_H

#include <pinna/renderer.h>

#include <criterion/criterion.h>

/** Fails the test where there is none. */
static inline pinna_renderer* renderer_of(const pinna_renderer_config* config)
{
    pinna_renderer* renderer = NULL;
    cr_assert_eq(pinna_renderer_create(config, &renderer), PINNA_OK);
    return renderer;
}

#endif
