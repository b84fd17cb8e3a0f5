/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_LIVE_HID_H
#define PINNA_DEMOS_LIVE_HID_H

#include <pinna/tracking.h>

/* An Android head tracker (in headphones) behind Linux's /dev/hidraw*. */
typedef struct pinna_live_hid {
    int fd; /**< -1: none. */
    pinna_hid_tracker tracker;
    char name[64];
} pinna_live_hid;

/** Opens a device, switches its reports on. @param path NULL: the first head tracker among /dev/hidraw*. False where
    there is none; why then says what stood in the way, or nothing. */
bool pinna_live_hid_open(const char* path, pinna_live_hid* out, char* why, size_t size);

/** One report, without waiting. Results as pinna_hid_read(); PINNA_ERROR_FILE: nothing (more) to read.
    @param gone The device was unplugged. */
PINNA_NODISCARD pinna_status pinna_live_hid_read(pinna_live_hid* hid, double now_s, pinna_head_sample* out, bool* gone);

/** Switches the reports off. */
void pinna_live_hid_close(pinna_live_hid* hid);

#endif
