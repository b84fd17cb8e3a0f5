/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_JSON_TEXT_H
#define PINNA_DEMOS_JSON_TEXT_H

#include <jansson.h>

/* A text of JSON. Names of files need not be UTF-8, JSON's texts must: each byte that is none becomes U+FFFD. NULL gives
   null; the result is NULL only without memory. */
json_t* pinna_json_text(const char* text);

#endif
