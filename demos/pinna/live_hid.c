/* SPDX-License-Identifier: MIT */
#include "live_hid.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEVICE_MAX = 64, REPORT_BYTES = 256 };

/* Trackers offer 10 to 100 ms; what is asked is cut to what is offered. */
#define INTERVAL_S 0.01

static bool read_descriptor(int fd, pinna_hid_tracker* out)
{
    int size = 0;
    struct hidraw_report_descriptor descriptor = {0};
    if (ioctl(fd, HIDIOCGRDESCSIZE, &size) < 0 || size <= 0 || size > HID_MAX_DESCRIPTOR_SIZE) return false;
    descriptor.size = (unsigned)size;
    if (ioctl(fd, HIDIOCGRDESC, &descriptor) < 0) return false;
    return pinna_hid_parse_descriptor(descriptor.value, (size_t)size, out) == PINNA_OK;
}

static bool get_feature(int fd, uint8_t id, uint8_t* report, size_t size)
{
    if (size > REPORT_BYTES) return false;
    memset(report, 0, size);
    report[0] = id;
    return ioctl(fd, HIDIOCGFEATURE(size), report) >= 0;
}

static bool is_head_tracker(const pinna_live_hid* hid)
{
    uint8_t report[REPORT_BYTES];
    size_t size = hid->tracker.description_bytes;
    return get_feature(hid->fd, hid->tracker.description.report_id, report, size) &&
           pinna_hid_version(&hid->tracker, report, size) > 0;
}

static bool switch_reports(pinna_live_hid* hid, bool on)
{
    uint8_t report[REPORT_BYTES];
    size_t size = hid->tracker.control_bytes;
    return get_feature(hid->fd, hid->tracker.reporting.report_id, report, size) &&
           !pinna_hid_control(&hid->tracker, on, INTERVAL_S, report, size) &&
           ioctl(hid->fd, HIDIOCSFEATURE(size), report) >= 0;
}

static bool open_path(const char* path, pinna_live_hid* out, char* why, size_t why_size)
{
    *out = (pinna_live_hid){.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (out->fd < 0) {
        if (errno == EACCES) snprintf(why, why_size, "%s: no permission; let a udev rule give it to you", path);
        return false;
    }
    if (ioctl(out->fd, HIDIOCGRAWNAME(sizeof out->name), out->name) < 0)
        snprintf(out->name, sizeof out->name, "%s", path);
    out->name[sizeof out->name - 1] = '\0';
    if (read_descriptor(out->fd, &out->tracker) && is_head_tracker(out)) {
        if (switch_reports(out, true)) return true;
        snprintf(why, why_size, "%s: is a head tracker, but does not let itself be switched on", path);
    }
    close(out->fd);
    out->fd = -1;
    return false;
}

bool pinna_live_hid_open(const char* path, pinna_live_hid* out, char* why, size_t size)
{
    *why = '\0';
    if (path) {
        if (open_path(path, out, why, size)) return true;
        if (!*why) snprintf(why, size, "%s: is no Android head tracker", path);
        return false;
    }
    for (int i = 0; i < DEVICE_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "/dev/hidraw%d", i);
        if (access(name, F_OK) == 0 && open_path(name, out, why, size)) return true;
    }
    out->fd = -1;
    return false;
}

pinna_status pinna_live_hid_read(pinna_live_hid* hid, double now_s, pinna_head_sample* out, bool* gone)
{
    uint8_t report[REPORT_BYTES];
    ssize_t got = read(hid->fd, report, sizeof report);
    *gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (got <= 0) return PINNA_ERROR_FILE;
    return pinna_hid_read(&hid->tracker, report, (size_t)got, now_s, out);
}

void pinna_live_hid_close(pinna_live_hid* hid)
{
    if (hid->fd < 0) return;
    (void)switch_reports(hid, false);
    close(hid->fd);
    hid->fd = -1;
}
