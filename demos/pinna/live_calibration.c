/* SPDX-License-Identifier: MIT */
#include "live_calibration.h"
#include "live_trackers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* const pose_names[PINNA_LIVE_CALIBRATION_POSES] = {"neutral", "left", "up", "tilted"};
static const char header[] = "tracker,pose,w,x,y,z";

enum { LINE_BYTES = 256, PATH_BYTES = 4096 };

bool pinna_live_calibration_path(char* path, size_t capacity)
{
    /* The XDG base directories: relative paths in the variable are to be ignored. */
    const char *settings = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool named = settings && settings[0] == '/';
    if (!named && (!home || home[0] != '/')) return false;
    const char *base = named ? settings : home, *folder = named ? "" : "/.config";
    int length = snprintf(path, capacity, "%s%s/pinna/calibration.csv", base, folder);
    return length > 0 && (size_t)length < capacity;
}

bool pinna_live_calibration_is_sound(const pinna_live_calibration* c)
{
    pinna_head_map map;
    return c->pose_count >= 3 && !pinna_head_calibrate(c->poses[0], c->poses[1], c->poses[2],
                                                       c->pose_count == 4 ? &c->poses[3] : NULL, &map);
}

pinna_live_head_command pinna_live_calibration_command(const pinna_live_calibration* c)
{
    pinna_live_head_command command = {.order = PINNA_LIVE_HEAD_CALIBRATE, .has_tilted = c->pose_count == 4};
    memcpy(command.poses, c->poses, sizeof command.poses);
    return command;
}

static int index_of(const char* name, const char* const* names, int count)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(name, names[i])) return i;
    return -1;
}

/* One line: whose pose, which, and the quaternion. Poses come in their order. */
static bool read_line(const char* line, pinna_live_calibrations* all)
{
    char tracker[32], pose[32];
    pinna_quat q;
    int used = 0;
    if (sscanf(line, "%31[^,],%31[^,],%f,%f,%f,%f %n", tracker, pose, &q.w, &q.x, &q.y, &q.z, &used) != 6) return false;
    int who = index_of(tracker, pinna_live_tracker_names, PINNA_LIVE_CALIBRATION_TRACKERS);
    int which = index_of(pose, pose_names, PINNA_LIVE_CALIBRATION_POSES);
    float square = q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z;
    if (line[used] || who < 0 || which < 0 || !(fabsf(square - 1) < 0.01f)) return false;
    pinna_live_calibration* c = &all->of[who];
    if ((uint32_t)which != c->pose_count) return false;
    c->poses[c->pose_count++] = pinna_quat_normalize(q);
    return true;
}

static void drop_unsound(pinna_live_calibrations* all, const char* path, pinna_report* report)
{
    for (int i = 0; i < PINNA_LIVE_CALIBRATION_TRACKERS; i++) {
        if (!all->of[i].pose_count || pinna_live_calibration_is_sound(&all->of[i])) continue;
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "calibration",
                         "%s: the poses of '%s' do not tell its axes; calibrate it again", path,
                         pinna_live_tracker_names[i]);
        all->of[i] = (pinna_live_calibration){.pose_count = 0};
    }
}

static void say_unreadable(const char* path, pinna_report* report)
{
    pinna_report_add(report, PINNA_SEVERITY_WARNING, "calibration", "%s: cannot be read: %s", path, strerror(errno));
}

pinna_live_calibrations pinna_live_calibration_load(const char* path, pinna_report* report)
{
    pinna_live_calibrations all = {.of = {{.pose_count = 0}}};
    FILE* file = fopen(path, "r");
    if (!file) {
        if (errno != ENOENT && errno != ENOTDIR) say_unreadable(path, report);
        return all;
    }
    char line[LINE_BYTES];
    for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
        if (number == 1 && !strncmp(line, header, sizeof header - 1)) continue;
        if (read_line(line, &all)) continue;
        pinna_report_add(report, PINNA_SEVERITY_WARNING, "calibration",
                         "%s: line %u is no pose of a tracker (%s); calibrate again to write it anew", path, number,
                         header);
        break;
    }
    if (ferror(file)) say_unreadable(path, report);
    fclose(file);
    drop_unsound(&all, path, report);
    return all;
}

static bool make_folders(const char* path)
{
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", path);
    for (char* at = folder + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        if (mkdir(folder, 0700) && errno != EEXIST) return false;
        *at = '/';
    }
    return true;
}

static bool write_all(FILE* file, const pinna_live_calibrations* all)
{
    fprintf(file, "%s\n", header);
    for (int i = 0; i < PINNA_LIVE_CALIBRATION_TRACKERS; i++)
        for (uint32_t k = 0; k < all->of[i].pose_count; k++) {
            pinna_quat q = all->of[i].poses[k];
            fprintf(file, "%s,%s,%.9g,%.9g,%.9g,%.9g\n", pinna_live_tracker_names[i], pose_names[k], (double)q.w,
                    (double)q.x, (double)q.y, (double)q.z);
        }
    bool whole = !ferror(file);
    return !fclose(file) && whole;
}

pinna_status pinna_live_calibration_save(const char* path, const pinna_live_calibrations* all)
{
    char part[PATH_BYTES];
    int length = snprintf(part, sizeof part, "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof part) {
        errno = ENAMETOOLONG;
        return PINNA_ERROR_FILE;
    }
    FILE* file = make_folders(path) ? fopen(part, "w") : NULL;
    if (!file) return PINNA_ERROR_FILE;
    if (write_all(file, all) && !rename(part, path)) return PINNA_OK;
    int reason = errno;
    unlink(part);
    errno = reason;
    return PINNA_ERROR_FILE;
}
