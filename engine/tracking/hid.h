/* SPDX-License-Identifier: MIT */
#ifndef PINNA_TRACKING_HID_H
#define PINNA_TRACKING_HID_H

#include <pinna/tracking.h>

/* Element `index` of a field; false if it lies outside of the report. `body` starts behind the report id. Bits count
   from the lowest of the first byte. */
bool pinna_hid_get(const pinna_hid_field* field, const uint8_t* body, size_t byte_count, uint32_t index, int32_t* out);
bool pinna_hid_set(const pinna_hid_field* field, uint8_t* body, size_t byte_count, uint32_t index, int32_t value);

#endif
